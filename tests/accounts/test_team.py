"""The team: joining, changing role, leaving; an administrator always stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts import team
from accounts.models import AuditEntry, User

Maker = Callable[..., User]
Browser = Callable[[User], Client]
POSTED = ["inviter", "role", "desactiver", "reactiver"]


def test_the_last_administrator_cannot_be_demoted(administrator: User) -> None:
    with pytest.raises(team.LastAdministrator):
        team.change_role(administrator, administrator.pk, "analyst")

    administrator.refresh_from_db()
    assert administrator.role == "administrator"
    assert not AuditEntry.objects.exists()


def test_the_last_administrator_cannot_be_removed(administrator: User, member: Maker) -> None:
    member("administrator", is_active=False)

    with pytest.raises(team.LastAdministrator):
        team.deactivate(administrator, administrator.pk)

    administrator.refresh_from_db()
    assert administrator.is_active


def test_an_administrator_may_step_down_while_another_stays(
    administrator: User, member: Maker
) -> None:
    other = member("administrator")

    team.change_role(other, administrator.pk, "marketer")

    administrator.refresh_from_db()
    assert administrator.role == "marketer"
    entry = AuditEntry.objects.get()
    assert entry.user == other
    assert entry.action == "role_changed"
    assert entry.facts == {
        "member": administrator.pk,
        "before": "administrator",
        "after": "marketer",
    }


def test_a_change_to_the_same_role_leaves_no_trace(administrator: User) -> None:
    team.change_role(administrator, administrator.pk, "administrator")

    assert not AuditEntry.objects.exists()


def test_an_unknown_role_is_refused(administrator: User) -> None:
    with pytest.raises(ValueError, match="owner"):
        team.change_role(administrator, administrator.pk, "owner")


def test_a_closed_access_ends_the_session_at_once_and_can_be_opened_again(
    administrator: User, member: Maker, signed_in: Browser
) -> None:
    marketer = member("marketer")
    browser = signed_in(marketer)
    assert browser.get("/profil/").status_code == 200

    team.deactivate(administrator, marketer.pk)
    assert browser.get("/profil/").status_code == 302

    team.reactivate(administrator, marketer.pk)
    assert signed_in(marketer).get("/profil/").status_code == 200


def test_a_member_added_receives_a_link_that_works_once(
    administrator: User, signed_in: Browser
) -> None:
    answer = signed_in(administrator).post(
        "/equipe/ajouter/",
        {"name": "Nour Haddad", "email": "Nour@Shop.example", "role": "analyst"},
        follow=True,
    )

    added = User.objects.get(email="nour@shop.example")
    assert added.role == "analyst"
    assert not added.has_usable_password()
    (sent,) = mail.outbox
    assert sent.to == ["nour@shop.example"]
    link = re.search(r"http://testserver(/\S+)", str(sent.body))
    assert link is not None
    assert link[1] in answer.text

    newcomer = Client()
    form = newcomer.get(link[1], follow=True)
    done = newcomer.post(
        form.request["PATH_INFO"],
        {"password1": "a long enough secret", "password2": "a long enough secret"},
    )
    assert done.status_code == 302
    assert newcomer.login(email="nour@shop.example", password="a long enough secret")
    assert 'name="password1"' not in Client().get(link[1], follow=True).text


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "ADMINISTRATOR-0@shop.example"), ("email", "no address"), ("role", "owner")],
)
def test_a_wrong_entry_adds_nobody_and_says_why(
    administrator: User, signed_in: Browser, field: str, value: str
) -> None:
    data: dict[str, Any] = {"name": "N", "email": "n@shop.example", "role": "analyst"}
    data[field] = value

    answer = signed_in(administrator).post("/equipe/ajouter/", data)

    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in answer.text
    assert User.objects.count() == 1


def test_the_page_refuses_to_lose_the_last_administrator(
    administrator: User, signed_in: Browser
) -> None:
    browser = signed_in(administrator)

    for action, data in (("desactiver", {}), ("role", {"role": "marketer"})):
        answer = browser.post(f"/equipe/{administrator.pk}/{action}/", data, follow=True)
        assert "tm-toast error" in answer.text

    administrator.refresh_from_db()
    assert administrator.is_active
    assert administrator.role == "administrator"


def test_the_page_changes_a_role(administrator: User, member: Maker, signed_in: Browser) -> None:
    analyst = member("analyst")

    signed_in(administrator).post(f"/equipe/{analyst.pk}/role/", {"role": "marketer"})

    analyst.refresh_from_db()
    assert analyst.role == "marketer"


@pytest.mark.parametrize("role", ["marketer", "analyst"])
def test_only_administrators_reach_the_team(
    administrator: User, member: Maker, signed_in: Browser, role: str
) -> None:
    browser = signed_in(member(role))

    assert browser.get("/equipe/").status_code == 403
    assert browser.get("/equipe/ajouter/").status_code == 403
    for action in POSTED:
        assert browser.post(f"/equipe/{administrator.pk}/{action}/").status_code == 403
    administrator.refresh_from_db()
    assert administrator.is_active


@pytest.mark.parametrize("action", POSTED)
def test_changes_are_made_by_post_only(
    administrator: User, signed_in: Browser, action: str
) -> None:
    assert signed_in(administrator).get(f"/equipe/{administrator.pk}/{action}/").status_code == 405


@pytest.mark.parametrize("action", POSTED)
def test_a_member_who_does_not_exist_is_not_found(
    administrator: User, signed_in: Browser, action: str
) -> None:
    answer = signed_in(administrator).post(f"/equipe/999999/{action}/", {"role": "analyst"})

    assert answer.status_code == 404


def test_the_team_page_asks_as_many_questions_for_many_as_for_few(
    administrator: User,
    member: Maker,
    signed_in: Browser,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for _ in range(12):
        member("marketer")
    browser = signed_in(administrator)

    with django_assert_max_num_queries(6):
        answer = browser.get("/equipe/")

    assert answer.text.count("tm-person") == 13
