"""Rules built, changed and saved in a real browser: with the keyboard alone, and on a phone."""

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
    for _step in range(90):
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
    page.locator(".ts-dropdown:visible").wait_for()
    page.keyboard.type(typed)
    page.locator(".ts-dropdown:visible .option.active", has_text=typed).first.wait_for()
    page.keyboard.press("Enter")
    wait_at(page, f"{place}.op")


def suggested(page: Page, typed: str) -> None:
    """Type in a list of values and take the one the data suggests."""
    page.keyboard.type(typed)
    page.locator(".ts-dropdown .option.active", has_text=typed.capitalize()).wait_for()
    page.keyboard.press("Enter")


def created(page: Page, typed: str) -> None:
    """Type a value that the data does not know yet, and keep it."""
    page.keyboard.type(typed)
    page.locator(".ts-dropdown:visible .create.active", has_text=typed).wait_for()
    page.keyboard.press("Enter")


def total(page: Page, expected: str) -> None:
    """Wait for the whole count."""
    page.wait_for_function(
        "(n) => document.querySelector('#figures .tm-big').textContent.trim() === n", arg=expected
    )


# "Women, 25-35, Paris region, frequent buyers of organic cosmetics, high average basket, sensitive
# to ecology": the longest example of the guides.
GUIDES = {
    "all": [
        {"field": "gender", "op": "is", "value": "female"},
        {"field": "age", "op": "between", "value": [25, 35]},
        {"field": "region", "op": "is", "value": "11"},
        {
            "items": {
                "where": [{"field": "category", "op": "in", "value": ["Cosmétiques bio"]}],
                "op": ">=",
                "value": 3,
                "when": {"last": [180, "day"]},
            }
        },
        {"field": "average_basket", "op": ">=", "value": 60},
        {
            "any": [
                {"field": "tags", "op": "has_any", "value": ["bio"]},
                {"field": "interests", "op": "has_any", "value": ["Écologie"]},
            ]
        },
    ]
}


def saved(page: Page, name: str) -> None:
    """Wait until the segment is saved, and compare its rule with the guides'."""
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    segment = Segment.objects.get()
    assert segment.name == name
    assert segment.rule == {"version": 1, "rule": GUIDES}


def test_the_guides_longest_rule_is_built_and_saved_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(1280)
    keys = page.keyboard

    def press(name: str) -> None:
        tab_to(page, name)
        keys.press("Enter")

    def filled(*names_and_texts: str) -> None:
        for name, text in zip(names_and_texts[::2], names_and_texts[1::2], strict=True):
            tab_to(page, name)
            keys.type(text)

    tab_to(page, "id_name")
    keys.type("Bio premium")
    tab_to(page, "r-0.about")
    pick(page, "r-0", "Gender")
    tab_to(page, "r-0.v")
    suggested(page, "woman")
    press("r.add")
    pick(page, "r-1", "Age")
    keys.type("b")  # between
    page.wait_for_selector("[id='r-1.v2']")
    filled("r-1.v", "25", "r-1.v2", "35")
    press("r.add")
    pick(page, "r-2", "Region")
    tab_to(page, "r-2.v")
    suggested(page, "île-de-france")
    press("r.add")
    pick(page, "r-3", "Has bought a product")
    filled("r-3.v", "3")
    press("r-3.detail")
    wait_at(page, "r-3.where-0.field")
    keys.type("C")  # category
    page.wait_for_selector("[id='r-3.where-0.v']", state="attached")
    tab_to(page, "r-3.where-0.v")
    created(page, "Cosmétiques bio")
    filled("r-3.window.op", "i")  # in the last
    page.wait_for_selector("[id='r-3.window.v']")
    filled("r-3.window.v", "180")
    press("r.add")
    pick(page, "r-4", "Average basket")
    keys.type("at l", delay=150)  # at least; the first letter alone is at most
    filled("r-4.v", "60")
    press("group:r")
    pick(page, "r-5-0", "Interests")
    tab_to(page, "r-5-0.v")
    created(page, "Écologie")

    # A condition of the rule is moved into the group above it and up; the keyboard goes along.
    press("r.add")
    pick(page, "r-6", "Tags")
    tab_to(page, "r-6.v")
    created(page, "bio")
    tab_to(page, "r-6.op", "Shift+Tab")
    keys.press("Alt+Shift+ArrowRight")
    wait_at(page, "r-5-1.leave")
    keys.press("Alt+ArrowUp")
    wait_at(page, "r-5-0.up")
    # Removed by mistake: taken back, redone and taken back again, values and all.
    keys.press("Escape")
    tab_to(page, "r-4.remove", "Shift+Tab")
    keys.press("Enter")
    page.wait_for_selector("[id='r-5-0.about']", state="detached")
    keys.press("Control+z")
    page.wait_for_selector("[id='r-5-0.about']", state="attached")
    keys.press("Control+Shift+z")
    page.wait_for_selector("[id='r-5-0.about']", state="detached")
    tab_to(page, "undo", "Shift+Tab")
    keys.press("Enter")
    page.wait_for_selector("[id='r-5-0.about']", state="attached")
    assert page.input_value("[id='r-4.v']") == "60"

    total(page, "0")
    press("save")
    saved(page, "Bio premium")


