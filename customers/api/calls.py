"""What every call of the API goes through: token, right, rate, size, JSON, idempotency key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja.security import HttpBearer

from accounts import throttle
from accounts import tokens as api_tokens
from accounts.models import ApiToken
from customers.api.errors import Refused, failure
from customers.ingestion import idempotency, results
from customers.ingestion.items import Item
from customers.ingestion.scopes import Scope

CALLS_A_MINUTE: Final = 300
FAILED_TOKENS_A_MINUTE: Final = 60
LONGEST_BODY: Final = 2_000_000
_KEY: Final = re.compile(rf"[\x20-\x7e]{{1,{idempotency.LONGEST_KEY}}}")
Answer = idempotency.Answer
logger = structlog.get_logger(__name__)


class Bearer(HttpBearer):
    """Lets in whoever sends a live token."""

    openapi_bearer_format = "tamis_…"

    def __call__(self, request: HttpRequest) -> Any:
        """The token, or a refusal that says the same whatever is wrong with it."""
        scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
        token = api_tokens.find(text.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            knock = throttle.knock("api-401", throttle.caller(request), FAILED_TOKENS_A_MINUTE)
            if not knock.allowed:
                raise Refused(429, "too_many_requests", Retry_After=str(knock.seconds))
            raise Refused(401, "unauthorized")
        return token

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Never asked: `__call__` does it all."""
        raise NotImplementedError


def read(request: HttpRequest, scope: Scope, answer: Callable[[], Answer]) -> HttpResponse:
    """Answer a call that changes nothing."""
    return _metered(request, scope, lambda: _as_response(*answer()))


def write(
    request: HttpRequest, scope: Scope, answer: Callable[[dict[str, Any]], Answer]
) -> HttpResponse:
    """Answer a call that writes; `answer` is given the body, an object."""
    return _metered(request, scope, lambda: _write(request, answer))


def one(batch: results.Write, sender: Any, raw: Any) -> Answer:
    """Write one item; 201 when it is made, 422 when it is refused."""
    item = results.write(batch, [raw], sender)[0]
    if item.faults:
        return 422, {"errors": [fault.as_json() for fault in item.faults]}
    made = item.status in ("created", "recorded")
    return (201 if made else 200), {"status": item.status, "id": item.pk}


def many(batch: results.Write, sender: Any, body: dict[str, Any]) -> Answer:
    """Write a batch; 207 when some of its items are refused."""
    raw = body.get("items")
    if not isinstance(raw, list) or not raw or len(body) > 1:
        raise Refused(422, "no_items", "items")
    if len(raw) > results.MOST_ITEMS:
        raise Refused(413, "too_many_items", "items")
    items: Sequence[Item] = results.write(batch, raw, sender)
    told = {"summary": results.summary(items), "results": [item.as_json() for item in items]}
    return (207 if any(item.faults for item in items) else 200), told


def _metered(
    request: HttpRequest, scope: Scope, answer: Callable[[], HttpResponse]
) -> HttpResponse:
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    knock = throttle.knock("api", str(token.pk), CALLS_A_MINUTE)
    try:
        if not knock.allowed:
            raise Refused(429, "too_many_requests", Retry_After=str(knock.seconds))
        if str(scope) not in token.scopes:
            raise Refused(403, "missing_scope")
        response = answer()
    except Refused as refused:
        response = refused.response()
    except DatabaseError:
        logger.exception("api_call_failed")
        response = failure(503, "server_error")
        response.headers["Retry-After"] = "5"
    api_tokens.note_use(token)
    response.headers["RateLimit-Limit"] = str(CALLS_A_MINUTE)
    response.headers["RateLimit-Remaining"] = str(knock.remaining)
    response.headers["RateLimit-Reset"] = str(knock.seconds)
    return response


def _write(request: HttpRequest, answer: Callable[[dict[str, Any]], Answer]) -> HttpResponse:
    body = raw_body(request, LONGEST_BODY)
    told = parse(body)
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _as_response(*answer(told))
    if not _KEY.fullmatch(key):
        raise Refused(422, "bad_key", "Idempotency-Key")
    of = idempotency.fingerprint(str(request.method), request.path, body)
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    try:
        got = idempotency.answer_once(f"token:{token.pk}", key, of, lambda: answer(told))
    except idempotency.OtherBody:
        raise Refused(422, "key_reused", "Idempotency-Key") from None
    except idempotency.StillRunning:
        raise Refused(409, "still_running", "Idempotency-Key", Retry_After="1") from None
    response = _as_response(got.status, got.body)
    if got.again:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def raw_body(request: HttpRequest, longest: int) -> bytes:
    """The bytes of a body no longer than that, as they are meant to be read. Raises Refused."""
    if "Transfer-Encoding" in request.headers:
        raise Refused(411, "no_length")
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Refused(415, "encoded")
    length = request.headers.get("Content-Length") or "0"
    if not length.isascii() or not length.isdigit() or int(length) > longest:
        raise Refused(413, "too_large")
    try:
        return bytes(request.body)
    except RequestDataTooBig as error:
        raise Refused(413, "too_large") from error


def parse(body: bytes) -> dict[str, Any]:
    """The object a body is. Raises Refused."""
    try:
        told = json.loads(body, parse_constant=_no_constant, object_pairs_hook=_said_once)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "bad_json") from error
    if not isinstance(told, dict):
        raise Refused(400, "not_an_object")
    return told


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; which of two values of one key is meant is not guessed."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise Refused(400, "key_twice")
    return told


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _as_response(status: int, body: Any) -> HttpResponse:
    return JsonResponse(body, status=status)
