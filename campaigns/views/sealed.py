"""Documents shown in a frame of ours: the marketer's words, no script, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from csp.decorators import csp_replace
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}

View = Callable[Concatenate[HttpRequest, ...], HttpResponseBase]


def sealed(view: View) -> View:
    """Answer a document that may be framed by our own pages and can do nothing but be read."""

    @wraps(view)
    @xframe_options_sameorigin
    @csp_replace(_POLICY)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    return answer


def framed(html: str) -> str:
    """The document with its links opening beside the page, for within a frame they lead nowhere."""
    return html.replace("<head>", '<head><base target="_blank">', 1)
