"""The draft as the template draws it: groups and conditions with their controls and notes.

Invariant: every node of the draft is drawn once, at its place, with hidden fields for what its
controls do not carry, so that the posted form is the whole draft again. A condition that the page
shows already, by the key it was drawn with, is only named: its controls stay as they are.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2s
from typing import Any

from segmentation.builder import words
from segmentation.builder.controls import Control
from segmentation.builder.draft import ROOT, Group, Leaf, Node
from segmentation.builder.drawing_conditions import ConditionDrawing, Names, Part
from segmentation.builder.form import parts_of
from segmentation.builder.settling import settle
from segmentation.builder.shelves import Option
from segmentation.catalogue import Catalogue


@dataclass(slots=True)
class Drawn:
    """A node on the page."""

    place: str
    nots: int
    top: bool
    # Whether it can go up and down, into the group above it, out of its own.
    can_rise: bool
    can_sink: bool
    can_join: bool
    can_leave: bool
    hidden: list[tuple[str, str]]
    errors: Sequence[str] = ()
    # Of a group
    mode: str = ""
    modes: list[Option] = field(default_factory=list)
    children: list[Drawn] = field(default_factory=list)
    # Of a condition
    parts: list[Part] = field(default_factory=list)
    raw: str = ""
    # By what it was drawn, and whether the page that asks has it.
    key: str = ""
    had: bool = False
    # What the last look at the snapshot told
    count: int | None = None
    unfinished: str = ""

    def all(self) -> Iterator[Drawn]:
        """The node and everything below it."""
        yield self
        for child in self.children:
            yield from child.all()

    def every_control(self) -> Iterator[Control]:
        """The controls of a condition, in reading order."""
        for part in self.parts:
            yield from part.every_control()

    def shelves(self) -> dict[str, Any]:
        """All that can be chosen in it, by the names of the lists: each is told once."""
        listings = (c.shelf for node in self.all() for c in node.every_control())
        return {listing.key: listing.told for listing in listings if listing is not None}

    @property
    def can(self) -> str:
        """What its menu can do, for the page's one menu: "rise sink join leave"."""
        able = {
            "rise": self.can_rise, "sink": self.can_sink, "join": self.can_join,
            "leave": self.can_leave, "plain": not self.nots, "negated": self.nots,
            "inner": not self.top, "group": self.is_group and not self.top,
        }  # fmt: skip
        return " ".join(name for name, holds in able.items() if holds)

    @property
    def size(self) -> int:
        """How many conditions stand in it."""
        return sum(child.size for child in self.children) if self.is_group else 1

    @property
    def is_group(self) -> bool:
        """Whether conditions can be added to it."""
        return bool(self.mode)

    @property
    def negated(self) -> range:
        """Once for each "except" put before the node."""
        return range(self.nots)


def draw(
    root: Group,
    catalogue: Catalogue,
    segments: Names,
    errors: Mapping[str, Sequence[str]] | None = None,
    boxes: Mapping[str, str] | None = None,
    had: Iterable[str] = (),
) -> Drawn:
    """The page's tree. `segments` names those a condition may refer to.

    `errors` tells what is wrong at a place, `boxes` in which of its boxes, if in one. `had` are
    the keys of the conditions that the page shows and nobody has touched since, each as often.
    """
    settle(root, catalogue)
    conditions = ConditionDrawing(catalogue, segments)
    return _Drawing(conditions, errors or {}, boxes or {}, Counter(had)).node(root, ROOT, None, 0)


def outline(root: Group) -> Drawn:
    """The tree without any control: places for counts and errors."""
    return _Drawing(None, {}, {}, Counter()).node(root, ROOT, None, 0)


class _Drawing:
    def __init__(
        self,
        conditions: ConditionDrawing | None,
        errors: Mapping[str, Sequence[str]],
        boxes: Mapping[str, str],
        had: Counter[str],
    ) -> None:
        self.conditions = conditions
        self.errors = errors
        self.boxes = boxes
        self.had = had

    def node(self, node: Node, place: str, group: Group | None, rank: int) -> Drawn:
        """Draw a node, of that rank in its group, and what is below it."""
        inner = place.count("-") > 1
        siblings = group.children if group else []
        drawn = Drawn(
            place,
            node.nots,
            top=group is None,
            can_rise=inner or rank > 0,
            can_sink=inner or rank < len(siblings) - 1,
            can_join=rank > 0 and isinstance(siblings[rank - 1], Group),
            can_leave=inner,
            hidden=[("nots", str(node.nots))],
            errors=self.errors.get(place, ()),
        )
        if isinstance(node, Group):
            drawn.mode = node.mode
            drawn.hidden.append(("bare", "1" if node.bare else ""))
            drawn.modes = [Option(m, label, m == node.mode) for m, label in words.MODES.items()]
            drawn.children = [
                self.node(child, f"{place}-{i}", node, i) for i, child in enumerate(node.children)
            ]
        elif self.conditions is not None:
            self._condition(self.conditions, drawn, node)
        return drawn

    def _condition(self, conditions: ConditionDrawing, drawn: Drawn, leaf: Leaf) -> None:
        told = [*parts_of(leaf), *drawn.errors, self.boxes.get(drawn.place)]
        drawn.key = blake2s(json.dumps(told).encode(), digest_size=6).hexdigest()
        if self.had[drawn.key] > 0:
            self.had[drawn.key] -= 1
            drawn.had = True
        elif leaf.raw:
            drawn.raw = leaf.raw
            drawn.hidden.append(("raw", leaf.raw))
        else:
            drawn.parts, hidden = conditions.draw(drawn.place, leaf)
            drawn.hidden += hidden
            if drawn.errors:
                self._mark(drawn)

    def _mark(self, drawn: Drawn) -> None:
        """Mark the box that is wrong; all of them, where the fault is in how they go together."""
        wrong = f"{drawn.place}.{self.boxes.get(drawn.place, '')}"
        every = list(drawn.every_control())
        known = any(control.name == wrong for control in every)
        for control in every:
            control.invalid = control.name == wrong or not known
