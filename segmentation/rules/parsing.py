"""From JSON to a rule, with everything that is wrong in it told at once.

Invariant: what `parse` returns can be compiled; nothing is guessed, converted or ignored, and the
work done is bounded by the limits whatever comes in.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from segmentation.rules.errors import Problem, RuleError, join_path, shorten
from segmentation.rules.nodes import (
    Ago,
    AllOf,
    AnyOf,
    Before,
    Behaviour,
    Between,
    Calendar,
    Condition,
    Last,
    Node,
    Not,
    Rule,
    SegmentRef,
    Value,
    When,
)
from segmentation.rules.operands import (
    Refused,
    read_calendar,
    read_count,
    read_days,
    read_duration,
    read_operand,
    read_unit,
)
from segmentation.rules.operators import (
    FIELD_MEASURES,
    OPERATORS,
    PLAIN_MEASURES,
    RANKING,
    CatalogueShape,
    FieldShape,
    Kind,
    Operand,
    SourceShape,
    measure_kind,
)
from segmentation.rules.strict_json import MAX_BYTES, loads

MAX_DEPTH = 10
MAX_CONDITIONS = 200
GROUPS = ("all", "any", "not")
# In the contract, not in this version: refused by name rather than as unknown.
LATER_NODES = ("trend", "sequence", "sample")
LATER_KEYS = {"per", "without", "entered", "left"}
WINDOWS = ("last", "before", "ago", "between", "calendar")

T = TypeVar("T")


def parse(data: Any, catalogue: CatalogueShape) -> Rule:
    """The rule in decoded JSON. Raises RuleError with every problem found."""
    reader = _Reader(catalogue)
    rule = reader.rule(data)
    if reader.problems or rule is None:
        raise RuleError(reader.problems)
    size = len(json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise RuleError([Problem("$", "too_large", {"size": size, "limit": MAX_BYTES})])
    return rule


def parse_text(text: str | bytes, catalogue: CatalogueShape) -> Rule:
    """The rule in a JSON text. Raises RuleError with every problem found."""
    return parse(loads(text), catalogue)


def parse_node(data: Any, catalogue: CatalogueShape, path: str = "$.rule") -> Node:
    """One node alone, for instance a condition being edited. Raises RuleError."""
    reader = _Reader(catalogue)
    node = reader.node(data, path, 0)
    if reader.problems or node is None:
        raise RuleError(reader.problems)
    return node


class _Reader:
    def __init__(self, catalogue: CatalogueShape) -> None:
        self.catalogue = catalogue
        self.problems: list[Problem] = []
        self.conditions = 0

    def rule(self, data: Any) -> Rule | None:
        if not isinstance(data, dict):
            return self._refuse("$", "wrong_type", expected="{“version”: 1, “rule”: …}")
        self._known_keys(data, "$", ("version", "rule"))
        for key in ("version", "rule"):
            if key not in data:
                self._refuse("$", "missing_key", key=key)
        version = data.get("version", 1)
        if isinstance(version, bool) or version != 1 or not isinstance(version, int):
            self._refuse("$.version", "wrong_version")
        node = self.node(data["rule"], "$.rule", 0) if "rule" in data else None
        if self.conditions > MAX_CONDITIONS:
            return self._refuse("$.rule", "too_many", count=self.conditions, limit=MAX_CONDITIONS)
        return None if node is None else Rule(node)

    def node(self, data: Any, path: str, depth: int) -> Node | None:
        kinds = (*GROUPS, "field", *self.catalogue.sources, "segment")
        if not isinstance(data, dict):
            return self._refuse(path, "not_a_node", expected=", ".join(kinds))
        if "field" in data:
            return self.condition(data, path, self.catalogue.fields, ranking=True)
        found = [key for key in data if key in kinds or key in LATER_NODES]
        if not found:
            for key in data:
                self._refuse(
                    join_path(path, key), "unknown_key", key=shorten(key), expected=", ".join(kinds)
                )
            if not data:
                self._refuse(path, "not_a_node", expected=", ".join(kinds))
            return None
        if len(found) > 1:
            return self._refuse(path, "several_kinds", expected=", ".join(found))
        kind = found[0]
        inner = join_path(path, kind)
        if kind in LATER_NODES:
            return self._refuse(inner, "unsupported", key=kind)
        if not self._known_keys(data, path, (kind,)):
            return None
        if kind == "segment":
            self.conditions += 1
            segment = self._value(read_operand, Operand.ID, data[kind], inner)
            return SegmentRef(segment) if isinstance(segment, int) else None
        if kind in GROUPS:
            return self._group(kind, data[kind], inner, depth + 1)
        return self._behaviour(self.catalogue.sources[kind], data[kind], inner)

    def _group(self, kind: str, data: Any, path: str, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            return self._refuse(path, "too_deep", limit=MAX_DEPTH)
        if kind == "not":
            child = self.node(data, path, depth)
            return None if child is None else Not(child)
        if not isinstance(data, list):
            return self._refuse(path, "wrong_type", expected="[…]")
        read = [self.node(item, join_path(path, i), depth) for i, item in enumerate(data)]
        nodes = tuple(node for node in read if node is not None)
        return AllOf(nodes) if kind == "all" else AnyOf(nodes)

    def condition(
        self, data: Any, path: str, fields: Mapping[str, FieldShape], *, ranking: bool
    ) -> Condition | None:
        self.conditions += 1
        if not isinstance(data, dict) or "field" not in data:
            return self._refuse(path, "not_a_node", expected="field")
        self._known_keys(data, path, ("field", "op", "value"))
        key = data["field"]
        if not isinstance(key, str) or key not in fields:
            return self._refuse(
                f"{path}.field",
                "unknown_field",
                key=shorten(str(key)),
                expected=", ".join(fields),
            )
        field = fields[key]
        if "op" not in data:
            return self._refuse(path, "missing_key", key="op")
        allowed = {
            op: operand
            for op, operand in OPERATORS[field.kind].items()
            if ranking or op not in RANKING
        }
        tested = self._test(key, data, path, allowed, field.codes)
        return None if tested is None else Condition(key, *tested)

    def _test(
        self,
        name: str,
        data: dict[str, Any],
        path: str,
        allowed: Mapping[str, Operand],
        codes: frozenset[str] | None,
    ) -> tuple[str, Value] | None:
        op = data["op"]
        if not isinstance(op, str) or op not in allowed:
            return self._refuse(
                f"{path}.op",
                "unknown_operator",
                field=name,
                key=shorten(str(op)),
                expected=", ".join(allowed),
            )
        operand = allowed[op]
        if operand is Operand.NONE:
            if "value" in data:
                return self._refuse(f"{path}.value", "no_value", key=op)
            return op, None
        if "value" not in data:
            return self._refuse(path, "missing_key", key="value")
        before = len(self.problems)
        value = self._value(read_operand, operand, data["value"], f"{path}.value", codes)
        return None if len(self.problems) > before else (op, value)

    def _behaviour(self, source: SourceShape, data: Any, path: str) -> Behaviour | None:
        self.conditions += 1
        if not isinstance(data, dict):
            return self._refuse(path, "wrong_type", expected="{…}")
        before = len(self.problems)
        self._known_keys(data, path, ("where", "measure", "op", "value", "when"))
        where = self._where(source, data["where"], f"{path}.where") if "where" in data else None
        measure = data.get("measure")
        kind: Kind | None = measure_kind("count")
        if "measure" in data:
            kind = self._measure(source, measure, f"{path}.measure")
        op, value = (None, None) if kind is None else self._measure_test(measure, kind, data, path)
        when = self._window(data["when"], f"{path}.when") if "when" in data else None
        if len(self.problems) > before:
            return None
        return Behaviour(source.key, where, measure, op, value, when)

    def _where(self, source: SourceShape, data: Any, path: str) -> tuple[Condition, ...] | None:
        if not isinstance(data, list):
            return self._refuse(path, "wrong_type", expected="[…]")
        read = [
            self.condition(item, join_path(path, i), source.fields, ranking=False)
            for i, item in enumerate(data)
        ]
        return tuple(condition for condition in read if condition is not None)

    def _measure(self, source: SourceShape, data: Any, path: str) -> Kind | None:
        expected = ", ".join((*PLAIN_MEASURES, *(f"{name}:…" for name in FIELD_MEASURES)))
        if not isinstance(data, str):
            return self._refuse(path, "unknown_measure", key=shorten(str(data)), expected=expected)
        name, colon, key = data.partition(":")
        if not colon and name in PLAIN_MEASURES:
            return measure_kind(name)
        if not colon or name not in FIELD_MEASURES:
            return self._refuse(path, "unknown_measure", key=shorten(data), expected=expected)
        field = source.fields.get(key)
        if field is None or field.kind not in FIELD_MEASURES[name]:
            fit = [f.key for f in source.fields.values() if f.kind in FIELD_MEASURES[name]]
            return self._refuse(
                path,
                "wrong_measure_field",
                measure=name,
                key=shorten(key),
                expected=", ".join(fit),
            )
        return measure_kind(name)

    def _measure_test(
        self, measure: Any, kind: Kind, data: dict[str, Any], path: str
    ) -> tuple[str | None, Value]:
        if "op" in data:
            tested = self._test(measure or "count", data, path, OPERATORS[kind], None)
            return (None, None) if tested is None else tested
        if "value" in data:
            self._refuse(path, "missing_key", key="op")
        elif measure not in (None, "count"):
            self._refuse(path, "missing_operator", expected=", ".join(OPERATORS[kind]))
        return None, None

    def _window(self, data: Any, path: str) -> When | None:
        if not isinstance(data, dict) or len(data) != 1:
            return self._refuse(path, "wrong_type", expected=", ".join(WINDOWS))
        ((key, inner),) = data.items()
        if key not in WINDOWS:
            return self._refuse(
                join_path(path, key), "unknown_key", key=shorten(key), expected=", ".join(WINDOWS)
            )
        return self._value(_WINDOW_READERS[key], inner, f"{path}.{key}")

    def _value(self, read: Callable[..., T], *args: Any) -> T | None:
        try:
            return read(*args)
        except Refused as refused:
            self.problems.append(refused.problem)
            return None

    def _known_keys(self, data: dict[str, Any], path: str, known: Iterable[str]) -> bool:
        unknown = [key for key in data if key not in known]
        for key in unknown:
            if key in LATER_KEYS:
                self._refuse(join_path(path, key), "unsupported", key=key)
            else:
                self._refuse(
                    join_path(path, key), "unknown_key", key=shorten(key), expected=", ".join(known)
                )
        return not unknown

    def _refuse(self, path: str, code: str, **params: Any) -> Any:
        self.problems.append(Problem(path, code, params))
        return None


def _read_ago(data: Any, path: str) -> Ago:
    if not isinstance(data, list) or len(data) != 3:
        expected = "[2, 4, “hour”]"
        raise Refused(Problem(path, "wrong_type", {"expected": expected}))
    recent, old = read_count(data[0], f"{path}[0]"), read_count(data[1], f"{path}[1]")
    if recent > old:
        raise Refused(Problem(path, "reversed"))
    return Ago(recent, old, read_unit(data[2], f"{path}[2]"))


_WINDOW_READERS: Mapping[str, Callable[[Any, str], When]] = {
    "last": lambda data, path: Last(read_duration(data, path)),
    "before": lambda data, path: Before(read_duration(data, path)),
    "ago": _read_ago,
    "between": lambda data, path: Between(read_days(data, path)),
    "calendar": lambda data, path: Calendar(read_calendar(data, path)),
}
