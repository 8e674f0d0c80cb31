"""What the environment says about the ways out: which gateway, its keys, its time-outs.

Read through Django's settings first, so that tests can set them, then from the environment. No
value here ever reaches a log or a page.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from django.conf import settings

# The contract: at most this many messages in one request to a provider.
LARGEST_REQUEST = 50


def _read(name: str, default: str = "") -> str:
    value = getattr(settings, name, None)
    return os.environ.get(name, default) if value is None else str(value)


def _number(name: str, default: float) -> float:
    return float(_read(name) or default)


@dataclass(frozen=True)
class SmsGateway:
    """The generic HTTP gateway of docs/gateway.md; `url` is empty where none is configured."""

    url: str
    token: str
    secret: str
    idempotent: bool
    batch: int
    timeout: float
    stop_number: str


def sms_gateway() -> SmsGateway:
    """The SMS gateway as the environment configures it now."""
    return SmsGateway(
        url=_read("SMS_GATEWAY_URL"),
        token=_read("SMS_GATEWAY_TOKEN"),
        secret=_read("SMS_GATEWAY_SECRET"),
        idempotent=_read("SMS_GATEWAY_IDEMPOTENT").lower() in ("1", "true", "yes", "on"),
        batch=max(1, min(LARGEST_REQUEST, int(_number("SMS_GATEWAY_BATCH", LARGEST_REQUEST)))),
        timeout=_number("SMS_GATEWAY_TIMEOUT", 15),
        stop_number=_read("SMS_STOP_NUMBER"),
    )


def smtp_is_set() -> bool:
    """Whether EMAIL_URL names an SMTP server."""
    return bool(_read("EMAIL_URL")) and settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")


def absolute(path: str) -> str:
    """The address of one of our own pages, as it is written into messages."""
    return str(settings.SITE_URL).rstrip("/") + path
