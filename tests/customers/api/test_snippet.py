"""The web site's snippet: small, and nothing is kept of anyone who did not agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from customers import consent
from customers.ingestion import connections, visitors
from customers.models import Customer, Event, ShopConnection

SITE = "https://www.exemple.fr"
VIEW = {"name": "page_view", "page": "/produits/TS", "at": 30, "id": "a1"}


@pytest.fixture
def site(owner: User) -> ShopConnection:
    return connections.create(owner, kind="site", name="Site", allowed_origins=[SITE])


@pytest.fixture
def ana(db: None) -> Customer:
    person = Customer.objects.create(external_id="C.1")
    consent.record_consent(person, "tracking", "given", source="banner")
    return person


def report(
    site: ShopConnection, who: str, events: Any, *, origin: str = SITE, method: str = "post"
) -> HttpResponse:
    body = events if isinstance(events, bytes) else json.dumps({"who": who, "events": events})
    answer: HttpResponse = getattr(Client(), method)(
        f"/s/{site.key}/", body, content_type="text/plain", headers={"origin": origin}
    )
    return answer


def test_the_snippet_weighs_less_than_three_thousand_bytes() -> None:
    script = Path(settings.BASE_DIR) / "static" / "js" / "tamis-snippet.js"
    assert script.stat().st_size < 3000
    assert "document.cookie" not in script.read_text(encoding="utf-8")


def test_someone_who_agreed_and_is_signed_in_is_followed(
    site: ShopConnection, ana: Customer
) -> None:
    who = visitors.sign_number(site, "C.1")
    answer = report(site, who, [VIEW, {"name": "cart", "value": 59.8, "reference": "TS"}])
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Credentials" not in answer.headers
    view, cart = Event.objects.order_by("occurred_at")
    assert (view.customer, view.name, view.page) == (ana, "page_view", "/produits/TS")
    assert cart.product is not None
    # The browser sends again what it is not sure was heard.
    report(site, who, [VIEW])
    assert Event.objects.count() == 2


def test_nothing_is_kept_without_the_persons_own_consent(
    site: ShopConnection, ana: Customer
) -> None:
    consent.withdraw(ana, "tracking", source="link")
    Customer.objects.create(external_id="2")
    for number in ("C.1", "2"):
        assert report(site, visitors.sign_number(site, number), [VIEW]).status_code == 204
    assert not Event.objects.exists()


@pytest.mark.parametrize("who", ["", "C.1", "C.1.00", ".", "~", "~AAAA", "C.1.é"])
def test_nobody_is_taken_at_their_word(site: ShopConnection, ana: Customer, who: str) -> None:
    assert report(site, who, [VIEW]).status_code == 204
    assert not Event.objects.exists()


def test_the_signature_of_another_site_does_not_hold(
    site: ShopConnection, owner: User, ana: Customer
) -> None:
    other = connections.create(owner, kind="site", name="Other", allowed_origins=["https://o.fr"])
    report(site, visitors.sign_number(other, "C.1"), [VIEW])
    mark = visitors.marked("https://o.fr/a?b=c", ana.pk).partition("tamis=")[2]
    report(site, mark, [VIEW])
    assert not Event.objects.exists()


def test_a_link_of_ours_says_who_follows_it_to_a_connected_site_only(
    site: ShopConnection, ana: Customer
) -> None:
    assert visitors.marked("https://elsewhere.fr/a", ana.pk) == "https://elsewhere.fr/a"
    url = visitors.marked(f"{SITE}/a?b=c#d", ana.pk)
    assert url.startswith(f"{SITE}/a?b=c&tamis=~")
    assert url.endswith("#d")
    mark = url.partition("tamis=")[2].removesuffix("#d")
    report(site, mark, [VIEW])
    assert Event.objects.get().customer == ana


def test_only_pages_of_the_site_itself_may_report(site: ShopConnection, ana: Customer) -> None:
    who = visitors.sign_number(site, "C.1")
    for origin in ("https://exemple.fr", "http://www.exemple.fr", "null", ""):
        assert report(site, who, [VIEW], origin=origin).status_code == 403
    assert report(site, who, [], method="options").status_code == 204
    assert report(site, who, [], method="put").status_code == 405
    connections.turn(None, site, on=False)
    assert report(site, who, [VIEW]).status_code == 404
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b'{"who": 1, "events": []}', b'{"who": "x"}', b"[" * 15_000, b" " * 20_001],
)
def test_what_is_no_report_is_refused(site: ShopConnection, body: bytes) -> None:
    assert report(site, "", body).status_code == 400


def test_other_names_and_too_many_events_are_left_out(site: ShopConnection, ana: Customer) -> None:
    odd = [{"name": "order"}, 7, {"name": "page_view", "at": -5, "properties": {"a": 1}}]
    many = [{"name": "page_view", "id": str(n)} for n in range(60)]
    report(site, visitors.sign_number(site, "C.1"), [*odd, *many])
    assert 0 < Event.objects.count() <= visitors.MOST_EVENTS
    assert not Event.objects.exclude(name="page_view").exists()


def test_one_browser_reports_so_much_a_minute(
    site: ShopConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("customers.views.webhooks._VISITS_A_MINUTE", 1)
    answers = [report(site, "x", []) for _ in range(2)]
    assert [each.status_code for each in answers] == [204, 429]
    assert answers[-1].headers["Retry-After"] == "60"
