"""How the people of a rule spread over age, place, money and time, beside the whole base.

Invariant: the bands of a chart do not overlap and leave nobody out: everyone of the base is in one
of them, or said to be unknown. The bands of money suit the shop: round amounts near the fifths of
what its buyers have spent, fixed for a version of the snapshot.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from sqlglot import exp

from accounts.templatetags.figures import money
from segmentation import engine, snapshot
from segmentation.catalogue.entries import Label
from segmentation.catalogue.expressions import day, number
from segmentation.catalogue.places import DEPARTMENTS
from segmentation.compiler.ages import births
from segmentation.compiler.conditions import alias_of, column, table

AGES: Final = (18, 25, 35, 45, 55, 65)
DAYS: Final = (30, 90, 180, 365, 730)
MOST_PLACES: Final = 10
PERSONAL: Final = ("birth_date", "department")
OF_PROFILE: Final = ("total_spent", "last_order_at_on")
TITLES: Final[Mapping[str, Label]] = {
    "age": gettext_lazy("Age"),
    "department": gettext_lazy("Department"),
    "spent": gettext_lazy("Total spent"),
    "recency": gettext_lazy("Days since the last order"),
}
_SPENDING: Final = """
    SELECT
      quantile_disc(total_spent, [0.2, 0.4, 0.6, 0.8, 0.95]) FILTER (WHERE total_spent > 0),
      sum(total_spent)
    FROM profiles
"""
_FIRST_FIGURES: Final = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Band:
    """One bar: how many of the segment and of the base are in it, and as shares of each (0-1)."""

    label: str
    short: str
    count: int
    share: float
    base_count: int
    base_share: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One distribution, of which `rest` is too mixed to be drawn.

    `unplaced` of the segment are in no band because the fact is unknown.
    """

    key: str
    title: str
    bands: tuple[Band, ...]
    unplaced: int
    rest: Band | None = None


Rows = Sequence[Mapping[str, Any]]
Counts = Mapping[str, Mapping[Any, int]]


@dataclass(frozen=True, slots=True)
class Scale:
    """The bands of a day on a version of the snapshot, and how many of the base are in each.

    Without purchases (`bought`) nor the base's revenue where they are not known as of now.
    """

    today: dt.date
    bounds: tuple[int, ...]
    bought: bool
    base: int
    revenue: Decimal | None
    counts: Counts

    def bands(self) -> dict[str, exp.Expr]:
        """By chart, the band each customer is in; NULL where it is unknown.

        Over columns named as in PERSONAL and OF_PROFILE. New trees each time.
        """
        return _bands(self.today, self.bounds, bought=self.bought)

    def charts(self, rows: Rows, total: int) -> tuple[Chart, ...]:
        """The charts of `total` people, from what `spreading` told of them."""
        found = _counts(rows, list(self.counts))
        known = (key for key, base in self.counts.items() if set(base) - {None})
        return tuple(self._chart(key, found[key], total) for key in known)

    def _chart(self, key: str, found: Mapping[Any, int], total: int) -> Chart:
        base = self.counts[key]
        labels = _places(found, base) if key == "department" else _LABELS[key](self.bounds)

        def band(label: str, short: str, some: Collection[Any]) -> Band:
            n, of_base = (sum(counts.get(one, 0) for one in some) for counts in (found, base))
            return Band(label, short, n, _share(n, total), of_base, _share(of_base, self.base))

        bands = tuple(band(label, short, [one]) for one, label, short in labels)
        left = {one for one in base if one is not None} - {one for one, _l, _s in labels}
        rest = band(_("Other departments"), "", left) if left else None
        return Chart(key, str(TITLES[key]), bands, found.get(None, 0), rest)


