"""The draft as the template draws it: groups and conditions with their controls and notes.

Invariant: every node of the draft is drawn once, at its place, with hidden fields for what its
controls do not carry, so that the posted form is the whole draft again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from segmentation.builder import controls, words
from segmentation.builder.controls import Control, Option
from segmentation.builder.draft import ROOT, Comparison, Group, Leaf, Node, parent_of
from segmentation.builder.settling import settle
from segmentation.builder.writing import result_kind
from segmentation.catalogue import Catalogue, Field, Source
from segmentation.rules import OPERATORS, Operand
from segmentation.rules.operators import FIELD_MEASURES, PLAIN_MEASURES

Names = Mapping[int, str]


@dataclass(slots=True)
class Detail:
    """A condition on the rows of a behaviour."""

    number: int
    controls: list[Control]
    hidden: list[tuple[str, str]]


@dataclass(slots=True)
class Drawn:
    """A node on the page."""

    place: str
    nots: int
    first: bool
    last: bool
    top: bool
    hidden: list[tuple[str, str]]
    errors: Sequence[str] = ()
    # Of a group
    mode: str = ""
    modes: list[Option] = field(default_factory=list)
    children: list[Drawn] = field(default_factory=list)
    # Of a condition
    controls: list[Control] = field(default_factory=list)
    period: list[Control] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    behaviour: bool = False
    raw: str = ""
    # What the last look at the snapshot told
    count: int | None = None
    unfinished: str = ""

    def all(self) -> Iterator[Drawn]:
        """The node and everything below it."""
        yield self
        for child in self.children:
            yield from child.all()

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
    sentences: Mapping[str, str] | None = None,
) -> Drawn:
    """The page's tree. `segments` names those a condition may refer to."""
    settle(root, catalogue)
    return _Drawing(catalogue, segments, errors or {}, sentences or {}).node(root, ROOT, 1)


class _Drawing:
    def __init__(
        self,
        catalogue: Catalogue,
        segments: Names,
        errors: Mapping[str, Sequence[str]],
        sentences: Mapping[str, str],
    ) -> None:
        self.catalogue = catalogue
        self.segments = segments
        self.errors = errors
        self.sentences = sentences

    def node(self, node: Node, place: str, siblings: int) -> Drawn:
        """Draw a node and what is below it."""
        _above, rank = parent_of(place)
        drawn = Drawn(
            place,
            node.nots,
            first=rank == 0 and place.count("-") <= 1,
            last=rank == siblings - 1 and place.count("-") <= 1,
            top=place == ROOT,
            hidden=[("nots", str(node.nots))],
            errors=self.errors.get(place, ()),
        )
        if isinstance(node, Group):
            drawn.mode = node.mode
            drawn.hidden.append(("bare", "1" if node.bare else ""))
            drawn.modes = [Option(m, label, m == node.mode) for m, label in words.MODES.items()]
            drawn.children = [
                self.node(child, f"{place}-{i}", len(node.children))
                for i, child in enumerate(node.children)
            ]
        elif node.raw:
            drawn.raw = self.sentences.get(place) or node.raw
            drawn.hidden.append(("raw", node.raw))
        else:
            self._leaf(drawn, node)
        return drawn

    def _leaf(self, drawn: Drawn, leaf: Leaf) -> None:
        prefix = f"{drawn.place}."
        drawn.controls = [self._picker(prefix, leaf)]
        drawn.hidden += [
            ("left_out", " ".join(sorted(leaf.left_out))),
            ("drawn", leaf.test.drawn),
        ]
        subject = self.catalogue.fields.get(leaf.about.removeprefix("field:"))
        source = self.catalogue.sources.get(leaf.source)
        if leaf.about.startswith("field:") and subject:
            drawn.controls += _tested(prefix, leaf.test, subject)
        elif leaf.about == "segment":
            drawn.controls.append(self._segment(prefix, leaf))
        elif source:
            drawn.behaviour = True
            drawn.controls += _measured(prefix, leaf, source)
            drawn.period = controls.window(f"{prefix}window.", leaf.window)
            drawn.hidden.append(("window.drawn", leaf.window.drawn))
            drawn.details = [
                _detail(f"{prefix}where-{i}.", i, test, source) for i, test in enumerate(leaf.where)
            ]

    def _picker(self, prefix: str, leaf: Leaf) -> Control:
        groups: dict[Any, list[Option]] = {}
        for entry in self.catalogue.entries:
            value = f"field:{entry.key}"
            option = Option(value, entry.label, value == leaf.about)
            groups.setdefault(entry.group, []).append(option)
        listed = [(words.GROUPS.get(str(key), ""), options) for key, options in groups.items()]
        rows = [
            Option(f"rows:{s.key}", words.DONE.get(s.key, s.label), s.key == leaf.source)
            for s in self.catalogue.source_entries
        ]
        listed.append((words.BEHAVIOURS, rows))
        segment = Option("segment", words.IN_SEGMENT, leaf.about == "segment")
        listed.append((words.SEGMENTS, [segment]))
        if leaf.about and not any(o.chosen for _label, options in listed for o in options):
            gone = Option(leaf.about, leaf.about.partition(":")[2] or leaf.about, True)
            listed.append((_("No longer available"), [gone]))
        label = _("What the condition is about")
        return Control(
            "pick", f"{prefix}about", label, leaf.about, groups=listed, redraw=True, look=""
        )

    def _segment(self, prefix: str, leaf: Leaf) -> Control:
        choices = [("", _("Choose a segment")), *((str(k), n) for k, n in self.segments.items())]
        return controls.select(f"{prefix}v", _("Segment"), choices, leaf.test.first)


