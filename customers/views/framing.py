"""Which other sites may show a page of ours in a frame: those named, and no one else."""

from __future__ import annotations

from collections.abc import Sequence

from csp.constants import SELF
from django.http import HttpResponse


def may_be_framed(response: HttpResponse, origins: Sequence[str]) -> None:
    """Let our own pages and these origins frame an answer; all the rest of the policy stays."""
    # X-Frame-Options can name no list of sites; browsers that know frame-ancestors ignore it.
    response.xframe_options_exempt = True
    response._csp_replace = {"frame-ancestors": [SELF, *origins]}  # type: ignore[attr-defined]
