"""The generic SMS gateway over HTTP, as docs/gateway.md describes it.

Invariant: a message whose request was, or may have been, written without a readable answer is
uncertain. Only a refused connection and the answers 429 and 503 promise that nothing was accepted.
Nothing leaves, not even a test, while STOP has no way in.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from campaigns import conf
from campaigns.channels.base import ChannelFault, Fate, Outgoing, Result, same_for_all
from customers.models import Channel

_MISCONFIGURED = {
    401: "The SMS gateway refuses our token (401).",
    403: "The SMS gateway forbids us to send (403).",
    404: "The SMS gateway knows no such address (404).",
    405: "The SMS gateway's address does not take messages (405).",
}
_NOT_ACCEPTED = (429, 503)
_LONGEST_ANSWER = 1_000_000


class SmsGateway:
    """Sends SMS by POST of at most fifty at a time."""

    name = "sms_gateway"
    label = _("SMS gateway")
    channel = Channel.SMS.value
    is_test = False

    def __init__(self, settings: conf.SmsGateway) -> None:
        self.batch_size = settings.batch
        self.timeout = settings.timeout
        self.idempotent = settings.idempotent
        self._url = settings.url
        self._hears_stop = bool(settings.secret)
        headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
        self._client = httpx.Client(
            timeout=httpx.Timeout(settings.timeout, connect=min(5.0, settings.timeout)),
            headers=headers,
            follow_redirects=False,
        )

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        """One request for all of them."""
        if not self._hears_stop:
            raise ChannelFault("SMS_GATEWAY_SECRET is not set: STOP answers could not reach us.")
        body = {
            "messages": [
                {"id": m.key, "to": m.recipient, "from": m.sender, "text": m.text} for m in messages
            ]
        }
        try:
            answer, content = self._ask(body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return same_for_all(messages, Fate.TEMPORARY, f"No connection: {_name(error)}")
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise ChannelFault("SMS_GATEWAY_URL is not an address one can post to.") from error
        except httpx.HTTPError as error:
            return same_for_all(messages, Fate.UNCERTAIN, f"No answer: {_name(error)}")
        return _read(messages, answer, content)

    def _ask(self, body: dict[str, Any]) -> tuple[httpx.Response, bytes]:
        """The answer and its body, neither longer nor slower than agreed.

        The time-out counts from one piece to the next: an answer that trickles must end too, for
        the lease of its messages does. Raises httpx.HTTPError.
        """
        content = bytearray()
        with self._client.stream("POST", self._url, json=body) as answer:
            end = time.monotonic() + self.timeout
            for piece in answer.iter_bytes():
                content += piece
                if len(content) > _LONGEST_ANSWER:
                    raise httpx.ReadError("The answer is too long.")
                if time.monotonic() > end:
                    raise httpx.ReadTimeout("The answer takes too long.")
        return answer, bytes(content)

    def close(self) -> None:
        """End the kept connections."""
        self._client.close()


def _name(error: Exception) -> str:
    return type(error).__name__


def _read(messages: Sequence[Outgoing], answer: httpx.Response, content: bytes) -> list[Result]:
    code = answer.status_code
    if code in _MISCONFIGURED:
        raise ChannelFault(_MISCONFIGURED[code])
    if code in _NOT_ACCEPTED:
        return same_for_all(messages, Fate.TEMPORARY, f"HTTP {code}", _retry_after(answer))
    if 400 <= code < 500:
        return same_for_all(messages, Fate.PERMANENT, f"HTTP {code}")
    if not 200 <= code < 300:
        return same_for_all(messages, Fate.UNCERTAIN, f"HTTP {code}")
    entries = _entries(content)
    if entries is None:
        return same_for_all(messages, Fate.UNCERTAIN, "The answer could not be read.")
    return [_result(message, entries.get(message.key)) for message in messages]


def _entries(content: bytes) -> dict[str, dict[str, Any]] | None:
    """The answer's entry for each message id, or None where it has not the agreed form."""
    try:
        found = json.loads(content)["messages"]
        return {str(entry["id"]): entry for entry in found}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _result(message: Outgoing, entry: dict[str, Any] | None) -> Result:
    if entry is None:
        return Result(message.key, Fate.UNCERTAIN, error="The answer leaves this message out.")
    status = entry.get("status")
    reference = str(entry.get("reference") or "")[:120]
    error = str(entry.get("error") or "")[:300]
    if status == "accepted":
        return Result(message.key, Fate.ACCEPTED, provider_id=reference)
    if status == "rejected":
        bad = entry.get("invalid_number") is True
        return Result(message.key, Fate.PERMANENT, error=error or "Rejected", bad_address=bad)
    if status == "retry":
        return Result(message.key, Fate.TEMPORARY, error=error or "Asked to try again")
    return Result(message.key, Fate.UNCERTAIN, error="The answer's status is unknown.")


def _retry_after(answer: httpx.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
