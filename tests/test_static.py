"""Vendored files are those of the manifest, pages keep to the content policy, colours read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
VENDOR = ROOT / "static" / "vendor"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CSS = (ROOT / "static" / "css" / "tamis.css").read_text(encoding="utf-8")


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    return found


def listed() -> Iterator[tuple[str, str]]:
    for package in manifest()["packages"]:
        for file in package["files"]:
            yield file["path"], file["sha256"]


def test_every_vendored_file_is_the_one_in_the_manifest() -> None:
    wrong = [
        path
        for path, checksum in listed()
        if hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() != checksum
    ]
    assert wrong == []


def test_nothing_is_vendored_beside_the_manifest() -> None:
    present = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file()}

    assert present - {"manifest.json"} == {path for path, _ in listed()}


def test_every_package_says_its_version_and_licence() -> None:
    for package in manifest()["packages"]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert package["licence"] in {"MIT", "Apache-2.0"}


def test_the_manifest_names_no_host() -> None:
    assert "://" not in (VENDOR / "manifest.json").read_text(encoding="utf-8")


def test_styles_and_scripts_fetch_nothing_from_elsewhere() -> None:
    for path in [*(ROOT / "static").rglob("*.css")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"url\(\s*[\"']?(https?:)?//", text), path
        assert "@import" not in text, path


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT / "templates")))
def test_a_template_keeps_to_the_content_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # Mails are not pages: their styles stand in the text, as mail readers want them.
    if "email" in path.parts:
        return
    assert not re.search(r"<script(?![^>]*\b(src|type=\"application/json\"))[^>]*>", text)
    assert not re.search(r"\son[a-z]+=", text), "event handler in an attribute"
    assert not re.search(r"<[^>]*\sstyle=", text), "style in an attribute"
    assert "hx-on" not in text
    assert not re.search(r"(src|href)=\"(https?:)?//", text), "a file from elsewhere"


def test_icons_named_in_templates_are_vendored() -> None:
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"{% icon \"([^\"]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {n for n in named if not (VENDOR / "icons" / f"{n}.svg").exists()} == set()


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("text", "ground", "least"),
    [
        ("ink", "paper", 7.0),
        ("soft", "card", 4.5),
        ("soft", "paper", 4.5),
        ("soft", "hair", 4.5),
        ("soft", "accent-soft", 4.5),
        ("faint", "card", 4.5),
        ("accent", "card", 4.5),
        ("accent", "paper", 4.5),
        ("accent-deep", "accent-soft", 4.5),
        ("card", "accent", 4.5),
        ("card", "accent-deep", 4.5),
        ("card", "bad", 4.5),
        ("card", "warn", 4.5),
        ("warn", "warn-soft", 4.5),
        ("bad", "bad-soft", 4.5),
        ("bad", "card", 4.5),
        ("info", "info-soft", 4.5),
        # Borders of fields and the accent of controls: 3 to 1 (WCAG 1.4.11).
        ("edge", "card", 3.0),
        ("accent", "track", 3.0),
    ],
)
def test_the_palette_can_be_read(text: str, ground: str, least: float) -> None:
    palette = dict(re.findall(r"--tm-([a-z-]+): (#[0-9a-f]{6})", CSS))

    assert contrast(palette[text], palette[ground]) >= least
