"""The signed tokens of the links in messages.

Invariant: a click's token names a message only where the person agreed to be followed; that of an
unsubscribe link also carries the keyed hash of the address, so that it still acts on it when the
message is gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings

from customers.link_tokens import read, sign

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
    return sign(_CLICK, campaign, segment or 0, link, message or 0)


def read_click(token: str) -> Click | None:
    """What a link's token carries, or None for one that is not ours."""
    numbers = read(_CLICK, token, 4)
    if numbers is None:
        return None
    return Click(numbers[0], numbers[1], numbers[2], numbers[3] or None)


@dataclass(frozen=True)
class Leaving:
    """Whose recipient says no; `address_hash` is '' in links sent before it was carried."""

    message: int
    address_hash: str = ""


def unsubscribe(message: int, address_hash: str = "") -> str:
    """The token by which the recipient of a message says no."""
    if not address_hash:
        return sign(_UNSUBSCRIBE, message)
    return sign(_UNSUBSCRIBE, message, int(address_hash, 16))


def read_unsubscribe(token: str) -> Leaving | None:
    """The message whose recipient says no, or None for a token that is not ours."""
    if numbers := read(_UNSUBSCRIBE, token, 1):
        return Leaving(numbers[0])
    if numbers := read(_UNSUBSCRIBE, token, 2):
        return Leaving(numbers[0], f"{numbers[1]:032x}")
    return None


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
