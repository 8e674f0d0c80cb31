"""Signed numbers for the links we send: short enough for an SMS, made for one purpose each.

A token is a keyed hash and a few numbers, in base64url. Invariant: a token made for one purpose
is refused for another, and no token holds an address, at most its keyed hash.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from django.conf import settings

_MAC_BYTES: Final = 10
_LONGEST: Final = 80


def sign(purpose: bytes, *numbers: int) -> str:
    """A token for these numbers (none negative); a purpose has at most 16 bytes."""
    payload = b"".join(_varint(number) for number in numbers)
    return base64.urlsafe_b64encode(_mac(purpose, payload) + payload).rstrip(b"=").decode()


def read(purpose: bytes, token: str, count: int) -> list[int] | None:
    """The `count` numbers a token carries, or None for one that is not ours."""
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


def proof_of(secret: str) -> str:
    """The keyed hash (64 hex digits) by which a secret we sent is known again."""
    key = hashlib.blake2b(settings.LINK_KEY.encode()).digest()
    return hashlib.blake2b(
        secret.encode(), key=key, person=b"tamis-secret", digest_size=32
    ).hexdigest()


def _mac(purpose: bytes, payload: bytes) -> bytes:
    key = hashlib.blake2b(settings.LINK_KEY.encode()).digest()
    return hashlib.blake2b(payload, key=key, person=purpose, digest_size=_MAC_BYTES).digest()


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
