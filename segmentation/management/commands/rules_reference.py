"""`manage.py rules_reference`: write docs/rules.md, the French reference of the rule language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from segmentation.catalogue import fixed_catalogue
from segmentation.reference import reference
from segmentation.reference_text import markdown

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "rules.md"


def document() -> str:
    """The document as it should stand: what every installation knows, in French."""
    with translation.override("fr"):
        return markdown(reference(fixed_catalogue()))


class Command(BaseCommand):
    help = "Writes docs/rules.md, the reference of the rule language."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        DOCUMENT.write_text(document(), encoding="utf-8")
        self.stdout.write(str(DOCUMENT.relative_to(settings.BASE_DIR)))
