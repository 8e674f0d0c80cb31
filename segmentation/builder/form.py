"""The draft as fields of a form: `r-0-2.op`, `r-0-2.where-0.v`, and back.

Invariant: `from_fields(to_fields(draft))` is the same draft. Whatever is posted makes some draft
of bounded size: unknown fields are ignored and holes in the numbering are closed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from segmentation.builder.draft import (
    MODES,
    PARTS,
    ROOT,
    Comparison,
    Group,
    Leaf,
    Node,
    Rows,
    places,
)

# A little above what a rule may hold, so that the rule's own limits are what a person reads.
MAX_NODES: Final = 400
MAX_DEPTH: Final = 14
MAX_WHERE: Final = 30
MAX_NOTS: Final = 12
_NAME = re.compile(r"(r(?:-\d{1,3})*)\.(.+)")
_WHERE = re.compile(r"where-(\d{1,3})\.(.+)")
# The parts of a condition that are one text each.
_WORDS: Final = ("measure", "of", "per", "turn", "salt", "raw")
Parts = Mapping[str, list[str]]


def to_fields(root: Group) -> dict[str, list[str]]:
    """The form's fields and values that stand for a draft."""
    fields: dict[str, list[str]] = {}
    for place, node in places(root):
        for name, values in parts_of(node):
            fields[f"{place}.{name}"] = values
    return fields


def parts_of(node: Node) -> Iterable[tuple[str, list[str]]]:
    """The names, after its place, and the values of a node's own fields."""
    yield "nots", [str(node.nots)]
    if isinstance(node, Group):
        yield "mode", [node.mode]
        yield "bare", ["1" if node.bare else ""]
        return
    yield "about", [node.about]
    yield from _test_parts("", node.test)
    for name in _WORDS:
        yield name, [getattr(node, name)]
    yield "left_out", [" ".join(sorted(node.left_out))]
    yield from _test_parts("span.", node.span)
    yield from _rows_parts("", node.rows)
    yield from _rows_parts("other.", node.other)


def _rows_parts(prefix: str, rows: Rows) -> Iterable[tuple[str, list[str]]]:
    yield f"{prefix}source", [rows.source]
    yield from _test_parts(f"{prefix}window.", rows.window)
    for i, test in enumerate(rows.where):
        yield from _test_parts(f"{prefix}where-{i}.", test)


def _test_parts(prefix: str, test: Comparison) -> Iterable[tuple[str, list[str]]]:
    yield f"{prefix}field", [test.field]
    yield f"{prefix}op", [test.op]
    yield f"{prefix}v", list(test.values)
    yield f"{prefix}v2", [test.second]
    yield f"{prefix}unit", [test.unit]
    yield f"{prefix}drawn", [test.drawn]


def from_fields(fields: Mapping[str, list[str]]) -> Group:
    """The draft that posted fields stand for."""
    nodes: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for name, values in fields.items():
        if named := _NAME.fullmatch(name):
            nodes[named[1]][named[2]] = values
    below: dict[str, list[int]] = defaultdict(list)
    for place in nodes:
        above, dash, rank = place.rpartition("-")
        if dash:
            below[above].append(int(rank))
    root = _Reader(nodes, below).node(ROOT, 0)
    return root if isinstance(root, Group) else Group(children=[root])


class _Reader:
    def __init__(self, nodes: Mapping[str, Parts], below: Mapping[str, list[int]]) -> None:
        self.nodes = nodes
        self.below = below
        self.read = 0

    def node(self, place: str, depth: int) -> Node:
        """Read a node and what is below it, up to the limits."""
        parts = self.nodes.get(place, {})
        self.read += 1
        if place != ROOT and "mode" not in parts:
            return _leaf(parts)
        group = Group(
            mode=_one(parts, "mode") if _one(parts, "mode") in MODES else "all",
            nots=_count(parts, "nots"),
            bare=_one(parts, "bare") == "1",
        )
        if depth < MAX_DEPTH:
            for rank in sorted(set(self.below.get(place, ()))):
                if self.read < MAX_NODES:
                    group.children.append(self.node(f"{place}-{rank}", depth + 1))
        return group


def _leaf(parts: Parts) -> Leaf:
    return Leaf(
        about=_one(parts, "about"),
        test=_test(parts),
        measure=_one(parts, "measure") or "count",
        of=_one(parts, "of"),
        rows=_rows(parts),
        per=_one(parts, "per"),
        other=_rows(_under("other.", parts)),
        turn=_one(parts, "turn"),
        span=_test(_under("span.", parts)),
        salt=_one(parts, "salt"),
        left_out=set(_one(parts, "left_out").split()) & PARTS,
        raw=_one(parts, "raw"),
        nots=_count(parts, "nots"),
    )


def _rows(parts: Parts) -> Rows:
    where: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for name, values in parts.items():
        if named := _WHERE.fullmatch(name):
            where[int(named[1])][named[2]] = values
    return Rows(
        source=_one(parts, "source"),
        where=[_test(where[rank]) for rank in sorted(where)][:MAX_WHERE],
        window=_test(_under("window.", parts)),
    )


def _under(prefix: str, parts: Parts) -> Parts:
    return {name.removeprefix(prefix): v for name, v in parts.items() if name.startswith(prefix)}


def _test(parts: Parts) -> Comparison:
    # `more` is the box in which a value is added to a list where scripts do not run.
    values = [_unix(v) for v in parts.get("v", ())]
    values += [_unix(v) for v in parts.get("more", ()) if v.strip()]
    return Comparison(
        field=_one(parts, "field"),
        op=_one(parts, "op"),
        values=values,
        second=_one(parts, "v2"),
        unit=_one(parts, "unit"),
        drawn=_one(parts, "drawn"),
    )


def _one(parts: Parts, name: str) -> str:
    values = parts.get(name)
    return _unix(values[0]) if values else ""


def _unix(text: str) -> str:
    # Browsers post every line break as CR LF.
    return text.replace("\r\n", "\n")


def _count(parts: Parts, name: str) -> int:
    text = _one(parts, name)
    whole = text.isascii() and text.isdigit() and len(text) < 9
    return min(int(text), MAX_NOTS) if whole else 0
