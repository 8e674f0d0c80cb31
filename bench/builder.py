"""What a long rule costs in the builder: each step in Chromium, at 10, 20 and 198 conditions.

    python bench/builder.py [--rounds 3] [--folder DIR]

Fills a demo shop in DIR (a temporary folder by default; one that is there already is used again),
serves it to a headless Chromium and takes, for rules of each length in turn: the page's size, the
server's time to draw it, and for each of STEPS how long a person waits from pressing until what
changed is on the screen and how long until the figures are, by the clock and by the processors that
worked for both, and how much came. No step goes over the language's 200 conditions, which would not
be counted. The report goes to standard output; bench/builder.md tells of it.
"""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT: Final = Path(__file__).resolve().parent.parent
LENGTHS: Final = (10, 20, 198)
# Conditions as people write them: few boxes and many, values chosen and typed.
KINDS: Final[tuple[dict[str, Any], ...]] = (
    {"field": "gender", "op": "is", "value": "female"},
    {"field": "age", "op": "between", "value": [25, 35]},
    {"orders": {"op": ">=", "value": 2, "when": {"last": [180, "day"]}}},
    {"field": "region", "op": "in", "value": ["11", "84"]},
    {"items": {
        "where": [{"field": "category", "op": "in", "value": ["Soin", "Parfum", "Maquillage"]}],
        "measure": "sum:amount", "op": ">=", "value": 50, "when": {"last": [1, "year"]},
    }},
    {"field": "last_order_at", "op": "in_last", "value": [90, "day"]},
    {"any": [
        {"field": "city", "op": "in", "value": ["Lyon", "Paris"]},
        {"field": "average_basket", "op": ">", "value": 40},
    ]},
    {"events": {"where": [{"field": "name", "op": "is", "value": "page_view"}],
                "op": ">=", "value": 3, "when": {"last": [30, "day"]}}},
)  # fmt: skip
# Counts the milliseconds from an act until the answer is in the page and on the screen, and until
# its figures are; what came, in bytes.
WATCH: Final = """
async (act) => {
  const frame = () => new Promise(requestAnimationFrame);
  if (act.menu) document.getElementById(act.menu).open = true;
  await frame();
  await frame();
  const began = performance.now();
  performance.clearResourceTimings();
  const told = (name) => new Promise((done) => {
    document.body.addEventListener(name, () => requestAnimationFrame(() => setTimeout(
      () => done(performance.now() - began))), { once: true });
  });
  const drawn = told("focusOn");
  const counted = told("htmx:oobAfterSwap");
  const button = (what) => document.querySelector(`[id="${what}"], [name=do][value="${what}"]`);
  if (act.press) button(act.press).click();
  if (act.choose) {
    const list = document.getElementById(act.choose);
    list.focus();
    list.value = act.value;
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const taken = { drawn: await drawn, counted: await counted };
  const asked = performance.getEntriesByType("resource");
  const came = asked.filter((each) => each.initiatorType === "xmlhttprequest");
  return { ...taken, came: came.map((each) => each.decodedBodySize) };
}
"""
OPENED: Final = (
    "() => performance.timing.domContentLoadedEventEnd - performance.timing.navigationStart"
)
STEPS: Final[dict[str, dict[str, str]]] = {
    "add a condition": {"press": "add:r"},
    "take that back": {"press": "undo"},
    "change an operator": {"choose": "r-1.op", "value": ">="},
    "take that change back": {"press": "undo"},
    "move the second condition up": {"menu": "r-1.menu", "press": "up:r-1"},
    "duplicate it": {"menu": "r-0.menu", "press": "duplicate:r-0"},
    "remove the copy": {"press": "remove:r-1"},
}


def weight(node: dict[str, Any]) -> int:
    """How many conditions a node stands for, as the language counts them: details are some too."""
    if "any" in node:
        return sum(map(weight, node["any"]))
    rows = node.get("items") or node.get("events") or {}
    return 1 + len(rows.get("where", ()))


