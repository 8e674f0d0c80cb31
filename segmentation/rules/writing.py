"""From a rule back to JSON.

Invariant: `to_json(parse(data)) == data`; what was left out stays out.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

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
    Node,
    Not,
    Rule,
    SegmentRef,
    Value,
    When,
)
from segmentation.rules.operators import OPERATORS, Operand

_WITHOUT_VALUE = {
    op
    for operators in OPERATORS.values()
    for op, operand in operators.items()
    if operand is Operand.NONE
}


def to_json(rule: Rule) -> dict[str, Any]:
    """The rule as values the standard json module writes."""
    return {"version": rule.version, "rule": node_to_json(rule.node)}


def node_to_json(node: Node) -> dict[str, Any]:
    """One node as values the standard json module writes."""
    match node:
        case AllOf(nodes):
            return {"all": [node_to_json(child) for child in nodes]}
        case AnyOf(nodes):
            return {"any": [node_to_json(child) for child in nodes]}
        case Not(child):
            return {"not": node_to_json(child)}
        case Condition():
            return _condition(node)
        case Behaviour():
            return {node.source: _behaviour(node)}
        case SegmentRef(segment):
            return {"segment": segment}


def _condition(condition: Condition) -> dict[str, Any]:
    return {"field": condition.field, **_test(condition.op, condition.value)}


def _test(op: str, value: Value) -> dict[str, Any]:
    return {"op": op} if op in _WITHOUT_VALUE else {"op": op, "value": _value(value)}


def _behaviour(behaviour: Behaviour) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if behaviour.where is not None:
        data["where"] = [_condition(condition) for condition in behaviour.where]
    if behaviour.measure is not None:
        data["measure"] = behaviour.measure
    if behaviour.op is not None:
        data |= _test(behaviour.op, behaviour.value)
    if behaviour.when is not None:
        data["when"] = _window(behaviour.when)
    return data


def _window(when: When) -> dict[str, Any]:
    match when:
        case Last(span):
            return {"last": _value(span)}
        case Before(span):
            return {"before": _value(span)}
        case Ago(recent, old, unit):
            return {"ago": [recent, old, unit]}
        case Between(days):
            return {"between": _value(days)}
        case Calendar(unit):
            return {"calendar": _value(unit)}


def _value(value: Value) -> Any:
    match value:
        case Decimal():
            return float(value)
        case Duration(n, unit):
            return [n, unit]
        case CalendarUnit(unit, offset):
            return {"unit": unit, "offset": offset}
        case Days(first, last):
            return [_value(first), _value(last)]
        case dt.date():
            return value.isoformat()
        case tuple():
            return [_value(item) for item in value]
        case _:
            return value
