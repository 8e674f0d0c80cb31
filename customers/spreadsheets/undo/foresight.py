"""What undoing an import would do, counted beforehand: a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef

from customers.models import ConsentRecord, ConsentState, Customer, ImportChange, ImportJob
from customers.spreadsheets.undo.people import untouched

Record = ImportChange.Record


@dataclass(frozen=True)
class Foresight:
    """Numbers for the page that asks. `others` counts the other records added, by kind."""

    removed: int = 0
    kept: int = 0
    restored: int = 0
    changed_since: int = 0
    consents: int = 0
    refusals: int = 0
    others: dict[str, int] = field(default_factory=dict)


def foresee(job: ImportJob) -> Foresight:
    """Count who would be removed, kept and restored, and what would be taken back."""
    changes = ImportChange.objects.filter(job=job)
    of_people = changes.filter(record=Record.CUSTOMER)
    made = Customer.objects.filter(pk__in=of_people.filter(created=True).values("record_id"))
    changed = Customer.objects.filter(
        pk__in=of_people.filter(created=False).values("record_id")
    ).exclude(pk__in=of_people.filter(created=True).values("record_id"))
    as_left = of_people.filter(record_id=OuterRef("pk"), at__gte=OuterRef("updated_at"))
    there, restored = made.count(), changed.count()
    going = made.filter(untouched(job))
    removed = going.count()
    words = ConsentRecord.objects.filter(
        pk__in=changes.filter(record=Record.CONSENT).values("record_id")
    )
    by_state = dict(words.order_by().values_list("state").annotate(n=Count("pk")))
    # Those of people who are removed go with them.
    given = words.filter(state=ConsentState.GIVEN).exclude(customer__in=going.values("pk"))
    others = changes.exclude(record__in=(Record.CUSTOMER, Record.CONSENT)).filter(created=True)
    return Foresight(
        removed=removed,
        kept=there - removed,
        restored=restored,
        changed_since=changed.filter(~Exists(as_left)).count(),
        consents=given.count() if by_state.get(ConsentState.GIVEN) else 0,
        refusals=by_state.get(ConsentState.WITHDRAWN, 0),
        others=dict(others.order_by().values_list("record").annotate(n=Count("pk"))),
    )
