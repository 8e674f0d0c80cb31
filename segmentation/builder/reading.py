"""From a rule's JSON to the draft of its page.

Invariant: `writing.write(draft_of(rule))` is that very rule. Every condition of the language has
boxes; what is none of this version (a field that is gone, another hand's node) is kept whole as
`raw`: it can be seen, moved and removed, and is never altered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import structlog

from segmentation.builder import operands
from segmentation.builder.conditions import BUCKETS_A_PERCENT, leaf_json, window_shape
from segmentation.builder.draft import Comparison, Group, Leaf, Node, Rows
from segmentation.catalogue import Catalogue, Widget
from segmentation.rules import OPERATORS, Operand, measure_kind
from segmentation.rules.operators import TRENDS

# What reading raises of JSON that has not the shape of a condition.
_ILL_FORMED: Final = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
log = structlog.get_logger(__name__)


def draft_of(rule: Any, catalogue: Catalogue) -> Group:
    """The draft of a stored rule; of one that is not a rule at all, an empty group."""
    if not isinstance(rule, dict) or not isinstance(rule.get("rule"), dict):
        return Group()
    node = node_of(rule["rule"], catalogue)
    return node if isinstance(node, Group) else Group(children=[node], bare=True)


def node_of(data: Any, catalogue: Catalogue) -> Node:
    """The draft of one node of a rule's JSON."""
    nots = 0
    while isinstance(data, dict) and list(data) == ["not"]:
        data, nots = data["not"], nots + 1
    if isinstance(data, dict) and list(data) in (["all"], ["any"]):
        ((mode, members),) = data.items()
        if isinstance(members, list):
            return _group(mode, [node_of(m, catalogue) for m in members], nots)
    leaf = _leaf(data, catalogue)
    leaf.nots = nots
    return leaf


def _group(mode: str, children: list[Node], nots: int) -> Group:
    # "None of" is how a page says "not at least one of".
    if mode == "any" and nots % 2:
        return Group("none", children, nots - 1)
    return Group(mode, children, nots)


def _leaf(data: Any, catalogue: Catalogue) -> Leaf:
    try:
        leaf = _read_leaf(data, catalogue)
        if leaf_json(leaf, catalogue) == data:
            return leaf
    except (operands.Unfit, *_ILL_FORMED) as fault:
        # Another version of Tamis, or another hand, wrote a node this page has no boxes for.
        log.info("condition_kept_whole", fault=type(fault).__name__)
    return Leaf(raw=json.dumps(data, ensure_ascii=False))


def _read_leaf(data: dict[str, Any], catalogue: Catalogue) -> Leaf:
    if "field" in data:
        return Leaf(f"field:{data['field']}", _test(data, catalogue.fields))
    if "segment" in data:
        return _segment(data)
    ((kind, inner),) = data.items()
    if not isinstance(inner, dict):
        raise TypeError(kind)
    match kind:
        case "trend":
            return _trend(inner, catalogue)
        case "sequence":
            return _sequence(inner, catalogue)
        case "sample":
            return _sample(inner)
        case _:
            return _behaviour(kind, inner, catalogue)


def _behaviour(kind: str, inner: dict[str, Any], catalogue: Catalogue) -> Leaf:
    leaf = Leaf(f"rows:{kind}", rows=_rows(kind, inner, catalogue))
    _measured(leaf, inner, dict(OPERATORS[measure_kind(_name(inner))]))
    leaf.per = inner.get("per", "")
    if "without" in inner:
        leaf.other = _others(leaf, inner["without"], catalogue)
    return leaf


def _trend(inner: dict[str, Any], catalogue: Catalogue) -> Leaf:
    leaf = Leaf("trend", rows=_rows(inner["of"], inner, catalogue))
    _measured(leaf, inner, TRENDS)
    operands.write(Operand.DURATION, inner["last"], leaf.span)
    return leaf


def _sequence(inner: dict[str, Any], catalogue: Catalogue) -> Leaf:
    ((kind, first),) = inner["first"].items()
    leaf = Leaf("sequence", rows=_rows(kind, first, catalogue))
    leaf.left_out -= _written(first)
    leaf.turn = "then_not" if "then_not" in inner else "then"
    leaf.other = _others(leaf, inner[leaf.turn], catalogue)
    if "within" in inner:
        leaf.span = Comparison(op="within")
        operands.write(Operand.DURATION, inner["within"], leaf.span)
    return leaf


def _segment(data: dict[str, Any]) -> Leaf:
    leaf = Leaf("segment", Comparison(values=[str(data["segment"])]))
    for moved in ("entered", "left"):
        if moved in data:
            leaf.about = moved
            ((name, value),) = data[moved].items()
            leaf.rows.window = _window(name, value)
    return leaf


def _sample(inner: dict[str, Any]) -> Leaf:
    leaf = Leaf("sample", salt=inner["salt"])
    percents = [Decimal(inner[key]) / BUCKETS_A_PERCENT for key in ("from", "to")]
    operands.write(Operand.NUMBERS, percents, leaf.test)
    return leaf


def _rows(kind: str, inner: dict[str, Any], catalogue: Catalogue) -> Rows:
    source = catalogue.sources[kind]
    rows = Rows(kind, [_test(condition, source.fields) for condition in inner.get("where", ())])
    if "when" in inner:
        ((name, value),) = inner["when"].items()
        rows.window = _window(name, value)
    return rows


def _others(leaf: Leaf, data: dict[str, Any], catalogue: Catalogue) -> Rows:
    ((kind, inner),) = data.items()
    leaf.left_out -= {f"other.{part}" for part in inner}
    return _rows(kind, inner, catalogue)


def _measured(leaf: Leaf, inner: dict[str, Any], operators: Mapping[str, Operand]) -> None:
    leaf.left_out -= _written(inner)
    leaf.measure, _, leaf.of = inner.get("measure", "count").partition(":")
    leaf.test = Comparison(op=">=", values=["1"])
    if "op" in inner:
        leaf.test = Comparison(op=inner["op"])
        operands.write(operators[leaf.test.op], inner.get("value"), leaf.test)


def _name(inner: dict[str, Any]) -> str:
    return str(inner.get("measure", "count")).partition(":")[0]


def _written(inner: dict[str, Any]) -> set[str]:
    return {{"op": "test"}.get(key, key) for key in inner}


def _test(data: dict[str, Any], fields: Any) -> Comparison:
    test, field = Comparison(field=data["field"], op=data["op"]), fields[data["field"]]
    hundredfold = field.widget is Widget.RATIO
    operands.write(field.operators[test.op], data.get("value"), test, hundredfold=hundredfold)
    return test


def _window(name: str, value: Any) -> Comparison:
    window = Comparison(op=name)
    if name == "ago":
        recent, old, unit = value
        window.values, window.second, window.unit = [str(recent)], str(old), unit
    else:
        operands.write(window_shape(name), value, window)
    return window
