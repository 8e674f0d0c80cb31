"""The controls of each kind of condition, in the order of the words of a sentence.

Invariant: what the controls do not carry of a condition is in `hidden`, so that the posted form is
the whole condition again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from segmentation import choice_counts
from segmentation.builder import controls, words
from segmentation.builder.conditions import result_kind
from segmentation.builder.controls import Control
from segmentation.builder.draft import KINDS, Comparison, Leaf, Rows
from segmentation.builder.settling import COUNTED_MEASURES, per_fields, tests_of, with_field
from segmentation.builder.shelves import Listing, Option
from segmentation.catalogue import Catalogue, Field, Source
from segmentation.rules import Kind, Operand
from segmentation.rules.operators import FIELD_MEASURES, PLAIN_MEASURES, TRENDS

Names = Mapping[int, str]
Hidden = list[tuple[str, str]]
SPAN: Final = "span."


@dataclass(slots=True)
class Detail:
    """A condition on rows."""

    number: int
    controls: list[Control]


@dataclass(slots=True)
class Part:
    """A line of a condition: its words, then, where it is about rows, their details and period.

    `name` is '' or "other", as in the draft. A part that is about no rows has no details.
    """

    name: str = ""
    controls: list[Control] = field(default_factory=list)
    details: list[Detail] = field(default_factory=list)
    period: list[Control] = field(default_factory=list)
    more: list[Control] = field(default_factory=list)
    of_rows: bool = False

    @property
    def prefix(self) -> str:
        """What the names of its controls begin with, after the condition's place."""
        return f"{self.name}." if self.name else ""

    def every_control(self) -> Iterable[Control]:
        """All its controls, in reading order."""
        details = [control for detail in self.details for control in detail.controls]
        return chain.from_iterable((*self.controls, *details, *self.period, *self.more))


