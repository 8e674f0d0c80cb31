"""What the page of the API says is in the reader's language."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import ninja
import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
FRENCH = {"accept-language": "fr"}


def test_every_operation_is_told_in_french(client: Client) -> None:
    told: Any = client.get("/api/openapi.json", headers=FRENCH).json()
    assert told["info"]["title"] == "L’API de Tamis"
    operations = [each for path in told["paths"].values() for each in path.values()]
    assert {tag for each in operations for tag in each["tags"]} == {
        "Clients",
        "Consentements",
        "Commandes",
        "Événements",
    }
    english = client.get("/api/openapi.json", headers={"accept-language": "en"}).json()
    for path, methods in english["paths"].items():
        for method, each in methods.items():
            here = told["paths"][path][method]
            assert here["summary"] != each["summary"]
            assert here["description"] != each["description"]
            for code, answer in each["responses"].items():
                assert here["responses"][code]["description"] != answer["description"]


def test_the_words_of_swagger_are_given_to_the_page(client: Client) -> None:
    page = client.get("/api/docs", headers=FRENCH).text
    found = re.search(r'data-words="([^"]*)"', page)
    assert found
    words = json.loads(html.unescape(found[1]))
    assert words["Try it out"] == "Essayer"
    # Those it really writes: a word that is misspelt here would never be found there.
    bundle = Path(ninja.__file__).parent / "static" / "ninja" / "swagger-ui-bundle.js"
    text = bundle.read_text(encoding="utf-8")
    names = {"header", "path"}  # the values of an OpenAPI document, not words of the bundle
    assert not [word for word in words if word not in text and word not in names]
