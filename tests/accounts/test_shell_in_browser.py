"""The shell in a real browser: menus, the confirm dialog and the language, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from playwright.sync_api import expect
from pytest_django import Settings

from accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people(settings: Settings, transactional_db: None) -> list[User]:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    make = User.objects.create_user
    return [
        make("ada@shop.example", None, name="Ada", role="administrator", language="en"),
        make("bob@shop.example", None, name="Bob", role="analyst", language="en"),
    ]


@pytest.fixture
def page(
    chromium: Browser, live_server: Any, people: list[User], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of the width asked for, signed in as the administrator; it must raise no error."""
    client = Client()
    client.force_login(people[0], backend="django.contrib.auth.backends.ModelBackend")
    width = getattr(request, "param", 1280)
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": width, "height": 800}
    )
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    context.set_default_timeout(30_000)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
    yield opened
    context.close()
    assert faults == []


def focused(page: Page) -> str:
    return str(page.evaluate("(document.activeElement.innerText || '').trim()"))


def test_the_first_tab_stop_skips_to_the_content(page: Page) -> None:
    page.goto("/equipe/")

    page.keyboard.press("Tab")
    assert focused(page) == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("page", [390], indirect=True)
def test_on_a_phone_the_menu_opens_and_leads_on_by_keyboard(page: Page) -> None:
    page.goto("/equipe/")
    menu = page.locator("details.tm-phone")

    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert focused(page) == "Menu"

    page.keyboard.press("Enter")
    menu.get_by_role("link", name="Settings").click()
    page.wait_for_url("**/reglages/")


def test_escape_leaves_the_confirm_dialog_and_changes_nothing(
    page: Page, people: list[User]
) -> None:
    page.goto("/equipe/")
    close = page.get_by_role("row", name="Bob").get_by_role("button", name="Close access")

    close.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Bob will be signed out")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")

    expect(dialog).to_be_hidden()
    expect(close).to_be_focused()
    close.click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    close.click()
    expect(dialog.get_by_role("button", name="Close this access")).to_be_enabled()
    dialog.get_by_role("button", name="Cancel").click()
    people[1].refresh_from_db()
    assert people[1].is_active


def test_confirming_by_keyboard_does_it_once_and_says_so(page: Page, people: list[User]) -> None:
    page.goto("/equipe/")

    page.get_by_role("row", name="Bob").get_by_role("button", name="Close access").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page) == "Close this access"
    page.keyboard.press("Enter")
    page.get_by_text("Bob can no longer sign in.").wait_for()

    people[1].refresh_from_db()
    assert not people[1].is_active


def test_the_language_is_switched_from_the_account_menu(page: Page, people: list[User]) -> None:
    page.goto("/reglages/")

    page.locator("summary", has=page.locator(".tm-av")).click()
    page.get_by_role("button", name="Français").click()
    page.wait_for_function("document.documentElement.lang === 'fr'")

    people[0].refresh_from_db()
    assert people[0].language == "fr"


@pytest.mark.parametrize("page", [360], indirect=True)
def test_nothing_is_cut_off_on_a_phone(page: Page) -> None:
    for path in ("/equipe/", "/equipe/ajouter/", "/profil/", "/reglages/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
