"""The SMS gateway's way in: receipts and answers, signed as docs/gateway.md describes.

Invariant: nothing is read from a body whose signature, made with the shared secret over the time
and the body, does not hold, or whose time is more than five minutes away.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog
from django.core.exceptions import RequestDataTooBig, ValidationError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts import throttle
from accounts.access import public
from campaigns import conf
from campaigns import inbound as incoming
from customers.addresses import normalise_phone

_LONGEST_BODY: Final = 262_144
_MOST_ENTRIES: Final = 1000
_REPLAY_SECONDS: Final = 300
_REFUSALS_A_MINUTE: Final = 60
_SEPARATORS: Final = re.compile(r"[\s.()/-]+")
_INTERNATIONAL: Final = re.compile(r"\+?[1-9]\d{6,14}", re.ASCII)
logger = structlog.get_logger(__name__)


class _Refused(Exception):
    """The request is not to be read; carries the status and a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def _entries(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    """The entries of a signed body. Raises _Refused."""
    secret = conf.sms_gateway().secret
    if not secret:
        raise _Refused(503, "not_configured")
    length = request.headers.get("Content-Length") or "0"
    if not length.isascii() or not length.isdigit() or int(length) > _LONGEST_BODY:
        raise _Refused(413, "too_large")
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise _Refused(413, "too_large") from error
    if not _is_signed(request, body, secret):
        if not throttle.allows("gateway", throttle.caller(request), _REFUSALS_A_MINUTE):
            raise _Refused(429, "too_many")
        raise _Refused(403, "bad_signature")
    try:
        found = json.loads(body)[name]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _Refused(400, "bad_body") from error
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise _Refused(400, "bad_body")
    if len(found) > _MOST_ENTRIES:
        raise _Refused(413, "too_many_entries")
    return found


def _is_signed(request: HttpRequest, body: bytes, secret: str) -> bool:
    stamp = request.headers.get("X-Tamis-Timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return False
    if abs(time.time() - int(stamp)) > _REPLAY_SECONDS:
        return False
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    given = request.headers.get("X-Tamis-Signature", "").removeprefix("sha256=")
    return hmac.compare_digest(wanted.encode(), given.encode())


def _take_in(
    request: HttpRequest, name: str, take: Callable[[dict[str, Any]], bool]
) -> JsonResponse:
    """Take each entry in; says how many were news and how many could not be read."""
    try:
        entries = _entries(request, name)
    except _Refused as refused:
        logger.warning("webhook refused", door=name, code=refused.code)
        return JsonResponse({"error": refused.code}, status=refused.status)
    applied = unreadable = 0
    for entry in entries:
        try:
            applied += take(entry)
        except (KeyError, TypeError, ValueError, ValidationError):
            unreadable += 1
    logger.info("webhook", door=name, entries=len(entries), applied=applied, unreadable=unreadable)
    return JsonResponse({"applied": applied, "unreadable": unreadable})


@csrf_exempt
@public
@require_POST
def receipts(request: HttpRequest) -> JsonResponse:
    """What became of messages: `delivered` or `failed`."""
    return _take_in(request, "receipts", _receipt)


def _receipt(entry: dict[str, Any]) -> bool:
    key, reference = str(entry.get("id") or ""), str(entry.get("reference") or "")[:120]
    match entry["status"]:
        case "delivered":
            return incoming.delivered(key, reference)
        case "failed":
            bad = entry.get("invalid_number") is True
            return incoming.refused(key, reference, str(entry.get("error") or ""), bad_address=bad)
    raise ValueError("unknown status")


@csrf_exempt
@public
@require_POST
def inbound(request: HttpRequest) -> JsonResponse:
    """What people answered; STOP acts before this returns."""
    return _take_in(request, "messages", _answer)


def _answer(entry: dict[str, Any]) -> bool:
    return incoming.answer(_number(str(entry["from"])), str(entry["text"])[:1600])


def _number(sender: str) -> str:
    """The E.164 form of a sender as gateways write it: with or without its +, or as dialled here.

    A number that today's plan does not know can still say STOP. Raises ValidationError.
    """
    compact = _SEPARATORS.sub("", sender)
    bare = compact.isascii() and compact.isdigit() and not compact.startswith("0")
    if not compact:
        raise ValidationError("no number")
    for written in (f"+{compact}", compact) if bare else (compact,):
        with suppress(ValidationError):
            return normalise_phone(written)
    if not _INTERNATIONAL.fullmatch(compact):
        raise ValidationError("no number")
    return f"+{compact.removeprefix('+')}"
