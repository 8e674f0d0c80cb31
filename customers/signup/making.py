"""Making, changing, opening and closing sign-up forms, and their figures.

Invariant: whatever people read has a version of its own: changing any of it makes the next one,
so that a consent always names the words that were shown.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from accounts import audit
from customers.models import Signup, SignupForm

_READ_BY_PEOPLE: Final = (
    "language", "title", "introduction", "button", "thanks", "fields", "topics", "asks_frequency",
    "email_wording", "sms_wording", "tracking_wording", "double_opt_in",
)  # fmt: skip
_LATELY: Final = dt.timedelta(days=30)


def with_figures() -> QuerySet[SignupForm]:
    """All forms by name, each with `confirmed`, `waiting`, and `lately` (confirmed in 30 days)."""
    confirmed = Q(signups__state=Signup.State.CONFIRMED)
    waiting = Q(signups__state=Signup.State.WAITING)
    lately = confirmed & Q(signups__created_at__gt=timezone.now() - _LATELY)
    return SignupForm.objects.annotate(
        confirmed=Count("signups", filter=confirmed),
        waiting=Count("signups", filter=waiting),
        lately=Count("signups", filter=lately),
    )


@transaction.atomic
def save(form: SignupForm, by: Any) -> SignupForm:
    """Save a form that was made or changed; its version moves on where people read other words."""
    before = SignupForm.objects.select_for_update().filter(pk=form.pk).first() if form.pk else None
    if before is None:
        form.created_by = by
    elif any(getattr(before, name) != getattr(form, name) for name in _READ_BY_PEOPLE):
        form.version = before.version + 1
    form.save()
    action = "signup_form.created" if before is None else "signup_form.edited"
    audit.record(by, action, form=form.pk, version=form.version)
    return form


def set_open(form: SignupForm, by: Any, *, is_open: bool) -> None:
    """Let people sign up, or no longer; links already sent go on working."""
    SignupForm.objects.filter(pk=form.pk).update(is_open=is_open)
    audit.record(by, "signup_form.opened" if is_open else "signup_form.closed", form=form.pk)
