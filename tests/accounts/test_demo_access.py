"""The one-click demo accounts open only on the machine itself, under `manage.py dev`, in a demo."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.demo_access import ensure_demo_users
from accounts.models import AuditEntry, Installation, User

URL = "/comptes/demonstration/"


@pytest.fixture
def demo(db: None, settings: Settings) -> None:
    """A demo installation under `manage.py dev`."""
    settings.DEV = True
    settings.ALLOWED_HOSTS = ["*"]
    Installation.objects.create(id=1, demo=True)
    ensure_demo_users()


def sign_in(client: Client, role: str = "marketer", **extra: str) -> int:
    host = extra.pop("host", "localhost:8000")
    return client.post(URL, {"role": role}, headers={"host": host, **extra}).status_code


@pytest.mark.parametrize("role", ["administrator", "marketer", "analyst"])
def test_each_role_has_a_demo_account(client: Client, demo: None, role: str) -> None:
    assert sign_in(client, role) == 302

    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert user.role == role
    assert user.is_demo
    assert AuditEntry.objects.get().action == "demo_sign_in"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]", "[::1]:80"]
)
def test_a_local_host_is_accepted(client: Client, demo: None, host: str) -> None:
    assert sign_in(client, host=host) == 302


@pytest.mark.parametrize(
    "host",
    ["tamis.example", "localhost.example:8000", "192.168.1.4:8000", "127.0.0.2", "evil-localhost"],
)
def test_any_other_host_is_refused(client: Client, demo: None, host: str) -> None:
    assert sign_in(client, host=host) == 404
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("caller", ["192.168.1.7", "172.17.0.1", "2001:db8::7", "", "unix:"])
def test_a_local_host_made_up_elsewhere_is_refused(client: Client, demo: None, caller: str) -> None:
    response = client.post(
        URL, {"role": "administrator"}, headers={"host": "localhost:8000"}, REMOTE_ADDR=caller
    )
    assert response.status_code == 404
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("caller", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_known_by_all_its_addresses(
    client: Client, demo: None, caller: str
) -> None:
    response = client.post(
        URL, {"role": "administrator"}, headers={"host": "localhost:8000"}, REMOTE_ADDR=caller
    )
    assert response.status_code == 302


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded"]
)
def test_a_forwarded_request_is_refused(client: Client, demo: None, header: str) -> None:
    assert sign_in(client, **{header: "127.0.0.1"}) == 404
    assert "_auth_user_id" not in client.session


def test_it_is_refused_outside_manage_dev(client: Client, demo: None, settings: Settings) -> None:
    settings.DEV = False

    assert sign_in(client) == 404


def test_it_is_refused_once_the_demo_is_over(client: Client, demo: None) -> None:
    Installation.objects.update(demo=False)

    assert sign_in(client) == 404


def test_it_is_refused_before_there_is_an_installation(client: Client, demo: None) -> None:
    Installation.objects.all().delete()

    assert sign_in(client) == 404


@pytest.mark.parametrize("role", ["", "owner"])
def test_an_unknown_role_is_refused(client: Client, demo: None, role: str) -> None:
    assert sign_in(client, role) == 404


def test_only_accounts_made_for_the_demo_are_opened(client: Client, demo: None) -> None:
    User.objects.filter(role="analyst").update(is_demo=False)

    assert sign_in(client, "analyst") == 404


def test_a_closed_demo_account_or_one_with_a_password_is_not_opened(
    client: Client, demo: None
) -> None:
    User.objects.filter(role="analyst").update(is_active=False)
    marketer = User.objects.get(role="marketer")
    marketer.set_password("correct horse battery")
    marketer.save()

    assert sign_in(client, "analyst") == 404
    assert sign_in(client, "marketer") == 404


def test_it_needs_the_forms_token(demo: None) -> None:
    assert sign_in(Client(enforce_csrf_checks=True)) == 403


def test_it_is_asked_for_by_post_only(client: Client, demo: None) -> None:
    assert client.get(URL, headers={"host": "localhost"}).status_code == 405


def test_it_leads_back_within_the_site_only(client: Client, demo: None) -> None:
    for target, expected in (("/segments/", "/segments/"), ("https://evil.example/", "/")):
        answer = client.post(
            URL, {"role": "analyst", "next": target}, headers={"host": "localhost"}
        )
        assert answer.headers["Location"] == expected


def test_the_buttons_show_only_where_they_work(client: Client, demo: None) -> None:
    page = "/comptes/connexion/"
    forwarded = {"host": "localhost", "X-Forwarded-For": "1.2.3.4"}

    assert URL in client.get(page, headers={"host": "localhost"}).text
    assert URL not in client.get(page, headers={"host": "tamis.example"}).text
    assert URL not in client.get(page, headers=forwarded).text


def test_demo_accounts_are_made_once_and_have_no_password(db: None) -> None:
    first = ensure_demo_users()
    second = ensure_demo_users()

    assert [u.pk for u in first] == [u.pk for u in second]
    assert not any(u.has_usable_password() for u in first)


def test_a_demo_account_cannot_be_given_a_password(client: Client, demo: None) -> None:
    sign_in(client, "administrator")

    answer = client.post(
        "/comptes/mot-de-passe/choisir/",
        {"password1": "a long enough secret", "password2": "a long enough secret"},
    )

    assert answer.headers["Location"] == "/profil/"
    assert not User.objects.get(role="administrator").has_usable_password()
