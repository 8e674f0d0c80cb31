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
    Near,
    Node,
    Not,
    Rows,
    Rule,
    Sample,
    SegmentRef,
    Sequence,
    Trend,
    Value,
    When,
)
from segmentation.rules.operators import OPERATORS, TRENDS, Operand

_WITHOUT_VALUE = {
    op
    for operators in (*OPERATORS.values(), TRENDS)
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
        case Trend():
            return {"trend": _trend(node)}
        case Sequence():
            return {"sequence": _sequence(node)}
        case SegmentRef():
            return _segment(node)
        case Sample(first, end, salt):
            return {"sample": {"from": first, "to": end, "salt": salt}}


def _condition(condition: Condition) -> dict[str, Any]:
    return {"field": condition.field, **_test(condition.op, condition.value)}


def _test(op: str, value: Value) -> dict[str, Any]:
    return {"op": op} if op in _WITHOUT_VALUE else {"op": op, "value": _value(value)}


def _behaviour(behaviour: Behaviour) -> dict[str, Any]:
    data = _rows(behaviour.rows)
    if behaviour.per is not None:
        data["per"] = behaviour.per
    if behaviour.measure is not None:
        data["measure"] = behaviour.measure
    if behaviour.op is not None:
        data |= _test(behaviour.op, behaviour.value)
    if behaviour.without is not None:
        data["without"] = {behaviour.without.source: _rows(behaviour.without)}
    return data


def _rows(rows: Rows) -> dict[str, Any]:
    data: dict[str, Any] = {}
    if rows.where is not None:
        data["where"] = [_condition(condition) for condition in rows.where]
    if rows.when is not None:
        data["when"] = _window(rows.when)
    return data


def _trend(trend: Trend) -> dict[str, Any]:
    data = {"of": trend.source} | _rows(trend.rows)
    if trend.measure is not None:
        data["measure"] = trend.measure
    return data | {"last": _value(trend.last)} | _test(trend.op, trend.value)


def _sequence(sequence: Sequence) -> dict[str, Any]:
    then = "then_not" if sequence.negated else "then"
    data: dict[str, Any] = {
        "first": {sequence.first.source: _rows(sequence.first)},
        then: {sequence.then.source: _rows(sequence.then)},
    }
    if sequence.within is not None:
        data["within"] = _value(sequence.within)
    return data


def _segment(reference: SegmentRef) -> dict[str, Any]:
    data: dict[str, Any] = {"segment": reference.segment}
    for key, when in (("entered", reference.entered), ("left", reference.left)):
        if when is not None:
            data[key] = _window(when)
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
        case Near(km, None, places):
            return {"places": list(places), "km": _value(km)}
        case Near(km, point, _):
            assert point is not None
            return {"lat": _value(point[0]), "lon": _value(point[1]), "km": _value(km)}
        case dt.date():
            return value.isoformat()
        case tuple():
            return [_value(item) for item in value]
        case _:
            return value