class ConditionDrawing:
    """Draws conditions with one catalogue and the names of the segments they may refer to."""

    def __init__(self, catalogue: Catalogue, segments: Names) -> None:
        self.catalogue = catalogue
        self.segments = segments
        self.subjects = self._subjects()
        self.columns = {
            source.key: Listing(
                (("", (Option("", "…"), *(Option(f.key, f.label) for f in source.entries))),)
            )
            for source in catalogue.source_entries
        }

    def draw(self, place: str, leaf: Leaf) -> tuple[list[Part], Hidden]:
        """The lines of a condition and what must be posted besides."""
        prefix = f"{place}."
        hidden = [("left_out", " ".join(sorted(leaf.left_out))), ("drawn", leaf.test.drawn)]
        first = Part(controls=[self._picker(prefix, leaf)])
        parts = [first]
        subject = self.catalogue.fields.get(leaf.about.removeprefix("field:"))
        source = self.catalogue.sources.get(leaf.source)
        match leaf.about:
            case "segment" | "entered" | "left":
                first.controls.append(self._segment(prefix, leaf))
                if leaf.about != "segment":
                    first.period = controls.window(f"{prefix}window.", leaf.rows.window, "SINCE")
                    hidden.append(("window.drawn", leaf.rows.window.drawn))
            case "sample":
                first.controls += _sample(prefix, leaf)
            case "trend" if source:
                parts.append(self._trend(prefix, leaf, source, first, hidden))
            case "sequence":
                parts += self._sequence(prefix, leaf, first, hidden)
            case about if about.startswith("field:") and subject:
                first.controls += tested(prefix, leaf.test, subject, choice_counts.PROFILE)
            case about if about.startswith("rows:") and source:
                how = first if leaf.measure in words.COUNTED else Part("how")
                how.controls += _measured(prefix, leaf, source)
                self._rows(prefix, first, leaf.rows, hidden)
                others = self._per(prefix, leaf, source, first, hidden)
                if how is not first:
                    parts.append(how)
                    # What could be added stands after what is said.
                    if not leaf.per:
                        how.more, first.more = first.more, []
                parts += others
        return parts, hidden

    def _subjects(self) -> Listing:
        groups: dict[Any, list[Option]] = {}
        for entry in self.catalogue.entries:
            groups.setdefault(entry.group, []).append(Option(f"field:{entry.key}", entry.label))
        listed = [(words.GROUPS.get(str(key), ""), tuple(some)) for key, some in groups.items()]
        rows = [
            Option(f"rows:{s.key}", words.DONE.get(s.key, s.label))
            for s in self.catalogue.source_entries
        ]
        kinds = [Option(kind, words.KINDS[kind]) for kind in KINDS]
        behaviours = (words.BEHAVIOURS, (*rows, *kinds[:2]))
        return Listing((*listed, behaviours, (words.SEGMENTS, tuple(kinds[2:]))))

    def _picker(self, prefix: str, leaf: Leaf) -> Control:
        listing = self.subjects
        if leaf.about and leaf.about not in listing.values:
            gone = Option(leaf.about, leaf.about.partition(":")[2] or leaf.about)
            listing = Listing((*listing.groups, (_("No longer available"), (gone,))))
        label = _("What the condition is about")
        return Control(
            "pick", f"{prefix}about", label, leaf.about, listing=listing, redraw=True, look=""
        )

    def _segment(self, prefix: str, leaf: Leaf) -> Control:
        choices = [("", _("Choose a segment")), *((str(k), n) for k, n in self.segments.items())]
        control = controls.select(f"{prefix}v", _("Segment"), choices, leaf.test.first)
        control.search = len(choices) > controls.FEW
        control.counts = choice_counts.SEGMENTS
        return control

    def _rows(self, prefix: str, part: Part, rows: Rows, hidden: Hidden) -> None:
        """The details and the period of rows, at the end of a part."""
        source = self.catalogue.sources[rows.source]
        inner = prefix + part.prefix
        part.of_rows = True
        for i, test in enumerate(rows.where):
            part.details.append(self._detail(f"{inner}where-{i}.", i, test, source))
            hidden.append((f"{part.prefix}where-{i}.drawn", test.drawn))
        part.period = controls.window(f"{inner}window.", rows.window)
        hidden.append((f"{part.prefix}window.drawn", rows.window.drawn))

    def _detail(self, prefix: str, number: int, test: Comparison, source: Source) -> Detail:
        column = Control(
            "select", f"{prefix}field", _("Detail"), test.field,
            listing=self.columns[source.key], redraw=True, look="",
        )  # fmt: skip
        if test.field not in source.fields:
            return Detail(number, [column])
        subject = source.fields[test.field]
        return Detail(number, [column, *tested(prefix, test, subject, source.key)])

    def _source(self, prefix: str, rows: Rows, named: words.Words, lead: Any = "") -> Control:
        choices = [(s.key, named.get(s.key, s.label)) for s in self.catalogue.source_entries]
        label = _("What they did")
        name = f"{prefix}source"
        return controls.select(name, label, choices, rows.source, redraw=True, look="", lead=lead)

    def _per(
        self, prefix: str, leaf: Leaf, source: Source, first: Part, hidden: Hidden
    ) -> list[Part]:
        """For one and the same product, and with none of it among what they bought."""
        offered = [(key, entry.label) for key, entry in per_fields(source).items()]
        lead = _("for one and the same") if leaf.per else ""
        none = _("however they are spread") if leaf.per else _("+ For one and the same…")
        look = "" if leaf.per else "offer"
        first.more = [
            controls.select(
                f"{prefix}per", _("For one and the same"), [("", none), *offered], leaf.per,
                redraw=True, look=look, lead=lead,
            )
        ]  # fmt: skip
        if not leaf.per:
            return []
        others = with_field(leaf.per, self.catalogue)
        named = [(key, words.NONE_OF.get(key, s.label)) for key, s in others.items()]
        wanted = leaf.other.source
        none = _("whatever else they did") if wanted else _("+ And nothing for it among…")
        without = controls.select(
            f"{prefix}other.source", _("And nothing for it among"), [("", none), *named], wanted,
            redraw=True, look="" if wanted else "offer",
        )  # fmt: skip
        if not wanted:
            first.more.append(without)
            return []
        without.lead = pgettext("before “no order”", "and")
        part = Part("other", [without])
        self._rows(prefix, part, leaf.other, hidden)
        return [part]

    def _trend(self, prefix: str, leaf: Leaf, source: Source, first: Part, hidden: Hidden) -> Part:
        """Of what, over which rows; then how it changes, and over how long."""
        first.controls += _measure(prefix, leaf, source, words.TREND_MEASURES, COUNTED_MEASURES)
        first.controls.append(self._source(prefix, leaf.rows, words.ROWS, _("of the")))
        first.of_rows = True
        for i, test in enumerate(leaf.rows.where):
            first.details.append(self._detail(f"{prefix}where-{i}.", i, test, source))
            hidden.append((f"where-{i}.drawn", test.drawn))
        hidden.append(("span.drawn", leaf.span.drawn))
        how = controls.select(
            f"{prefix}op", _("How it changes"), words.TRENDS.items(), leaf.test.op,
            redraw=True, look="op",
        )  # fmt: skip
        span = controls.boxes(f"{prefix}{SPAN}", leaf.span, Operand.DURATION, None)
        span[0].lead = pgettext("before a span of time", "over the last")
        span[0].tail = _("against as long before")
        boxes = controls.boxes(prefix, leaf.test, TRENDS.get(leaf.test.op, Operand.NONE), None)
        return Part("how", [how, *boxes, *span])

    def _sequence(self, prefix: str, leaf: Leaf, first: Part, hidden: Hidden) -> list[Part]:
        """First this, then that, within some time."""
        first.controls.append(self._source(prefix, leaf.rows, words.DID, _("first")))
        self._rows(prefix, first, leaf.rows, hidden)
        turn = controls.select(
            f"{prefix}turn", _("What follows"), words.TURNS.items(), leaf.turn, look="op"
        )
        then = Part("other", [turn, self._source(f"{prefix}other.", leaf.other, words.DID)])
        self._rows(prefix, then, leaf.other, hidden)
        look = "op" if leaf.span.op else "offer"
        limit = controls.select(
            f"{prefix}span.op", _("Within what time"), words.LIMITS.items(), leaf.span.op,
            redraw=True, look=look,
        )  # fmt: skip
        hidden.append(("span.drawn", leaf.span.drawn))
        then.more = [limit]
        if leaf.span.op:
            then.more += controls.boxes(f"{prefix}{SPAN}", leaf.span, Operand.DURATION, None)
            then.more[1].tail = _("after the first")
        return [then]