def rule(length: int) -> dict[str, Any]:
    """A rule of that many conditions."""
    nodes: list[dict[str, Any]] = []
    left, turn = length, 0
    while left:
        node = KINDS[turn % len(KINDS)]
        if weight(node) > left:
            node = KINDS[0]
        nodes.append(node)
        left, turn = left - weight(node), turn + 1
    return {"version": 1, "rule": {"all": nodes}}


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The shop's address, served from this process."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.test.testcases import LiveServerThread

    from accounts.models import User

    call_command("migrate", verbosity=0)
    if not User.objects.exists():
        call_command("demo", customers=300)
    server = LiveServerThread("localhost", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    try:
        yield f"http://localhost:{server.port}"
    finally:
        server.terminate()


def segments() -> dict[int, int]:
    """The number of a segment of each length."""
    from segmentation import snapshot
    from segmentation.models import Segment

    made = {}
    # Pages follow newer facts by themselves: here there are none.
    snapshot.sync()
    for length in LENGTHS:
        known = {"rule": rule(length), "size": 0, "filled_version": 1}
        segment, _new = Segment.objects.update_or_create(name=f"Bench {length}", defaults=known)
        made[length] = segment.pk
    return made


def measured(address: str, rounds: int) -> dict[int, dict[str, list[float]]]:
    """The milliseconds of each step by the length of the rule, the lengths in turn."""
    from django.test import Client
    from playwright.sync_api import sync_playwright

    from accounts.models import User
    from segmentation.models import RuleDraft

    client = Client(SERVER_NAME="localhost")
    user = User.objects.filter(role="administrator").first()
    assert user is not None
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    cookie: Any = {
        "name": "sessionid",
        "value": client.cookies["sessionid"].value,
        "url": address,
    }
    told: dict[int, dict[str, list[float]]] = {length: {} for length in LENGTHS}
    numbers = segments()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=os.environ.get("TAMIS_CHROMIUM") or shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fr-FR")
        context.add_cookies([cookie])
        for turn in range(rounds + 1):
            for length, number in numbers.items():
                RuleDraft.objects.all().delete()
                page = context.new_page()
                page.set_default_timeout(120_000)
                taken = one(page, client, f"{address}/segments/{number}/modifier/")
                page.close(run_before_unload=False)
                for name, value in taken.items():
                    if turn:  # the first warms up
                        told[length].setdefault(name, []).append(value)
        browser.close()
    return told


def one(page: Page, client: Any, url: str) -> dict[str, float]:
    """Each figure of one rule: sizes in kilobytes, times in milliseconds."""
    path = "/" + url.split("/", 3)[3]
    started = time.process_time()
    html = client.get(path).content
    drawn = (time.process_time() - started) * 1000
    taken = {
        "the page, in kB": len(html) / 1000,
        "the page as sent (gzip), in kB": len(gzip.compress(html, 6)) / 1000,
        "the server draws and counts it: processor": drawn,
    }
    page.goto(url)
    page.wait_for_load_state("networkidle")
    taken["open the page"] = page.evaluate(OPENED)
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})
    meter.send("Performance.enable")

    def worked() -> float:
        """Milliseconds of the processor: the page's main thread's, and this process's."""
        metrics = meter.send("Performance.getMetrics")["metrics"]
        told = {each["name"]: float(each["value"]) for each in metrics}
        return (told["TaskDuration"] + time.process_time()) * 1000

    for name, act in STEPS.items():
        before = worked()
        seen = page.evaluate(WATCH, act)
        taken[name] = seen["drawn"]
        taken[f"{name}: with its figures"] = seen["counted"]
        taken[f"{name}: processor"] = worked() - before
        taken[f"{name}: the row and the rest, in kB"] = seen["came"][0] / 1000
        taken[f"{name}: the figures, in kB"] = sum(seen["came"][1:]) / 1000
        page.wait_for_load_state("networkidle")
    return taken


def report(told: dict[int, dict[str, list[float]]]) -> None:
    """The medians as a table of Markdown, with how many times the fewest the most take."""
    print(
        "| |",
        " | ".join(f"{length} conditions" for length in LENGTHS),
        f"| {LENGTHS[-1]} : {LENGTHS[0]} |",
    )
    print("| --- |", " | ".join("--:" for _ in LENGTHS), "| --: |")
    for name in told[LENGTHS[0]]:
        medians = [median(told[length][name]) for length in LENGTHS]
        shown = " | ".join(f"{value:,.0f}" for value in medians)
        print(f"| {name} | {shown} | {medians[-1] / max(medians[0], 0.001):.1f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        os.environ["TAMIS_VAR"] = str(folder)
        os.environ["TAMIS_DEV"] = "1"
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        # The browser's driver runs a loop of its own in this thread.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        sys.path.insert(0, str(ROOT))
        import django
        from django.conf import settings

        # No broker runs here.
        settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
        django.setup()
        with served(folder) as address:
            report(measured(address, asked.rounds))


if __name__ == "__main__":
    main()