def scale(asked: engine.Asking, *, bought: bool) -> Scale:
    """The scale for a question; found once a version of the snapshot and a day."""
    meta = snapshot.meta()
    today = asked.compiler.question.clock.today
    key = (meta.version, meta.built_at, today, bought)
    if key not in _scales:
        fifths, revenue = asked.cursor.execute(_SPENDING).fetchall()[0]
        bounds = tuple(sorted({_round(amount) for amount in fifths or []}))
        bands = _bands(today, bounds, bought=bought)
        statement = spreading(bands, "everyone").with_(
            "everyone", as_=_everyone(bought=bought), copy=False
        )
        rows = asked.rows(statement)[0][0] or []
        _scales.clear()
        known = (revenue or Decimal(0)) if bought else None
        counts = _counts(rows, list(bands))
        _scales[key] = Scale(today, bounds, bought, meta.customers, known, counts)
    return _scales[key]


_scales: dict[tuple[int, dt.datetime, dt.date, bool], Scale] = {}


def _everyone(*, bought: bool) -> exp.Select:
    shown = [column(name, "customers") for name in PERSONAL]
    if not bought:
        return exp.select(*shown, copy=False).from_(table("customers"), copy=False)
    shown += [column(name, "profiles") for name in OF_PROFILE]
    same = exp.EQ(this=column("customer_id", "profiles"), expression=column("id", "customers"))
    everyone = exp.select(*shown, copy=False).from_(table("customers"), copy=False)
    return everyone.join(table("profiles"), on=same, copy=False)


def spreading(bands: Mapping[str, exp.Expr], relation: str) -> exp.Select:
    """The list of how many of a relation are in each band; `apart` tells the charts apart."""
    placed = exp.select(
        *(exp.alias_(band, key, quoted=True) for key, band in bands.items()), copy=False
    ).from_(table(relation), copy=False)
    sets = exp.GroupingSets(expressions=[exp.Tuple(expressions=[column(key)]) for key in bands])
    apart = exp.Anonymous(this="grouping", expressions=[column(key) for key in bands])
    rows = exp.select(
        *(column(key) for key in bands),
        exp.alias_(apart, "apart", quoted=True),
        exp.alias_(exp.Count(this=exp.Star()), "n", quoted=True),
        copy=False,
    ).from_(exp.Subquery(this=placed, alias=alias_of("placed")), copy=False)
    rows.set("group", exp.Group(grouping_sets=[sets]))
    whole = exp.Anonymous(this="list", expressions=[column("spread")])
    return exp.select(whole, copy=False).from_(
        exp.Subquery(this=rows, alias=alias_of("spread")), copy=False
    )


def _counts(rows: Rows, keys: Sequence[str]) -> dict[str, dict[Any, int]]:
    counted: dict[str, dict[Any, int]] = {key: {} for key in keys}
    for row in rows:
        # A bit for each chart, from the first down; 0 for what the row is grouped by.
        key = next(k for i, k in enumerate(reversed(keys)) if not row["apart"] >> i & 1)
        counted[key][row[key]] = row["n"]
    return counted


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _round(amount: Decimal) -> int:
    """The nearest of 1, 2, 5, 10, 20, 50 …"""
    power = 10 ** max(len(str(int(amount))) - 1, 0)
    return min((first * power for first in _FIRST_FIGURES), key=lambda near: abs(near - amount))


def _bands(today: dt.date, bounds: Sequence[int], *, bought: bool) -> dict[str, exp.Expr]:
    made: dict[str, exp.Expr] = {"age": _age(today), "department": column("department")}
    if bought:
        made |= {"spent": _spent(bounds), "recency": _recency(today)}
    return made


def _age(today: dt.date) -> exp.Expr:
    born = column("birth_date")
    youngest = (cast("dt.date", _latest_birth(age, today)) for age in AGES)
    younger = [exp.GT(this=born.copy(), expression=day(bound)) for bound in youngest]
    return _band(exp.Is(this=born, expression=exp.Null()), younger)


def _latest_birth(age: int, today: dt.date) -> dt.date | None:
    found = births(">=", age, today)
    return found.high if found else None


