"""People's pages in a real browser: search while typing, a selection, tags, doubts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django import Settings

from accounts.models import User
from customers.models import Customer, ImportJob

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(
    chromium: Browser, live_server: Any, settings: Settings, transactional_db: None
) -> Iterator[Page]:
    """A page signed in as a marketer, over 60 people; it must raise no error."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    Customer.objects.bulk_create(
        Customer(first_name="Zoé" if n < 3 else "Ana", last_name=f"N{n:02}", phone="+33612345678")
        for n in range(60)
    )
    member = User.objects.create_user("max@shop.test", role="marketer", language="en")
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    context = chromium.new_context(base_url=live_server.url)
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


def test_one_searches_while_typing_then_tags_all_that_match(page: Page) -> None:
    page.goto("/clients/")
    page.locator("[name=q]").press_sequentially("zoe")
    page.wait_for_url("**/clients/?q=zoe")
    expect(page.locator(".cu-count")).to_have_text("3 customers")
    expect(page.locator("[name=name]")).to_be_hidden()

    page.get_by_label("Tick everyone on this page").check()
    page.get_by_label("All 3 that match").check()
    page.locator("[name=name]").fill("VIP")
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_role("button", name="Tag 3 people").click()
    page.wait_for_url("**/clients/?q=zoe")
    expect(page.locator(".cu-list .tm-chip")).to_have_text(["VIP"] * 3)


def test_pages_turn_in_place_and_back_again(page: Page) -> None:
    page.goto("/clients/")
    first = page.locator(".cu-person b").first
    expect(first).to_have_text("Zoé N00")
    page.get_by_role("link", name="Next").click()
    page.wait_for_url("**apres=*")
    page.get_by_text("Ana N50").wait_for()
    page.get_by_role("link", name="Previous").click()
    page.wait_for_url("**avant=*")
    page.get_by_text("Zoé N00").wait_for()


def test_tags_and_doubts_appear_without_leaving_the_page(page: Page) -> None:
    person = Customer.objects.get(last_name="N05")
    page.goto(f"/clients/{person.pk}/")
    page.get_by_label("Add a tag").fill("Press")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Take the tag Press off").click()
    page.get_by_text("No tag yet.").wait_for()

    page.goto("/clients/ajouter/")
    page.get_by_label("Phone").fill("06 12 34 56 78")
    page.get_by_label("City").focus()
    page.get_by_text("and 59 other people have this phone number too.").wait_for()


def test_an_import_is_stopped_although_its_bar_was_redrawn_meanwhile(page: Page) -> None:
    job = ImportJob.objects.create(
        kind="customers",
        file_name="people.csv",
        state="running",
        rows=9,
        leased_until=timezone.now() + dt.timedelta(minutes=9),
    )
    page.goto(f"/importer/{job.pk}/avancement/")
    page.get_by_role("button", name="Stop the import").click()
    with page.expect_response(lambda response: response.request.method == "GET"):
        pass
    page.wait_for_function("!document.querySelector('#im-bar').matches('.htmx-request')")
    page.locator("dialog[open]").get_by_role("button", name="Stop the import").click()
    expect(page.locator("#im-bar")).to_contain_text("Stopping after the lines under way")
    job.refresh_from_db()
    assert job.cancel_asked
