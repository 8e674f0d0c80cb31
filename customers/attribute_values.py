"""The values people have for a custom attribute, changed for many at once, by the database itself.

Invariant: what is stored always fits the attribute's type and choices; whatever would break that
is counted first and refused until someone decides what becomes of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection, models
from django.db.models import Count, F, Func, JSONField, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext

from customers import sensitive
from customers.attributes import stored_from
from customers.fieldtypes import CleaningError
from customers.models import CustomAttribute, Customer

# A change of type that rewrites or loses more different values than this would outlast a page:
# each takes a statement, and losing so many means that the type is not theirs.
MOST_CHANGES: Final = 500
MOST_LOST: Final = 5_000
_BATCH: Final = 1000


class TooManyValues(Exception):
    """A change of type would rewrite or lose more different values than is done at once."""


def holders(key: str) -> QuerySet[Customer]:
    """Those who have a value, erased people's rows included."""
    return Customer._base_manager.filter(attributes__has_key=key)


def numbers(key: str) -> dict[str, int]:
    """How many people have each value, as text, the most frequent first."""
    return dict(_tally(key))


@dataclass(frozen=True)
class Conversion:
    """What a change of type does to the stored values: `changed` are rewritten, `lost` cannot be.

    `lost` tells how many people have each value that does not fit, the most frequent first.
    """

    key: str
    changed: dict[Any, list[str]]
    lost: dict[str, int]

    @property
    def people_losing(self) -> int:
        """How many people would have no value any more."""
        return sum(self.lost.values())

    def apply(self) -> None:
        """Rewrite what changes and take out what is lost, in the caller's transaction."""
        for new, values in [*self.changed.items(), (None, list(self.lost))]:
            for start in range(0, len(values), _BATCH):
                _replace(_holding(self.key, values[start : start + _BATCH]), self.key, new)


def conversion(attribute: CustomAttribute, type_: str, choices: list[str]) -> Conversion:
    """What storing this attribute's values as `type_` would take. Raises TooManyValues."""
    target = CustomAttribute(key=attribute.key, type=type_, choices=choices)
    changed: dict[Any, list[str]] = {}
    lost: dict[str, int] = {}
    for value, people in _tally(attribute.key):
        try:
            new = stored_from(target, _said(attribute, value))
        except CleaningError:
            new = None
        if new is None:
            lost[value] = people
        elif new != value:
            changed.setdefault(new, []).append(value)
        if len(changed) > MOST_CHANGES or len(lost) > MOST_LOST:
            raise TooManyValues
    return Conversion(attribute.key, changed, lost)


def _said(attribute: CustomAttribute, value: str) -> str:
    """A stored value in words that any other type may read."""
    if attribute.type == CustomAttribute.Type.BOOLEAN:
        return gettext("Yes") if value == "true" else gettext("No")
    return value


def rename_choice(key: str, old: str, new: str | None) -> int:
    """Give everyone who chose `old` the choice `new`, or none; how many people."""
    return _replace(_holding(key, [old]), key, new)


def forget(key: str) -> int:
    """Take the value away from everyone; how many people had one."""
    return _replace(holders(key), key, None)


def without_agreement(key: str) -> Iterator[list[int]]:
    """Those who have a value and did not explicitly agree to it, some ids at a time."""
    last = 0
    while ids := list(
        holders(key).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:_BATCH]
    ):
        last = ids[-1]
        agreed = sensitive.agreed_to(key, ids)
        yield [pk for pk in ids if pk not in agreed]


def forget_without_agreement(key: str) -> int:
    """Take the value away from those who did not agree to it; how many."""
    return sum(
        _replace(Customer._base_manager.filter(pk__in=ids), key, None)
        for ids in without_agreement(key)
    )


def _tally(key: str) -> Iterator[tuple[str, int]]:
    values = holders(key).order_by().values_list(KT(f"attributes__{key}"))
    counted = values.annotate(n=Count("pk")).order_by("-n", KT(f"attributes__{key}"))
    for value, n in counted.iterator():
        yield "" if value is None else str(value), n


def _holding(key: str, values: list[str]) -> QuerySet[Customer]:
    # As a text: compared as JSON, a value would have to be JSON itself.
    told = Cast(KT(f"attributes__{key}"), models.TextField())
    return holders(key).annotate(told=told).filter(told__in=values)


def _replace(people: QuerySet[Customer], key: str, value: Any) -> int:
    """Set or take out one key of the JSON of all these people, in one statement."""
    ids = people.order_by().values("pk")
    now = timezone.now()
    return Customer._base_manager.filter(pk__in=ids).update(
        attributes=_changed(key, value), updated_at=now
    )


def _changed(key: str, value: Any) -> models.Expression:
    if connection.vendor == "postgresql":
        if value is None:
            return Func(
                F("attributes"), Value(key), template="(%(expressions)s)", arg_joiner=" - ",
                output_field=JSONField(),
            )  # fmt: skip
        path = Func(Value(key), function="ARRAY", template="%(function)s[%(expressions)s]")
        new = Value(value, output_field=JSONField())
        return Func(F("attributes"), path, new, function="jsonb_set", output_field=JSONField())
    place = Value(f'$."{key}"')
    if value is None:
        return Func(F("attributes"), place, function="json_remove", output_field=JSONField())
    whole = Func(Value(value, output_field=JSONField()), function="json")
    return Func(F("attributes"), place, whole, function="json_set", output_field=JSONField())
