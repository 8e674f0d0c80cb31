"""Cards of a segment's own page that stand on their own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from segmentation import plans
from segmentation.models import Segment


def plan(request: HttpRequest, segment: Segment) -> dict[str, Any]:
    """The action plan, or the invitation to write one."""
    return {"plan": plans.of(segment)}
