"""One condition of a draft as a rule's JSON.

Invariant: a condition is written whole or not at all; what stands in the way is told at the box
that it stands in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from segmentation.builder import operands
from segmentation.builder.draft import Comparison, Leaf, Rows
from segmentation.builder.operands import Incomplete, Unreadable, inside
from segmentation.catalogue import Catalogue, Field, Source, Widget
from segmentation.rules import (
    OPERATORS,
    Kind,
    Operand,
    RuleError,
    loads,
    measure_kind,
    parse_node,
)
from segmentation.rules.operators import FIELD_MEASURES, PLAIN_MEASURES, TRENDS, UNITS

WINDOW_SHAPES: Final = {
    "last": Operand.DURATION,
    "before": Operand.DURATION,
    "between": Operand.DAYS,
    "calendar": Operand.CALENDAR,
}
WINDOWS: Final = ("last", "calendar", "between", "ago", "before")
# A sample is told in percent of everyone; the language counts in ten-thousandths.
BUCKETS_A_PERCENT: Final = 100


def leaf_json(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    """A condition's JSON. Raises Incomplete or Unreadable, LookupError for an unknown field."""
    if leaf.raw:
        return _raw(leaf.raw, catalogue)
    if not leaf.about:
        with inside("", "about"):
            raise Incomplete(_("Choose what this condition is about."))
    if leaf.about in _WRITERS:
        return _WRITERS[leaf.about](leaf, catalogue)
    if leaf.about.startswith("rows:"):
        return {leaf.source: _behaviour(leaf, catalogue)}
    return _field_json(leaf.test, catalogue.fields[leaf.about.removeprefix("field:")])


def result_kind(leaf: Leaf) -> Kind:
    """The type of what a behaviour measures."""
    return measure_kind(leaf.measure)


def window_shape(name: str) -> Operand:
    """The shape of a window's boxes. Raises LookupError for an unknown window."""
    return WINDOW_SHAPES[name]


def _raw(text: str, catalogue: Catalogue) -> dict[str, Any]:
    try:
        loads(text)  # bounds how deep the text goes, which the plain reader does not
        data: dict[str, Any] = json.loads(text)
        parse_node(data, catalogue)
    except (ValueError, RuleError):
        # A field that is gone, or a kind of condition this version does not know.
        raise Unreadable(
            _("This condition is not available here: remove it, or put another in its place.")
        ) from None
    return data


def _behaviour(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    data = _where(leaf.rows, catalogue.sources[leaf.source], "where" in leaf.left_out)
    measure = _measure(leaf)
    if measure != "count" or "measure" not in leaf.left_out:
        data["measure"] = measure
    tested = _tested(leaf.test, OPERATORS[result_kind(leaf)][leaf.test.op])
    default = measure == "count" and tested == {"op": ">=", "value": 1}
    if not default or "test" not in leaf.left_out:
        data |= tested
    data |= _when(leaf.rows)
    if leaf.per:
        data["per"] = leaf.per
        if leaf.other.source:
            data["without"] = _others(leaf, catalogue)
    return data


def _trend(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    data = {"of": leaf.source}
    data |= _where(leaf.rows, catalogue.sources[leaf.source], "where" in leaf.left_out)
    measure = _measure(leaf)
    if measure != "count" or "measure" not in leaf.left_out:
        data["measure"] = measure
    data |= _tested(leaf.test, TRENDS[leaf.test.op])
    with inside("span."):
        data["last"] = operands.read(Operand.DURATION, leaf.span)
    return {"trend": data}


def _sequence(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    first = _where(leaf.rows, catalogue.sources[leaf.source], "where" in leaf.left_out)
    turn = leaf.turn if leaf.turn in ("then", "then_not") else "then"
    data = {"first": {leaf.source: first | _when(leaf.rows)}, turn: _others(leaf, catalogue)}
    if leaf.span.op:
        with inside("span."):
            data["within"] = operands.read(Operand.DURATION, leaf.span)
    return {"sequence": data}


def _others(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    """What follows, or what must be missing."""
    source = catalogue.sources[leaf.other.source]
    with inside("other."):
        data = _where(leaf.other, source, "other.where" in leaf.left_out)
        return {source.key: data | _when(leaf.other)}


def _segment(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    try:
        data = {"segment": operands.read(Operand.ID, leaf.test)}
    except Incomplete:
        raise Incomplete(_("Choose a segment.")) from None
    if leaf.about == "segment":
        return data
    if not leaf.rows.window.op:
        with inside("window.", "op"):
            raise Incomplete(_("Choose a period."))
    return data | {leaf.about: _when(leaf.rows)["when"]}


def _sample(leaf: Leaf, catalogue: Catalogue) -> dict[str, Any]:
    first, end = operands.read(Operand.NUMBERS, leaf.test)
    data: dict[str, Any] = {"from": _bucket(first)}
    with inside("", "v2"):
        data["to"] = _bucket(end)
    if not leaf.salt.strip():
        with inside("", "salt"):
            raise Incomplete(_("Name the draw."))
    return {"sample": data | {"salt": leaf.salt}}


def _bucket(percent: float) -> int:
    exact = operands.exactly(percent) * BUCKETS_A_PERCENT
    if exact != exact.to_integral_value():
        raise Unreadable(_("A sample is cut to hundredths of a percent."))
    return int(exact)


_WRITERS: Final[Mapping[str, Callable[[Leaf, Catalogue], dict[str, Any]]]] = {
    "trend": _trend,
    "sequence": _sequence,
    "segment": _segment,
    "entered": _segment,
    "left": _segment,
    "sample": _sample,
}


def _where(rows: Rows, source: Source, left_out: bool) -> dict[str, Any]:
    if not rows.where and left_out:
        return {}
    written = []
    for i, test in enumerate(rows.where):
        with inside(f"where-{i}."):
            written.append(_row_json(test, source))
    return {"where": written}


def _row_json(test: Comparison, source: Source) -> dict[str, Any]:
    if not test.field:
        with inside("", "field"):
            raise Incomplete(_("Choose what the detail is about."))
    return _field_json(test, source.fields[test.field])


def _measure(leaf: Leaf) -> str:
    if leaf.measure in PLAIN_MEASURES:
        return leaf.measure
    if leaf.measure not in FIELD_MEASURES:
        raise LookupError(leaf.measure)
    if not leaf.of:
        with inside("", "of"):
            raise Incomplete(_("Choose what is measured."))
    return f"{leaf.measure}:{leaf.of}"


def _field_json(test: Comparison, field: Field) -> dict[str, Any]:
    hundredfold = field.widget is Widget.RATIO
    return {"field": field.key, **_tested(test, field.operators[test.op], hundredfold)}


def _tested(test: Comparison, shape: Operand, hundredfold: bool = False) -> dict[str, Any]:
    value = operands.read(shape, test, hundredfold=hundredfold)
    return {"op": test.op} if shape is Operand.NONE else {"op": test.op, "value": value}


def _when(rows: Rows) -> dict[str, Any]:
    if not rows.window.op:
        return {}
    with inside("window."):
        return {"when": {rows.window.op: _window(rows.window)}}


def _window(window: Comparison) -> Any:
    if window.op != "ago":
        return operands.read(window_shape(window.op), window)
    recent = operands.read(Operand.DURATION, window)
    with inside("", "v2"):
        old = operands.read(Operand.DURATION, Comparison(values=[window.second], unit=window.unit))
    if window.unit not in UNITS:
        raise Incomplete
    return [recent[0], old[0], window.unit]
