"""Makes a draft fit to be drawn: each condition has an operator of its field and boxes to match.

Invariant: settling twice is settling once, and a condition that was drawn and not changed keeps
every character typed in it, wrong ones too.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Final

from segmentation.builder import operands
from segmentation.builder.conditions import WINDOWS, result_kind
from segmentation.builder.draft import Comparison, Group, Leaf, Rows, places
from segmentation.catalogue import Catalogue, Field, Source
from segmentation.rules import OPERATORS, Kind, Operand, measure_kind
from segmentation.rules.operators import (
    FIELD_MEASURES,
    PER_KINDS,
    PLAIN_MEASURES,
    RANKING,
    TRENDS,
)

# What people mean most often when they pick a field of the type.
FIRST_OPERATOR: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "is",
    Kind.CHOICE: "is",
    Kind.REFERENCE: "is",
    Kind.NUMBER: ">=",
    Kind.BOOLEAN: "is",
    Kind.DATE: "between",
    Kind.INSTANT: "in_last",
    Kind.SET: "has_any",
    Kind.PLACE: "within_km",
}
WINDOW_SHAPES: Final[Mapping[str, Operand]] = {
    "last": Operand.DURATION,
    "before": Operand.DURATION,
    "ago": Operand.NUMBERS,
    "between": Operand.DAYS,
    "calendar": Operand.CALENDAR,
}


# What can be set against itself earlier: a date cannot.
COUNTED_MEASURES: Final = tuple(m for m in PLAIN_MEASURES if measure_kind(m) is Kind.NUMBER)


def settle(root: Group, catalogue: Catalogue) -> None:
    """Settle every condition of a draft in place."""
    for _place, node in places(root):
        if isinstance(node, Leaf) and not node.raw:
            _settle_leaf(node, catalogue)


def _settle_leaf(leaf: Leaf, catalogue: Catalogue) -> None:
    key = leaf.about.removeprefix("field:")
    match leaf.about:
        case "segment" | "entered" | "left":
            leaf.test.field, leaf.test.op = "", ""
            _settle_test(leaf.test, "segment", {"": Operand.ID}, "")
            _settle_window(leaf.rows.window, always=leaf.about != "segment")
        case "trend":
            _settle_trend(leaf, catalogue)
        case "sequence":
            _settle_sequence(leaf, catalogue)
        case "sample":
            _settle_sample(leaf)
        case about if about.startswith("field:") and key in catalogue.fields:
            leaf.test.field = key
            settle_field(leaf.test, catalogue.fields[key])
        case about if about.startswith("rows:") and leaf.source in catalogue.sources:
            leaf.rows.source = leaf.source
            _settle_behaviour(leaf, catalogue)


def tests_of(leaf: Leaf) -> dict[str, Operand]:
    """The operators of what a behaviour measures; within each value nobody can be ranked."""
    allowed = OPERATORS[result_kind(leaf)]
    return {op: shape for op, shape in allowed.items() if not leaf.per or op not in RANKING}


def per_fields(source: Source) -> dict[str, Field]:
    """The fields of a row within whose values a behaviour can be asked."""
    return {key: field for key, field in source.fields.items() if field.kind in PER_KINDS}


def with_field(key: str, catalogue: Catalogue) -> dict[str, Source]:
    """The sources whose rows have that field."""
    return {name: source for name, source in catalogue.sources.items() if key in source.fields}


def settle_field(test: Comparison, field: Field) -> None:
    """Settle the test of a field, of the profile or of a row."""
    first = FIRST_OPERATOR[field.kind]
    if field.kind is Kind.TEXT and field.suggestions:
        first = "in"
    _settle_test(test, field.key, field.operators, first)
    if field.kind is Kind.BOOLEAN and test.op == "is" and not test.values:
        test.values = ["yes"]


def _settle_behaviour(leaf: Leaf, catalogue: Catalogue) -> None:
    source = catalogue.sources[leaf.source]
    leaf.test.field = ""
    leaf.per = leaf.per if leaf.per in per_fields(source) else ""
    _settle_measure(leaf, source, PLAIN_MEASURES)
    kind = result_kind(leaf)
    _settle_test(leaf.test, f"measure-{kind}", tests_of(leaf), FIRST_OPERATOR[kind])
    if not leaf.test.values and leaf.measure == "count" and leaf.test.op == ">=":
        leaf.test.values = ["1"]
    _settle_rows(leaf.rows, source)
    if leaf.per and leaf.other.source in with_field(leaf.per, catalogue):
        _settle_rows(leaf.other, catalogue.sources[leaf.other.source])
    else:
        leaf.other = Rows()


def _settle_trend(leaf: Leaf, catalogue: Catalogue) -> None:
    source = _settle_source(leaf.rows, catalogue, "orders")
    leaf.test.field = ""
    _settle_measure(leaf, source, COUNTED_MEASURES)
    _settle_test(leaf.test, "trend", TRENDS, "down_by")
    _settle_rows(leaf.rows, source)
    _settle_span(leaf.span, {"": Operand.DURATION}, "90")


def _settle_sequence(leaf: Leaf, catalogue: Catalogue) -> None:
    _settle_rows(leaf.rows, _settle_source(leaf.rows, catalogue, "events"))
    _settle_rows(leaf.other, _settle_source(leaf.other, catalogue, "orders"))
    leaf.turn = leaf.turn if leaf.turn in ("then", "then_not") else "then"
    _settle_span(leaf.span, {"": Operand.NONE, "within": Operand.DURATION}, "7")


def _settle_sample(leaf: Leaf) -> None:
    test = leaf.test
    fresh = not test.drawn.startswith("sample|") and bool(test.drawn or not test.values)
    test.field, test.op = "", ""
    _settle_test(test, "sample", {"": Operand.NUMBERS}, "")
    if fresh:
        # What is tried first: a tenth of everyone.
        test.values, test.second, leaf.salt = ["0"], "10", leaf.salt or "A"


def _settle_source(rows: Rows, catalogue: Catalogue, first: str) -> Source:
    if rows.source not in catalogue.sources:
        rows.source = first
    return catalogue.sources[rows.source]


def _settle_measure(leaf: Leaf, source: Source, plain: Container[str]) -> None:
    if leaf.measure not in plain and leaf.measure not in FIELD_MEASURES:
        leaf.measure = "count"
    fitting = [f.key for f in source.entries if f.kind in FIELD_MEASURES.get(leaf.measure, ())]
    if leaf.measure in PLAIN_MEASURES:
        leaf.of = ""
    elif leaf.of not in fitting:
        # Without a field to measure there is nothing but the number of rows.
        leaf.measure, leaf.of = (leaf.measure, fitting[0]) if fitting else ("count", "")


def _settle_rows(rows: Rows, source: Source) -> None:
    # Of another source, only the details that are still being chosen have a meaning.
    rows.where = [test for test in rows.where if not test.field or test.field in source.fields]
    for test in rows.where:
        if test.field:
            settle_field(test, source.fields[test.field])
        else:
            test.op, test.values = "", []
    _settle_window(rows.window)


def _settle_window(window: Comparison, *, always: bool = False) -> None:
    if window.op not in WINDOWS and always:
        window.op, window.values, window.unit = "last", ["7"], "day"
    if window.op not in WINDOWS:
        window.op, window.values, window.second, window.drawn = "", [], "", "window|none"
        return
    _settle_test(window, "window", WINDOW_SHAPES, "last")


def _settle_span(span: Comparison, operators: Mapping[str, Operand], usual: str) -> None:
    before = span.drawn
    _settle_test(span, "span", operators, "")
    if operators[span.op] is Operand.DURATION and span.drawn != before and not span.values:
        span.values = [usual]


def _settle_test(
    test: Comparison, subject: str, operators: Mapping[str, Operand], first: str
) -> None:
    if test.op not in operators:
        test.op = first
    shape = operators[test.op]
    before, _, before_shape = test.drawn.rpartition("|")
    # Seven days are not seven weeks from now: how long and which one are told by other numbers.
    counted_otherwise = before_shape != shape and Operand.CALENDAR in (before_shape, shape)
    if test.drawn and (before != subject or counted_otherwise):
        test.values, test.second = [], ""
    if test.drawn != f"{subject}|{shape}" and before_shape:
        operands.tidy(shape, test)
    # Boxes without a unit post none, yet may come to need one: the same test has the same unit.
    test.unit = test.unit or ("month" if shape is Operand.CALENDAR else "day")
    test.drawn = f"{subject}|{shape}"
