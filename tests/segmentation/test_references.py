"""Segments that refer to segments: what is refused, and where it is told."""

from __future__ import annotations

from typing import Any

import pytest

from segmentation.catalogue import Catalogue
from segmentation.compiler import StaticList, check_references
from segmentation.rules import Rule, RuleError, parse
from tests.segmentation import vocabulary


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return vocabulary.catalogue()


def nobody(number: int) -> Rule | StaticList:
    raise LookupError(number)


def f(field: str, op: str) -> dict[str, Any]:
    return {"field": field, "op": op}


def problems_of(node: Any, catalogue: Catalogue, resolve: Any, own: int | None) -> list[Any]:
    rule = parse({"version": 1, "rule": node}, catalogue)
    with pytest.raises(RuleError) as caught:
        check_references(rule.node, resolve, own)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def test_a_rule_that_refers_to_itself_is_refused(catalogue: Catalogue) -> None:
    def resolve(number: int) -> Rule:
        return parse({"version": 1, "rule": {"segment": {1: 2, 2: 3, 3: 1}[number]}}, catalogue)

    node = {"all": [f("city", "is_set"), {"not": {"segment": 2}}]}
    path = "$.rule.all[1].not.segment"
    assert problems_of(node, catalogue, resolve, own=1) == [(path, "cycle")]
    assert problems_of(node, catalogue, resolve, own=None) == [(path, "cycle")]
    assert problems_of({"segment": 5}, catalogue, resolve, own=5) == [("$.rule.segment", "cycle")]


def test_an_unknown_segment_and_an_endless_chain_are_refused(catalogue: Catalogue) -> None:
    def endless(number: int) -> Rule:
        return parse({"version": 1, "rule": {"segment": number + 1}}, catalogue)

    place = "$.rule.segment"
    assert problems_of({"segment": 7}, catalogue, nobody, None) == [(place, "unknown_segment")]
    assert problems_of({"segment": 1}, catalogue, endless, None) == [(place, "chain_too_long")]
