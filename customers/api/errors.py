"""Errors of the API: one form for all, in the caller's language."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: Final[dict[str, str | Promise]] = {
    "unauthorized": _("Send a valid token: Authorization: Bearer tamis_…"),
    "missing_scope": _("This token does not have the right to do this."),
    "not_found": _("There is nothing at this address."),
    "method_not_allowed": _("This address does not take this method."),
    "bad_json": _("The body is not JSON."),
    "key_twice": _("A key stands twice in one object."),
    "not_an_object": _("The body must be an object."),
    "too_large": _("The body is larger than two million bytes."),
    "no_length": _("Send the body whole, with its Content-Length."),
    "encoded": _("Send the body as it is, without a Content-Encoding."),
    "too_many_items": _("A batch has at most 1,000 items."),
    "other_number": _("The customer number differs from that of the address."),
    "no_items": _("A batch has its items in a list named “items”."),
    "too_many_requests": _("Too many calls; try again after the number of seconds in Retry-After."),
    "bad_key": _("An Idempotency-Key has 1 to 200 printable ASCII characters."),
    "key_reused": _("This Idempotency-Key was used with another body."),
    "still_running": _("The first call with this Idempotency-Key is still being answered."),
    "server_error": _("Something went wrong on our side; try again later."),
}


class Refused(Exception):
    """A call that is not answered: its status, a code of MESSAGES, and more headers."""

    def __init__(self, status: int, code: str, path: str = "", **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.path, self.headers = status, code, path, headers

    def response(self) -> HttpResponse:
        """The answer that says so."""
        answer = failure(self.status, self.code, self.path)
        for name, value in self.headers.items():
            answer.headers[name.replace("_", "-")] = value
        return answer


def body_of(code: str, path: str = "") -> dict[str, Any]:
    """The body of an error of MESSAGES."""
    return {"errors": [{"path": path, "code": code, "message": str(MESSAGES[code])}]}


def failure(status: int, code: str, path: str = "") -> HttpResponse:
    """An answer with one error of MESSAGES."""
    answer = JsonResponse(body_of(code, path), status=status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def nothing_here(request: HttpRequest, **_rest: str) -> HttpResponse:
    """Any address of the API that is none."""
    return failure(404, "not_found")
