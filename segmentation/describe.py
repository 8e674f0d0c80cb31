"""A rule as a sentence, and what is wrong with one, in the reader's language.

Invariant: plain text, never markup; every phrase is translated whole. What a rule names and the
catalogue no longer has is shown by its key, so that an old rule can still be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from django.utils.translation import gettext as _

from segmentation import phrases
from segmentation.catalogue import Catalogue, Source
from segmentation.rules import (
    AllOf,
    AnyOf,
    Behaviour,
    Condition,
    Node,
    Not,
    Number,
    Problem,
    Rows,
    Rule,
    Sample,
    SegmentRef,
    Sequence,
    Trend,
    measure_kind,
)
from segmentation.rules.errors import MESSAGES
from segmentation.rules.operators import BUCKETS
from segmentation.wording import (
    AND,
    OR,
    digits,
    listed,
    own_sentence,
    predicate,
    quoted,
    span_of,
    tell,
    window,
)

Names = Mapping[int, str]


def describe(rule: Rule, catalogue: Catalogue, segments: Names | None = None) -> str:
    """The whole rule as a sentence; `segments` gives the names of those it refers to."""
    return _Teller(catalogue, segments or {}).sentence(rule.node)


def describe_node(node: Node, catalogue: Catalogue, segments: Names | None = None) -> str:
    """One node as a clause: "whose city is “Lyon”"."""
    return _Teller(catalogue, segments or {}).clause(node)


def explain(problem: Problem) -> str:
    """What is wrong with a rule and what would be right."""
    told = dict(problem.params)
    if problem.expected:
        told["expected"] = _(problem.expected)
    return _(MESSAGES[problem.code]) % told


class _Teller:
    def __init__(self, catalogue: Catalogue, segments: Names) -> None:
        self.catalogue = catalogue
        self.segments = segments

    def sentence(self, node: Node) -> str:
        match node:
            case AllOf(()) | Not(AnyOf(())):
                return _("All customers.")
            case AnyOf(()) | Not(AllOf(())):
                return _("No customer.")
            case Not(inner):
                return _("All customers except those %(clause)s.") % {"clause": self.clause(inner)}
            case _:
                clause = self._joined(node) or self.clause(node)
                return _("Customers %(clause)s.") % {"clause": clause}

    def clause(self, node: Node) -> str:
        match node:
            case AllOf(()):
                return _("who are anyone at all")
            case AnyOf(()):
                return _("who are nobody at all")
            case AllOf((only,)) | AnyOf((only,)):
                return self.clause(only)
            case AllOf() | AnyOf():
                return phrases.NESTED % {"clauses": self._joined(node)}
            case Not(SegmentRef(number, None, None)):
                return phrases.NOT_IN_SEGMENT % {"value": self._segment(number)}
            case Not(inner):
                return phrases.EXCEPT % {"clause": self.clause(inner)}
            case Condition():
                return self._condition(node)
            case Behaviour():
                return self._behaviour(node)
            case Trend():
                return self._trend(node)
            case Sequence():
                return self._sequence(node)
            case Sample(first, end, salt):
                share = digits(Decimal((end - first) * 100) / BUCKETS)
                return phrases.SAMPLE % {"salt": quoted(salt), "percent": share}
            case SegmentRef(number, entered, left):
                if when := entered or left:
                    moved = phrases.ENTERED if entered else phrases.LEFT
                    return moved % {"value": self._segment(number), "window": window(when)}
                return phrases.IN_SEGMENT % {"value": self._segment(number)}

    def _segment(self, number: int) -> str:
        return quoted(self.segments.get(number, f"#{number}"))

    def _joined(self, node: Node) -> str:
        """A group of several without parentheses; '' for anything else."""
        if not isinstance(node, AllOf | AnyOf) or len(node.nodes) < 2:
            return ""
        return listed(map(self.clause, node.nodes), AND if isinstance(node, AllOf) else OR)

    def _condition(self, condition: Condition) -> str:
        entry = self.catalogue.fields.get(condition.field)
        if entry is None:
            return phrases.WHOSE % {"predicate": quoted(condition.field)}
        whole = own_sentence(entry, condition)
        if whole is not None:
            return whole
        return phrases.WHOSE % {"predicate": predicate(entry, condition)}

    def _behaviour(self, node: Behaviour) -> str:
        source = self.catalogue.sources.get(node.source)
        if source is None:
            return quoted(node.source)
        counted = _counted(source.key, node)
        clause = counted or _measured(node, source)
        # Only a clause that ends with its rows can go on with "whose".
        if counted and source.key != "engagements":
            if filters := _filters(node.rows, source):
                clause = phrases.ROWS_WHOSE % {"clause": clause, "filters": filters}
            clause = _in_window(clause, node.rows)
        else:
            clause = _filtered(_in_window(clause, node.rows), node.rows, source)
        if node.per is not None:
            clause = phrases.PER % {"clause": clause, "field": _label(source, node.per)}
        if node.without is not None:
            clause = phrases.WITHOUT % {"clause": clause, "rows": self._rows(node.without)}
        return clause

    def _trend(self, node: Trend) -> str:
        source = self.catalogue.sources.get(node.source)
        if source is None:
            return quoted(node.source)
        told = {
            "measure": _filtered(_noun(node.effective_measure, source), node.rows, source),
            "span": span_of(node.last),
        }
        if node.op.endswith("_by"):
            told["value"] = digits(cast("Number", node.value))
        return str(phrases.TRENDS[node.op] % told)

    def _sequence(self, node: Sequence) -> str:
        told = {"first": self._rows(node.first), "then": self._rows(node.then)}
        if node.within is None:
            return str(phrases.SEQUENCES[node.negated] % told)
        told["span"] = span_of(node.within)
        return str(phrases.TIMED_SEQUENCES[node.negated] % told)

    def _rows(self, rows: Rows) -> str:
        """Rows as a noun: "orders in the last 7 days (counting only those whose …)"."""
        source = self.catalogue.sources.get(rows.source)
        if source is None:
            return quoted(rows.source)
        return _filtered(_in_window(str(phrases.ROWS[source.key]), rows), rows, source)


def _filters(rows: Rows, source: Source) -> str:
    return listed((_row(condition, source) for condition in rows.where or ()), AND)


def _filtered(clause: str, rows: Rows, source: Source) -> str:
    filters = _filters(rows, source)
    if not filters:
        return clause
    return str(phrases.WITH_FILTERS[source.key] % {"clause": clause, "filters": filters})


def _in_window(clause: str, rows: Rows) -> str:
    if rows.when is None:
        return clause
    return str(phrases.WITH_WINDOW % {"clause": clause, "window": window(rows.when)})


def _label(source: Source, key: str) -> str:
    entry = source.fields.get(key)
    return str(entry.label) if entry else key


def _row(condition: Condition, source: Source) -> str:
    entry = source.fields.get(condition.field)
    if entry is None:
        return quoted(condition.field)
    return own_sentence(entry, condition) or predicate(entry, condition)


def _noun(measured: tuple[str, str | None], source: Source) -> str:
    """A measure as a noun: "total of “Order total” over the orders"."""
    name, key = measured
    if name in ("first", "last"):
        return str(phrases.MOMENTS[name, source.key])
    field = _label(source, key) if key else key
    return str(phrases.MEASURES[name] % {"rows": phrases.ROWS[source.key], "field": field})


def _measured(node: Behaviour, source: Source) -> str:
    name, key = node.effective_measure
    of = source.fields.get(key) if key and name != "distinct" else None
    told = tell(measure_kind(name), _noun((name, key), source), of, *node.effective_test)
    return str(phrases.WHOSE % {"predicate": told})


def _counted(source: str, node: Behaviour) -> str:
    """ "who placed at least 3 orders"; '' for what cannot be said so."""
    if node.effective_measure[0] != "count":
        return ""
    op, value = node.effective_test
    if (op, value) in ((">=", 1), (">", 0)):
        return str(phrases.SOME[source])
    if (op, value) in (("=", 0), ("<", 1), ("<=", 0)):
        return str(phrases.NONE[source])
    if op not in phrases.QUANTITIES:
        return ""
    bounds = cast("tuple[Number, ...]", value if isinstance(value, tuple) else (value,))
    shown = [digits(bound) for bound in bounds]
    quantity = phrases.QUANTITIES[op] % {"n": shown[0], "first": shown[0], "last": shown[-1]}
    return str(phrases.COUNTED[source] % {"quantity": quantity, "n": int(bounds[-1])})
