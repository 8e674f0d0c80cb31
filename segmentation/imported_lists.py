"""Static segments as the lists that a file of customers can add people to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from segmentation import editing, lists
from segmentation.models import Membership, Segment


class StaticSegments:
    """The lists an import offers; see customers.extensions.MemberLists."""

    def choices(self) -> Sequence[tuple[str, str]]:
        """The static segments in use."""
        return [(str(pk), name) for pk, name in _used().values_list("pk", "name")]

    def label(self, target: Mapping[str, Any]) -> str:
        """The segment's name. Raises ValueError for one that is no static list."""
        if target.get("segment"):
            return _existing(target).name
        name = _name(target)
        if not name:
            raise ValueError(_("Choose a fixed segment, or name a new one."))
        if len(name) > editing.NAME_LENGTH:
            raise ValueError(_("This name is too long."))
        taken = Segment.objects.filter(name=name).first()
        if taken is not None and (taken.kind != Segment.Kind.STATIC or taken.archived_at):
            raise ValueError(_("Another segment already has this name."))
        return name

    def members(self, target: Mapping[str, Any], customer_ids: Collection[int]) -> set[int]:
        """Those of these people who are in it already."""
        segment = _find(target)
        if segment is None:
            return set()
        rows = Membership.objects.filter(segment=segment, customer__in=list(customer_ids))
        return set(rows.values_list("customer_id", flat=True))

    def add(self, target: Mapping[str, Any], customer_ids: Sequence[int], by: Any) -> list[int]:
        """Add these people; a segment that is only named so far is made first."""
        segment = _find(target) or editing.create_list(_name(target), by)
        return lists.add(segment, customer_ids, timezone.now())

    def remove(self, membership_ids: Collection[int]) -> int:
        """Take these memberships back, if they still stand; how many did."""
        return lists.remove(membership_ids, timezone.now())


def _used() -> Any:
    return Segment.objects.filter(kind=Segment.Kind.STATIC, archived_at=None)


def _name(target: Mapping[str, Any]) -> str:
    return " ".join(str(target.get("name") or "").split())


def _existing(target: Mapping[str, Any]) -> Segment:
    try:
        return _used().get(pk=int(target["segment"]))
    except (Segment.DoesNotExist, TypeError, ValueError):
        raise ValueError(_("This fixed segment is not there any more.")) from None


def _find(target: Mapping[str, Any]) -> Segment | None:
    if target.get("segment"):
        return _existing(target)
    return _used().filter(name=_name(target)).first()