def _spent(bounds: Sequence[int]) -> exp.Expr:
    spent = column("total_spent")
    tests: list[exp.Expr] = [exp.LTE(this=spent.copy(), expression=number(0))]
    tests += [exp.LT(this=spent.copy(), expression=number(bound)) for bound in bounds]
    return _band(None, tests)


def _recency(today: dt.date) -> exp.Expr:
    last = column("last_order_at_on")
    tests: list[exp.Expr] = [exp.Is(this=last.copy(), expression=exp.Null())]
    for days in DAYS:
        since = day(today - dt.timedelta(days=days))
        tests.append(exp.GTE(this=last.copy(), expression=since))
    return _band(None, tests)


def _band(unknown: exp.Expr | None, tests: Sequence[exp.Expr]) -> exp.Expr:
    """The number of the first test that holds, or one more than the last."""
    ifs = [exp.If(this=test, true=number(place)) for place, test in enumerate(tests)]
    if unknown is not None:
        ifs.insert(0, exp.If(this=unknown, true=exp.Null()))
    return exp.Case(ifs=ifs, default=number(len(tests)))


Labels = list[tuple[Any, str, str]]


def _ages(_bounds: tuple[int, ...]) -> Labels:
    labels: Labels = [(0, _("Under %(n)s") % {"n": AGES[0]}, f"<{AGES[0]}")]
    for place, (low, above) in enumerate(itertools.pairwise(AGES), start=1):
        labels.append((place, f"{low}–{above - 1}", f"{low}–{above - 1}"))
    return [*labels, (len(AGES), _("%(n)s and over") % {"n": AGES[-1]}, f"{AGES[-1]}+")]


def _amounts(bounds: tuple[int, ...]) -> Labels:
    labels: Labels = [(0, _("Nothing"), "0")]
    if not bounds:
        return [*labels, (1, _("Something"), ">0")]
    labels.append((1, _("Under %(n)s") % {"n": money(bounds[0], 0)}, f"<{_brief(bounds[0])}"))
    for place, (low, above) in enumerate(itertools.pairwise(bounds), start=2):
        told = _("%(low)s to under %(high)s") % {"low": money(low, 0), "high": money(above, 0)}
        labels.append((place, told, f"{_brief(low)}+"))
    last = _("%(n)s and over") % {"n": money(bounds[-1], 0)}
    return [*labels, (len(bounds) + 1, last, f"{_brief(bounds[-1])}+")]


def _brief(amount: int) -> str:
    return f"{amount // 1000}k" if amount >= 1000 else str(amount)


def _since(_bounds: tuple[int, ...]) -> Labels:
    labels: Labels = [(1, _("%(n)s or fewer") % {"n": DAYS[0]}, f"≤{DAYS[0]}")]
    for place, (low, high) in enumerate(itertools.pairwise(DAYS), start=2):
        told = _("%(low)s to %(high)s") % {"low": low + 1, "high": high}
        labels.append((place, told, f"≤{high}"))
    labels.append((len(DAYS) + 1, _("More than %(n)s") % {"n": DAYS[-1]}, f">{DAYS[-1]}"))
    return [*labels, (0, _("Never ordered"), pgettext("no order, short", "never"))]


_LABELS: Final = {"age": _ages, "spent": _amounts, "recency": _since}


def _places(found: Mapping[Any, int], base: Mapping[Any, int]) -> Labels:
    """The departments where most of the segment live; where it is empty, most of the base."""
    known = [code for code in base if code is not None]
    ranked = sorted(known, key=lambda code: (-found.get(code, 0), -base[code], code))
    return [
        (code, str(_DEPARTMENTS.get(code, code)), code.upper()) for code in ranked[:MOST_PLACES]
    ]


# By their code as the snapshot folds it.
_DEPARTMENTS: Final[Mapping[str, Label]] = {
    choice.code.casefold(): choice.label for choice in DEPARTMENTS
}
