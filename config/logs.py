"""Structured logs that hold no personal data and no token.

Every line, ours or a library's, passes `redact` before it is written, whether as JSON (production)
or as coloured key=value (development). Invariant: no e-mail address, phone number, IP address,
query string or token of a public link reaches a log, even inside a traceback.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, Processor, WrappedLogger

# Values under these names are dropped whole, wherever they stand.
PRIVATE_KEYS = frozenset(
    {"email", "e_mail", "phone", "mobile", "first_name", "last_name", "name", "address"}
    | {"postal_code", "birth_date", "ip", "remote_addr", "user_agent", "recipient", "body"}
    | {"subject", "text", "html", "token", "signature", "password", "secret", "key", "api_key"}
    | {"authorization", "cookie", "csrftoken", "sessionid"}
)
_EMAIL = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\w.])(?:\+\d[\d .-]{7,16}\d|0[1-9](?:[ .-]?\d{2}){4})(?![\w])")
_IP = re.compile(r"(?<![\w.])(?!127\.0\.0\.1\b|0\.0\.0\.0\b)\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
# Public links (/t/…, /d/…), password resets and webhooks carry their token in the path; the API
# is asked for people by their customer number.
_TOKEN_PATH = re.compile(
    r"(/(?:t|d|s|passerelle|connecteurs|preferences|inscription/(?:suite|confirmer)"
    r"|comptes/mot-de-passe/cle|api/v1/customers)/)[^\s\"']+"
)
_QUERY = re.compile(r"(?<=[\w/])\?[^\s\"']*=[^\s\"']*")
_SCRUBBED = "…"


def scrub(text: str) -> str:
    """Return `text` with personal data and tokens masked."""
    text = _TOKEN_PATH.sub(rf"\1{_SCRUBBED}", text)
    text = _QUERY.sub("?" + _SCRUBBED, text)
    text = _EMAIL.sub("[e-mail]", text)
    text = _PHONE.sub("[phone]", text)
    return _IP.sub("[ip]", text)


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """The last processor before rendering: drops private keys, masks what is left."""
    return {key: _clean(value) for key, value in event.items() if key not in PRIVATE_KEYS}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, Mapping):
        return {k: _clean(v) for k, v in value.items() if k not in PRIVATE_KEYS}
    if isinstance(value, list | tuple | set):
        return [_clean(item) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return scrub(str(value))


class RequestLog(RequestMiddleware):
    """One line a request: method, path with its tokens masked, status, the team member's id."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {scrub(request.path)}"


_SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(*, coloured: bool, readable: bool, level: str) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING: readable lines, or JSON."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(colors=coloured, pad_event_to=0)
        if readable
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # The traceback becomes text first, so that it is masked like the rest.
                    structlog.processors.format_exc_info,
                    redact,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            # RequestLog writes the same facts, masked; these would only repeat them.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "celery.app.trace": {"level": "CRITICAL"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }
