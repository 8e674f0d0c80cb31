"""Reading rules: exact error paths, nothing guessed, and writing back what was read."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.catalogue import Catalogue
from segmentation.rules import Condition, RuleError, parse, parse_text, to_json
from tests.segmentation import vocabulary
from tests.segmentation.strategies import nodes


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return vocabulary.catalogue()


def refused(node: Any, catalogue: Catalogue) -> list[tuple[str, str]]:
    with pytest.raises(RuleError) as caught:
        parse({"version": 1, "rule": node}, catalogue)
    assert all(problem.message for problem in caught.value.problems)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def refused_text(text: str | bytes, catalogue: Catalogue) -> list[tuple[str, str]]:
    with pytest.raises(RuleError) as caught:
        parse_text(text, catalogue)
    return [(problem.path, problem.code) for problem in caught.value.problems]


def age(op: str, value: Any) -> dict[str, Any]:
    return {"field": "age", "op": op, "value": value}


@pytest.mark.parametrize(
    ("node", "path", "code"),
    [
        ({"field": "ville", "op": "is", "value": "Lyon"}, "$.rule.field", "unknown_field"),
        ({"field": 3, "op": "is", "value": "Lyon"}, "$.rule.field", "unknown_field"),
        (age("is", 3), "$.rule.op", "unknown_operator"),
        (age("contains", "3"), "$.rule.op", "unknown_operator"),
        (age("=", "3"), "$.rule.value", "wrong_type"),
        (age("=", True), "$.rule.value", "wrong_type"),
        (age("=", None), "$.rule.value", "wrong_type"),
        (age("=", [3]), "$.rule.value", "wrong_type"),
        (age("=", float("nan")), "$.rule.value", "wrong_type"),
        (age("=", float("inf")), "$.rule.value", "wrong_type"),
        (age("=", 10**15), "$.rule.value", "number_too_long"),
        (age("=", 10**400), "$.rule.value", "number_too_long"),
        (age("=", Decimal("0.12345678901234567890123")), "$.rule.value", "number_too_long"),
        (age("between", [3]), "$.rule.value", "wrong_type"),
        (age("between", [3, None]), "$.rule.value[1]", "wrong_type"),
        (age("between", [35, 25]), "$.rule.value", "reversed"),
        (age("top_percent", 101), "$.rule.value", "out_of_range"),
        (age("is_set", None), "$.rule.value", "no_value"),
        ({"field": "age", "op": "="}, "$.rule", "missing_key"),
        ({"field": "age"}, "$.rule", "missing_key"),
        ({**age("=", 3), "note": ""}, "$.rule.note", "unknown_key"),
        ({"field": "city", "op": "is", "value": " "}, "$.rule.value", "empty"),
        ({"field": "city", "op": "is", "value": "\ud800"}, "$.rule.value", "not_text"),
        ({"field": "city", "op": "is", "value": "a\0b"}, "$.rule.value", "null_character"),
        ({"field": "city", "op": "in", "value": []}, "$.rule.value", "empty"),
        ({"field": "city", "op": "in", "value": ["a", 2]}, "$.rule.value[1]", "wrong_type"),
        ({"field": "city", "op": "in", "value": "a"}, "$.rule.value", "wrong_type"),
        ({"field": "gender", "op": "is", "value": "woman"}, "$.rule.value", "unknown_choice"),
        (
            {"field": "gender", "op": "in", "value": ["male", "x"]},
            "$.rule.value[1]",
            "unknown_choice",
        ),
        ({"field": "attr:vip", "op": "is", "value": 1}, "$.rule.value", "wrong_type"),
        ({"field": "birth_date", "op": "on", "value": "20260101"}, "$.rule.value", "wrong_type"),
        (
            {"field": "birth_date", "op": "on", "value": "2025-02-29"},
            "$.rule.value",
            "out_of_range",
        ),
        (
            {"field": "birth_date", "op": "between", "value": [None, None]},
            "$.rule.value",
            "wrong_type",
        ),
        (
            {"field": "birth_date", "op": "in_last", "value": [-1, "day"]},
            "$.rule.value[0]",
            "out_of_range",
        ),
        (
            {"field": "birth_date", "op": "in_last", "value": [1, "days"]},
            "$.rule.value[1]",
            "wrong_type",
        ),
        (
            {"field": "birth_date", "op": "anniversary_in_next", "value": [1, "week"]},
            "$.rule.value[1]",
            "wrong_type",
        ),
        (
            {"field": "birth_date", "op": "anniversary_month", "value": 13},
            "$.rule.value",
            "out_of_range",
        ),
        (
            {"field": "birth_date", "op": "calendar", "value": {"unit": "hour", "offset": 0}},
            "$.rule.value.unit",
            "wrong_type",
        ),
        ({"all": {}}, "$.rule.all", "wrong_type"),
        ({"all": [{"all": [3]}]}, "$.rule.all[0].all[0]", "not_a_node"),
        ({"not": []}, "$.rule.not", "not_a_node"),
        ({}, "$.rule", "not_a_node"),
        ({"none": []}, "$.rule.none", "unknown_key"),
        ({"odd key": []}, '$.rule["odd key"]', "unknown_key"),
        ({"all": [], "any": []}, "$.rule", "several_kinds"),
        ({"all": [], "x": 1}, "$.rule.x", "unknown_key"),
        ({"segment": "12"}, "$.rule.segment", "wrong_type"),
        ({"segment": True}, "$.rule.segment", "wrong_type"),
        ({"segment": 0}, "$.rule.segment", "out_of_range"),
        ({"orders": []}, "$.rule.orders", "wrong_type"),
        ({"orders": {"measure": "median:total"}}, "$.rule.orders.measure", "unknown_measure"),
        (
            {"orders": {"measure": "sum:store", "op": ">", "value": 1}},
            "$.rule.orders.measure",
            "wrong_measure_field",
        ),
        ({"orders": {"measure": "sum:total"}}, "$.rule.orders", "missing_operator"),
        ({"orders": {"value": 3}}, "$.rule.orders", "missing_key"),
        (
            {"orders": {"measure": "last", "op": ">", "value": 3}},
            "$.rule.orders.op",
            "unknown_operator",
        ),
        (
            {"orders": {"where": [{"field": "product", "op": "is_set"}]}},
            "$.rule.orders.where[0].field",
            "unknown_field",
        ),
        (
            {"orders": {"where": [{"field": "total", "op": "top_percent", "value": 5}]}},
            "$.rule.orders.where[0].op",
            "unknown_operator",
        ),
        ({"orders": {"where": [{"all": []}]}}, "$.rule.orders.where[0]", "not_a_node"),
        ({"orders": {"when": {}}}, "$.rule.orders.when", "wrong_type"),
        ({"orders": {"when": {"since": [1, "day"]}}}, "$.rule.orders.when.since", "unknown_key"),
        ({"orders": {"when": {"ago": [4, 2, "hour"]}}}, "$.rule.orders.when.ago", "reversed"),
        ({"orders": {"when": {"last": [1.5, "day"]}}}, "$.rule.orders.when.last[0]", "wrong_type"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    node: Any, path: str, code: str, catalogue: Catalogue
) -> None:
    assert refused(node, catalogue) == [(path, code)]


def test_everything_wrong_is_told_at_once(catalogue: Catalogue) -> None:
    wrong = {"any": [age("=", "3"), {"field": "x", "op": "is"}, {"orders": {"op": "~"}}]}
    assert refused(wrong, catalogue) == [
        ("$.rule.any[0].value", "wrong_type"),
        ("$.rule.any[1].field", "unknown_field"),
        ("$.rule.any[2].orders.op", "unknown_operator"),
    ]


def test_a_message_says_what_would_be_right(catalogue: Catalogue) -> None:
    with pytest.raises(RuleError) as caught:
        parse({"version": 1, "rule": {"field": "gender", "op": "is", "value": "f"}}, catalogue)
    (problem,) = caught.value.problems
    assert problem.as_json() == {
        "path": "$.rule.value",
        "code": "unknown_choice",
        "message": "Unknown choice “f”; the choices are: female, male, non_binary.",
    }


@pytest.mark.parametrize(
    ("data", "path", "code"),
    [
        ([], "$", "wrong_type"),
        ({"version": 1}, "$", "missing_key"),
        ({"rule": {"all": []}}, "$", "missing_key"),
        ({"version": 2, "rule": {"all": []}}, "$.version", "wrong_version"),
        ({"version": True, "rule": {"all": []}}, "$.version", "wrong_version"),
        ({"version": "1", "rule": {"all": []}}, "$.version", "wrong_version"),
        ({"version": 1, "rule": {"all": []}, "name": "x"}, "$.name", "unknown_key"),
    ],
)
def test_the_envelope_is_checked(data: Any, path: str, code: str, catalogue: Catalogue) -> None:
    with pytest.raises(RuleError) as caught:
        parse(data, catalogue)
    assert [(p.path, p.code) for p in caught.value.problems] == [(path, code)]


def nested(depth: int, kind: str = "all") -> Any:
    node: Any = age(">", 3)
    for _ in range(depth):
        node = {"not": node} if kind == "not" else {kind: [node]}
    return node


def test_ten_groups_may_be_nested_and_not_eleven(catalogue: Catalogue) -> None:
    parse({"version": 1, "rule": nested(10)}, catalogue)
    path = "$.rule" + ".all[0]" * 10 + ".all"
    assert refused(nested(11), catalogue) == [(path, "too_deep")]


@pytest.mark.parametrize("kind", ["all", "not"])
@pytest.mark.parametrize("depth", [50, 900])
def test_a_rule_nested_far_too_deeply_is_refused(
    depth: int, kind: str, catalogue: Catalogue
) -> None:
    (problem,) = refused(nested(depth, kind), catalogue)
    assert problem[1] == "too_deep"


@pytest.mark.parametrize("opening", ['{"not":', '{"all":[', "[", '{"a":'])
def test_text_nested_thousands_of_times_is_refused_without_falling_over(
    opening: str, catalogue: Catalogue
) -> None:
    text = '{"version":1,"rule":' + opening * 5000
    assert refused_text(text, catalogue) == [("$", "too_deep")]


def test_200_conditions_are_allowed_and_not_201(catalogue: Catalogue) -> None:
    parse({"version": 1, "rule": {"all": [age(">", 3)] * 200}}, catalogue)
    assert refused({"all": [age(">", 3)] * 201}, catalogue) == [("$.rule", "too_many")]


def test_a_rule_over_64_kib_is_refused(catalogue: Catalogue) -> None:
    large = {"field": "city", "op": "is", "value": "é" * 33_000}
    assert refused(large, catalogue) == [("$", "too_large")]
    text = json.dumps({"version": 1, "rule": large}, ensure_ascii=False).encode()
    assert refused_text(text, catalogue) == [("$", "too_large")]


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("", "$", "not_json"),
        ("{", "$", "not_json"),
        (b"%PDF-1.7 \xff\xfe", "$", "not_text"),
        ('"' * 60_000, "$", "not_json"),
        ('\\"' * 30_000, "$", "not_json"),
        ('{"version":1,"version":1,"rule":{"all":[]}}', "$.version", "duplicate_key"),
        (
            '{"version":1,"rule":{"all":[{"field":"age","op":"=","value":1,"value":2}]}}',
            "$.rule.all[0].value",
            "duplicate_key",
        ),
        (
            '{"version":1,"rule":{"field":"age","op":"=","value":NaN}}',
            "$.rule.value",
            "wrong_type",
        ),
        (
            '{"version":1,"rule":{"field":"age","op":"=","value":-Infinity}}',
            "$.rule.value",
            "wrong_type",
        ),
        (
            '{"version":1,"rule":{"field":"age","op":"=","value":1e99999999999999999999}}',
            "$.rule.value",
            "wrong_type",
        ),
        (
            '{"version":1,"rule":{"field":"age","op":"=","value":' + "9" * 5000 + "}}",
            "$.rule.value",
            "number_too_long",
        ),
        (
            '{"version":1,"rule":{"field":"age","op":"=","value":1e400}}',
            "$.rule.value",
            "number_too_long",
        ),
        (
            '{"version":1,"rule":{"field":"age","op":"=","value":1e-400}}',
            "$.rule.value",
            "number_too_long",
        ),
    ],
)
def test_bad_text_is_refused_at_its_place(
    text: str | bytes, path: str, code: str, catalogue: Catalogue
) -> None:
    assert refused_text(text, catalogue) == [(path, code)]


def test_numbers_keep_their_exact_decimals(catalogue: Catalogue) -> None:
    text = '{"version":1,"rule":{"field":"average_basket","op":">","value":0.1}}'
    rule = parse_text(text, catalogue)
    assert rule.node == Condition("average_basket", ">", Decimal("0.1"))
    assert json.dumps(to_json(rule), separators=(",", ":")) == text


@settings(max_examples=80, deadline=None)
@given(node=nodes(segments=(1, 2)))
def test_what_is_written_is_what_was_read(node: Any) -> None:
    catalogue = vocabulary.catalogue()
    written = {"version": 1, "rule": node}
    rule = parse(written, catalogue)
    assert to_json(rule) == written
    assert parse_text(json.dumps(written), catalogue) == rule


_KEYS = ["all", "any", "not", "field", "op", "value", "orders", "where", "when", "measure", "last"]
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*_KEYS, "segment", "version", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


def read(data: Any, catalogue: Catalogue) -> list[str] | None:
    """The paths of what is wrong; None where nothing is."""
    try:
        parse(data, catalogue)
    except RuleError as refusal:
        return [problem.path for problem in refusal.problems]
    return None


@settings(max_examples=200, deadline=None)
@given(junk=_JUNK)
def test_no_input_makes_the_reader_fall_over(junk: Any) -> None:
    catalogue = vocabulary.catalogue()
    for data in (junk, {"version": 1, "rule": junk}):
        told = read(data, catalogue)
        assert told is None or (told and all(path.startswith("$") for path in told))
