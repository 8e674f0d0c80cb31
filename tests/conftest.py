"""Fixtures every test may use: private folders, French or English, a clean cache."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings


@pytest.fixture(autouse=True)
def private_folders(settings: Settings, tmp_path: Path) -> None:
    """Give each test its own snapshot and media folders."""
    settings.SNAPSHOT_DIR = tmp_path / "snapshot"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    cache.clear()
