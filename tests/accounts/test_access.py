"""Every view has a door, and each role opens exactly its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path

from accounts.access import PUBLIC, can, public, requires
from accounts.models import User
from accounts.roles import ROLE, ROLE_LABEL, Capability, role_can, roles_with

# Views that answer people who are not signed in. A new one is a decision: write it down here.
PUBLIC_PREFIXES = (
    "/comptes/",
    "/healthz",
    "/d/",
    "/t/",
    "/passerelle/",
    "/api/",
    "/connecteurs/",
    "/s/",
    "/inscription/",
    "/preferences/",
)
# What each role may do, written out once more so that a change of the table is seen.
EXPECTED = {
    "administrator": {
        "see_figures",
        "see_contacts",
        "edit_contacts",
        "export_contacts",
        "edit_segments",
        "run_campaigns",
        "manage_team",
        "manage_settings",
    },
    "marketer": {
        "see_figures",
        "see_contacts",
        "edit_contacts",
        "export_contacts",
        "edit_segments",
        "run_campaigns",
    },
    "analyst": {"see_figures"},
}


def walk(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for entry in patterns:
        where = prefix + str(entry.pattern).lstrip("^")
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, where)
        else:
            yield where, entry


def unguarded(patterns: list[Any]) -> list[str]:
    return [where for where, p in walk(patterns) if not hasattr(p.callback, "access")]


def test_every_view_says_who_may_open_it() -> None:
    assert unguarded(get_resolver().url_patterns) == []


def test_the_walk_finds_a_view_without_a_door() -> None:
    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    found = unguarded([path("open/", bare), path("closed/", public(bare))])

    assert found == ["/open/"]


def test_public_views_are_only_those_meant_to_be() -> None:
    public_ones = [
        where
        for where, p in walk(get_resolver().url_patterns)
        if getattr(p.callback, "access", None) == PUBLIC
    ]
    assert [w for w in public_ones if not w.startswith(PUBLIC_PREFIXES)] == []


@pytest.mark.parametrize("role", list(EXPECTED))
def test_each_role_carries_exactly_its_capabilities(role: str) -> None:
    assert {str(c) for c in Capability if role_can(role, c)} == EXPECTED[role]


def test_roles_have_one_spelling_in_the_table_the_labels_and_the_model() -> None:
    assert set(ROLE) == set(ROLE_LABEL) == set(User.Role.values)


def test_an_unknown_role_carries_nothing() -> None:
    assert not any(role_can("owner", c) for c in Capability)


def test_the_roles_named_for_a_capability_start_with_the_least_powerful() -> None:
    assert roles_with(Capability.SEE_CONTACTS) == ["marketer", "administrator"]


def test_someone_not_signed_in_or_deactivated_can_do_nothing() -> None:
    closed = User(role="administrator", is_active=False)
    assert not can(AnonymousUser(), Capability.SEE_FIGURES)
    assert not can(closed, Capability.SEE_FIGURES)


def test_a_view_keeps_its_mark_under_other_decorators() -> None:
    from django.views.decorators.http import require_POST

    @require_POST
    @requires(Capability.EDIT_SEGMENTS)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    assert view.access == Capability.EDIT_SEGMENTS  # type: ignore[attr-defined]


def test_someone_not_signed_in_is_led_to_sign_in_and_back(client: Client, db: None) -> None:
    answer = client.get("/equipe/?page=2")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/comptes/connexion/?next=/equipe/%3Fpage%3D2"


def test_a_fragment_asked_for_after_sign_out_leads_the_whole_page_to_sign_in(
    client: Client, db: None
) -> None:
    answer = client.get(
        "/profil/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/reglages/?a=1"},
    )

    assert answer.headers["HX-Redirect"] == "/comptes/connexion/?next=/reglages/%3Fa%3D1"


def test_a_refusal_names_the_role_needed_and_whom_to_ask(
    member: Callable[..., User], signed_in: Callable[[User], Client], administrator: User
) -> None:
    answer = signed_in(member("analyst", language="en")).get("/equipe/")

    assert answer.status_code == 403
    assert "Administrator" in answer.text
    assert "Analyst" in answer.text
    assert f"mailto:{administrator.email}" in answer.text


def test_a_refused_fragment_says_so_in_a_toast(
    member: Callable[..., User], signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(member("marketer")).get("/equipe/", headers={"HX-Request": "true"})

    assert answer.status_code == 403
    assert "toast" in answer.headers["HX-Trigger"]


def test_a_template_asks_for_capabilities_by_name() -> None:
    template = Template('{% load access %}{% if user|can:"export_contacts" %}yes{% endif %}')

    assert template.render(Context({"user": User(role="marketer")})) == "yes"
    assert template.render(Context({"user": User(role="analyst")})) == ""


def test_a_capability_misspelt_in_a_template_is_an_error() -> None:
    with pytest.raises(ValueError, match="expport"):
        Template('{% load access %}{{ user|can:"expport" }}').render(Context({"user": User()}))


def test_every_section_of_the_navigation_has_its_page() -> None:
    from accounts.navigation import SECTIONS, entries

    everything = {e.section.key for e in entries(User(role="administrator"), "")}

    assert everything == {s.key for s in SECTIONS}


def test_navigation_shows_a_role_only_what_it_may_open() -> None:
    from accounts.navigation import SECTIONS, entries

    seen = {e.section.key for e in entries(User(role="analyst"), "segments")}
    allowed = {s.key for s in SECTIONS if s.capability == Capability.SEE_FIGURES}

    assert seen <= allowed
    assert "settings" in seen
