"""The list of customers: what narrows it, how it is sorted, and one page of it at a time.

Pages are found by the last row seen, never by counting rows to skip, so that the thousandth page
costs what the first one does. Counts stop at a bound: beyond it the list says "more than".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from customers import extensions
from customers.consent import UNKNOWN, consent_states, suppressed_hashes, with_word
from customers.consent_state import ever
from customers.figures import KeyFigures, key_figures
from customers.folding import fold
from customers.models import Channel, ConsentState, Customer, CustomerTag, Order
from customers.reachability import Reach, reach, reachable
from customers.search import Found, beginning_with, find, first_of

PAGE: Final = 50
COUNT_BOUND: Final = 10_000
NAME, RECENT, OLDEST = "name", "recent", "oldest"
WITHDRAWN: Final = ConsentState.WITHDRAWN.value


@dataclass(frozen=True)
class Criteria:
    """What the list is narrowed by; an empty value narrows nothing."""

    q: str = ""
    tag: int | None = None
    city: str = ""
    gender: str = ""
    email_consent: str = ""
    sms_consent: str = ""
    reachable: str = ""
    orders: str = ""
    sort: str = NAME
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def narrows(self) -> bool:
        """Say whether anything but the order is asked for."""
        own = (self.q, self.tag, self.city, self.gender, self.email_consent, self.sms_consent)
        return any((*own, self.reachable, self.orders, *self.others.values()))

    @cached_property
    def found(self) -> Found:
        """What the search index said of `q`, asked once."""
        return find(self.q)

    @property
    def only_searches(self) -> bool:
        """Say whether nothing but the search narrows."""
        return bool(self.q) and not replace(self, q="").narrows

    @property
    def first(self) -> str:
        """What those who come first begin with: the name that was typed, in the order of names."""
        return first_of(self.q) if self.sort == NAME else ""


@dataclass(frozen=True)
class Row:
    """One line of the list: a person with what their page would say first."""

    customer: Customer
    figures: KeyFigures
    reach: list[Reach]


@dataclass(frozen=True)
class Page:
    """Some lines, and the ids of the rows from which to go on; None at either end."""

    rows: list[Row]
    before: int | None
    after: int | None


def select(criteria: Criteria) -> QuerySet[Customer]:
    """Everyone who meets the criteria, in no order."""
    people = criteria.found.narrow(Customer.objects.order_by())
    if criteria.tag is not None:
        tagged = CustomerTag.objects.filter(customer=OuterRef("pk"), tag=criteria.tag)
        people = people.filter(Exists(tagged))
    if criteria.city:
        people = people.filter(city_folded__startswith=fold(criteria.city))
    if criteria.gender:
        gender = "" if criteria.gender == UNKNOWN else criteria.gender
        people = people.filter(gender=gender)
    for channel in Channel.values:
        if state := getattr(criteria, f"{channel}_consent"):
            people = with_word(people, channel, state)
    if criteria.reachable in Channel.values:
        people = reachable(people, criteria.reachable)
    if criteria.orders:
        has_orders = Exists(Order.objects.filter(customer=OuterRef("pk"), status="paid"))
        people = people.filter(has_orders if criteria.orders == "yes" else ~has_orders)
    for other in extensions.filters():
        if value := criteria.others.get(other.key):
            people = other.apply(people, value)
    return people


def count(people: QuerySet[Customer], criteria: Criteria | None = None) -> tuple[int, bool]:
    """How many there are, and whether that is all: counting stops at the bound.

    With the criteria that chose them it is exact for everyone, and known for a plain search.
    """
    if criteria is not None and not criteria.narrows:
        # Two counts from small indexes, a hundred times quicker than reading who is not erased.
        everyone = Customer.all_records.order_by()
        return everyone.count() - everyone.filter(erased_at__isnull=False).count(), True
    if criteria is not None and criteria.only_searches and criteria.found.many:
        # The index has just counted past the bound.
        return COUNT_BOUND, False
    for channel in Channel.values:
        if criteria is not None and getattr(criteria, f"{channel}_consent") == WITHDRAWN:
            # One in many: counted among those who ever refused, not among everyone.
            people = people.filter(pk__in=ever(channel, WITHDRAWN))
    return rows_within(people)


def rows_within(found: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows there are, counted no further than the bound; and whether that is all."""
    n = found.values("pk")[: COUNT_BOUND + 1].count()
    return (n, True) if n <= COUNT_BOUND else (COUNT_BOUND, False)


def page(
    people: QuerySet[Customer],
    sort: str = NAME,
    *,
    first: str = "",
    after: int | None = None,
    before: int | None = None,
    size: int = PAGE,
) -> Page:
    """The lines that follow the row `after`, or precede `before`; the first ones by default.

    Those whose name begins with `first` come before all others. A row that has gone since leads
    back to the beginning.
    """
    backwards = before is not None
    mark = before if backwards else after
    cursor = None if mark is None else Customer.objects.filter(pk=mark).first()
    if cursor is None:
        backwards = False
    found = _following(people, sort, first, cursor, backwards=backwards, most=size + 1)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    prefetch_related_objects(found, "tags")
    starts = cursor is not None if not backwards else more
    goes_on = more if not backwards else True
    return Page(
        _rows(found),
        before=found[0].pk if found and starts else None,
        after=found[-1].pk if found and goes_on else None,
    )


def _following(
    people: QuerySet[Customer],
    sort: str,
    first: str,
    cursor: Customer | None,
    *,
    backwards: bool,
    most: int,
) -> list[Customer]:
    """At most `most` people beyond the cursor, read from each stretch of the list in turn."""
    begins = beginning_with(first)
    stretches = [people.filter(begins), people.exclude(begins)] if first else [people]
    place = int(bool(first) and cursor is not None and not cursor.search_text.startswith(first))
    rest = stretches[: place + 1][::-1] if backwards else stretches[place:]
    descending = (sort == RECENT) != backwards
    keys = ("search_text", "id") if sort == NAME else ("id",)
    found: list[Customer] = []
    for number, stretch in enumerate(rest):
        if cursor is not None and number == 0:
            stretch = stretch.filter(_beyond(cursor, keys, descending=descending))
        ordered = stretch.order_by(*(f"-{key}" if descending else key for key in keys))
        found += ordered[: most - len(found)]
        if len(found) >= most:
            break
    return found


def _beyond(cursor: Customer, keys: tuple[str, ...], *, descending: bool) -> Q:
    way = "lt" if descending else "gt"
    if keys == ("id",):
        return Q(**{f"id__{way}": cursor.pk})
    text = cursor.search_text
    # The first condition says nothing new; it is what lets the index be entered in the middle.
    return Q(**{f"search_text__{way}e": text}) & (
        Q(**{f"search_text__{way}": text}) | Q(**{"search_text": text, f"id__{way}": cursor.pk})
    )


def _rows(people: list[Customer]) -> list[Row]:
    ids = [person.pk for person in people]
    figures = key_figures(ids)
    states = {channel: consent_states(ids, channel) for channel in Channel.values}
    suppressed = {
        Channel.EMAIL.value: suppressed_hashes("email", [p.email_hash for p in people]),
        Channel.SMS.value: suppressed_hashes("sms", [p.phone_hash for p in people]),
    }
    return [
        Row(
            person,
            figures[person.pk],
            [
                reach(person, channel, states[channel][person.pk], hashed in suppressed[channel])
                for channel, hashed in _hashes(person)
            ],
        )
        for person in people
    ]


def _hashes(person: Customer) -> list[tuple[str, Any]]:
    return [(Channel.EMAIL.value, person.email_hash), (Channel.SMS.value, person.phone_hash)]
