"""Segments on the pages of customers: those a person is in, a filter of the list, the timeline.

Invariant: what is shown is the stored membership, as of each segment's last refresh.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import attributes, event_properties, extensions
from customers.exports import tables
from customers.exports.resources import PeopleResource
from customers.models import Customer, ImportChange, ImportJob
from segmentation import lists
from segmentation.imported_lists import StaticSegments
from segmentation.models import Membership, MembershipChange, Segment


def register() -> None:
    """Put segments on the pages of customers, in exports and in merges."""
    extensions.register_move("segments", move)
    tables.register(
        tables.Table(
            "segment",
            gettext_lazy("Members of a segment"),
            gettext_lazy("One row a person, as of the segment's last refresh."),
            gettext_lazy("segment"),
            PeopleResource,
            members,
            icon="filter",
            about=_named,
            shown=lambda query: _segment(query) is not None,
        )
    )
    extensions.register_panel(
        extensions.Panel("segments", "segmentation/_of_customer.html", segments_of, order=30)
    )
    attributes.register_use(using_attribute)
    event_properties.register_use(using_property)
    extensions.register_filter(
        extensions.ListFilter("segment", gettext_lazy("Segment"), choices, narrow)
    )
    extensions.register_selection_action(
        extensions.SelectionAction(
            "list",
            gettext_lazy("Put on a list"),
            "list",
            "segmentation:list_of_selection",
            "edit_segments",
        )
    )
    extensions.register_member_lists(StaticSegments())
    extensions.register_touch(extensions.Touch("lists", listed))
    extensions.register_timeline_source(extensions.TimelineSource("segments", entries))


def listed(job: ImportJob) -> QuerySet[Membership]:
    """Whom somebody put on a fixed list: not a rule, nor the import itself."""
    mine = ImportChange.objects.filter(
        job=job, record=ImportChange.Record.MEMBER, record_id=OuterRef("pk")
    )
    return Membership.objects.filter(
        ~Exists(mine), customer=OuterRef("pk"), segment__kind=Segment.Kind.STATIC
    )


def segments_of(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """The segments in use a person is in, by precedence: the first is their main one.

    `lists` are the fixed segments they can still be put on.
    """
    found = Membership.objects.filter(customer=customer, segment__archived_at=None)
    order = ("segment__priority", "segment__name")
    memberships = list(found.select_related("segment").order_by(*order))
    present = {each.segment_id for each in memberships}
    other = Segment.objects.filter(archived_at=None).exclude(pk__in=present).first()
    return {
        "memberships": memberships,
        "any_segment": other.pk if other else None,
        "lists": [(pk, name) for pk, name in lists.in_use().items() if pk not in present],
    }


def choices() -> Sequence[tuple[str, str]]:
    """The segments in use, by precedence."""
    used = Segment.objects.filter(archived_at=None)
    return [(str(pk), name) for pk, name in used.values_list("pk", "name")]


def narrow(people: QuerySet[Customer], value: str) -> QuerySet[Customer]:
    """Those who are in the segment of that number."""
    return people.filter(memberships__segment_id=int(value))


def entries(
    customer: Customer, until: dt.datetime, limit: int
) -> Iterable[extensions.TimelineEntry]:
    """When a person entered and left segments; not what a first fill or a new rule did."""
    changes = MembershipChange.objects.filter(
        customer=customer, at__lte=until, cause=MembershipChange.Cause.REFRESH
    )
    for change in changes.select_related("segment").order_by("-at", "-pk")[:limit]:
        entered = change.kind == MembershipChange.Kind.ENTERED
        title = _("Entered the segment “%(name)s”") if entered else _("Left the segment “%(name)s”")
        yield extensions.TimelineEntry(
            at=change.at,
            title=title % {"name": change.segment.name},
            icon="filter",
            url=reverse("segmentation:detail", args=[change.segment_id]),
        )


def using_attribute(key: str) -> list[str]:
    """The names of the segments whose rule looks at a custom attribute."""
    return _using(f"attr:{key}")


def using_property(key: str) -> list[str]:
    """The names of the segments whose rule tests, measures or groups by an event property."""
    return _using(f"prop:{key}")


def _using(field: str) -> list[str]:
    named = Segment.objects.order_by("name").values_list("name", "rule")
    return [name for name, rule in named.iterator() if _names(rule, field)]


def _names(part: Any, field: str) -> bool:
    if isinstance(part, dict):
        measured = str(part.get("measure")).partition(":")[2]
        named = field in (part.get("field"), part.get("per"), measured)
        return named or any(_names(each, field) for each in part.values())
    return isinstance(part, list) and any(_names(each, field) for each in part)


def move(survivor: Customer, other: Customer) -> dict[str, int]:
    """Two people made one: in each segment that one of them was in, with both histories."""
    kept = Membership.objects.filter(customer=survivor).values("segment")
    entered = Membership.objects.filter(customer=other).exclude(segment__in=kept)
    n = entered.update(customer=survivor)
    MembershipChange.objects.filter(customer=other).update(customer=survivor)
    return {"segments": n} if n else {}


def members(query: QueryDict) -> QuerySet[Customer]:
    """Who is in the segment that the address names; nobody where it names none."""
    segment = _segment(query)
    if segment is None:
        return Customer.objects.none()
    return Customer.objects.filter(memberships__segment=segment)


def _segment(query: QueryDict) -> Segment | None:
    asked = query.get("segment", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    return Segment.objects.filter(pk=int(asked)).first()


def _named(query: QueryDict) -> str:
    segment = _segment(query)
    return segment.name if segment else ""
