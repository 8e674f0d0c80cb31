"""The rule language, version 1: immutable nodes, reading with exact error paths, writing.

Invariant: no Django here, and no clock; what a rule means for a customer is the compiler's matter.
"""

from __future__ import annotations

from segmentation.rules.errors import Problem, RuleError
from segmentation.rules.nodes import (
    Ago,
    AllOf,
    AnyOf,
    Before,
    Behaviour,
    Between,
    Calendar,
    CalendarUnit,
    Condition,
    Days,
    Duration,
    Last,
    Leaf,
    Near,
    Node,
    Not,
    Number,
    Rows,
    Rule,
    Sample,
    SegmentRef,
    Sequence,
    Trend,
    Value,
    When,
    children,
    places_of,
    segments_of,
    split_measure,
    walk,
)
from segmentation.rules.operators import OPERATORS, Kind, Operand, measure_kind
from segmentation.rules.parsing import parse, parse_node, parse_text
from segmentation.rules.strict_json import loads
from segmentation.rules.writing import node_to_json, to_json

__all__ = [
    "OPERATORS",
    "Ago",
    "AllOf",
    "AnyOf",
    "Before",
    "Behaviour",
    "Between",
    "Calendar",
    "CalendarUnit",
    "Condition",
    "Days",
    "Duration",
    "Kind",
    "Last",
    "Leaf",
    "Near",
    "Node",
    "Not",
    "Number",
    "Operand",
    "Problem",
    "Rows",
    "Rule",
    "RuleError",
    "Sample",
    "SegmentRef",
    "Sequence",
    "Trend",
    "Value",
    "When",
    "children",
    "loads",
    "measure_kind",
    "node_to_json",
    "parse",
    "parse_node",
    "parse_text",
    "places_of",
    "segments_of",
    "split_measure",
    "to_json",
    "walk",
]
