"""What segments hold about people: who is in which, and the history of it.

Invariant: someone erased is in no segment, and is said to have left those they were in; the
history keeps its lines, which then lead to nobody, so that its sums stay right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer
from customers.rights.holdings import Activity, Holding, Row, Section
from customers.rights.holdings import register as register_holding
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.snapshot import marks


def register() -> None:
    """Declare what segments hold."""
    register_holding(Holding("segments", _sections, _erase, activities=_activities))


def _sections() -> Sequence[Section]:
    names = {"segment": gettext_lazy("Segment"), "entered_at": gettext_lazy("Since")}
    history = {
        "segment": gettext_lazy("Segment"),
        "change": gettext_lazy("Change"),
        "at": gettext_lazy("Date"),
    }
    return (
        Section("segments", gettext_lazy("Segments you are in"), names, _memberships),
        Section("segment_history", gettext_lazy("Entries and exits"), history, _changes),
    )


def _memberships(customer: Customer) -> Iterator[Row]:
    rows = Membership.objects.filter(customer=customer).select_related("segment")
    for row in rows.order_by("entered_at", "pk").iterator(500):
        yield {"segment": row.segment.name, "entered_at": row.entered_at}


def _changes(customer: Customer) -> Iterator[Row]:
    rows = MembershipChange.objects.filter(customer=customer).select_related("segment")
    for row in rows.order_by("at", "pk").iterator(500):
        yield {"segment": row.segment.name, "change": row.get_kind_display(), "at": row.at}


def _erase(people: Sequence[Customer]) -> dict[str, int]:
    members = Membership.objects.filter(customer__in=[person.pk for person in people])
    left = [
        MembershipChange(
            segment_id=segment,
            customer_id=customer,
            kind=MembershipChange.Kind.LEFT,
            cause=MembershipChange.Cause.REFRESH,
            at=timezone.now(),
        )
        for segment, customer in members.values_list("segment_id", "customer_id")
    ]
    MembershipChange.objects.bulk_create(left, batch_size=500)
    members.delete()
    marks.mark_everything()
    return {"memberships": len(left)}


def _activities() -> Sequence[Activity]:
    if not Segment.objects.exists():
        return ()
    used = Segment.objects.filter(archived_at=None).count()
    return (
        Activity(
            "segmentation",
            _("Segmentation and profiling"),
            purposes=[
                _("Group customers by what they bought, did and told, to write to them fittingly"),
                _("%(n)s segments are in use; none decides alone on a right or a price")
                % {"n": used},
            ],
            bases=[_("Legitimate interest; consent where a rule looks at sensitive data")],
            people=[_("Customers and prospects")],
            data=[
                _("Order counts and sums, first and last order, favourite category"),
                _("Membership of each segment, with the dates of entry and exit"),
            ],
            retention=[_("As long as the customer's record; segments keep themselves up to date")],
        ),
    )
