"""The JSON Schema beside the reader of rules: what it refuses, the reader refuses too."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from customers.models import CustomAttribute, EventProperty
from segmentation import json_schema
from segmentation.catalogue import Catalogue
from segmentation.rules import RuleError, parse
from tests.segmentation import vocabulary
from tests.segmentation.strategies import nodes

CATALOGUE = vocabulary.catalogue()
SCHEMA = json_schema.schema(CATALOGUE, "https://tamis.example/segments/regle.schema.json")
VALIDATOR = Draft202012Validator(SCHEMA)
ODD: list[Any] = [
    *(None, True, "", " ", "no such thing", "count", -1, 0, 3, 1.5, 1e15, 10_001, [], [1], {}),
    *([3, "day"], [3, "fortnight"], ["2026-01-01", None], {"last": [1, "day"]}, "2026-01-01"),
    *({"unit": "month", "offset": -1}, {"places": [1], "km": 1}, {"orders": {}}, "is_set"),
    *("first", "sum:total", "top_percent", "is", "between", "product"),
]


def accepted(rule: Any, catalogue: Catalogue = CATALOGUE) -> bool:
    try:
        parse(rule, catalogue)
    except RuleError:
        return False
    return True


def holders(part: Any) -> Iterator[Any]:
    """Every object and list inside."""
    if isinstance(part, dict | list):
        yield part
        for each in part.values() if isinstance(part, dict) else part:
            yield from holders(each)


def mutated(rule: Any, draw: Callable[..., Any]) -> Any:
    """The rule with one thing in it taken out, put in, or made another."""
    made = copy.deepcopy(rule)
    held = draw(st.sampled_from([each for each in holders(made) if each]))
    key = draw(st.sampled_from(list(held) if isinstance(held, dict) else range(len(held))))
    how = draw(st.sampled_from(["drop", "replace", "replace", "add"]))
    if how == "drop":
        del held[key]
    elif how == "replace":
        held[key] = draw(st.sampled_from(ODD))
    elif isinstance(held, dict):
        names = ["value", "op", "where", "when", "per", "without", "measure", "field", "left"]
        held[draw(st.sampled_from(names))] = draw(st.sampled_from(ODD))
    else:
        held.append(draw(st.sampled_from(ODD)))
    return made


_QUIET = list(HealthCheck)
_whole = nodes(segments=(1, 2)).map(lambda node: {"version": 1, "rule": node})


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@seed(20261122)
@settings(max_examples=150, deadline=None, database=None, suppress_health_check=_QUIET)
@given(_whole)
def test_every_rule_of_the_generator_is_valid(rule: Any) -> None:
    assert accepted(rule)
    assert VALIDATOR.is_valid(rule), rule


def test_what_the_schema_refuses_the_reader_refuses_and_most_of_it_is_found() -> None:
    refused = {"by the reader": 0, "by the schema": 0}

    @seed(20261122)
    @settings(max_examples=300, deadline=None, database=None, suppress_health_check=_QUIET)
    @given(st.data())
    def compare(data: st.DataObject) -> None:
        rule = mutated(data.draw(_whole), data.draw)
        valid = VALIDATOR.is_valid(rule)
        if accepted(rule):
            assert valid, rule
        else:
            refused["by the reader"] += 1
            refused["by the schema"] += not valid

    compare()
    assert refused["by the reader"] > 100
    assert refused["by the schema"] > 0.9 * refused["by the reader"]


@pytest.mark.django_db
@pytest.mark.sqlite_suffices
def test_it_is_served_with_the_shops_own_fields(sign_in: Callable[[str], Client]) -> None:
    address = reverse("segmentation:schema")
    assert address == "/segments/regle.schema.json"
    client = sign_in("analyst")
    before = client.get(address)
    assert before["Content-Type"] == "application/schema+json"
    CustomAttribute.objects.create(key="size", label="Shoe size", type="number")
    EventProperty.objects.create(key="shade", label="Shade", type="text")
    answer = client.get(address, headers={"If-None-Match": before["ETag"]})
    assert answer.status_code == 200
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    served = Draft202012Validator(json.loads(answer.content))
    mine = {"field": "attr:size", "op": ">", "value": 40}
    seen = {"events": {"where": [{"field": "prop:shade", "op": "is", "value": "red"}]}}
    assert served.is_valid({"version": 1, "rule": {"all": [mine, seen]}})
    assert not served.is_valid({"version": 1, "rule": mine | {"value": "big"}})
    assert not served.is_valid({"version": 1, "rule": mine | {"field": "attr:weight"}})
    assert Client().get(address).status_code == 302
