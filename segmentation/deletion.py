"""Deleting a segment nobody needs any more; one that is needed can only be put away.

Invariant: what a campaign ever aimed at, or a rule names, is never deleted.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import ProtectedError

from segmentation import dependencies, extensions, lists
from segmentation.models import Membership, MembershipChange, Segment


class InUse(Exception):
    """Campaigns or other segments need the segment; `by` names them."""

    def __init__(self, by: list[str]) -> None:
        super().__init__("in_use")
        self.by = by


@dataclass(frozen=True)
class Loss:
    """What goes with a segment: numbers of members, of lines of history, of days with a size."""

    members: int
    changes: int
    days: int


def needed_by(segment: Segment) -> list[str]:
    """The names of what needs a segment: rules that name it, archived ones too, and campaigns.

    A list that has yet to be brought its members needs it as well.
    """
    dynamic = Segment.objects.filter(kind=Segment.Kind.DYNAMIC).exclude(pk=segment.pk)
    rules = dynamic.values_list("name", "rule")
    named = [name for name, rule in rules if segment.pk in dependencies.references(rule)]
    return named + lists.copied_from(segment) + extensions.uses_of(segment)


def loss(segment: Segment) -> Loss:
    """What a deletion takes along."""
    return Loss(segment.memberships.count(), segment.changes.count(), segment.sizes.count())


def delete(segment: Segment) -> None:
    """Delete a segment with its members' list and its history. Raises InUse."""
    with transaction.atomic():
        Segment.objects.select_for_update().filter(pk=segment.pk).first()
        if by := needed_by(segment):
            raise InUse(by)
        try:
            with transaction.atomic():
                Membership.objects.filter(segment=segment).delete()
                MembershipChange.objects.filter(segment=segment).delete()
                segment.delete()
        except ProtectedError as error:
            # Something was aimed at it, or tells of it, without naming it.
            raise InUse([]) from error
