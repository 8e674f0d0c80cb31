"""How the people of a rule spread over age, place, money and time, beside the whole base.

Invariant: the bands of a chart do not overlap and leave nobody out: everyone of the base is in one
of them, or said to be unknown. The bands of money suit the shop: round amounts near the fifths of
what its buyers have spent, fixed for a version of the snapshot.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast

import duckdb
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from sqlglot import exp

from accounts.templatetags.figures import money
from segmentation.catalogue.entries import Label
from segmentation.catalogue.expressions import day, number
from segmentation.catalogue.places import DEPARTMENTS
from segmentation.compiler.ages import births
from segmentation.compiler.conditions import column

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
_FIFTHS: Final = """
    SELECT quantile_disc(total_spent, [0.2, 0.4, 0.6, 0.8, 0.95]) FROM profiles
    WHERE total_spent > 0
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


def spent_bounds(cursor: duckdb.DuckDBPyConnection, version: tuple[int, dt.datetime]) -> list[int]:
    """Where the bands of money begin, ascending; found once a version of the snapshot."""
    if version not in _bounds:
        found = cursor.execute(_FIFTHS).fetchall()[0][0] or []
        _bounds.clear()
        _bounds[version] = sorted({_round(amount) for amount in found})
    return _bounds[version]


_bounds: dict[tuple[int, dt.datetime], list[int]] = {}


def _round(amount: Decimal) -> int:
    """The nearest of 1, 2, 5, 10, 20, 50 …"""
    power = 10 ** max(len(str(int(amount))) - 1, 0)
    return min((first * power for first in _FIRST_FIGURES), key=lambda near: abs(near - amount))


def columns(today: dt.date, bounds: Sequence[int], *, bought: bool) -> dict[str, exp.Expr]:
    """By chart, the band each customer is in, NULL where it is unknown; without purchases if told.

    Over columns named as in PERSONAL and OF_PROFILE.
    """
    made: dict[str, exp.Expr] = {
        "age": _age(today),
        "department": column("department"),
    }
    if bought:
        made["spent"] = _spent(bounds)
        made["recency"] = _recency(today)
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


Counted = Mapping[str, Mapping[Any, tuple[int, int]]]


def charts(counted: Counted, bounds: Sequence[int], total: int, base: int) -> tuple[Chart, ...]:
    """The charts of counts by chart and band, each (of the segment, of the base)."""
    made: list[Chart] = []
    for key, found in counted.items():
        known = {band: both for band, both in found.items() if band is not None}
        if not known:
            continue
        labels = _places(known) if key == "department" else _LABELS[key](tuple(bounds))
        bands = tuple(
            _counted(known.get(band, (0, 0)), label, short, total, base)
            for band, label, short in labels
        )
        shown = {band for band, _label, _short in labels}
        left = [both for band, both in known.items() if band not in shown]
        rest = None
        if left:
            both = (sum(n for n, _b in left), sum(b for _n, b in left))
            rest = _counted(both, _("Other departments"), "", total, base)
        unplaced = found.get(None, (0, 0))[0]
        made.append(Chart(key, str(TITLES[key]), bands, unplaced, rest))
    return tuple(made)


def _counted(both: tuple[int, int], label: str, short: str, total: int, base: int) -> Band:
    of_segment, of_base = both
    return Band(
        label,
        short,
        of_segment,
        of_segment / total if total else 0.0,
        of_base,
        of_base / base if base else 0.0,
    )


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


def _places(known: Mapping[Any, tuple[int, int]]) -> Labels:
    """The departments where most of the segment live; where it is empty, most of the base."""
    ranked = sorted(known, key=lambda code: (-known[code][0], -known[code][1], code))
    return [
        (code, str(_DEPARTMENTS.get(code, code)), code.upper()) for code in ranked[:MOST_PLACES]
    ]


# By their code as the snapshot folds it.
_DEPARTMENTS: Final[Mapping[str, Label]] = {
    choice.code.casefold(): choice.label for choice in DEPARTMENTS
}
