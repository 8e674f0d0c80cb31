"""The rule language as a JSON Schema (2020-12), made from the catalogue: for editors and programs.

Invariant: what the schema refuses, the reader of rules refuses too. The reader says more: how deep
and how long a rule may be, which choices there are, and which segments and places are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from segmentation.builder import words
from segmentation.catalogue import Catalogue, Field, Source
from segmentation.rules import OPERATORS, Kind, Operand, measure_kind
from segmentation.rules.operands import FARTHEST_KM, MAX_COUNT
from segmentation.rules.operators import (
    BUCKETS,
    CALENDAR_UNITS,
    PER_KINDS,
    RANKING,
    TRENDS,
    UNITS,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
CONTENT_TYPE: Final = "application/schema+json"
Schema = dict[str, Any]

_COUNT: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": MAX_COUNT}
_NUMBER: Final[Schema] = {
    "type": "number",
    "exclusiveMinimum": -(10**15),
    "exclusiveMaximum": 10**15,
}
_DAY: Final[Schema] = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"}
_TEXT: Final[Schema] = {"type": "string", "pattern": r"\S"}
_ID: Final[Schema] = {"type": "integer", "minimum": 1}
_BUCKET: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": BUCKETS}


def _object(properties: Schema, optional: Iterable[str] = (), **more: Any) -> Schema:
    """An object of these keys and no others."""
    left_out = set(optional)
    required = [key for key in properties if key not in left_out]
    told: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return told | ({"required": required} if required else {}) | more


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _tuple(*items: Schema) -> Schema:
    n = len(items)
    return {"type": "array", "prefixItems": list(items), "minItems": n, "maxItems": n}


def _span(units: Iterable[str]) -> Schema:
    return _tuple(_COUNT, {"enum": list(units)})


_PLACES: Final = _object(
    {"places": _list(_ID), "km": _NUMBER | {"exclusiveMinimum": 0, "maximum": FARTHEST_KM}}
)
_AROUND: Final = _object(
    {
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
        "lon": {"type": "number", "minimum": -180, "maximum": 180},
        "km": _PLACES["properties"]["km"],
    }
)
_OFFSET: Final[Schema] = {"type": "integer", "minimum": -MAX_COUNT, "maximum": MAX_COUNT}
_DAYS: Final = _tuple({"anyOf": [_DAY, {"type": "null"}]}, {"anyOf": [_DAY, {"type": "null"}]})
_VALUES: Final[Mapping[Operand, Schema]] = {
    Operand.TEXT: _TEXT,
    Operand.TEXTS: _list(_TEXT),
    Operand.ID: _ID,
    Operand.IDS: _list(_ID),
    Operand.NUMBER: _NUMBER,
    Operand.NUMBERS: _tuple(_NUMBER, _NUMBER),
    Operand.PERCENT: {"type": "number", "minimum": 0, "maximum": 100},
    Operand.TRUTH: {"type": "boolean"},
    Operand.DAY: _DAY,
    Operand.DAYS: _DAYS,
    Operand.DURATION: _span(UNITS),
    Operand.DAY_COUNT: _span(["day"]),
    Operand.CALENDAR: _object({"unit": {"enum": list(CALENDAR_UNITS)}, "offset": _OFFSET}),
    Operand.MONTH: {"type": "integer", "minimum": 1, "maximum": 12},
    Operand.NEAR: {"anyOf": [_PLACES, _AROUND]},
    Operand.CHANGE: {"type": "number", "minimum": 0, "maximum": MAX_COUNT},
}
_WINDOWS: Final[Mapping[str, Schema]] = {
    "last": _VALUES[Operand.DURATION],
    "before": _VALUES[Operand.DURATION],
    "ago": _tuple(_COUNT, _COUNT, {"enum": list(UNITS)}),
    "between": _DAYS,
    "calendar": _VALUES[Operand.CALENDAR],
}
_ROW: Final = "row_"


def schema(catalogue: Catalogue, address: str) -> Schema:
    """The schema of the rules this installation reads; `address` is where it can be found."""
    told: Schema = {"$schema": DIALECT, "$id": address, "title": _("A rule of Tamis")}
    told["description"] = _(
        "At most %(depth)s levels of groups and %(conditions)s conditions. The reference of the "
        "language says what each part means."
    ) % {"depth": 10, "conditions": 200}
    whole = _object({"version": {"const": 1}, "rule": _ref("node")})
    return told | whole | {"$defs": _definitions(catalogue)}


def _definitions(catalogue: Catalogue) -> Schema:
    sources = catalogue.source_entries
    node = _ref("node")
    kinds: dict[str, Schema] = {
        "all": _object({"all": {"type": "array", "items": node}}),
        "any": _object({"any": {"type": "array", "items": node}}),
        "not": _object({"not": node}),
        "condition": _condition(catalogue.entries, ""),
        **{source.key: _object({source.key: _ref(f"{source.key}_rows")}) for source in sources},
        "trend": _object({"trend": _trend(sources)}),
        "sequence": _object({"sequence": _sequence()}),
        "segment": _object(
            {"segment": _ID, "entered": _ref("when"), "left": _ref("when")},
            optional=("entered", "left"),
            **{"not": {"required": ["entered", "left"]}},
        ),
        "sample": _object({"sample": _object({"from": _BUCKET, "to": _BUCKET, "salt": _TEXT})}),
    }
    return {
        "node": {"type": "object", "anyOf": [_ref(name) for name in kinds]},
        **kinds,
        **{f"{source.key}_rows": _behaviour(source, sources) for source in sources},
        "steps": _one_of({source.key: _rows(source) for source in sources}),
        "when": _one_of(dict(_WINDOWS)),
        **{f"where_{source.key}": _condition(source.entries, _ROW) for source in sources},
        **{f"test_{kind}": _tests(OPERATORS[kind], words.OPERATORS[kind]) for kind in Kind},
        **{f"test_{_ROW}{kind}": _row_tests(kind) for kind in Kind},
        "test_trend": _tests(TRENDS, {}),
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _one_of(members: Schema) -> Schema:
    """An object of exactly one of these keys."""
    return _object(members, optional=members, minProperties=1, maxProperties=1)


def _condition(fields: Iterable[Field], prefix: str) -> Schema:
    listed = list(fields)
    named = [{"const": each.key, "title": str(each.label)} for each in listed]
    tests: list[Schema] = []
    for kind in dict.fromkeys(each.kind for each in listed):
        keys = [each.key for each in listed if each.kind is kind]
        tests.append(_when({"field": {"enum": keys}}, _ref(f"test_{prefix}{kind}")))
    for each in listed:
        if each.choices and each.kind is Kind.CHOICE:
            codes = [choice.code for choice in each.choices]
            offered = {"properties": {"value": {"examples": codes}}}
            tests.append(_when({"field": {"const": each.key}}, offered))
    parts: Schema = {"field": {"oneOf": named}, "op": {"type": "string"}, "value": True}
    return _object(parts, optional=("value",), allOf=tests)


def _when(properties: Schema, then: Schema) -> Schema:
    """What follows where these keys are there and as they are told."""
    return {"if": {"properties": properties, "required": list(properties)}, "then": then}


def _tests(operators: Mapping[str, Operand], labels: words.Words) -> Schema:
    """An operator with a value of its shape, or without one."""
    shapes: list[Schema] = []
    for shape in dict.fromkeys(operators.values()):
        named: list[Schema] = [
            {"const": op} | ({"title": str(labels[op])} if op in labels else {})
            for op, wanted in operators.items()
            if wanted is shape
        ]
        parts: Schema = {"op": {"oneOf": named}, "value": _VALUES.get(shape, False)}
        required = ["op"] if shape is Operand.NONE else ["op", "value"]
        shapes.append({"properties": parts, "required": required})
    return {"oneOf": shapes}


def _row_tests(kind: Kind) -> Schema:
    """Rows are not ranked against each other."""
    kept = {op: shape for op, shape in OPERATORS[kind].items() if op not in RANKING}
    return _tests(kept, words.OPERATORS[kind])


def _rows(source: Source) -> Schema:
    where = {"type": "array", "items": _ref(f"where_{source.key}")}
    parts = {"where": where, "when": _ref("when")}
    return _object(parts, optional=parts, title=str(source.label))


def _behaviour(source: Source, sources: Iterable[Source]) -> Schema:
    parts = _rows(source)["properties"] | {
        "measure": {"enum": list(source.measures)},
        "op": {"type": "string"},
        "value": True,
        "per": {"enum": [each.key for each in source.entries if each.kind in PER_KINDS]},
        "without": _ref("steps"),
    }
    moments = [name for name in source.measures if measure_kind(name) is Kind.INSTANT]
    ranked = {"if": {"required": ["per"]}} | {
        "then": _ref(f"test_{_ROW}{Kind.NUMBER}"),
        "else": _ref(f"test_{Kind.NUMBER}"),
    }
    tested = _when({"measure": {"enum": moments}}, _ref(f"test_{Kind.INSTANT}"))
    tests = [
        tested | {"else": {"if": {"required": ["op"]}, "then": ranked}},
        _when({"measure": {"not": {"const": "count"}}}, {"required": ["op"]}),
    ]
    for key in parts["per"]["enum"]:
        having = [other.key for other in sources if key in other.fields]
        elsewhere = {"properties": {"without": {"propertyNames": {"enum": having}}}}
        tests.append(_when({"per": {"const": key}}, elsewhere))
    needs = {"without": ["per"], "value": ["op"]}
    return _object(
        parts, optional=parts, title=str(source.label), dependentRequired=needs, allOf=tests
    )


def _trend(sources: Iterable[Source]) -> Schema:
    listed = list(sources)
    parts: Schema = {
        "of": {"oneOf": [{"const": each.key, "title": str(each.label)} for each in listed]},
        "where": {"type": "array"},
        "measure": {"type": "string"},
        "last": _VALUES[Operand.DURATION],
        "op": {"type": "string"},
        "value": True,
    }
    each_of: list[Schema] = []
    for source in listed:
        numbers = [name for name in source.measures if measure_kind(name) is Kind.NUMBER]
        rows = _rows(source)["properties"]["where"]
        inner = {"properties": {"where": rows, "measure": {"enum": numbers}}}
        each_of.append(_when({"of": {"const": source.key}}, inner))
    tests = [*each_of, _ref("test_trend")]
    return _object(parts, optional=("where", "measure", "value"), allOf=tests)


def _sequence() -> Schema:
    parts = {
        "first": _ref("steps"),
        "then": _ref("steps"),
        "then_not": _ref("steps"),
        "within": _VALUES[Operand.DURATION],
    }
    either = [{"required": ["then"]}, {"required": ["then_not"]}]
    return _object(parts, optional=("then", "then_not", "within"), oneOf=either)
