"""From JSON to a rule, with everything that is wrong in it told at once.

Invariant: what `parse` returns can be compiled; nothing is guessed, converted or ignored, and the
work done is bounded by the limits whatever comes in.
"""

from __future__ import annotations

import json
from typing import Any

from segmentation.rules.errors import Problem, RuleError, join_path, shorten
from segmentation.rules.nodes import AllOf, AnyOf, Node, Not, Rule, Sample, SegmentRef, When
from segmentation.rules.operands import read_bucket, read_operand, read_salt
from segmentation.rules.operators import CatalogueShape, Operand
from segmentation.rules.reading_rows import WINDOWS, RowsReader
from segmentation.rules.strict_json import MAX_BYTES, loads

MAX_DEPTH = 10
MAX_CONDITIONS = 200
GROUPS = ("all", "any", "not")
_OTHERS = ("segment", "trend", "sequence", "sample")
_HISTORY = ("entered", "left")

__all__ = ["MAX_CONDITIONS", "MAX_DEPTH", "WINDOWS", "parse", "parse_node", "parse_text"]


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


class _Reader(RowsReader):
    def rule(self, data: Any) -> Rule | None:
        if not isinstance(data, dict):
            return self.refuse("$", "wrong_type", expected="{“version”: 1, “rule”: …}")
        self.known_keys(data, "$", ("version", "rule"))
        for key in ("version", "rule"):
            if key not in data:
                self.refuse("$", "missing_key", key=key)
        version = data.get("version", 1)
        if isinstance(version, bool) or version != 1 or not isinstance(version, int):
            self.refuse("$.version", "wrong_version")
        node = self.node(data["rule"], "$.rule", 0) if "rule" in data else None
        if self.conditions > MAX_CONDITIONS:
            return self.refuse("$.rule", "too_many", count=self.conditions, limit=MAX_CONDITIONS)
        return None if node is None else Rule(node)

    def node(self, data: Any, path: str, depth: int) -> Node | None:
        """A node of any kind, at a depth of nested groups."""
        kinds = (*GROUPS, "field", *self.catalogue.sources, *_OTHERS)
        if not isinstance(data, dict):
            return self.refuse(path, "not_a_node", expected=", ".join(kinds))
        if "field" in data:
            return self.condition(data, path, self.catalogue.fields, ranking=True)
        found = [key for key in data if key in kinds]
        if not found:
            for key in data:
                self.refuse(
                    join_path(path, key), "unknown_key", key=shorten(key), expected=", ".join(kinds)
                )
            if not data:
                self.refuse(path, "not_a_node", expected=", ".join(kinds))
            return None
        if len(found) > 1:
            return self.refuse(path, "several_kinds", expected=", ".join(found))
        kind = found[0]
        inner = join_path(path, kind)
        if kind == "segment":
            return self._segment(data, path)
        if not self.known_keys(data, path, (kind,)):
            return None
        if kind in GROUPS:
            return self._group(kind, data[kind], inner, depth + 1)
        if kind == "trend":
            return self.trend(data[kind], inner)
        if kind == "sequence":
            return self.sequence(data[kind], inner)
        if kind == "sample":
            return self._sample(data[kind], inner)
        return self.behaviour(self.catalogue.sources[kind], data[kind], inner)

    def _group(self, kind: str, data: Any, path: str, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            return self.refuse(path, "too_deep", limit=MAX_DEPTH)
        if kind == "not":
            child = self.node(data, path, depth)
            return None if child is None else Not(child)
        if not isinstance(data, list):
            return self.refuse(path, "wrong_type", expected="[…]")
        read = [self.node(item, join_path(path, i), depth) for i, item in enumerate(data)]
        nodes = tuple(node for node in read if node is not None)
        return AllOf(nodes) if kind == "all" else AnyOf(nodes)

    def _segment(self, data: dict[str, Any], path: str) -> SegmentRef | None:
        self.conditions += 1
        before = len(self.problems)
        self.known_keys(data, path, ("segment", *_HISTORY))
        segment = self.value(read_operand, Operand.ID, data["segment"], f"{path}.segment")
        if all(key in data for key in _HISTORY):
            self.refuse(path, "one_step", expected=", ".join(_HISTORY))
        windows: dict[str, When | None] = {
            key: self.window(data[key], f"{path}.{key}") for key in _HISTORY if key in data
        }
        if len(self.problems) > before or not isinstance(segment, int):
            return None
        return SegmentRef(segment, windows.get("entered"), windows.get("left"))

    def _sample(self, data: Any, path: str) -> Sample | None:
        self.conditions += 1
        if not isinstance(data, dict):
            return self.refuse(path, "wrong_type", expected="{“from”: 0, “to”: 1000, “salt”: …}")
        before = len(self.problems)
        self.known_keys(data, path, ("from", "to", "salt"))
        for key in ("from", "to", "salt"):
            if key not in data:
                self.refuse(path, "missing_key", key=key)
        if len(self.problems) > before:
            return None
        first = self.value(read_bucket, data["from"], f"{path}.from")
        end = self.value(read_bucket, data["to"], f"{path}.to")
        salt = self.value(read_salt, data["salt"], f"{path}.salt")
        if first is not None and end is not None and first > end:
            self.refuse(path, "reversed")
        if len(self.problems) > before or first is None or end is None or salt is None:
            return None
        return Sample(first, end, salt)
