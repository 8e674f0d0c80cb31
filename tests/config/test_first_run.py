"""The first administrator, and what an empty installation gets."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


def first_admin(monkeypatch: pytest.MonkeyPatch, password: str, email: str = "Chef@Ex.fr") -> None:
    monkeypatch.setattr("sys.stdin", StringIO(password + "\n"))
    call_command("first_admin", "--email", email, "--password-stdin", stdout=StringIO())


def test_the_first_administrator_can_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    first_admin(monkeypatch, "un-long-mot-9")
    user = User.objects.get()
    assert user.email == "chef@ex.fr"
    assert user.role == User.Role.ADMINISTRATOR
    assert user.check_password("un-long-mot-9")


@pytest.mark.parametrize("password", ["", "short", "1234567890", "password123"])
def test_a_weak_password_is_refused(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    with pytest.raises(CommandError):
        first_admin(monkeypatch, password)
    assert not User.objects.exists()


def test_an_address_that_has_an_account_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first_admin(monkeypatch, "un-long-mot-9")
    with pytest.raises(CommandError, match="already has an account"):
        first_admin(monkeypatch, "un-long-mot-9", email="CHEF@ex.fr")


def test_a_malformed_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="valid email"):
        first_admin(monkeypatch, "un-long-mot-9", email="chef@")


def test_without_a_terminal_it_says_how_to_give_the_answers(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.DEMO = False
    monkeypatch.setattr("sys.stdin", StringIO(""))
    with pytest.raises(CommandError, match="--password-stdin"):
        call_command("first_run")


def test_an_installation_in_use_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    first_admin(monkeypatch, "un-long-mot-9")
    output = StringIO()
    call_command("first_run", stdout=output)
    assert output.getvalue() == ""
    assert User.objects.count() == 1
