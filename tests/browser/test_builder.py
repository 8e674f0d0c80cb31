"""A nested rule built, changed and saved in a real browser without touching the mouse."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from segmentation.models import Segment
from segmentation.snapshot import reader
from tests.segmentation.conftest import people

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

__all__ = ["people"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Open = Callable[[int], "Page"]


@pytest.fixture
def open_page(
    chromium: Browser,
    live_server: Any,
    settings: Settings,
    people: dict[str, Any],
) -> Iterator[Open]:
    """Opens the page of a new segment as a marketer; the pages must raise no error."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    user = User.objects.create_user("mia@shop.example", None, role="marketer", language="en")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.cookies["sessionid"].value
    faults: list[str] = []
    contexts = []

    def opened(width: int) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, locale="en-GB"
        )
        contexts.append(context)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if fault(m.type, m.text) else None)
        page.goto("/segments/creer/")
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()
    reader.close()
    assert faults == []


def fault(level: str, text: str) -> bool:
    """Whether the console tells of a fault; a count given up or a form refused is none."""
    meant = (
        "htmx:afterRequest",
        "htmx:sendAbort",
        "Failed to load resource: the server responded with a status of 422",
    )
    return level == "error" and not text.startswith(meant)


def at(page: Page) -> str:
    """The name of the control that has the keyboard, also behind a searchable list."""
    return str(
        page.evaluate(
            """() => {
              const active = document.activeElement;
              const rich = active.closest(".ts-wrapper");
              return rich ? rich.previousElementSibling.id : active.id || active.value || "";
            }"""
        )
    )


def tab_to(page: Page, name: str, key: str = "Tab") -> None:
    """Go on, control by control, to the one of that name."""
    for _step in range(60):
        if at(page) == name:
            return
        page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not reach {name}")


def wait_at(page: Page, name: str) -> None:
    """Wait until the page has put the keyboard on a control."""
    page.wait_for_function(
        """(name) => {
          const active = document.activeElement;
          const rich = active.closest(".ts-wrapper");
          return (rich ? rich.previousElementSibling.id : active.id) === name;
        }""",
        arg=name,
    )


def pick(page: Page, place: str, typed: str) -> None:
    """Choose what a condition is about by typing in its list, and arrive at its operator."""
    wait_at(page, f"{place}.about")
    page.keyboard.type(typed)
    page.locator(".ts-dropdown:visible .option.active", has_text=typed).first.wait_for()
    page.keyboard.press("Enter")
    wait_at(page, f"{place}.op")


def suggested(page: Page, typed: str) -> None:
    """Type in a list of values and take the one the data suggests."""
    page.keyboard.type(typed)
    page.locator(".ts-dropdown .option.active", has_text=typed.capitalize()).wait_for()
    page.keyboard.press("Enter")


def total(page: Page, expected: str) -> None:
    """Wait for the whole count."""
    page.wait_for_function(
        "(n) => document.querySelector('#figures .tm-big').textContent.trim() === n", arg=expected
    )


def test_a_nested_rule_is_built_counted_and_saved_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(1280)
    tab_to(page, "id_name")
    page.keyboard.type("Buyers of Paris or Lyon")
    total(page, "6")

    tab_to(page, "r-0.about")
    pick(page, "r-0", "Number of orders")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    total(page, "2")

    tab_to(page, "group:r")
    page.keyboard.press("Enter")
    pick(page, "r-1-0", "City")
    page.keyboard.press("Tab")
    suggested(page, "paris")
    total(page, "1")
    assert page.inner_text("#c-r-0 b") == "2"
    assert page.inner_text("#c-r-1 b") == "1"

    tab_to(page, "r-1.add")
    page.keyboard.press("Enter")
    pick(page, "r-1-1", "City")
    page.keyboard.press("Tab")
    suggested(page, "lyon")
    total(page, "2")
    assert "Lyon" in page.inner_text("#sentence")

    # Alt and an arrow move the condition, and the keyboard goes along.
    tab_to(page, "r-1-1.op", "Shift+Tab")
    page.keyboard.press("Alt+ArrowUp")
    wait_at(page, "r-1-0.up")
    page.keyboard.press("Escape")

    page.evaluate("document.activeElement.blur()")
    tab_to(page, "save", "Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    segment = Segment.objects.get()
    assert segment.name == "Buyers of Paris or Lyon"
    cities = [{"field": "city", "op": "in", "value": [name]} for name in ("Lyon", "Paris")]
    assert segment.rule == {
        "version": 1,
        "rule": {"all": [{"field": "orders_count", "op": ">=", "value": 2}, {"any": cities}]},
    }


def test_what_is_typed_while_the_rule_is_redrawn_is_not_lost(open_page: Open) -> None:
    page = open_page(1280)
    tab_to(page, "r-0.about")
    pick(page, "r-0", "Age")
    page.keyboard.press("Tab")
    page.keyboard.type("25")

    def late(route: Route) -> None:
        page.wait_for_timeout(600)
        route.continue_()

    page.route("**/segments/creer/", late)
    page.keyboard.press("Shift+Tab")
    page.locator("[id='r-0.op']").select_option("between")
    page.keyboard.press("Tab")
    page.keyboard.type("31")
    page.wait_for_selector("[id='r-0.v2']")
    page.wait_for_function("document.getElementById('r-0.v').value === '31'")
    assert at(page) == "r-0.v"


def test_saving_what_is_unfinished_says_so_at_the_condition(open_page: Open) -> None:
    page = open_page(1280)
    tab_to(page, "id_name")
    page.keyboard.type("Not ready")
    page.get_by_role("button", name="Save").first.click()
    page.wait_for_selector("#problems")
    assert at(page) == "problems"
    assert "Choose what this condition is about" in page.inner_text("[id='e-r-0']")
    assert page.input_value("#id_name") == "Not ready"
    assert not Segment.objects.exists()


def test_on_a_phone_the_count_stays_in_view_and_nothing_overflows(open_page: Open) -> None:
    page = open_page(390)
    page.locator("[id='r-0.about']").select_option("field:orders_count")
    page.wait_for_selector("[id='r-0.v']")
    page.locator("[id='r-0.v']").fill("1")
    total(page, "4")
    pinned = page.locator(".tm-pinned")
    box = pinned.bounding_box()
    assert box is not None
    assert round(box["y"] + box["height"]) == 900
    assert pinned.inner_text().startswith("4")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