def _sample(prefix: str, leaf: Leaf) -> list[Control]:
    test = leaf.test
    return [
        Control("number", f"{prefix}v", _("From"), test.first, lead=_("from")),
        Control("number", f"{prefix}v2", _("To"), test.second, lead=_("to"), suffix="%"),
        Control("text", f"{prefix}salt", _("Name of the draw"), leaf.salt, lead=_("of the draw")),
    ]


def tested(prefix: str, test: Comparison, subject: Field, source: str) -> list[Control]:
    """A field's operator and the boxes of its value; `source` is whose rows it is of, if any."""
    allowed = subject.operators
    shape = allowed.get(test.op, Operand.NONE)
    compared = controls.operator(f"{prefix}op", test, subject.kind, allowed)
    boxes = controls.boxes(prefix, test, shape, subject)
    for box in boxes:
        if box.kind in ("select", "many") and box.name == f"{prefix}v" and not box.suggest:
            box.counts = choice_counts.named(subject, source)
    return [compared, *boxes]


def _measure(
    prefix: str, leaf: Leaf, source: Source, named: words.Words, plain: Iterable[str]
) -> list[Control]:
    """What is measured, and of which column."""
    offered = [
        (name, label)
        for name, label in named.items()
        if name in plain or any(f.kind in FIELD_MEASURES.get(name, ()) for f in source.entries)
    ]
    drawn = [
        controls.select(
            f"{prefix}measure", _("What is measured"), offered, leaf.measure, redraw=True, look=""
        )
    ]
    if leaf.measure in FIELD_MEASURES:
        pairs = [(f.key, f.label) for f in source.entries if f.kind in FIELD_MEASURES[leaf.measure]]
        label = _("Of which column")
        drawn.append(controls.select(f"{prefix}of", label, pairs, leaf.of, redraw=True, look=""))
    return drawn


def _measured(prefix: str, leaf: Leaf, source: Source) -> list[Control]:
    """A behaviour's measure, the field it is taken of, and its test, in the order they are read."""
    drawn = _measure(prefix, leaf, source, words.MEASURED, PLAIN_MEASURES)
    subject = source.fields.get(leaf.of) if leaf.measure != "distinct" else None
    kind, allowed = result_kind(leaf), tests_of(leaf)
    shape = allowed.get(leaf.test.op, Operand.NONE)
    compared = controls.operator(f"{prefix}op", leaf.test, kind, allowed)
    test = [compared, *controls.boxes(prefix, leaf.test, shape, subject)]
    said = words.COMES_TO.get(leaf.test.op, "") if kind is Kind.NUMBER else ""
    if leaf.measure in words.COUNTED:
        compared.lead = words.BEFORE_DAYS if said and leaf.measure == "days" else ""
        return [*test, *drawn]
    compared.lead = said
    drawn[0].lead = words.BEFORE_MEASURE if kind is Kind.NUMBER else ""
    return [*drawn, *test]
