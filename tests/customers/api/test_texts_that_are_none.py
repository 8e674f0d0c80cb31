"""Half characters and NULs, which JSON may escape and no database stores: mended, never a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from customers.ingestion import connections, json_text, visitors
from customers.models import Customer
from tests.customers.api.conftest import Program, payload

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (rb'{"a\u0000": ["\ud800b", 1]}', {"a": ["\ufffdb", 1]}),
        (rb'"\ud83d\ude00 \u00e9"', "\U0001f600 é"),
        (rb'"\\ud800"', "\\ud800"),
    ],
)
def test_only_what_is_no_text_is_mended(body: bytes, told: Any) -> None:
    assert json_text.loads(body) == told


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_a_shop_is_heard_all_the_same(connect: Any, text: str) -> None:
    shop = connect("shopify")
    assert shop.result("customers/create", payload("shopify_customer", last_name=text))
    said = {"state": "unsubscribed", "opt_in_level": text, "consent_updated_at": text}
    told = payload("shopify_customer", email_marketing_consent=said, updated_at=text)
    assert shop.result("customers/update", told)
    assert Customer.objects.count() == 1


def test_the_api_knows_nobody_by_such_a_number(program: Program) -> None:
    assert program.call("GET", "customers/a%00b").status_code == 404


@pytest.mark.parametrize("query", ["q=ab%00c", "q=%ED%A0%80abc", "ville=a%00b", "etiquette=%00"])
def test_the_list_is_asked_for_such_a_text(marketer: Client, query: str) -> None:
    assert marketer.get(f"/clients/?{query}").status_code < 500


@pytest.mark.parametrize("who", ["\ud800.abc", "C1.\ud800", "~\ud800", "."])
@pytest.mark.parametrize("name", ["page_view", [], {}])
def test_a_site_that_reports_nonsense_is_answered(owner: User, who: str, name: Any) -> None:
    site = connections.create(owner, kind="site", name="Web", allowed_origins=["https://x.test"])
    Customer.objects.create(external_id="C1")
    path = "/" + connections.address_of(site).split("/", 3)[3]
    for signed in (who, visitors.sign_number(site, "C1")):
        body = json.dumps({"who": signed, "events": [{"name": name}]})
        answer = Client().post(path, body, "text/plain", headers={"origin": "https://x.test"})
        assert answer.status_code == 204
