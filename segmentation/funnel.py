"""How a rule's conditions, taken one after the other, lead from the base to those it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from segmentation.catalogue import Catalogue
from segmentation.describe import describe_node
from segmentation.figures import RULE, Figures
from segmentation.rules import AllOf, AnyOf, Node, Not, Rule, children

Way = Literal["narrows", "widens", "leaves_out"]
LEAST: Final = 2


@dataclass(frozen=True, slots=True)
class Step:
    """How many there are with the conditions up to this one, and what it alone changed."""

    clause: str
    count: int
    change: int


@dataclass(frozen=True, slots=True)
class Funnel:
    """The conditions of a rule in their order: each narrows, widens, or leaves some out."""

    way: Way
    base: int
    steps: tuple[Step, ...]


def funnel(
    rule: Rule, told: Figures, catalogue: Catalogue, names: Mapping[int, str]
) -> Funnel | None:
    """The funnel of a rule; None for one of a single condition."""
    way, members, counts = _counted(rule.node, told)
    if len(members) < LEAST:
        return None
    before = 0 if way == "widens" else told.base
    steps: list[Step] = []
    for (_path, member), count in zip(members, counts, strict=True):
        steps.append(Step(describe_node(member, catalogue, names), count, count - before))
        before = count
    return Funnel(way, told.base, tuple(steps))


def _counted(node: Node, told: Figures) -> tuple[Way, list[tuple[str, Node]], Sequence[int]]:
    inside = list(children(node, RULE))
    match node:
        case AllOf():
            return "narrows", inside, [told.remaining[path] for path, _member in inside]
        case AnyOf():
            return "widens", inside, told.widened
        case Not(AnyOf() as kept_out):
            members = list(children(kept_out, inside[0][0]))
            return "leaves_out", members, [told.base - met for met in told.widened]
    return "narrows", [], []
