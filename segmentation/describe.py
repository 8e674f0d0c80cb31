"""A rule as a sentence, and what is wrong with one, in the reader's language.

Invariant: plain text, never markup; every phrase is translated whole. What a rule names and the
catalogue no longer has is shown by its key, so that an old rule can still be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from segmentation import phrases
from segmentation.catalogue import Catalogue
from segmentation.describe_rows import behaviour, sequence, trend
from segmentation.rules import (
    AllOf,
    AnyOf,
    Behaviour,
    Condition,
    Node,
    Not,
    Problem,
    Rule,
    Sample,
    SegmentRef,
    Sequence,
    Trend,
)
from segmentation.rules.errors import MESSAGES
from segmentation.rules.operators import BUCKETS, COMPLEMENT_OF
from segmentation.wording import AND, OR, digits, listed, own_sentence, predicate, quoted, window

Names = Mapping[int, str]
_CONTRARIES = {
    **COMPLEMENT_OF,
    **{positive: negative for negative, positive in COMPLEMENT_OF.items()},
}


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
            case AllOf((only,)) | AnyOf((only,)) | Not(Not(only)):
                return self.sentence(only)
            case Not(inner):
                clause = self._joined(inner) or self.clause(inner)
                return _("All customers except those %(clause)s.") % {"clause": clause}
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
            case Not(Not(inner)):
                return self.clause(inner)
            case Not(SegmentRef(number, None, None)):
                return phrases.NOT_IN_SEGMENT % {"value": self._segment(number)}
            case Not(inner):
                contrary = _contrary(inner)
                if contrary is not None:
                    return self.clause(contrary)
                return phrases.EXCEPT % {"clause": self.clause(inner)}
            case Condition():
                return self._condition(node)
            case Behaviour():
                return behaviour(node, self.catalogue)
            case Trend():
                return trend(node, self.catalogue)
            case Sequence():
                return sequence(node, self.catalogue)
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
        if isinstance(node, AnyOf):
            return self._listed(node.nodes, OR)
        kept = [each for each in node.nodes if not _excludes(each)]
        if not kept:
            return self._listed(node.nodes, AND)
        left_out = [inner for each in node.nodes for inner in _excludes(each)]
        clauses = self._listed(kept, AND)
        if not left_out:
            return clauses
        excluded = len(left_out) == 1 and self._joined(left_out[0])
        told = {"clauses": clauses, "clause": excluded or self._listed(left_out, OR)}
        return phrases.BUT_NOT % told

    def _listed(self, nodes: Iterable[Node], last: str) -> str:
        told: list[Node] = list(nodes)
        # A sequence holds an "and" of its own.
        many = len(told) > 1
        return listed(
            (
                phrases.NESTED % {"clauses": self.clause(each)}
                if many and isinstance(each, Sequence)
                else self.clause(each)
                for each in told
            ),
            last,
        )

    def _condition(self, condition: Condition) -> str:
        entry = self.catalogue.fields.get(condition.field)
        if entry is None:
            return phrases.WHOSE % {"predicate": quoted(condition.field)}
        whole = own_sentence(entry, condition)
        if whole is not None:
            return whole
        return phrases.WHOSE % {"predicate": predicate(entry, condition)}


def _contrary(node: Node) -> Node | None:
    """What is true exactly where `node` is not, where that has a plain phrase."""
    match node:
        # Of a yes or no, "is no" is not all that is not "is yes": it may not be known.
        case Condition(field, op, value) if op in _CONTRARIES and not isinstance(value, bool):
            return Condition(field, _CONTRARIES[op], value)
        case Behaviour(per=None) if node.effective_measure[0] == "count" and (
            node.effective_test == (">=", 1)
        ):
            return replace(node, op="=", value=0)
    return None


def _excludes(node: Node) -> tuple[Node, ...]:
    """What `node` leaves out and nothing else; empty if it is better told as what it keeps."""
    match node:
        case Not(SegmentRef(_, None, None) | Not()):
            return ()
        case Not(AnyOf(nodes)) if nodes:
            return nodes
        case Not(inner) if _contrary(inner) is None:
            return (inner,)
    return ()
