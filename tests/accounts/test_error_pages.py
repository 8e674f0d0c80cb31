"""Error pages look like the product, say what to do next, and need nothing that may be broken."""

from __future__ import annotations

import pytest
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.test import Client, RequestFactory
from django.views import defaults
from django.views.csrf import csrf_failure


def test_a_page_not_found_leads_back(client: Client, db: None) -> None:
    answer = client.get("/nowhere/", headers={"accept-language": "en"})

    assert answer.status_code == 404
    assert "This page does not exist" in answer.text
    assert 'href="/"' in answer.text


def test_an_unknown_host_is_refused_without_a_fault(client: Client) -> None:
    answer = client.get("/comptes/connexion/", headers={"host": "evil.example"})

    assert answer.status_code == 400
    assert "tm-page" in answer.text


def test_an_expired_form_says_that_nothing_was_changed(rf: RequestFactory) -> None:
    answer = csrf_failure(rf.post("/"), REASON_NO_CSRF_COOKIE)

    assert answer.status_code == 403
    assert "tm-empty" in answer.text


def test_a_fault_is_told_without_the_database(rf: RequestFactory) -> None:
    # No database mark: a query here would fail this test.
    answer = defaults.server_error(rf.get("/"))

    assert answer.status_code == 500
    assert "tm-entrance" in answer.text


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_form_without_its_token_changes_nothing(method: str, db: None) -> None:
    strict = Client(enforce_csrf_checks=True)

    answer = getattr(strict, method)("/comptes/connexion/", {"login": "a@b.example"})

    assert answer.status_code == (403 if method == "post" else 200)
