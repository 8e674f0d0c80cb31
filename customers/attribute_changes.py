"""Editing or deleting a custom attribute that people have values for.

What would be lost is counted first and said in words; nothing goes before someone agreed to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import audit
from accounts.templatetags.figures import number
from customers import attribute_values, attributes
from customers.attribute_values import Conversion
from customers.models import CustomAttribute
from customers.signals import facts_changed

SHOWN = 3


@dataclass(frozen=True)
class Change:
    """What an edit does to the values people have.

    `renames` maps a choice to its new name, None where it goes; `conversion` is that of a new
    type; `shuts` says that the attribute becomes sensitive. `losses` tells in words what goes.
    """

    renames: Mapping[str, str | None]
    conversion: Conversion | None
    shuts: bool
    losses: list[str]


def plan(
    attribute: CustomAttribute,
    *,
    type_: str,
    choices: list[str],
    renames: Mapping[str, str | None],
    sensitive: str,
) -> Change:
    """What becoming this would do to the values of a stored attribute.

    Raises attribute_values.TooManyValues where a new type rewrites or loses too much.
    """
    losses: list[str] = []
    # Another type reads the values as they are, whatever the choices were called.
    retyped = type_ != attribute.type
    real = {} if retyped else {old: new for old, new in renames.items() if old != new}
    if gone := [old for old, new in real.items() if new is None]:
        told = attribute_values.numbers(attribute.key)
        losses += [_lost_choice(each, told[each]) for each in gone if told.get(each)]
    conversion = None
    if retyped:
        conversion = attribute_values.conversion(attribute, type_, choices)
        if conversion.lost:
            losses.append(_misfits(conversion))
    shuts = bool(sensitive) and not attribute.sensitive
    if shuts:
        n = sum(map(len, attribute_values.without_agreement(attribute.key)))
        if n:
            losses.append(_not_agreed(n))
    return Change(real, conversion, shuts, losses)


def apply(attribute: CustomAttribute, change: Change, *, by: Any) -> None:
    """Save the edited attribute with what it does to people's values, or neither."""
    with transaction.atomic():
        if change.conversion is not None:
            change.conversion.apply()
        else:
            _rename(attribute.key, change.renames)
        attribute.save()
        if change.shuts:
            attribute_values.forget_without_agreement(attribute.key)
        audit.record(
            by,
            "attribute.edited",
            attribute=attribute.pk,
            sensitive=bool(attribute.sensitive),
            losses=len(change.losses),
        )
    facts_changed.send(sender=CustomAttribute)


def delete(attribute: CustomAttribute, *, by: Any) -> int:
    """Delete an attribute with everyone's value; how many people had one.

    Raises attributes.AttributeInUse where a segment uses it. The ledger keeps who agreed to it.
    """
    if names := attributes.uses(attribute):
        raise attributes.AttributeInUse(names)
    pk = attribute.pk
    with transaction.atomic():
        people = attribute_values.forget(attribute.key)
        attribute.delete()
        audit.record(by, "attribute.deleted", attribute=pk, people=people)
    facts_changed.send(sender=CustomAttribute)
    return people


def _rename(key: str, renames: Mapping[str, str | None]) -> None:
    # In two steps, so that two choices may exchange their names.
    for nth, old in enumerate(renames):
        attribute_values.rename_choice(key, old, f"\x1a{nth}")
    for nth, new in enumerate(renames.values()):
        attribute_values.rename_choice(key, f"\x1a{nth}", new)


def _lost_choice(choice: str, n: int) -> str:
    said = ngettext(
        "%(n)s person has “%(choice)s” and would have no value any more.",
        "%(n)s people have “%(choice)s” and would have no value any more.",
        n,
    )
    return said % {"n": number(n), "choice": choice}


def _misfits(conversion: Conversion) -> str:
    n = conversion.people_losing
    said = ngettext(
        "%(n)s person has a value that does not fit the new type and would lose it: %(values)s.",
        "%(n)s people have a value that does not fit the new type and would lose it: %(values)s.",
        n,
    )
    shown = [_("“%(text)s”") % {"text": value} for value in list(conversion.lost)[:SHOWN]]
    values = ", ".join(shown) + (", …" if len(conversion.lost) > SHOWN else "")
    return said % {"n": number(n), "values": values}


def _not_agreed(n: int) -> str:
    said = ngettext(
        "%(n)s person has a value and did not explicitly agree: it would be erased.",
        "%(n)s people have a value and did not explicitly agree: it would be erased.",
        n,
    )
    return said % {"n": number(n)}
