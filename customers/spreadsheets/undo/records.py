"""Taking back orders, their lines, events, tags, products and suppressions an import made.

Invariant: a record that another import has changed since stays, and so does a product that
anything still names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef

from customers import extensions
from customers.models import (
    CustomerTag,
    Event,
    ImportChange,
    ImportJob,
    Order,
    OrderLine,
    Product,
    Suppression,
)
from customers.spreadsheets.inserting import update
from customers.spreadsheets.journal import noted
from customers.spreadsheets.undo.registry import KEPT, REMOVED, RESTORED, Undoer

Record = ImportChange.Record


def undo_tags(job: ImportJob, changes: list[ImportChange]) -> Counter[str]:
    """Take the tags off again."""
    found = CustomerTag.objects.filter(pk__in=[change.record_id for change in changes])
    _all, by_model = found.delete()
    return Counter({REMOVED: by_model.get(CustomerTag._meta.label, 0)})


def undo_suppressions(job: ImportJob, changes: list[ImportChange]) -> Counter[str]:
    """Lift the suppressions of a list, but for those that have another reason or were said again.

    Of an address that a STOP, a bounce or a later list names too, nothing here may lift it.
    """
    ids = [change.record_id for change in changes]
    present = Suppression.objects.filter(pk__in=ids)
    noted = ImportChange.objects.filter(
        job=job, record=Record.SUPPRESSION, record_id=OuterRef("pk"), at__gte=OuterRef("created_at")
    )
    free = present.filter(Exists(noted), reason=Suppression.Reason.LISTED)
    going = list(free.select_for_update().values_list("pk", flat=True))
    found = present.count()
    Suppression.objects.filter(pk__in=going).delete()
    return Counter({REMOVED: len(going), KEPT: found - len(going)})


def undo_products(job: ImportJob, changes: list[ImportChange]) -> Counter[str]:
    """Remove the products nothing names."""
    ids = [change.record_id for change in changes]
    present = Product.objects.filter(pk__in=ids)
    bought = OrderLine.objects.filter(product=OuterRef("pk"))
    seen = Event.objects.filter(product=OuterRef("pk"))
    free = present.filter(~Exists(bought), ~Exists(seen)).values_list("pk", flat=True)
    going, count = list(free), present.count()
    Product.objects.filter(pk__in=going).delete()
    return Counter({REMOVED: len(going), KEPT: count - len(going)})


def undo_members(job: ImportJob, changes: list[ImportChange]) -> Counter[str]:
    """Take people out of the lists the import put them on."""
    lists = extensions.member_lists()
    if lists is None:
        return Counter()
    return Counter({REMOVED: lists.remove([change.record_id for change in changes])})


def undoer_for(model: type[models.Model], record: str) -> Undoer:
    """What removes the records of a model that were made, and restores those changed."""

    def undo(job: ImportJob, changes: list[ImportChange]) -> Counter[str]:
        ids = [change.record_id for change in changes]
        later = _changed_since(job, record, ids)
        rows = model._default_manager.select_for_update().filter(pk__in=ids)
        present = {row.pk: row for row in rows.order_by("pk")}
        created = {c.record_id for c in changes if c.created and c.record_id in present}
        going = created - later
        model._default_manager.filter(pk__in=going).delete()
        counts = Counter({REMOVED: len(going), KEPT: len(created - going)})
        for change in changes:
            row = present.get(change.record_id)
            if row is None or change.created or change.record_id in created:
                continue
            counts[RESTORED if _restore(row, change) else KEPT] += 1
        return counts

    return undo


def _changed_since(job: ImportJob, record: str, ids: Collection[int]) -> set[int]:
    others = ImportChange.objects.filter(
        record=record, record_id__in=ids, created=False, job__created_at__gt=job.created_at
    ).exclude(job=job)
    return set(others.values_list("record_id", flat=True))


def _restore(row: models.Model, change: ImportChange) -> bool:
    """Give back the old values of the fields that are still as the import left them."""
    names = []
    by_name = {field.attname: field for field in row._meta.concrete_fields}
    by_name |= {field.name: field for field in row._meta.concrete_fields}
    for key, old in change.before.items():
        field = by_name[key]
        if noted(getattr(row, field.attname)) == change.after.get(key):
            setattr(row, field.attname, _read(field, old))
            names.append(field.name)
    if names:
        update([row], names)
    return bool(names)


def _read(field: models.Field[Any, Any], old: Any) -> Any:
    return old if field.is_relation else field.to_python(old)


undo_orders = undoer_for(Order, Record.ORDER)
undo_order_lines = undoer_for(OrderLine, Record.LINE)
undo_events = undoer_for(Event, Record.EVENT)