def _tested(prefix: str, test: Comparison, subject: Field) -> list[Control]:
    shape = subject.operators.get(test.op, Operand.NONE)
    compared = controls.operator(f"{prefix}op", test, subject.kind, subject.operators)
    return [compared, *controls.boxes(prefix, test, shape, subject)]


def _measured(prefix: str, leaf: Leaf, source: Source) -> list[Control]:
    """A behaviour's measure, the field it is taken of, and its test."""
    offered = [
        (name, label)
        for name, label in words.MEASURES.items()
        if name in PLAIN_MEASURES or any(f.kind in FIELD_MEASURES[name] for f in source.entries)
    ]
    measure = controls.select(
        f"{prefix}measure", _("What is measured"), offered, leaf.measure, redraw=True, look=""
    )
    drawn, subject = [measure], None
    if leaf.measure in FIELD_MEASURES:
        fitting = [f for f in source.entries if f.kind in FIELD_MEASURES[leaf.measure]]
        pairs = [(f.key, f.label) for f in fitting]
        drawn.append(
            controls.select(
                f"{prefix}of", _("Of which column"), pairs, leaf.of, redraw=True, look=""
            )
        )
        subject = source.fields.get(leaf.of) if leaf.measure != "distinct" else None
    kind = result_kind(leaf)
    shape = OPERATORS[kind].get(leaf.test.op, Operand.NONE)
    tested = [
        controls.operator(f"{prefix}op", leaf.test, kind, OPERATORS[kind]),
        *controls.boxes(prefix, leaf.test, shape, subject),
    ]
    # "at least 3 times", but "average of the total more than 50".
    return [*tested, measure] if leaf.measure == "count" else drawn + tested


def _detail(prefix: str, number: int, test: Comparison, source: Source) -> Detail:
    choices = [("", "…"), *((f.key, f.label) for f in source.entries)]
    drawn = [
        controls.select(f"{prefix}field", _("Detail"), choices, test.field, redraw=True, look="")
    ]
    if test.field in source.fields:
        drawn += _tested(prefix, test, source.fields[test.field])
    return Detail(number, drawn, [(f"where-{number}.drawn", test.drawn)])
