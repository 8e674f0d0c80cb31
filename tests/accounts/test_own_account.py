"""Signing in and out, one's profile and language, the settings pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from accounts import settings_pages
from accounts.models import User
from accounts.roles import Capability
from tests.accounts.conftest import PASSWORD

Maker = Callable[..., User]
Browser = Callable[[User], Client]
SIGN_IN = "/comptes/connexion/"


def test_a_member_signs_in_by_e_mail_and_goes_where_they_were_going(
    client: Client, member: Maker
) -> None:
    user = member("marketer", email="ada@shop.example")

    answer = client.post(
        SIGN_IN, {"login": "Ada@Shop.example", "password": PASSWORD, "next": "/reglages/"}
    )

    assert answer.headers["Location"] == "/reglages/"
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_wrong_password_and_an_unknown_address_read_the_same(
    client: Client, member: Maker
) -> None:
    member("marketer", email="ada@shop.example")

    texts = []
    for email in ("ada@shop.example", "nobody@shop.example"):
        page = client.post(SIGN_IN, {"login": email, "password": "wrong wrong wrong"})
        note = re.search(r'class="tm-note bad".*?</div></div>', page.text, re.DOTALL)
        assert note is not None
        texts.append(note[0])

    assert texts[0] == texts[1]


def test_guessing_a_password_is_stopped(client: Client, member: Maker) -> None:
    member("marketer", email="ada@shop.example")
    for _ in range(12):
        client.post(SIGN_IN, {"login": "ada@shop.example", "password": "wrong wrong wrong"})

    client.post(SIGN_IN, {"login": "ada@shop.example", "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_by_themselves(client: Client, db: None) -> None:
    data = {"email": "me@evil.example", "password1": PASSWORD, "password2": PASSWORD}

    client.post("/comptes/inscription/", data)

    assert not User.objects.exists()


def test_a_closed_account_cannot_sign_in(client: Client, member: Maker) -> None:
    member("marketer", email="ada@shop.example", is_active=False)

    client.post(SIGN_IN, {"login": "ada@shop.example", "password": PASSWORD})

    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_replaced_by_mail(client: Client, member: Maker) -> None:
    user = member("analyst", email="ada@shop.example")

    client.post("/comptes/mot-de-passe/oubli/", {"email": "ada@shop.example"})
    (sent,) = mail.outbox
    link = re.search(r"https?://testserver(/\S+)", str(sent.body))
    assert link is not None
    form = client.get(link[1], follow=True)
    client.post(
        form.request["PATH_INFO"], {"password1": "another secret", "password2": "another secret"}
    )

    user.refresh_from_db()
    assert user.check_password("another secret")


def test_no_mail_leaves_for_an_unknown_address(client: Client, db: None) -> None:
    answer = client.post("/comptes/mot-de-passe/oubli/", {"email": "nobody@shop.example"})

    assert answer.status_code == 302
    assert mail.outbox == []


def test_signing_out_asks_for_a_post(member: Maker, signed_in: Browser) -> None:
    browser = signed_in(member("analyst"))

    assert browser.get("/comptes/deconnexion/").status_code == 200
    assert "_auth_user_id" in browser.session
    browser.post("/comptes/deconnexion/")
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("page", ["/profil/", "/reglages/", "/comptes/mot-de-passe/"])
@pytest.mark.parametrize("role", ["administrator", "marketer", "analyst"])
def test_every_role_opens_its_own_pages(
    member: Maker, signed_in: Browser, role: str, page: str
) -> None:
    assert signed_in(member(role)).get(page).status_code == 200


def test_the_profiles_language_wins_over_the_browsers(member: Maker, signed_in: Browser) -> None:
    browser = signed_in(member("analyst", language="en"))

    page = browser.get("/reglages/", headers={"accept-language": "fr"})

    assert '<html lang="en">' in page.text
    assert page.headers["Content-Language"] == "en"


def test_without_a_choice_the_browser_decides_and_else_french(client: Client, db: None) -> None:
    for accepted, expected in (("en-GB", "en"), ("fr-CA", "fr"), ("de", "fr"), ("", "fr")):
        page = client.get(SIGN_IN, headers={"accept-language": accepted})
        assert f'<html lang="{expected}">' in page.text


def test_switching_the_language_is_kept_in_the_profile(member: Maker, signed_in: Browser) -> None:
    user = member("analyst")
    browser = signed_in(user)

    answer = browser.post("/comptes/langue/", {"language": "en", "next": "/reglages/"})

    assert answer.headers["Location"] == "/reglages/"
    user.refresh_from_db()
    assert user.language == "en"


def test_a_visitor_switches_the_language_by_a_cookie(client: Client, db: None) -> None:
    answer = client.post("/comptes/langue/", {"language": "en", "next": "//evil.example/"})

    assert answer.headers["Location"] == "/"
    assert '<html lang="en">' in client.get(SIGN_IN, headers={"accept-language": "fr"}).text


def test_an_unknown_language_changes_nothing(member: Maker, signed_in: Browser) -> None:
    user = member("analyst", language="fr")

    signed_in(user).post("/comptes/langue/", {"language": "xx"})

    user.refresh_from_db()
    assert user.language == "fr"


def test_a_profile_cannot_raise_its_own_role(member: Maker, signed_in: Browser) -> None:
    user = member("analyst")

    signed_in(user).post("/profil/", {"name": "Ada", "language": "", "role": "administrator"})

    user.refresh_from_db()
    assert (user.name, user.role) == ("Ada", "analyst")


def test_settings_show_a_role_only_the_pages_it_may_open(
    member: Maker, signed_in: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_pages, "_PAGES", {})
    for order, capability in ((2, Capability.SEE_FIGURES), (1, Capability.MANAGE_TEAM)):
        name = "accounts:profile" if order == 2 else "accounts:team"
        settings_pages.register(f"Page {order}", name, capability, "user", "What for", order=order)

    labels = [p.label for p in settings_pages.pages_for(member("administrator"))]
    page = signed_in(member("analyst")).get("/reglages/").text

    assert labels == ["Page 1", "Page 2"]
    assert "Page 2" in page
    assert "Page 1" not in page


@pytest.mark.parametrize("page", ["/profil/", "/comptes/langue/"])
def test_other_methods_are_refused(member: Maker, signed_in: Browser, page: str) -> None:
    assert signed_in(member("analyst")).delete(page).status_code == 405
