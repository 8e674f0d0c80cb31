"""What every way out has in common: the message handed over and the fate that comes back.

Invariant: `send` returns exactly one result a message, in their order, and raises nothing but
ChannelFault, which says that nothing at all was accepted and that trying on is useless until a
person mends the configuration. `temporary` also means "surely not accepted"; wherever that is
not certain the fate is `uncertain`, because only uncertain messages are never sent again by
themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from django.utils.functional import Promise


class Fate(StrEnum):
    """What became of a message handed to a provider."""

    ACCEPTED = "accepted"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Outgoing:
    """One message ready to leave. `key` is the same at every attempt (the message's id)."""

    key: str
    channel: str
    recipient: str
    text: str
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    html: str = ""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    message_id: int | None = None


@dataclass(frozen=True)
class Result:
    """The normalised answer for one message.

    `bad_address`: the address itself is refused for good (a hard bounce). `delivered`: it is
    already in the recipient's hands. `retry_after`: seconds the provider asks to wait.
    """

    key: str
    fate: Fate
    provider_id: str = ""
    error: str = ""
    bad_address: bool = False
    delivered: bool = False
    retry_after: float | None = None

    @property
    def accepted(self) -> bool:
        """Whether the provider took the message."""
        return self.fate is Fate.ACCEPTED


class ChannelFault(Exception):
    """Nothing was accepted, and the configuration must be mended before anything can be."""


class Provider(Protocol):
    """A way out. Used by one thread at a time; `close` ends what it holds open."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    @property
    def channel(self) -> str: ...

    @property
    def is_test(self) -> bool: ...

    @property
    def batch_size(self) -> int: ...

    @property
    def timeout(self) -> float:
        """Seconds after which a request is given up."""
        ...

    @property
    def idempotent(self) -> bool:
        """Whether a second request with the same key is surely not a second message."""
        ...

    def send(self, messages: Sequence[Outgoing]) -> list[Result]: ...

    def close(self) -> None: ...


def same_for_all(
    messages: Sequence[Outgoing], fate: Fate, error: str, retry_after: float | None = None
) -> list[Result]:
    """One fate for a whole request."""
    return [Result(m.key, fate, error=error, retry_after=retry_after) for m in messages]
