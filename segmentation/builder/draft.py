"""The tree being edited: groups and conditions whose parts are the texts of their controls.

Invariant: every node has a place (`r`, `r-0`, `r-0-2`) from which its controls are named, and
places are given anew, in order, each time the tree is drawn.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ROOT: Final = "r"
MODES: Final = ("all", "any", "none")
# What a condition can be about besides a field of the profile and rows of a source.
KINDS: Final = ("trend", "sequence", "segment", "entered", "left", "sample")
# The parts of a condition's JSON that may be left out.
PARTS: Final = frozenset({"measure", "test", "where", "other.where"})


@dataclass(slots=True)
class Comparison:
    """A field, an operator and what stands in the operator's boxes.

    `field` is a profile field or, inside a behaviour, a field of its rows; a behaviour's own test
    has none. `values` are the chosen or typed texts, `second` the other bound, `unit` a unit of
    time. `drawn` is what the boxes were drawn for, so that a change of field or operator is seen
    whichever way it was made.
    """

    field: str = ""
    op: str = ""
    values: list[str] = dataclasses.field(default_factory=list)
    second: str = ""
    unit: str = ""
    drawn: str = dataclasses.field(default="", compare=False)

    @property
    def first(self) -> str:
        """The text of the first box."""
        return self.values[0] if self.values else ""


@dataclass(slots=True)
class Rows:
    """Some rows: of which source, those that pass `where`, in a period.

    `window.op` names the kind of period, '' for all time.
    """

    source: str = ""
    where: list[Comparison] = dataclasses.field(default_factory=list)
    window: Comparison = dataclasses.field(default_factory=Comparison)


@dataclass(slots=True)
class Leaf:
    """One condition. `about` is what was picked: `field:age`, `rows:orders`, one of KINDS, or ''.

    `rows` are what a behaviour or a trend measures and what a sequence begins with; `other` what a
    sequence goes on with, or what a behaviour wants nothing of (no source: no such wish). `turn`
    is how a sequence goes on (then, then_not), `span` its limit or the length of a trend's window,
    `salt` the name of a sample. The period of a segment entered or left is that of `rows`.
    `left_out` names the parts a rule's JSON did not write because their default was meant.
    `raw` is the JSON of what is no condition of this version; it is kept as it is.
    """

    about: str = ""
    test: Comparison = dataclasses.field(default_factory=Comparison)
    measure: str = "count"
    of: str = ""
    rows: Rows = dataclasses.field(default_factory=Rows)
    per: str = ""
    other: Rows = dataclasses.field(default_factory=Rows)
    turn: str = ""
    span: Comparison = dataclasses.field(default_factory=Comparison)
    salt: str = ""
    left_out: set[str] = dataclasses.field(default_factory=lambda: set(PARTS))
    raw: str = ""
    nots: int = 0

    @property
    def source(self) -> str:
        """The source of the rows it is about, '' if about none."""
        return self.about[5:] if self.about.startswith("rows:") else self.rows.source

    def part(self, name: str) -> Rows | None:
        """Its rows by the name of the part of the page they are in: '' or "other"."""
        return {"": self.rows, "other": self.other}.get(name)


@dataclass(slots=True)
class Group:
    """Conditions taken together: all of them, at least one, or none.

    `bare` marks a root that stands around a rule made of one condition without any group.
    """

    mode: str = "all"
    children: list[Group | Leaf] = dataclasses.field(default_factory=list)
    nots: int = 0
    bare: bool = False


Node = Group | Leaf


def blank() -> Group:
    """The draft of a new segment: one condition to fill in."""
    return Group(children=[Leaf()])


def places(node: Node, place: str = ROOT) -> Iterator[tuple[str, Node]]:
    """Every node with its place, parents first."""
    yield place, node
    if isinstance(node, Group):
        for i, child in enumerate(node.children):
            yield from places(child, f"{place}-{i}")


def find(root: Group, place: str) -> Node | None:
    """The node at a place, or None where there is none."""
    node: Node = root
    head, *steps = place.split("-")
    if head != ROOT:
        return None
    for step in steps:
        if not isinstance(node, Group) or not step.isascii() or not step.isdigit():
            return None
        if int(step) >= len(node.children):
            return None
        node = node.children[int(step)]
    return node


def parent_of(place: str) -> tuple[str, int]:
    """The place of the group a node is in and its rank there; ("", 0) for the root."""
    above, dash, rank = place.rpartition("-")
    return (above, int(rank)) if dash else ("", 0)
