"""The signed tokens of the links in messages.

A token is a keyed hash and a few numbers, in base64url: short enough for an SMS. Invariant: a token
made for one purpose is refused for another, and no token names an address; a click's token names a
message only where the person agreed to be followed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings

_MAC_BYTES: Final = 10
_LONGEST: Final = 80
_CLICK: Final = b"tamis-click"
_UNSUBSCRIBE: Final = b"tamis-unsubscribe"[:16]


@dataclass(frozen=True)
class Click:
    """What a link in a message carries; `message` is None for someone who is not followed."""

    campaign: int
    segment: int
    link: int
    message: int | None


def click(campaign: int, segment: int | None, link: int, message: int | None) -> str:
    """The token of a link."""
    return _sign(_CLICK, campaign, segment or 0, link, message or 0)


def read_click(token: str) -> Click | None:
    """What a link's token carries, or None for one that is not ours."""
    numbers = _read(_CLICK, token, 4)
    if numbers is None:
        return None
    return Click(numbers[0], numbers[1], numbers[2], numbers[3] or None)


def unsubscribe(message: int) -> str:
    """The token by which the recipient of a message says no."""
    return _sign(_UNSUBSCRIBE, message)


def read_unsubscribe(token: str) -> int | None:
    """The message whose recipient says no, or None for a token that is not ours."""
    numbers = _read(_UNSUBSCRIBE, token, 1)
    return numbers[0] if numbers else None


def message_key(message: int) -> str:
    """The name a message has at providers: the same at each attempt, unlike any other base's."""
    return f"{installation()}-{message}"


def read_message_key(key: str) -> int | None:
    """The message of a provider's key, or None for a key of another installation."""
    prefix, _dash, number = key.partition("-")
    known = prefix == installation() and number.isdigit() and len(number) < 19
    return int(number) if known else None


@lru_cache(maxsize=4)
def _installation(key: str) -> str:
    return hashlib.blake2b(key.encode(), person=b"tamis-install", digest_size=5).hexdigest()


def installation() -> str:
    """A short name of this installation, which tells nothing about its keys."""
    return _installation(settings.LINK_KEY)


def _sign(purpose: bytes, *numbers: int) -> str:
    payload = b"".join(_varint(number) for number in numbers)
    return base64.urlsafe_b64encode(_mac(purpose, payload) + payload).rstrip(b"=").decode()


def _mac(purpose: bytes, payload: bytes) -> bytes:
    key = hashlib.blake2b(settings.LINK_KEY.encode()).digest()
    return hashlib.blake2b(payload, key=key, person=purpose, digest_size=_MAC_BYTES).digest()


def _read(purpose: bytes, token: str, count: int) -> list[int] | None:
    if len(token) > _LONGEST or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(purpose, payload)):
        return None
    numbers = _numbers(payload)
    return numbers if len(numbers) == count else None


def _varint(number: int) -> bytes:
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def _numbers(payload: bytes) -> list[int]:
    numbers: list[int] = []
    value = shift = 0
    for byte in payload:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            numbers.append(value)
            value = shift = 0
    return numbers
