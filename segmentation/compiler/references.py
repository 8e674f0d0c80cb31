"""Segments that refer to segments: no cycle, no endless chain, no unknown number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from segmentation.rules import (
    Node,
    Problem,
    Rule,
    RuleError,
    SegmentRef,
    places_of,
    segments_of,
    walk,
)

MAX_CHAIN = 20


@dataclass(frozen=True, slots=True)
class StaticList:
    """A segment which is a list and has no rule; its members stand in the snapshot."""


Locate = Callable[[int], tuple[float, float]]
"""The latitude and longitude of one of the shop's places; raises LookupError for none."""
Resolve = Callable[[int], "Rule | StaticList"]
"""The rule of a segment; raises LookupError for none and RuleError for one that is not valid."""


def check_references(
    node: Node, resolve: Resolve, own: int | None = None, locate: Locate | None = None
) -> None:
    """Refuse what refers to an unknown segment or, directly or through others, to itself.

    With `locate`, unknown places are refused too, and segments whose rules name some.

    `own` is the number of the segment whose rule this is, where it has one. Raises RuleError with
    the path of each reference at fault.
    """
    problems: list[Problem] = []
    sound: set[int] = set()
    for path, found in walk(node):
        if isinstance(found, SegmentRef):
            trail = () if own is None else (own,)
            problem = _follow(found.segment, resolve, locate, trail, sound)
            if problem is not None:
                code, params = problem
                problems.append(Problem(f"{path}.segment", code, params))
    if locate is not None:
        problems += _unknown_places(node, locate)
    if problems:
        raise RuleError(problems)


def _unknown_places(node: Node, locate: Locate) -> Iterator[Problem]:
    for path, place in places_of(node):
        try:
            locate(place)
        except LookupError:
            yield Problem(path, "unknown_place", {"key": place})


def _follow(
    segment: int,
    resolve: Resolve,
    locate: Locate | None,
    trail: tuple[int, ...],
    sound: set[int],
) -> tuple[str, dict[str, object]] | None:
    if segment in trail:
        chain = (*trail[trail.index(segment) :], segment)
        return "cycle", {"chain": " → ".join(str(number) for number in chain)}
    if segment in sound:
        return None
    if len(trail) >= MAX_CHAIN:
        return "chain_too_long", {"limit": MAX_CHAIN}
    try:
        rule = resolve(segment)
    except LookupError:
        return "unknown_segment", {"key": segment}
    except RuleError:
        return "bad_segment", {"key": segment}
    if isinstance(rule, Rule):
        if locate is not None and any(_unknown_places(rule.node, locate)):
            return "bad_segment", {"key": segment}
        for further in sorted(segments_of(rule.node)):
            problem = _follow(further, resolve, locate, (*trail, segment), sound)
            if problem is not None:
                return problem
    sound.add(segment)
    return None