def test_what_is_typed_while_the_rule_is_redrawn_is_not_lost(open_page: Open) -> None:
    page = open_page(1280)
    tab_to(page, "r-0.about")
    pick(page, "r-0", "Gender")
    # A subject that is chosen already opens its list at the first click.
    page.locator("[id='r-0.about']").click()
    pick(page, "r-0", "Age")
    page.keyboard.press("Tab")
    page.keyboard.type("25")

    def late(route: Route) -> None:
        page.wait_for_timeout(600)
        route.continue_()

    page.route("**/segments/creer/", late)
    page.keyboard.press("Shift+Tab")
    page.locator("[id='r-0.op']").focus()
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


def test_the_same_rule_is_built_on_a_phone_with_the_count_in_view(open_page: Open) -> None:
    page = open_page(390)

    def choose(name: str, value: str, then: str) -> None:
        page.locator(f"[id='{name}']").focus()
        page.locator(f"[id='{name}']").select_option(value)
        page.wait_for_selector(f"[id='{then}']", state="attached")

    def about(place: str, value: str) -> None:
        if place != "r-0":
            page.locator("[id='r.add']").click()
        page.wait_for_selector(f"[id='{place}.about']")
        choose(f"{place}.about", value, f"{place}.op")

    def type_in(name: str, text: str) -> None:
        page.locator(f"[id='{name}'] + .ts-wrapper .ts-control").click()
        created(page, text)
        page.keyboard.press("Tab")

    page.fill("#id_name", "Bio premium")
    about("r-0", "field:gender")
    # Closed choices are counted here too: one tap opens them, one chooses.
    page.locator("[id='r-0.v']").click()
    women = page.locator(".ts-dropdown:visible .option", has_text="woman")
    women.locator("small", has_text="0").wait_for()
    women.click()
    about("r-1", "field:age")
    choose("r-1.op", "between", "r-1.v2")
    page.fill("[id='r-1.v']", "25")
    page.fill("[id='r-1.v2']", "35")
    about("r-2", "field:region")
    page.locator("[id='r-2.v'] + .ts-wrapper .ts-control").click()
    suggested(page, "île-de-france")
    # The row shrinks as its list closes, and the button moves away under the finger.
    about("r-3", "rows:items")
    page.fill("[id='r-3.v']", "3")
    page.locator("[id='r-3.detail']").click()
    page.wait_for_selector("[id='r-3.where-0.field']")
    choose("r-3.where-0.field", "category", "r-3.where-0.v")
    type_in("r-3.where-0.v", "Cosmétiques bio")
    choose("r-3.window.op", "last", "r-3.window.v")
    page.fill("[id='r-3.window.v']", "180")
    about("r-4", "field:average_basket")
    page.fill("[id='r-4.v']", "60")
    page.locator("button[value='group:r']").click()
    page.wait_for_selector("[id='r-5-0.about']")
    choose("r-5-0.about", "field:tags", "r-5-0.op")
    type_in("r-5-0.v", "bio")
    page.locator("[id='r-5.add']").click()
    page.wait_for_selector("[id='r-5-1.about']")
    choose("r-5-1.about", "field:interests", "r-5-1.op")
    type_in("r-5-1.v", "Écologie")
    total(page, "0")

    pinned = page.locator(".tm-pinned")
    box = pinned.bounding_box()
    assert box is not None
    assert round(box["y"] + box["height"]) == 900
    assert pinned.inner_text().startswith("0")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    pinned.get_by_role("button", name="Save").click()
    saved(page, "Bio premium")
