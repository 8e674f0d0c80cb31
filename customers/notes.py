"""Notes and calls about a person: what members wrote down, on the timeline with everything else.

A note is its author's: they may mend it for a week, then it stays as it was written. Its author
or an administrator may delete it. Members are told that the person may ask to read it.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils import timezone

from accounts import audit
from accounts.roles import Capability, role_can
from customers.models import Customer, Note

EDITABLE_FOR: Final = dt.timedelta(days=7)


def add(customer: Customer, *, kind: str, text: str, occurred_at: dt.datetime, by: Any) -> Note:
    """Write a note down."""
    return Note.objects.create(
        customer=customer, kind=Note.Kind(kind), text=text, occurred_at=occurred_at, author=by
    )


def may_edit(note: Note, member: Any) -> bool:
    """Whether this member may still change the note."""
    fresh = timezone.now() - note.created_at < EDITABLE_FOR
    return fresh and note.author_id is not None and note.author_id == member.pk


def may_delete(note: Note, member: Any) -> bool:
    """Whether this member may delete the note."""
    own = note.author_id is not None and note.author_id == member.pk
    return own or role_can(member.role, Capability.MANAGE_SETTINGS)


def delete(note: Note, *, by: Any) -> None:
    """Delete a note; the audit trail keeps that it was, not what it said."""
    audit.record(by, "note.deleted", note=note.pk, customer=note.customer_id)
    note.delete()
