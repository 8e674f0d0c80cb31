"""Properties of events that rules may ask about: what shops send, what is declared of it.

Invariant: a declaration changes nothing in the events and nothing in what is accepted of them; it
only says which properties the snapshot takes in, and as what.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import audit
from customers.models import Event, EventProperty
from customers.signals import facts_changed

Type = EventProperty.Type

# How many of the latest events are looked at for properties nobody has declared.
LOOKED_AT: Final = 2_000
MOST_PROPOSED: Final = 30
_EXAMPLES: Final = 3
_LONGEST_EXAMPLE: Final = 40
_KEY: Final = re.compile(r"[-a-zA-Z0-9_]{1,40}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?:$|[T ])")

# Upper apps that name properties by key say which of their things do: "segment “VIP”".
_uses: list[Callable[[str], list[str]]] = []


class PropertyInUse(ValueError):
    """Something of an upper app still names this property; `uses` are their names."""

    def __init__(self, uses: list[str]) -> None:
        super().__init__(_("Segments use this property: change or delete them first."))
        self.uses = uses


@dataclass(frozen=True, slots=True)
class Proposal:
    """A property that recent events carry and nobody declared; `fits` where its name can be."""

    key: str
    type: str
    events: int
    examples: tuple[str, ...]
    fits: bool

    @property
    def type_label(self) -> str:
        """The type its values look like, in words."""
        return str(Type(self.type).label)


def register_use(names: Callable[[str], list[str]]) -> None:
    """Have `names` tell what uses a property's key, from an upper app's `AppConfig.ready()`."""
    _uses.append(names)


def uses(declared: EventProperty) -> list[str]:
    """The names of what uses this property: a segment's rule, for instance."""
    return [name for names in _uses for name in names(declared.key)]


def keep(declared: EventProperty, *, by: Any) -> None:
    """Declare a property, or store its new name or type."""
    action = "event_property.declared" if declared.pk is None else "event_property.edited"
    with transaction.atomic():
        declared.save()
        audit.record(by, action, property=declared.pk)
    facts_changed.send(sender=EventProperty)


def delete(declared: EventProperty, *, by: Any) -> None:
    """Take a declaration back; events keep the property. Raises PropertyInUse."""
    if names := uses(declared):
        raise PropertyInUse(names)
    pk = declared.pk
    with transaction.atomic():
        declared.delete()
        audit.record(by, "event_property.deleted", property=pk)
    facts_changed.send(sender=EventProperty)


def proposals() -> list[Proposal]:
    """What the latest events carry besides what is declared, the most frequent first."""
    declared = set(EventProperty.objects.values_list("key", flat=True))
    latest = Event.objects.order_by("-pk").values_list("properties", flat=True)[:LOOKED_AT]
    found = _seen(latest)
    proposed = [proposal for key, proposal in found.items() if key not in declared]
    return sorted(proposed, key=lambda each: (-each.events, each.key))[:MOST_PROPOSED]


def _seen(properties: Iterable[Any]) -> Mapping[str, Proposal]:
    numbers: Counter[str] = Counter()
    types: dict[str, Counter[str]] = defaultdict(Counter)
    examples: dict[str, dict[str, None]] = defaultdict(dict)
    for carried in properties:
        for key, value in carried.items() if isinstance(carried, dict) else ():
            if value is None or value == "":
                continue
            numbers[key] += 1
            types[key][_type_of(value)] += 1
            if len(examples[key]) < _EXAMPLES:
                examples[key][_shown(value)] = None
    return {
        key: Proposal(key, _common(types[key]), n, tuple(examples[key]), bool(_KEY.fullmatch(key)))
        for key, n in numbers.items()
    }


def _common(types: Counter[str]) -> str:
    """The type all values have; several types are a text."""
    return next(iter(types)) if len(types) == 1 else Type.TEXT


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return Type.BOOLEAN
    if isinstance(value, int | float):
        return Type.NUMBER
    text = str(value)
    # Codes such as 0042 are no numbers: their zeros count.
    if not re.match(r"0\d", text) and _reads(Decimal, text):
        return Type.NUMBER
    return Type.DATE if _DAY.match(text) and _reads(dt.date.fromisoformat, text[:10]) else Type.TEXT


def _reads(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except (ValueError, InvalidOperation):
        return False
    return True


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_EXAMPLE else text[: _LONGEST_EXAMPLE - 1] + "…"
