"""Hypothesis strategies for rules as JSON: every kind of node, field, operator, measure, window."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from customers.folding import fold
from segmentation.catalogue import Catalogue, Field, Source
from segmentation.rules import OPERATORS, Operand, measure_kind
from segmentation.rules.operators import CALENDAR_UNITS, FIELD_MEASURES, PLAIN_MEASURES, UNITS

_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=12
).filter(lambda t: bool(fold(t)) and bool(t.strip()))
_WHOLE = st.integers(0, 1_000_000)
_ID = st.integers(1, 10_000)
_NUMBER = st.integers(-(10**9), 10**9) | st.decimals(-9999, 9999, places=2).map(float)
_DAY = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)).map(dt.date.isoformat)
_UNIT = st.sampled_from(UNITS)


def _pair(values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(values, min_size=2, max_size=2).map(sorted)


def _calendars() -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        lambda unit, offset: {"unit": unit, "offset": offset},
        st.sampled_from(CALENDAR_UNITS),
        st.integers(-40, 5),
    )


def _days() -> st.SearchStrategy[list[Any]]:
    return _pair(_DAY) | _DAY.map(lambda d: [d, None]) | _DAY.map(lambda d: [None, d])


def operands(shape: Operand, field: Field | None) -> st.SearchStrategy[Any]:
    """Values of an operator."""
    text = st.sampled_from([c.code for c in field.choices]) if field and field.closed else _TEXT
    return {
        Operand.TEXT: text,
        Operand.TEXTS: st.lists(text, min_size=1, max_size=4),
        Operand.ID: _ID,
        Operand.IDS: st.lists(_ID, min_size=1, max_size=4),
        Operand.NUMBER: _NUMBER,
        Operand.NUMBERS: _pair(_NUMBER),
        Operand.PERCENT: st.integers(0, 100),
        Operand.TRUTH: st.booleans(),
        Operand.DAY: _DAY,
        Operand.DAYS: _days(),
        Operand.DURATION: st.tuples(_WHOLE, _UNIT).map(list),
        Operand.DAY_COUNT: _WHOLE.map(lambda n: [n, "day"]),
        Operand.CALENDAR: _calendars(),
        Operand.MONTH: st.integers(1, 12),
    }.get(shape, st.none())


@st.composite
def tests_of(draw: st.DrawFn, allowed: dict[str, Operand], field: Field | None) -> dict[str, Any]:
    """An operator with its value."""
    op = draw(st.sampled_from(sorted(allowed)))
    if allowed[op] is Operand.NONE:
        return {"op": op}
    return {"op": op, "value": draw(operands(allowed[op], field))}


@st.composite
def conditions(draw: st.DrawFn, fields: list[Field]) -> dict[str, Any]:
    """A test of a field."""
    field = draw(st.sampled_from(fields))
    return {"field": field.key, **draw(tests_of(field.operators, field))}


@st.composite
def behaviours(draw: st.DrawFn, source: Source) -> dict[str, Any]:
    """A measure over rows, with any of its parts left out."""
    data: dict[str, Any] = {}
    if draw(st.booleans()):
        data["where"] = draw(st.lists(conditions(list(source.entries)), max_size=2))
    measures = [
        *PLAIN_MEASURES,
        *(f"{m}:{f.key}" for m, kinds in FIELD_MEASURES.items() for f in source.entries
          if f.kind in kinds),
    ]  # fmt: skip
    measure = draw(st.none() | st.sampled_from(measures))
    if measure is not None:
        data["measure"] = measure
    if measure not in (None, "count") or draw(st.booleans()):
        kind = measure_kind((measure or "count").partition(":")[0])
        data |= draw(tests_of(dict(OPERATORS[kind]), None))
    if draw(st.booleans()):
        data["when"] = draw(windows())
    return {source.key: data}


def windows() -> st.SearchStrategy[dict[str, Any]]:
    """Every kind of window."""
    span = st.tuples(_WHOLE, _UNIT).map(list)
    ago = st.tuples(_pair(_WHOLE), _UNIT).map(lambda t: [*t[0], t[1]])
    return st.one_of(
        span.map(lambda v: {"last": v}),
        span.map(lambda v: {"before": v}),
        ago.map(lambda v: {"ago": v}),
        _days().map(lambda v: {"between": v}),
        _calendars().map(lambda v: {"calendar": v}),
    )


def rules(catalogue: Catalogue) -> st.SearchStrategy[dict[str, Any]]:
    """Whole rules, a few levels deep."""
    leaves = st.one_of(
        conditions(list(catalogue.entries)),
        *(behaviours(source) for source in catalogue.source_entries),
        _ID.map(lambda n: {"segment": n}),
    )
    nodes = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda nodes: {"all": nodes}),
            st.lists(inner, max_size=3).map(lambda nodes: {"any": nodes}),
            inner.map(lambda node: {"not": node}),
        ),
        max_leaves=6,
    )
    return nodes.map(lambda node: {"version": 1, "rule": node})
