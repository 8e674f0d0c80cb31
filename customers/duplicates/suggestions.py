"""Groups of records that look like one person, found by what they share.

Nothing is stored: groups are read from an index in its order, a page at a time, and no page reads
more than a stretch of it: of a million people a page costs what it does of fifty thousand.
What is shared is the address, the number with a similar name, or the whole name with a postcode or
date of birth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import NullIf, RowNumber
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.folding import fold
from customers.models import Customer, NotDuplicates

EMAIL, PHONE, NAME = "email", "phone", "name"
KEYS: Final[dict[str, str | Promise]] = {
    EMAIL: _("Same e-mail address"),
    PHONE: _("Same phone number"),
    NAME: _("Same name"),
}
PAGE: Final = 20
# A family may share a number; a shop's own number may stand on thousands of records.
MOST_SHOWN: Final = 8
_ALIKE: Final = 0.4
_COLUMNS: Final = {EMAIL: "email", PHONE: "phone", NAME: "name_key"}
# How many records a page reads at most, about 50 ms, and how many values it looks at together.
_STRETCH: Final = 50_000
_CHUNK: Final = 100
# Of those who share a value so many are compared, each with each.
_COMPARED: Final = 50


@dataclass(frozen=True)
class Group:
    """Some records that may be one person, the oldest first, and why."""

    people: list[Customer]
    reasons: list[str]
    more: int = 0

    @property
    def first(self) -> Customer:
        return self.people[0]

    @property
    def others(self) -> list[Customer]:
        return self.people[1:]


@dataclass(frozen=True)
class Stretch:
    """A part of the index of one of KEYS: the values beyond `start`, up to `end` where it ends."""

    key: str
    start: str
    end: str | None

    @property
    def column(self) -> str:
        return _COLUMNS[self.key]

    @property
    def everyone(self) -> bool:
        """Whether it is the whole index."""
        return not self.start and self.end is None

    def people(self, start: str = "") -> QuerySet[Customer]:
        """The records in it in its order, those beyond `start` only."""
        within = {f"{self.column}__gt": start or self.start}
        if self.end is not None:
            within[f"{self.column}__lte"] = self.end
        return _indexed(self.column).filter(**within).order_by(self.column)


@dataclass(frozen=True)
class Page:
    """Some groups, and the record after whose value the next page begins; None at the end.

    There may be none where there are more further on.
    """

    groups: list[Group]
    after: int | None


def stretch(key: str, after: int | None = None) -> Stretch:
    """What one page reads at most of one of KEYS, beyond the value of the record `after`."""
    start = ""
    if after is not None:
        known = Customer.objects.filter(pk=after).values_list(_COLUMNS[key], flat=True)
        start = known.first() or ""
    rest = Stretch(key, start, None)
    values = rest.people().values_list(rest.column, flat=True)
    return Stretch(key, start, next(iter(values[_STRETCH : _STRETCH + 1]), None))


def page(part: Stretch) -> Page:
    """A page of the groups in a stretch, the first ones."""
    groups: list[Group] = []
    last = part.start
    while True:
        shared = list(_shared(part, last)[:_CHUNK])
        members = _members(part.column, shared)
        known = _told_apart([person.pk for each in members.values() for person in each])
        for value in shared:
            group = _group(part.key, members.get(value, []), known)
            if group is not None and len(groups) == PAGE:
                return Page(groups, _record_with(part.column, last))
            if group is not None:
                groups.append(group)
            last = value
        if len(shared) < _CHUNK:
            return Page(groups, _record_with(part.column, part.end) if part.end else None)


def exact(part: Stretch, most: int) -> list[list[int]]:
    """At most `most` groups of records with the same address and the same whole name, by id.

    The stretch is one of addresses.
    """
    shared = (
        part.people()
        .exclude(name_key="")
        .order_by("email", "name_key")
        .values("email", "name_key")
        .annotate(n=Count("*"))
        .filter(n__gt=1)
        .values_list("email", "name_key")[:most]
    )
    groups: dict[tuple[str, str], list[int]] = {(str(email), name): [] for email, name in shared}
    people = Customer.objects.filter(email__in={email for email, _name in groups})
    for pk, email, name in people.order_by("pk").values_list("pk", "email", "name_key"):
        if email and (email, name) in groups:
            groups[email, name].append(pk)
    apart = _told_apart([pk for ids in groups.values() for pk in ids])
    return [
        ids
        for ids in groups.values()
        if len(ids) > 1 and not any(pair in apart for pair in combinations(ids, 2))
    ]


def tell_apart(one: int, other: int) -> None:
    """Remember that two records are two people."""
    first, second = sorted((one, other))
    NotDuplicates.objects.get_or_create(first_id=first, second_id=second)


def reasons(one: Customer, other: Customer) -> list[str]:
    """What two records share, in words."""
    found: list[Any] = []
    if one.email and one.email == other.email:
        found.append(_("same e-mail address"))
    if one.phone and one.phone == other.phone:
        found.append(_("same phone number"))
    if one.name_key and one.name_key == other.name_key:
        found.append(_("same name"))
    elif alike(one, other):
        found.append(_("similar name"))
    if one.birth_date and one.birth_date == other.birth_date:
        found.append(_("same date of birth"))
    if one.postal_code and one.postal_code == other.postal_code:
        found.append(_("same postcode"))
    return [str(each) for each in found]


def alike(one: Customer, other: Customer) -> bool:
    """Whether two names may be spellings of one: shared trigrams, or one that says nothing else."""
    a, b = (fold(f"{who.first_name} {who.last_name}") for who in (one, other))
    if not a or not b:
        return True
    mine, theirs = _trigrams(a), _trigrams(b)
    return len(mine & theirs) / len(mine | theirs) >= _ALIKE


def _trigrams(name: str) -> set[str]:
    # By word, so that the order of first and last name does not count.
    return {f"  {word} "[i : i + 3] for word in name.split() for i in range(len(word) + 1)}


def _shared(part: Stretch, start: str) -> QuerySet[Any, str]:
    """The values beyond `start` that more than one record has, in order."""
    counted = part.people(start).values(value=F(part.column)).annotate(n=Count("*"))
    several = Q(n__gt=1)
    if part.key == NAME:
        # Homonyms are many: one only counts with a postcode or a date of birth in common.
        postcode = NullIf("postal_code", Value(""))
        counted = counted.annotate(
            places=Count(postcode) - Count(postcode, distinct=True),
            births=Count("birth_date") - Count("birth_date", distinct=True),
        )
        several &= Q(places__gt=0) | Q(births__gt=0)
    return counted.filter(several).values_list("value", flat=True)


def _members(column: str, values: Sequence[str]) -> dict[str, list[Customer]]:
    """Who has each of these values, the oldest first; of very many, some."""
    found: dict[str, list[Customer]] = {}
    among = Window(RowNumber(), partition_by=column, order_by="pk")
    people = _indexed(column).filter(**{f"{column}__in": values}).annotate(among=among)
    for person in people.filter(among__lte=_COMPARED).order_by("pk"):
        found.setdefault(getattr(person, column), []).append(person)
    return found


def _indexed(column: str) -> QuerySet[Customer]:
    """The records that the column's index holds.

    In the index's own words, or the planners do not know it for theirs; an erased record has no
    address.
    """
    if column == "name_key":
        return Customer.objects.exclude(name_key="")
    return Customer.all_records.all()


def _record_with(column: str, value: str) -> int | None:
    """Some record that has this value, which an address of a page may name; None if none has."""
    known = _indexed(column).filter(**{column: value}).order_by().values_list("pk", flat=True)
    return next(iter(known[:1]), None)


def _told_apart(ids: list[int]) -> set[tuple[int, int]]:
    rows = NotDuplicates.objects.filter(first__in=ids, second__in=ids)
    return set(rows.values_list("first_id", "second_id"))


def _group(key: str, people: list[Customer], apart: set[tuple[int, int]]) -> Group | None:
    """Those who may be one person with one of the others; None where nobody is."""
    pairs = [
        (one, other)
        for one, other in combinations(people, 2)
        if (one.pk, other.pk) not in apart and _may_be_one(key, one, other)
    ]
    if not pairs:
        return None
    # Around the oldest record that is in a pair; the others come back once this is settled.
    oldest = pairs[0][0]
    with_it = [other for one, other in pairs if one is oldest]
    why = dict.fromkeys(each for other in with_it for each in reasons(oldest, other))
    shown = [oldest, *with_it][:MOST_SHOWN]
    return Group(shown, list(why), more=max(0, len(with_it) + 1 - len(shown)))


def _may_be_one(key: str, one: Customer, other: Customer) -> bool:
    if key == EMAIL:
        return True
    if key == PHONE:
        return alike(one, other)
    return bool(
        (one.postal_code and one.postal_code == other.postal_code)
        or (one.birth_date and one.birth_date == other.birth_date)
    )
