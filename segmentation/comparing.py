"""Two rules side by side: their sentences with what differs marked, conditions added and removed.

Invariant: a rule that can no longer be read is still compared, as the sentence that says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from segmentation import answers
from segmentation.catalogue import Catalogue
from segmentation.describe import describe_node
from segmentation.rules import AllOf, AnyOf, Node, Not, RuleError, children, parse

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a sentence, and whether the other sentence has others in their place."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs from a rule to another; `regrouped` where only how conditions join does."""

    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    removed: tuple[str, ...]
    added: tuple[str, ...]
    regrouped: bool

    @property
    def same(self) -> bool:
        """Whether both rules are the same."""
        return not (self.removed or self.added or self.regrouped)


def compare(before: Rule, after: Rule, catalogue: Catalogue) -> Comparison:
    """Compare two stored rules, the earlier one first."""
    names = answers.all_segment_names()
    old, new = (answers.in_words(rule, catalogue, names) for rule in (before, after))
    marked = _marked(old, new)
    was, now = (_conditions(rule, catalogue, names) for rule in (before, after))
    removed, added = tuple((was - now).elements()), tuple((now - was).elements())
    regrouped = before != after and not removed and not added
    return Comparison(*marked, removed, added, regrouped)


def _marked(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    these, those = (re.findall(r"\s+|[^\s,;.]+|[,;.]", text) for text in (old, new))
    first: list[Piece] = []
    second: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, these, those, autojunk=False).get_opcodes():
        differs = kind != "equal"
        if a < b:
            first.append(Piece("".join(these[a:b]), differs))
        if c < d:
            second.append(Piece("".join(those[c:d]), differs))
    return tuple(first), tuple(second)


def _conditions(rule: Rule, catalogue: Catalogue, names: Mapping[int, str]) -> Counter[str]:
    """A rule's conditions in words, however they are joined."""
    try:
        node = parse(rule, catalogue).node
    except RuleError:
        return Counter()
    return Counter(describe_node(each, catalogue, names) for each in _single(node))


def _single(node: Node) -> Iterator[Node]:
    """The conditions of a tree, one that is negated with its negation."""
    match node:
        case AllOf() | AnyOf() | Not(AllOf() | AnyOf() | Not()):
            for _path, child in children(node, ""):
                yield from _single(child)
        case _:
            yield node
