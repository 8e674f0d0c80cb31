"""How segments overlap: how many people two of them share, and in how many each person is.

Invariant: one scan of the snapshot for the whole matrix; each person is reduced to which of the
segments they are in, and only those patterns are counted, so that pairs cost nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from sqlglot import exp

from segmentation import engine
from segmentation.catalogue import load_catalogue
from segmentation.catalogue.expressions import number
from segmentation.compiler.conditions import alias_of, column
from segmentation.models import Segment
from segmentation.rules import Node, RuleError

# A pattern is a whole number with a bit a segment; more would not fit on a page anyway.
MOST: Final = 30
_PATTERN: Final = "pattern"


@dataclass(frozen=True, slots=True)
class Overlaps:
    """The matrix of `segments`, in their order.

    `shared` counts the people of each pair of segment ids (the smaller place first), `sizes` those
    of each; `in_so_many[n]` are the people of exactly n segments. `left_out` is how many segments
    in use are not compared: too many, or a rule that cannot be read.
    """

    as_of: dt.datetime
    base: int
    segments: tuple[Segment, ...]
    sizes: dict[int, int]
    shared: dict[tuple[int, int], int]
    in_so_many: dict[int, int]
    left_out: int

    def common(self, one: Segment, other: Segment) -> int:
        """How many people are in both."""
        if one.pk == other.pk:
            return self.sizes[one.pk]
        return self.shared.get((one.pk, other.pk), self.shared.get((other.pk, one.pk), 0))

    def part(self, one: Segment, other: Segment) -> float:
        """The part of the first that is also in the second, 0 to 1."""
        return self.common(one, other) / self.sizes[one.pk] if self.sizes[one.pk] else 0.0

    def alike(self, one: Segment, other: Segment) -> float:
        """Those in both as a part of those in either, 0 to 1 (Jaccard's coefficient, 1901)."""
        both = self.common(one, other)
        either = self.sizes[one.pk] + self.sizes[other.pk] - both
        return both / either if either else 0.0


def look(now: dt.datetime) -> Overlaps:
    """Compare the segments in use by what they mean at `now`. Raises snapshot.NoSnapshot."""
    catalogue = load_catalogue()
    in_use = list(Segment.objects.filter(archived_at=None))
    nodes: dict[str, Node] = {}
    compared: list[Segment] = []
    for segment in in_use[:MOST]:
        try:
            rule = engine.segment_rule(segment, catalogue)
            engine.check_references(rule, catalogue)
        except RuleError:
            continue
        nodes[f"in_{len(compared)}"] = rule.node
        compared.append(segment)
    with engine.asking(now, catalogue) as asked:
        found = asked.rows(_statement(asked, nodes))
        as_of = asked.as_of
    return _told(as_of, compared, Counter(dict(found)), len(in_use) - len(compared))


def _statement(asked: engine.Asking, nodes: dict[str, Node]) -> exp.Select:
    people = exp.Subquery(this=asked.compiler.flags(nodes, also=("id",)), alias=alias_of("people"))
    pattern: exp.Expr = number(0)
    for place, name in enumerate(nodes):
        bit = exp.Case(ifs=[exp.If(this=column(name), true=number(2**place))], default=number(0))
        pattern = exp.Add(this=pattern, expression=bit)
    statement = (
        exp.select(
            exp.alias_(exp.cast(pattern, "BIGINT"), _PATTERN, quoted=True),
            exp.Count(this=exp.Star()),
            copy=False,
        )
        .from_(people, copy=False)
        .group_by(number(1), copy=False)
    )
    return asked.compiler.finish(statement)


def _told(
    as_of: dt.datetime, compared: list[Segment], found: Counter[int], left_out: int
) -> Overlaps:
    sizes = dict.fromkeys((segment.pk for segment in compared), 0)
    shared: Counter[tuple[int, int]] = Counter()
    in_so_many: Counter[int] = Counter()
    for pattern, people in found.items():
        inside = [each.pk for place, each in enumerate(compared) if pattern >> place & 1]
        in_so_many[len(inside)] += people
        for pk in inside:
            sizes[pk] += people
        for pair in combinations(inside, 2):
            shared[pair] += people
    return Overlaps(
        as_of,
        found.total(),
        tuple(compared),
        sizes,
        dict(shared),
        dict(sorted(in_so_many.items())),
        left_out,
    )
