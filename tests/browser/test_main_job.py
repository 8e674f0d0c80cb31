"""The main job, as a newcomer does it in the browser on an installation of real processes.

Import the CDNOW file, build a segment with a live count, launch a campaign at the demo shop's
inactive customers, see the messages arrive, follow a link from one, see the click in the results
of that segment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from tests.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.processes]

CDNOW = Path(__file__).parents[1] / "data" / "cdnow_sample.csv"
LANDING = "https://maison-garance.example/retour"
# A headless browser says so in its name, and its clicks are then left out as a machine's.
A_PERSONS_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36"
SEGMENT = "Inactifs depuis 3 mois"
# Counted from the file by hand: tests/segmentation/test_cdnow.py works it out again.
BUYERS_IN_1998 = 97


@pytest.fixture
def page(migrated: Installation, chromium: Browser) -> Iterator[Page]:
    installation = migrated
    installation.manage("demo", "--customers", "400")
    installation.start("broker", "worker", "beat", "web")
    context = chromium.new_context(
        locale="fr-FR", viewport={"width": 1280, "height": 900}, user_agent=A_PERSONS_BROWSER
    )
    context.route(LANDING, lambda route: route.fulfill(body="The shop"))
    context.set_default_timeout(30_000)
    page = context.new_page()
    origin = f"http://localhost:{installation.port}"
    installation.wait_until(lambda: answers(page, f"{origin}/healthz"))
    page.goto(origin)
    page.locator("form button[value='administrator']").click()
    expect(page.locator("nav.tm-nav")).to_be_visible()
    yield page
    context.close()


def answers(page: Page, url: str) -> bool:
    """Whether the server is there and says that all is well."""
    try:
        return page.request.get(url).ok
    except PlaywrightError:
        return False


def digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def pick(page: Page, name: str, value: str) -> None:
    """Choose in a list, as a person does: it becomes searchable when one comes to it."""
    control(page, name).focus()
    wrapper = page.locator(f"[id='{name}'] + .ts-wrapper")
    option = wrapper.locator(f".ts-dropdown [data-value='{value}']")
    expect(wrapper).to_be_visible()
    for _ in range(20):
        if option.is_visible():
            break
        wrapper.click()
        page.wait_for_timeout(250)
    option.click()


def control(page: Page, name: str) -> Locator:
    return page.locator(f"[id='{name}']")


def choose(page: Page, name: str, value: str) -> None:
    """Choose in a list, which holds its choices once somebody comes to it."""
    control(page, name).focus()
    control(page, name).select_option(value)


def condition_on_orders_since_1998(page: Page, place: str) -> None:
    pick(page, f"{place}.about", "rows:orders")
    choose(page, f"{place}.window.op", "between")
    control(page, f"{place}.window.v").fill("1998-01-01")


def test_import_segment_send_and_read_the_results(page: Page, installation: Installation) -> None:
    origin = f"http://localhost:{installation.port}"
    import_cdnow(page, origin)
    build_segment(page, origin)
    launch_campaign(page, origin)
    follow_a_link(page, origin)


def import_cdnow(page: Page, origin: str) -> None:
    page.goto(f"{origin}/importer/nouveau/")
    page.locator("input[name='kind'][value='orders']").check()
    page.locator("input[type='file']").set_input_files(str(CDNOW))
    page.locator("main form button.main").click()
    page.wait_for_url("**/colonnes/")
    page.locator("main form button.main").click()
    page.wait_for_url("**/verification/")
    run = page.locator("form[action$='/lancer/'] button")
    expect(run).to_contain_text(re.compile(r"6\s?919"), timeout=60_000)
    run.click()
    page.wait_for_url("**/rapport/", timeout=120_000)
    expect(page.locator("main")).to_contain_text(re.compile(r"6\s?919"))


def build_segment(page: Page, origin: str) -> None:
    page.goto(f"{origin}/segments/creer/")
    page.locator("[name='name']").fill("CDNOW depuis 1998")
    condition_on_orders_since_1998(page, "r-0")
    control(page, "r-0.window.v2").fill("1998-12-31")
    control(page, "r-0.v").fill("3")
    count = page.locator(".tm-side .tm-big").first
    page.locator("[id='r.add']").click()
    condition_on_orders_since_1998(page, "r-1")
    choose(page, "r-1.measure", "sum")
    choose(page, "r-1.of", "total")
    choose(page, "r-1.op", ">")
    control(page, "r-1.v").fill("100")
    control(page, "r-1.window.v2").fill("1998-12-31")
    # The live count, before anything is saved; the demo's own customers ordered later.
    expect(count).to_have_text(str(BUYERS_IN_1998), timeout=60_000)
    page.locator(".tm-head button[name='do'][value='save']").click()
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    expect(page.locator("h1")).to_have_text("CDNOW depuis 1998")
    expect(page.locator("main")).to_contain_text(str(BUYERS_IN_1998))


def launch_campaign(page: Page, origin: str) -> None:
    page.goto(f"{origin}/campagnes/nouvelle/")
    page.locator("[name='name']").fill("Vous nous manquez")
    page.locator("[name='channel'][value='email']").check()
    page.locator("main form button.main").click()
    page.wait_for_url("**/audience/")
    wrapper = page.locator("#id_included + .ts-wrapper")
    wrapper.click()
    wrapper.get_by_text(SEGMENT, exact=True).click()
    expect(page.locator("#figures .tm-big")).to_have_text(re.compile(r"\d"))
    page.keyboard.press("Escape")
    page.locator("main form button.main").click()
    page.wait_for_url("**/contenu/")
    page.locator("[name='subject']").fill("Vous nous manquez")
    page.locator("[name='body']").fill(
        "Bonjour {{ first_name }},\n\n[Revenez nous voir](" + LANDING + ")"
    )
    page.locator("main form button.main").click()
    page.wait_for_url("**/moment/")
    page.locator("main form button.main").click()
    page.wait_for_url("**/verification/")
    page.locator("form[action$='/lancer/'] button").click()
    page.locator("#tm-confirm button[value='yes']").click()
    page.wait_for_url(re.compile(r"/campagnes/\d+/$"))
    # The page follows by itself until the last message has left.
    expect(page.locator("#live:not([hx-get])")).to_be_visible(timeout=120_000)
    expect(page.locator("#live .tm-chip.good")).to_be_visible()


def follow_a_link(page: Page, origin: str) -> None:
    campaign = re.search(r"/campagnes/(\d+)/$", page.url)
    assert campaign is not None
    page.goto(f"{origin}/boite-essai/?campaign={campaign[1]}")
    expect(page.locator(".cp-letter").first).to_be_visible()
    link = page.frame_locator("iframe.cp-frame").locator("a[href*='/t/']").first
    with page.context.expect_page() as opened:
        link.click()
    expect(opened.value.locator("body")).to_have_text("The shop")
    assert opened.value.url == LANDING
    page.goto(f"{origin}/resultats/{campaign[1]}/")
    row = page.locator("table.tm tbody tr", has_text=SEGMENT).first
    clicks = row.locator("td").nth(3)
    assert digits(clicks.inner_text().splitlines()[0]) == 1
