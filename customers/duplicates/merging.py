"""Making one record of two: whose values stay, and everything that happened moves along.

Invariant: one transaction. No order, event, consent record or message is lost; the ledger of both
is the ledger of one, so that the latest word of the person holds, whichever record it was on; a
suppressed address stays suppressed; the number that goes still means the person who stays.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from typing import Any, Final

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit
from customers import extensions, locks
from customers.attributes import shown
from customers.consent import keep_refusals
from customers.models import (
    CustomAttribute,
    Customer,
    CustomerTag,
    FormerNumber,
    NotDuplicates,
    Order,
)
from customers.sensitive import agreements
from customers.signals import facts_changed
from customers.spreadsheets.fields import CUSTOMER_FIELDS
from customers.void_words import keep_void

NUMBER: Final = "external_id"
# What one chooses between; the country and the language come with the address and the person.
FIELDS: Final = (
    *(NUMBER, "first_name", "last_name", "email", "phone", "gender", "birth_date"),
    *("address", "postal_code", "city", "country", "language", "children", "marital_status"),
    *("education", "profession", "income_band", "acquisition_source", "preferred_frequency"),
    *("preferred_channel", "signed_up_at"),
)
ATTRIBUTE: Final = "attr:"
_LABELS: Final = {field.key: field.label for field in CUSTOMER_FIELDS}


class CannotMerge(ValueError):
    """Two records that are one already, or one that is no more."""


def choices(one: Customer, other: Customer) -> list[tuple[str, str | Promise, Any, Any]]:
    """What differs, to be chosen: key, label, this one's value, the other's; as people read them.

    Only where both have a value: where one has none, the other's stays.
    """
    found: list[tuple[str, str | Promise, Any, Any]] = []
    for name in FIELDS:
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine not in (None, "") and theirs not in (None, "") and mine != theirs:
            found.append((name, _LABELS[name], _told(one, name), _told(other, name)))
    for known in CustomAttribute.objects.all():
        a, b = one.attributes.get(known.key), other.attributes.get(known.key)
        if a is not None and b is not None and a != b:
            key = f"{ATTRIBUTE}{known.key}"
            found.append((key, known.label, shown(known, a), shown(known, b)))
    return found


def merge(survivor_id: int, other_id: int, *, taken: Collection[str] = (), by: Any) -> Customer:
    """Move all that is the other's to the survivor, and delete the other's record.

    `taken` names the fields whose value is the other's; empty ones are filled in any case.
    Raises CannotMerge where the records are the same one, or one of them has gone.
    """
    with transaction.atomic():
        people = {person.pk: person for person in locks.hold((survivor_id, other_id))}
        if len(people) != 2:
            raise CannotMerge(_("One of the two records is no longer there."))
        survivor, other = people[survivor_id], people[other_id]
        # An address the merged record does not keep still belongs to who refused there.
        refusals = [copy(person) for person in (survivor, other)]
        numbers = _take_values(survivor, other, set(taken))
        # Each one's words are judged by the age they had, whichever date of birth stays.
        births = {person.pk: person.birth_date for person in refusals}
        keep_void({pk: born for pk, born in births.items() if born != survivor.birth_date})
        _keep_refusals(refusals, survivor)
        moved = _move(survivor, other)
        for key in _refused(survivor):
            survivor.attributes.pop(key, None)
        # What is left of the other goes without its history, which is the survivor's now.
        Customer.objects.get(pk=other.pk).delete()
        survivor.save()
        for number in numbers:
            FormerNumber.objects.update_or_create(
                external_id=number, defaults={"customer": survivor, "merged_at": timezone.now()}
            )
        audit.record(by, "customers.merged", customer=survivor.pk, merged=other_id, **moved)
    facts_changed.send(sender=Customer)
    return survivor


def _keep_refusals(before: list[Customer], survivor: Customer) -> None:
    """Of each record as it was, suppress the address that is given up, where it had refused."""
    for person in before:
        if person.email == survivor.email:
            person.email = None
        if person.phone == survivor.phone:
            person.phone = None
    keep_refusals(before, gettext("Records merged"))


def _take_values(survivor: Customer, other: Customer, taken: set[str]) -> list[str]:
    """Fill and replace the survivor's values; returns the number that goes out of use."""
    numbers = {survivor.external_id, other.external_id} - {None, ""}
    for name in FIELDS:
        theirs = getattr(other, name)
        if theirs not in (None, "") and (name in taken or getattr(survivor, name) in (None, "")):
            setattr(survivor, name, theirs)
    for key, value in other.attributes.items():
        if f"{ATTRIBUTE}{key}" in taken or survivor.attributes.get(key) in (None, ""):
            survivor.attributes[key] = value
    interests = dict.fromkeys([*(survivor.interests or []), *(other.interests or [])])
    survivor.interests = list(interests)
    survivor.created_at = min(survivor.created_at, other.created_at)
    return [number for number in numbers if number and number != survivor.external_id]


def _refused(survivor: Customer) -> list[str]:
    """The sensitive attributes the person, as one, does not agree to have kept."""
    agreed = agreements(survivor)
    sensitive = CustomAttribute.objects.exclude(sensitive="").values_list("key", flat=True)
    return [key for key in sensitive if key not in agreed]


def _move(survivor: Customer, other: Customer) -> dict[str, int]:
    """Make everything that points to the other point to the survivor; in numbers."""
    moved: dict[str, int] = {}
    kept = CustomerTag.objects.filter(customer=survivor).values("tag")
    CustomerTag.objects.filter(customer=other).exclude(tag__in=kept).update(customer=survivor)
    _move_verdicts(survivor, other)
    _renumber(survivor, other)
    for each in extensions.moves():
        moved |= each(survivor, other)
    for relation in Customer._meta.related_objects:
        model = relation.related_model
        if not isinstance(model, type) or model in (CustomerTag, NotDuplicates):
            continue
        if relation.many_to_many or model._meta.app_label != Customer._meta.app_label:
            continue
        rows = model._base_manager.filter(**{relation.field.name: other})
        if n := rows.update(**{relation.field.name: survivor}):
            moved[str(model._meta.model_name)] = n
    return moved


def _move_verdicts(survivor: Customer, other: Customer) -> None:
    """Whom the other was told apart from, the survivor is told apart from."""
    rows = NotDuplicates.objects.filter(Q(first=other) | Q(second=other))
    for first, second in list(rows.values_list("first_id", "second_id")):
        third = second if first == other.pk else first
        if third != survivor.pk:
            low, high = sorted((survivor.pk, third))
            NotDuplicates.objects.get_or_create(first_id=low, second_id=high)
    rows.delete()


def _renumber(survivor: Customer, other: Customer) -> None:
    """Equal orders without a number are told apart by `nth`: the other's come after."""
    mine = Order.objects.filter(customer=survivor, number=None)
    for order in Order.objects.filter(customer=other, number=None).order_by("pk"):
        equal = mine.filter(placed_at=order.placed_at, total=order.total)
        highest = equal.aggregate(models.Max("nth"))["nth__max"]
        if highest:
            order.nth += highest
            order.save(update_fields=["nth"])


def _told(person: Customer, name: str) -> Any:
    if name == "phone":
        return person.readable_phone
    told = getattr(person, f"get_{name}_display", None)
    return told() if told else getattr(person, name)
