"""From a rule's JSON to the draft of its page.

Invariant: `writing.write(draft_of(rule))` is that very rule. A node whose parts the page has no
boxes for is kept whole as `raw`: it can be seen, moved and removed, and is never altered.
"""

from __future__ import annotations

import json
from typing import Any

import structlog

from segmentation.builder import operands
from segmentation.builder.draft import Comparison, Group, Leaf, Node
from segmentation.builder.writing import leaf_json, result_kind, window_shape
from segmentation.catalogue import Catalogue, Widget
from segmentation.rules import OPERATORS

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
    except (operands.Incomplete, operands.Unreadable, LookupError, TypeError, ValueError) as fault:
        # Another version of Tamis, or another hand, wrote a node this page has no boxes for.
        log.info("condition_kept_whole", fault=type(fault).__name__)
    return Leaf(raw=json.dumps(data, ensure_ascii=False))


def _read_leaf(data: dict[str, Any], catalogue: Catalogue) -> Leaf:
    if "field" in data:
        return Leaf(f"field:{data['field']}", _test(data, catalogue.fields))
    ((kind, inner),) = data.items()
    if kind == "segment":
        return Leaf("segment", Comparison(values=[str(inner)]))
    if not isinstance(inner, dict):
        raise TypeError(kind)
    source = catalogue.sources[kind]
    leaf = Leaf(f"rows:{kind}", left_out={"measure", "test", "where"} - _written(inner))
    measure, _, leaf.of = inner.get("measure", "count").partition(":")
    leaf.measure = measure
    leaf.test = Comparison(op=">=", values=["1"])
    if "op" in inner:
        leaf.test = Comparison(op=inner["op"])
        shape = OPERATORS[result_kind(leaf)][inner["op"]]
        operands.write(shape, inner.get("value"), leaf.test)
    leaf.where = [_test(condition, source.fields) for condition in inner.get("where", ())]
    if "when" in inner:
        ((name, value),) = inner["when"].items()
        leaf.window = _window(name, value)
    return leaf


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
