"""The builder's form holds every rule, and what a person types, without losing anything."""

from __future__ import annotations

import json

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segmentation.builder import synonyms
from segmentation.builder.draft import KINDS, Comparison, Group, Leaf, places
from segmentation.builder.drawing import draw
from segmentation.builder.form import from_fields, to_fields
from segmentation.builder.reading import draft_of
from segmentation.builder.settling import settle
from segmentation.builder.writing import write
from segmentation.catalogue import fixed_catalogue
from segmentation.rules import parse
from tests.segmentation import vocabulary
from tests.segmentation.posting import posted_of
from tests.segmentation.strategies import nodes

CATALOGUE = vocabulary.catalogue()


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(node=nodes(segments=(1, 12)), language=st.sampled_from(["fr", "en"]))
def test_a_rule_goes_through_the_page_and_comes_back_the_same(
    node: dict[str, object], language: str
) -> None:
    rule = {"version": 1, "rule": node}
    parse(rule, CATALOGUE)
    with translation.override(language):
        draft = draft_of(rule, CATALOGUE)
        assert not any(isinstance(n, Leaf) and n.raw for _place, n in places(draft))
        page = draw(draft, CATALOGUE, {1: "One", 12: "Twelve"})
        back = from_fields(posted_of(page))
        settle(back, CATALOGUE)
        written = write(back, CATALOGUE)
    assert written.rule == rule
    assert not written.unfinished
    assert not written.wrong
    assert from_fields(to_fields(back)) == back
    # So the page may keep every condition as it is drawn.
    keys = [drawn.key for drawn in page.all() if drawn.key]
    with translation.override(language):
        again = draw(back, CATALOGUE, {1: "One", 12: "Twelve"}, had=keys)
    assert all(drawn.had for drawn in again.all() if drawn.key)


def test_a_node_that_is_no_rule_is_kept_and_told_to_be_wrong() -> None:
    odd = {"trend": {"of": "orders", "last": [90, "day"], "op": "sideways"}}
    rule = {"version": 1, "rule": {"all": [{"field": "age", "op": ">", "value": 30}, odd]}}
    written = write(from_fields(to_fields(draft_of(rule, CATALOGUE))), CATALOGUE)
    assert list(written.wrong) == ["r-1"]
    assert written.rule["rule"] == {"all": [{"field": "age", "op": ">", "value": 30}]}


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12,5", 12.5),
        ("12.5", 12.5),
        ("1 234", 1234),
        ("1\u202f234,50", 1234.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("100 €", 100),
        ("−3", -3),
    ],
)
def test_numbers_are_read_as_french_and_english_people_type_them(typed: str, number: float) -> None:
    draft = Group(children=[Leaf("field:total_spent", Comparison("total_spent", ">=", [typed]))])
    assert write(draft, CATALOGUE).rule["rule"]["all"][0]["value"] == number


def test_a_share_is_typed_in_percent_and_kept_as_a_ratio() -> None:
    draft = Group(
        children=[Leaf("field:discount_share", Comparison("discount_share", ">", ["12,5"]))]
    )
    rule = write(draft, CATALOGUE).rule
    assert rule["rule"]["all"][0]["value"] == 0.125
    with translation.override("fr"):
        again = draft_of(rule, CATALOGUE).children[0]
    assert isinstance(again, Leaf)
    assert again.test.values == ["12,5"]


def test_what_is_unfinished_or_wrong_is_left_out_and_said_at_its_place() -> None:
    draft = Group(
        children=[
            Leaf("field:age", Comparison("age", ">=", ["25"])),
            Leaf(),
            Leaf("field:age", Comparison("age", ">=", ["young"])),
            Group("any", [Leaf("field:age", Comparison("age", "between", ["1"]))]),
            Leaf("field:vanished", Comparison("vanished", "is", ["x"])),
        ]
    )
    written = write(draft, CATALOGUE)
    assert written.rule["rule"] == {"all": [{"field": "age", "op": ">=", "value": 25}]}
    assert set(written.unfinished) == {"r-1", "r-3-0"}
    assert set(written.wrong) == {"r-2", "r-4"}
    assert "young" in written.wrong["r-2"][0]


def test_problems_of_the_rule_are_found_at_the_condition_that_has_them() -> None:
    rule = {
        "version": 1,
        "rule": {
            "all": [
                {"not": {"any": [{"field": "age", "op": "=", "value": 1}, {"segment": 3}]}},
                {"orders": {"where": [{"field": "total", "op": ">", "value": 1}]}},
            ]
        },
    }
    written = write(draft_of(rule, CATALOGUE), CATALOGUE)
    assert written.place_of("$.rule.all[0].not.any[1].segment") == "r-0-1"
    assert written.place_of("$.rule.all[1].orders.where[0].value") == "r-1"
    assert written.place_of("$.rule") == "r"
    bare = write(draft_of({"version": 1, "rule": {"segment": 3}}, CATALOGUE), CATALOGUE)
    assert bare.place_of("$.rule.segment") == "r-0"


def test_another_field_empties_the_boxes_and_another_operator_keeps_what_fits() -> None:
    leaf = Leaf("field:age", Comparison("age", ">=", ["25"]))
    draft = Group(children=[leaf])
    settle(draft, CATALOGUE)
    leaf.test.op = "between"
    settle(draft, CATALOGUE)
    assert leaf.test.values == ["25"]
    leaf.about = "field:city"
    settle(draft, CATALOGUE)
    assert leaf.test.op == "in"
    assert leaf.test.values == []
    leaf.test.values = ["Paris", "Lyon"]
    leaf.test.op = "is"
    settle(draft, CATALOGUE)
    assert leaf.test.values == ["Paris"]


def test_seven_days_do_not_become_seven_weeks_from_now() -> None:
    leaf = Leaf("entered", Comparison(values=["12"]))
    draft = Group(children=[leaf])
    settle(draft, CATALOGUE)
    window = leaf.rows.window
    assert (window.op, window.values) == ("last", ["7"])
    window.op = "calendar"
    settle(draft, CATALOGUE)
    assert window.values == ["0"]
    window.values, window.unit = ["-1"], "month"
    settle(draft, CATALOGUE)
    assert window.values == ["-1"]
    window.op = "before"
    settle(draft, CATALOGUE)
    assert window.values == []


@settings(max_examples=200, deadline=None)
@given(
    fields=st.dictionaries(
        st.from_regex(
            r"r(-[0-9]{1,2}){0,3}\.(mode|about|op|v|nots|where-[0-9]\.v|x)", fullmatch=True
        ),
        st.lists(st.text(max_size=6), max_size=2),
        max_size=12,
    )
)
def test_whatever_is_posted_makes_some_draft(fields: dict[str, list[str]]) -> None:
    draft = from_fields(fields)
    settle(draft, CATALOGUE)
    write(draft, CATALOGUE)
    assert from_fields(to_fields(draft)) == draft


def test_every_synonym_leads_to_a_subject_that_is_offered() -> None:
    fixed = fixed_catalogue()
    offered = {f"field:{key}" for key in fixed.fields} | {f"rows:{key}" for key in fixed.sources}
    with translation.override("en"):
        searched = json.loads(synonyms.as_json())
    assert set(searched) <= offered | set(KINDS)
    assert "abandoned" in searched["rows:events"]
