"""Which segments refer to which: what must be counted first, and what a change reaches.

Invariant: nothing here fails on a rule that is no longer valid. References are read from the JSON
as it is stored, so that one broken rule does not keep the others from being ordered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from segmentation.models import Segment

Graph = Mapping[int, frozenset[int]]


def references(rule: Any) -> frozenset[int]:
    """The segments a stored rule names directly."""
    return frozenset(_named(rule))


def _named(node: Any) -> Iterator[int]:
    stack = [node]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            named = part.get("segment")
            if isinstance(named, int) and not isinstance(named, bool):
                yield named
            stack.extend(part.values())
        elif isinstance(part, list):
            stack.extend(part)


def graph() -> dict[int, frozenset[int]]:
    """Every dynamic segment, archived ones too, with those its rule names."""
    dynamic = Segment.objects.filter(kind=Segment.Kind.DYNAMIC).order_by()
    return {pk: references(rule) for pk, rule in dynamic.values_list("pk", "rule")}


def in_order(ids: Iterable[int], edges: Graph) -> list[int]:
    """`ids` with those that others refer to first; where they form a circle, as they came."""
    wanted = list(dict.fromkeys(ids))
    among = set(wanted)
    sorter = TopologicalSorter({pk: reached(pk, edges) & among - {pk} for pk in wanted})
    try:
        return list(sorter.static_order())
    except CycleError:
        return wanted


def reached(segment_id: int, edges: Graph) -> set[int]:
    """The segments one refers to, directly or through others."""
    found: set[int] = set()
    stack = list(edges.get(segment_id, ()))
    while stack:
        pk = stack.pop()
        if pk not in found:
            found.add(pk)
            stack.extend(edges.get(pk, ()))
    return found


def dependents(segment_id: int, edges: Graph) -> set[int]:
    """The segments whose answer changes with this one's rule."""
    return {pk for pk in edges if pk != segment_id and segment_id in reached(pk, edges)}


def rules_of(segment: Segment) -> list[Any]:
    """The stored rules a segment's answer hangs on: its own and those it refers to."""
    if not references(segment.rule):
        return [segment.rule]
    others = Segment.objects.filter(pk__in=reached(segment.pk, graph())).order_by()
    return [segment.rule, *others.values_list("rule", flat=True)]
