"""Taking back what an import did to people: remove those untouched since, restore fields.

Invariant: nobody is removed about whom anyone else has written anything since, and no field is
restored that somebody changed after the import. Whoever refused messages in the file is still
not written to once they are removed: the keyed hash of their address stays suppressed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Final

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext

from customers import extensions
from customers.consent import keep_refusals
from customers.models import (
    ConsentRecord,
    Customer,
    CustomerTag,
    Event,
    ImportChange,
    ImportJob,
    Note,
    Order,
    RightsRequest,
    Signup,
)
from customers.spreadsheets.customer_lines import written_with
from customers.spreadsheets.fields import ATTRIBUTE_PREFIX
from customers.spreadsheets.inserting import update
from customers.spreadsheets.journal import noted
from customers.spreadsheets.undo.registry import KEPT, REMOVED, RESTORED
from customers.void_words import keep_void

Record = ImportChange.Record
_OF_AN_IMPORT: Final[tuple[tuple[type[models.Model], str], ...]] = (
    (Order, Record.ORDER),
    (Event, Record.EVENT),
    (ConsentRecord, Record.CONSENT),
    (CustomerTag, Record.TAG),
)
_BY_HAND: Final[tuple[type[models.Model], ...]] = (Note, RightsRequest, Signup)


def untouched(job: ImportJob) -> Q:
    """A condition on customers: nothing was written about them since, but by this import."""
    mine = ImportChange.objects.filter(job=job)
    as_left = mine.filter(
        record=Record.CUSTOMER, record_id=OuterRef("pk"), at__gte=OuterRef("updated_at")
    )
    condition = Q(Exists(as_left))
    for model, record in _OF_AN_IMPORT:
        noted = mine.filter(record=record, record_id=OuterRef("pk"), created=True)
        others = model._default_manager.filter(~Exists(noted), customer=OuterRef("pk"))
        condition &= ~Q(Exists(others))
    for model in _BY_HAND:
        condition &= ~Q(Exists(model._default_manager.filter(customer=OuterRef("pk"))))
    for touch in extensions.touches():
        condition &= ~Q(Exists(touch.traces(job)))
    return condition


def undo_people(job: ImportJob, changes: list[ImportChange]) -> Counter[str]:
    """Remove who was created and is untouched; put back the fields of the others."""
    created = [change.record_id for change in changes if change.created]
    changed = [change for change in changes if not change.created]
    return _remove(job, created) + _restore(changed)


def _remove(job: ImportJob, ids: list[int]) -> Counter[str]:
    if not ids:
        return Counter()
    present = list(Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    free = set(Customer.objects.filter(untouched(job), pk__in=ids).values_list("pk", flat=True))
    going = [person for person in present if person.pk in free]
    kept = [person.pk for person in present if person.pk not in free]
    source = gettext("Import undone: %(file)s") % {"file": job.file_name}
    keep_refusals(going, source)
    Customer.objects.filter(pk__in=[person.pk for person in going]).delete()
    # Later lines of the file about someone it made are no changes to go back before.
    ImportChange.objects.filter(
        job=job, record=Record.CUSTOMER, record_id__in=kept, created=False
    ).delete()
    return Counter({REMOVED: len(going), KEPT: len(kept)})


def _restore(changes: list[ImportChange]) -> Counter[str]:
    if not changes:
        return Counter()
    ids = {change.record_id for change in changes}
    rows = Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    people = {person.pk: person for person in rows}
    taken = _numbers_taken(changes)
    names: dict[int, set[str]] = defaultdict(set)
    births = {person.pk: person.birth_date for person in rows}
    for change in changes:
        person = people.get(change.record_id)
        if person is None:
            continue
        for key, old in change.before.items():
            if noted(_value(person, key)) != change.after.get(key):
                continue
            if key == "external_id" and taken.get(old, person.pk) != person.pk:
                continue
            names[person.pk].add(_put_back(person, key, old))
    restored = [people[pk] for pk, restored_names in names.items() if restored_names]
    keep_void({person.pk: births[person.pk] for person in restored if not person.birth_date})
    if restored:
        written = set().union(*names.values())
        update(restored, written_with(written))
    kept = set(people) - {person.pk for person in restored}
    return Counter({RESTORED: len(restored), KEPT: len(kept)})


def _numbers_taken(changes: list[ImportChange]) -> dict[Any, int]:
    """Who has now the customer numbers that would be given back."""
    numbers = [number for change in changes if (number := change.before.get("external_id"))]
    rows = Customer.objects.filter(external_id__in=numbers)
    return dict(rows.values_list("external_id", "pk"))


def _value(person: Customer, key: str) -> Any:
    if key.startswith(ATTRIBUTE_PREFIX):
        return person.attributes.get(key.removeprefix(ATTRIBUTE_PREFIX))
    return getattr(person, key)


def _put_back(person: Customer, key: str, old: Any) -> str:
    """Give a field its old value; the name of the column to write."""
    if not key.startswith(ATTRIBUTE_PREFIX):
        field = Customer._meta.get_field(key)
        setattr(person, key, field.to_python(old))  # type: ignore[union-attr]
        return key
    if old is None:
        person.attributes.pop(key.removeprefix(ATTRIBUTE_PREFIX), None)
    else:
        person.attributes[key.removeprefix(ATTRIBUTE_PREFIX)] = old
    return "attributes"
