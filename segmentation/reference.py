"""The rule language told from its own tables: fields, sources, operators, nodes, windows.

Invariant: everything a rule may say is told here and nothing else is, for it is all read from the
catalogue, the operators and the words the builder and the sentences use; the examples are real
rules, and their sentences are those the application writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from customers.folding import fold
from segmentation import reference_words as said
from segmentation.builder import words
from segmentation.catalogue import Catalogue, Field, Source
from segmentation.describe import describe, describe_node
from segmentation.rules import OPERATORS, Kind, Operand, measure_kind, parse_node
from segmentation.rules.nodes import Rule
from segmentation.rules.operands import EXPECTED
from segmentation.rules.operators import COMPLEMENT_OF, FIELD_MEASURES, PLAIN_MEASURES, TRENDS


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a rule may say: how it is written, what it is called, what goes with it.

    `example` is JSON and `sentence` what the application makes of it; both may be ''.
    """

    key: str
    label: str
    detail: str = ""
    example: str = ""
    sentence: str = ""

    def about(self, asked: list[str]) -> bool:
        """Whether all these folded words are somewhere in it."""
        text = fold(" ".join((self.key, self.label, self.detail, self.example, self.sentence)))
        return all(word in text for word in asked)


@dataclass(frozen=True, slots=True)
class Table:
    """Some entries under a heading, with what holds of all of them."""

    anchor: str
    title: str
    entries: tuple[Entry, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the reference."""

    anchor: str
    title: str
    tables: tuple[Table, ...]
    note: str = ""


def reference(catalogue: Catalogue) -> tuple[Part, ...]:
    """The whole reference, in the reader's language."""
    return (
        Part("nodes", _("Conditions and groups"), (_nodes(catalogue),), str(said.NODES_NOTE)),
        Part("fields", _("Fields of a person"), tuple(_fields(catalogue))),
        Part("sources", _("What they did"), tuple(map(_source, catalogue.source_entries))),
        Part("operators", _("Operators"), tuple(_operators(catalogue)), str(said.OPERATORS_NOTE)),
        Part("measures", _("Measures and periods"), (_measures(catalogue), _windows(catalogue))),
    )


def search(parts: Iterable[Part], query: str) -> tuple[Part, ...]:
    """What holds all the words of a query; all of it where there is none."""
    asked = fold(query).split()
    found = []
    for part in parts:
        kept = []
        for table in part.tables:
            inside = tuple(entry for entry in table.entries if entry.about(asked))
            if inside:
                kept.append(Table(table.anchor, table.title, inside, table.note))
        if kept:
            found.append(Part(part.anchor, part.title, tuple(kept), part.note))
    return tuple(found)


def _written(example: Any) -> str:
    return json.dumps(example, ensure_ascii=False)


def _told(node: Any, catalogue: Catalogue) -> str:
    return describe(Rule(parse_node(node, catalogue)), catalogue, _SEGMENTS)


_SEGMENTS: Mapping[int, str] = {12: "VIP"}


def _nodes(catalogue: Catalogue) -> Table:
    entries = tuple(
        Entry(key, str(title), str(detail), _written(node), _told(node, catalogue))
        for key, title, detail, node in said.NODES
    )
    return Table("node", _("What a rule is made of"), entries)


def _fields(catalogue: Catalogue) -> Iterable[Table]:
    for group, title in words.GROUPS.items():
        fields = [each for each in catalogue.entries if each.group == group]
        if fields:
            note = str(said.OWN_ATTRIBUTES) if group == "person" else ""
            yield Table(f"fields-{group}", str(title), tuple(map(_field, fields)), note)


def _source(source: Source) -> Table:
    notes = []
    if source.defaults:
        notes.append(str(said.DEFAULTS[source.key]))
    if source.key == "events":
        notes.append(str(said.OWN_PROPERTIES))
    title = f"{source.label} ({source.key})"
    entries = tuple(map(_field, source.entries))
    return Table(f"source-{source.key}", title, entries, " ".join(notes))


def _field(entry: Field) -> Entry:
    told = str(said.KINDS[entry.kind])
    if entry.closed:
        listed = ", ".join(f"{choice.code} ({choice.label})" for choice in entry.choices)
        told = _("%(kind)s: %(values)s") % {"kind": told, "values": listed}
    return Entry(entry.key, str(entry.label), told)


def _operators(catalogue: Catalogue) -> Iterable[Table]:
    for kind, operators in OPERATORS.items():
        entries = tuple(_operator(kind, op, shape, catalogue) for op, shape in operators.items())
        yield Table(f"operators-{kind}", str(said.KINDS[kind]), entries)
    moves = [
        Entry(op, str(said.TRENDS[op]), _expected(shape), *_of_trend(op, shape, catalogue))
        for op, shape in TRENDS.items()
    ]
    yield Table("operators-trend", _("Trend"), tuple(moves))


def _operator(kind: Kind, op: str, shape: Operand, catalogue: Catalogue) -> Entry:
    source, key = said.EXAMPLE_FIELDS[kind]
    test: dict[str, Any] = {"field": key, "op": op}
    if shape is not Operand.NONE:
        test["value"] = said.EXAMPLE_VALUES.get((kind, shape)) or said.VALUES[shape]
    node = {source: {"where": [test]}} if source else test
    detail = _expected(shape)
    if op in COMPLEMENT_OF:
        opposite = _("exact contrary of “%(operator)s”") % {"operator": COMPLEMENT_OF[op]}
        both = _("%(first)s; %(second)s") % {"first": detail, "second": opposite}
        detail = both if detail else opposite
    sentence = describe_node(parse_node(node, catalogue), catalogue)
    return Entry(op, str(words.OPERATORS[kind][op]), detail, _written(test), sentence)


def _of_trend(op: str, shape: Operand, catalogue: Catalogue) -> tuple[str, str]:
    body: dict[str, Any] = {"of": "orders", "measure": "sum:total", "last": [90, "day"], "op": op}
    if shape is not Operand.NONE:
        body["value"] = 50
    node = {"trend": body}
    return _written(node), describe_node(parse_node(node, catalogue), catalogue)


def _expected(shape: Operand) -> str:
    return _(EXPECTED[shape]) if shape in EXPECTED else ""


def _measures(catalogue: Catalogue) -> Table:
    entries = []
    for name in (*PLAIN_MEASURES, *FIELD_MEASURES):
        key = name if name in PLAIN_MEASURES else f"{name}:{said.MEASURED[name]}"
        kind = measure_kind(name)
        test = {"op": "in_last", "value": [30, "day"]} if kind is Kind.INSTANT else said.AT_LEAST
        node = {"orders": {"measure": key, **test}}
        sentence = describe_node(parse_node(node, catalogue), catalogue)
        shown = f"{name}:…" if key != name else name
        label = str(words.MEASURES[name])
        entries.append(Entry(shown, label, str(said.MEASURES[name]), _written(node), sentence))
    return Table("measure", _("What is measured over the rows"), tuple(entries))


def _windows(catalogue: Catalogue) -> Table:
    entries = []
    for key, label in words.WINDOWS.items():
        if key:
            node = {"orders": {"when": {key: said.WINDOWS[key][1]}}}
            sentence = describe_node(parse_node(node, catalogue), catalogue)
            detail = str(said.WINDOWS[key][0])
            entries.append(Entry(key, str(label), detail, _written(node), sentence))
    return Table("when", _("The period looked at"), tuple(entries), str(said.WINDOWS_NOTE))
