"""The reference of the rule language: true to the tables, in docs/rules.md and on its page."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import CustomAttribute, EventProperty
from segmentation.catalogue import fixed_catalogue
from segmentation.json_schema import schema
from segmentation.management.commands.rules_reference import DOCUMENT, document
from segmentation.reference import Entry, reference, search
from segmentation.rules import OPERATORS, parse_node
from segmentation.rules.operators import TRENDS

CATALOGUE = fixed_catalogue()


def entries(part: str) -> dict[str, list[Entry]]:
    (found,) = [each for each in reference(CATALOGUE) if each.anchor == part]
    return {table.anchor: list(table.entries) for table in found.tables}


def test_the_document_is_what_the_command_writes() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run manage.py rules_reference"


def test_everything_a_rule_may_say_is_told() -> None:
    told = [entry.key for table in entries("fields").values() for entry in table]
    assert sorted(told) == sorted(CATALOGUE.fields)
    for source in CATALOGUE.source_entries:
        rows = entries("sources")[f"source-{source.key}"]
        assert [entry.key for entry in rows] == list(source.fields)
    for kind, operators in OPERATORS.items():
        assert [e.key for e in entries("operators")[f"operators-{kind}"]] == list(operators)
    assert [e.key for e in entries("operators")["operators-trend"]] == list(TRENDS)
    written = schema(CATALOGUE, "")["$defs"]
    assert {e.key for e in entries("measures")["when"]} == set(written["when"]["properties"])
    nodes = {key for e in entries("nodes")["node"] for key in e.key.split(", ")}
    kinds = {ref["$ref"].rpartition("/")[2] for ref in written["node"]["anyOf"]}
    assert kinds - {"condition"} <= nodes


def test_every_example_is_a_rule_with_its_sentence() -> None:
    for part in ("nodes", "measures"):
        for table in entries(part).values():
            for entry in table:
                parse_node(json.loads(entry.example), CATALOGUE)
                assert entry.sentence
    sentences = [e.sentence for table in entries("operators").values() for e in table]
    assert all(sentences)


def test_it_is_searched_without_accents_or_capitals() -> None:
    found = search(reference(CATALOGUE), "  ANNIVERSARY month ")
    keys = {entry.key for part in found for table in part.tables for entry in table.entries}
    assert keys == {"anniversary_month"}
    assert search(reference(CATALOGUE), "no such words") == ()
    assert search(reference(CATALOGUE), "") == reference(CATALOGUE)


@pytest.mark.django_db
@pytest.mark.sqlite_suffices
def test_the_page_tells_the_shops_own_fields_too(sign_in: Callable[[str], Client]) -> None:
    CustomAttribute.objects.create(key="size", label="Shoe size", type="number")
    EventProperty.objects.create(key="shade", label="<Shade>", type="text")
    client = sign_in("analyst")
    page = client.get(reverse("segmentation:language")).content.decode()
    assert "attr:size" in page
    assert "prop:shade" in page
    assert "&lt;Shade&gt;" in page
    found = client.get(reverse("segmentation:language"), {"q": "shoe"}).content.decode()
    assert "attr:size" in found
    assert "prop:shade" not in found
    none = client.get(reverse("segmentation:language"), {"q": "nothing at all"})
    assert "Nothing has these words" in none.content.decode()
