"""Production's static files: every file that a style sheet names exists."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command
from pytest_django import Settings


def test_static_files_collect_with_hashed_names(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    call_command("collectstatic", "--noinput", stdout=StringIO())
    assert (tmp_path / "staticfiles.json").exists()
