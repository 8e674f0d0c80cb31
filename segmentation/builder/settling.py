"""Makes a draft fit to be drawn: each condition has an operator of its field and boxes to match.

Invariant: settling twice is settling once, and a condition that was drawn and not changed keeps
every character typed in it, wrong ones too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from segmentation.builder import operands
from segmentation.builder.draft import Comparison, Group, Leaf, places
from segmentation.builder.writing import WINDOWS, result_kind
from segmentation.catalogue import Catalogue, Field
from segmentation.rules import OPERATORS, Kind, Operand
from segmentation.rules.operators import FIELD_MEASURES, PLAIN_MEASURES

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


def settle(root: Group, catalogue: Catalogue) -> None:
    """Settle every condition of a draft in place."""
    for _place, node in places(root):
        if isinstance(node, Leaf) and not node.raw:
            _settle_leaf(node, catalogue)


def _settle_leaf(leaf: Leaf, catalogue: Catalogue) -> None:
    key = leaf.about.removeprefix("field:")
    if leaf.about.startswith("field:") and key in catalogue.fields:
        leaf.test.field = key
        settle_field(leaf.test, catalogue.fields[key])
    elif leaf.about == "segment":
        leaf.test.field, leaf.test.op = "", ""
        _settle_test(leaf.test, "segment", {"": Operand.ID}, "")
    elif leaf.source in catalogue.sources:
        _settle_behaviour(leaf, catalogue)


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
    if leaf.measure not in (*PLAIN_MEASURES, *FIELD_MEASURES):
        leaf.measure = "count"
    fitting = [f.key for f in source.entries if f.kind in FIELD_MEASURES.get(leaf.measure, ())]
    if leaf.measure in PLAIN_MEASURES:
        leaf.of = ""
    elif leaf.of not in fitting:
        # Without a field to measure there is nothing but the number of rows.
        leaf.measure, leaf.of = (leaf.measure, fitting[0]) if fitting else ("count", "")
    kind = result_kind(leaf)
    _settle_test(leaf.test, f"measure-{kind}", OPERATORS[kind], FIRST_OPERATOR[kind])
    if not leaf.test.values and leaf.measure == "count" and leaf.test.op == ">=":
        leaf.test.values = ["1"]
    for test in leaf.where:
        if test.field in source.fields:
            settle_field(test, source.fields[test.field])
        else:
            test.field, test.op, test.values = "", "", []
    _settle_window(leaf.window)


def _settle_window(window: Comparison) -> None:
    if window.op not in WINDOWS:
        window.op, window.values, window.second, window.drawn = "", [], "", "window|none"
        return
    _settle_test(window, "window", WINDOW_SHAPES, "last")


def _settle_test(
    test: Comparison, subject: str, operators: Mapping[str, Operand], first: str
) -> None:
    if test.op not in operators:
        test.op = first
    shape = operators[test.op]
    before, _, before_shape = test.drawn.rpartition("|")
    if test.drawn and before != subject:
        test.values, test.second = [], ""
    if test.drawn != f"{subject}|{shape}" and (test.drawn or not test.unit):
        _keep_what_fits(shape, test, drawn=bool(before_shape))
    test.drawn = f"{subject}|{shape}"


def _keep_what_fits(shape: Operand, test: Comparison, *, drawn: bool) -> None:
    if drawn:
        operands.tidy(shape, test)
    else:
        # Read from a rule and never drawn: only a unit for boxes that may come to need one.
        test.unit = test.unit or ("month" if shape is Operand.CALENDAR else "day")
