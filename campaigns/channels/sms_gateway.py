"""The generic SMS gateway over HTTP, as docs/gateway.md describes it.

Invariant: a message whose request was, or may have been, written without a readable answer is
uncertain. Only a refused connection and the answers 429 and 503 promise that nothing was accepted.
"""

from __future__ import annotations

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
        headers = {"Authorization": f"Bearer {settings.token}"} if settings.token else {}
        self._client = httpx.Client(
            timeout=httpx.Timeout(settings.timeout, connect=min(5.0, settings.timeout)),
            headers=headers,
            follow_redirects=False,
        )

    def send(self, messages: Sequence[Outgoing]) -> list[Result]:
        """One request for all of them."""
        body = {
            "messages": [
                {"id": m.key, "to": m.recipient, "from": m.sender, "text": m.text} for m in messages
            ]
        }
        try:
            answer = self._client.post(self._url, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return same_for_all(messages, Fate.TEMPORARY, f"No connection: {_name(error)}")
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise ChannelFault("SMS_GATEWAY_URL is not an address one can post to.") from error
        except httpx.HTTPError as error:
            return same_for_all(messages, Fate.UNCERTAIN, f"No answer: {_name(error)}")
        return _read(messages, answer)

    def close(self) -> None:
        """End the kept connections."""
        self._client.close()


def _name(error: Exception) -> str:
    return type(error).__name__


def _read(messages: Sequence[Outgoing], answer: httpx.Response) -> list[Result]:
    code = answer.status_code
    if code in _MISCONFIGURED:
        raise ChannelFault(_MISCONFIGURED[code])
    if code in _NOT_ACCEPTED:
        return same_for_all(messages, Fate.TEMPORARY, f"HTTP {code}", _retry_after(answer))
    if 400 <= code < 500:
        return same_for_all(messages, Fate.PERMANENT, f"HTTP {code}")
    if not 200 <= code < 300:
        return same_for_all(messages, Fate.UNCERTAIN, f"HTTP {code}")
    entries = _entries(answer)
    if entries is None:
        return same_for_all(messages, Fate.UNCERTAIN, "The answer could not be read.")
    return [_result(message, entries.get(message.key)) for message in messages]


def _entries(answer: httpx.Response) -> dict[str, dict[str, Any]] | None:
    """The answer's entry for each message id, or None where it has not the agreed form."""
    if len(answer.content) > _LONGEST_ANSWER:
        return None
    try:
        found = answer.json()["messages"]
        return {str(entry["id"]): entry for entry in found}
    except (ValueError, KeyError, TypeError):
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
    return float(value) if value.isdigit() else None
