"""Fixtures every test may use: private folders, a clean cache, real processes, a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from tests import lanes
from tests.installation import Installation

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]

# A busy machine makes no example wrong: tests of random input fail on answers, never on a clock.
hypothesis_settings.register_profile(
    "tamis", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("tamis")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run every test that touches the database on both, but for those that say they need not."""
    apart = {"browser", "processes", "soak", "sqlite_suffices"}
    for item in items:
        marks = {mark.name for mark in item.iter_markers()}
        if "django_db" in marks and not apart & marks:
            item.add_marker("both_databases")


@pytest.fixture(autouse=True)
def private_folders(settings: Settings, tmp_path: Path) -> None:
    """Give each test its own snapshot and media folders."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshot"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def default_language(settings: Settings) -> None:
    """Undo the language that the last request of another test left behind."""
    translation.activate(settings.LANGUAGE_CODE)


def _server_url() -> str:
    return os.environ.get("TEST_DATABASE_URL", "")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """A private installation for real processes, on the database of the current lane."""
    made = Installation(tmp_path, _server_url())
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The migrations, run once for all the installations of a lane."""
    made = Installation(tmp_path_factory.mktemp("template"), _server_url())
    try:
        made.manage("migrate", "--verbosity", "0")
        yield made
    finally:
        made.close()


@pytest.fixture
def migrated(installation: Installation, _template: Installation) -> Installation:
    """The private installation, its tables made."""
    installation.start_from(_template)
    return installation


@pytest.fixture
def valkey(installation: Installation, settings: Settings) -> str:
    """The address of a real, empty Redis-protocol server; also set as `settings.REDIS_URL`."""
    installation.start("broker")
    settings.REDIS_URL = installation.redis_url
    return installation.redis_url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The system's Chromium; contexts and pages are opened from it by each test."""
    from playwright.sync_api import sync_playwright

    path = lanes.chromium()
    if path is None:
        pytest.skip("no chromium found")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()
