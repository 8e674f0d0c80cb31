"""Rules as sentences."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation import phrases
from segmentation.catalogue import Catalogue
from segmentation.describe import describe, describe_node, explain
from segmentation.rules import OPERATORS, Kind, Operand, Problem, parse
from segmentation.rules.errors import MESSAGES
from segmentation.rules.operands import EXPECTED
from tests.segmentation import vocabulary
from tests.segmentation.strategies import nodes


@pytest.fixture(autouse=True)
def english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return vocabulary.catalogue()


def f(field: str, op: str, *value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


def told(node: Any, catalogue: Catalogue) -> str:
    rule = parse({"version": 1, "rule": node}, catalogue)
    return describe(rule, catalogue, {12: "VIP"})


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        ({"all": []}, "All customers."),
        ({"any": []}, "No customer."),
        (f("gender", "is", "Female"), "Customers whose gender is “Woman”."),
        (f("city", "is", "Lyon"), "Customers whose city is “Lyon”."),
        (
            f("city", "in", ["Lyon", "Évry", "Nice"]),
            "Customers whose city is one of “Lyon”, “Évry” or “Nice”.",
        ),
        (f("department", "is", "2A"), "Customers whose department is “2A Corse-du-Sud”."),
        (f("age", "between", [25, 35]), "Customers who are 25 to 35 years old."),
        (
            f("average_basket", ">", 1234.5),
            "Customers whose average basket is more than 1,234.50 €.",
        ),
        (
            f("discount_share", ">=", 0.25),
            "Customers whose share of orders with a discount is at least 25 %.",
        ),
        (
            f("total_spent", "top_percent", 20),
            "Customers whose total spent is among the highest 20 %.",
        ),
        (f("reachable_sms", "is", True), "Customers who can be reached by SMS."),
        (f("has_email", "is", False), "Customers who have no e-mail address."),
        (f("attr:vip", "is", True), "Customers whose “Vip” is “yes”."),
        (f("tags", "has_any", ["VIP", "B2B"]), "Customers whose tags include “VIP” or “B2B”."),
        (f("tags", "has_all", ["VIP", "B2B"]), "Customers whose tags include “VIP” and “B2B”."),
        (
            f("last_order_at", "more_than_ago", [3, "month"]),
            "Customers whose last order is more than 3 months ago.",
        ),
        (
            f("birth_date", "anniversary_in_next", [0, "day"]),
            "Customers whose birthday is today.",
        ),
        (f("birth_date", "anniversary_month", 3), "Customers whose birthday is in March."),
        (
            f("signed_up_at", "between", ["2026-01-31", None]),
            "Customers whose sign-up was on Jan. 31, 2026 or later.",
        ),
        (
            f("signed_up_at", "calendar", {"unit": "month", "offset": -3}),
            "Customers whose sign-up was in the month 3 months before this one.",
        ),
        ({"orders": {}}, "Customers who placed an order."),
        ({"orders": {"op": "=", "value": 0}}, "Customers who placed no order."),
        (
            {"orders": {"op": ">=", "value": 3, "when": {"last": [180, "day"]}}},
            "Customers who placed at least 3 orders in the last 180 days.",
        ),
        (
            {"items": {"where": [f("category", "is", "Bio")], "op": "=", "value": 1}},
            "Customers who bought exactly 1 product whose category is “Bio”.",
        ),
        (
            {"orders": {"measure": "sum:total", "op": ">", "value": 100}},
            "Customers whose total of the orders is more than 100 €.",
        ),
        (
            {
                "events": {
                    "measure": "days",
                    "op": ">=",
                    "value": 3,
                    "when": {"ago": [2, 4, "hour"]},
                }
            },
            "Customers who did actions on at least 3 different days between 2 and 4 hours ago.",
        ),
        (
            {"engagements": {"where": [f("machine", "is", True)]}},
            "Customers who reacted to a message (counting only the reactions made by a machine).",
        ),
        ({"segment": 12}, "Customers who are in the segment “VIP”."),
        ({"not": {"segment": 12}}, "All customers except those who are in the segment “VIP”."),
        (
            {
                "all": [
                    f("gender", "is", "female"),
                    {"any": [f("age", "<", 30), {"orders": {}}]},
                    {"not": {"segment": 13}},
                ]
            },
            "Customers whose gender is “Woman”, (who are less than 30 years old or who placed an "
            "order) and who are not in the segment “#13”.",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(node: Any, sentence: str, catalogue: Catalogue) -> None:
    assert told(node, catalogue) == sentence


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        (f("reachable_email", "is_set"), "Clients dont on sait s’ils sont joignables par e-mail."),
        (f("city", "not_in", ["Lyon"]), "Clients dont la ville n’est pas « Lyon »."),
        (
            f("city", "not_in", ["Lyon", "Nice"]),
            "Clients dont la ville n’est ni « Lyon » ni « Nice ».",
        ),
        (
            f("tags", "has_none", ["VIP", "B2B"]),
            "Clients dont les étiquettes ne comprennent ni « VIP » ni « B2B ».",
        ),
        (f("age", "=", 1), "Clients qui ont 1 an."),
        (f("birth_date", "before", "1990-04-01"), "Clients qui sont nés avant le 1er avril 1990."),
        (
            f("days_between_orders", "between", [7, 30]),
            "Clients dont le délai entre deux commandes se situe entre 7 et 30 jours.",
        ),
        (
            f("last_order_at", "more_than_ago", [1, "year"]),
            "Clients dont la dernière commande remonte à plus d’un an.",
        ),
        (
            f("expected_next_order_at", "calendar", {"unit": "week", "offset": -1}),
            "Clients dont la prochaine commande était attendue la semaine dernière.",
        ),
        (
            f("lifecycle_stage", "is", "new"),
            "Clients dont l’étape du cycle de vie est « Nouveau ».",
        ),
        (
            {"orders": {"op": ">", "value": 1, "when": {"last": [1, "year"]}}},
            "Clients qui ont passé plus d’une commande depuis un an.",
        ),
        (
            {"orders": {"measure": "first", "op": "is_set"}},
            "Clients qui ont passé au moins une commande.",
        ),
        (
            {
                "orders": {
                    "measure": "last",
                    "op": "more_than_ago",
                    "value": [3, "month"],
                    "when": {"calendar": {"unit": "year", "offset": 0}},
                }
            },
            "Clients dont la dernière commande passée cette année remonte à plus de 3 mois.",
        ),
        (
            {
                "events": {
                    "where": [f("name", "is", "page_view"), f("page", "starts_with", "/blog")],
                    "measure": "days",
                    "op": ">=",
                    "value": 3,
                    "when": {"last": [30, "day"]},
                }
            },
            "Clients qui ont effectué des actions de type « Page vue » et dont la page commence "
            "par « /blog » sur au moins 3 jours différents au cours des 30 derniers jours.",
        ),
        (
            {
                "events": {
                    "where": [f("name", "is", "product_view")],
                    "op": ">=",
                    "value": 2,
                    "per": "product",
                    "without": {"items": {}},
                }
            },
            "Clients qui ont effectué au moins 2 actions de type « Produit vu » pour un même "
            "produit, sans l’avoir acheté.",
        ),
        (
            {"orders": {"per": "store", "op": ">=", "value": 2}},
            "Clients qui ont passé au moins 2 commandes dans une même boutique.",
        ),
        (
            {"items": {"measure": "distinct:category", "op": "<=", "value": 2}},
            "Clients dont le nombre de catégories différentes achetées est d’au plus 2.",
        ),
        (
            {
                "sequence": {
                    "first": {"items": {"where": [f("product", "is", "Huile")]}},
                    "then_not": {"orders": {}},
                    "within": [1, "month"],
                }
            },
            "Clients qui ont acheté au moins un produit dont le nom est « Huile » et qui, dans un "
            "délai d’un mois, n’ont passé aucune commande.",
        ),
        (
            {"all": [{"segment": 12}, {"not": f("age", ">", 30)}, {"not": {"orders": {}}}]},
            "Clients qui font partie du segment « VIP » et qui n’ont passé aucune commande, sauf "
            "ceux qui ont plus de 30 ans.",
        ),
        (
            {
                "any": [
                    {"segment": 12},
                    {"sequence": {"first": {"orders": {}}, "then": {"messages": {}}}},
                ]
            },
            "Clients qui font partie du segment « VIP » ou (qui ont passé au moins une commande et "
            "qui, plus tard, ont reçu au moins un message).",
        ),
        # What is not known is neither yes nor no.
        (
            {"all": [{"segment": 12}, {"not": f("attr:vip", "is", True)}]},
            "Clients qui font partie du segment « VIP », sauf ceux dont « Vip » est « oui ».",
        ),
        (
            {"not": {"any": [{"segment": 12}, f("city", "is", "Lyon")]}},
            "Tous les clients sauf ceux qui font partie du segment « VIP » ou dont la ville est "
            "« Lyon ».",
        ),
    ],
)
def test_a_rule_reads_as_a_french_sentence(node: Any, sentence: str, catalogue: Catalogue) -> None:
    with translation.override("fr"):
        assert told(node, catalogue).replace("\u202f", " ").replace("\xa0", " ") == sentence


def test_every_operator_of_every_type_has_a_phrase() -> None:
    for kind, operators in OPERATORS.items():
        for op in operators:
            if (kind, op) != (Kind.BOOLEAN, "is"):
                assert op in phrases.PREDICATES[kind], (kind, op)


def test_a_sentence_is_in_the_reader_s_language(catalogue: Catalogue) -> None:
    with translation.override("fr"):
        sentence = told(f("attr:tier", "is", "Gold"), catalogue)
    assert sentence.replace("\u202f", " ") == "Clients dont « Tier » est « Gold »."


@settings(max_examples=80, deadline=None)
@given(node=nodes(segments=(12,)), language=st.sampled_from(["fr", "en"]))
def test_any_rule_can_be_told_in_plain_text(node: Any, language: str) -> None:
    catalogue = vocabulary.catalogue()
    with translation.override(language):
        sentence = told(node, catalogue)
    assert sentence.endswith(".")
    assert "%(" not in sentence


def test_a_rule_about_a_field_that_is_gone_can_still_be_read(catalogue: Catalogue) -> None:
    rule = parse({"version": 1, "rule": f("attr:vip", "is", True)}, catalogue)
    fewer = Catalogue((), ())
    assert describe_node(rule.node, fewer) == "whose “attr:vip”"


def test_every_problem_can_be_explained() -> None:
    params = dict.fromkeys(
        ["key", "field", "measure", "detail", "size", "limit", "count", "chain", "name"], 3
    )
    for code in MESSAGES:
        for operand in Operand:
            expected = EXPECTED.get(operand, "x")
            assert "%(" not in explain(Problem("$", code, params | {"expected": expected}))
