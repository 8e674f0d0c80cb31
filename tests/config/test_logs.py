"""Logs hold no personal data and no token, whoever writes the line."""

from __future__ import annotations

import json
import logging
import logging.config
from io import StringIO

import pytest
import structlog
from django.test import RequestFactory

from config import logs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sent to jeanne.d-arc+x@exemple.co.uk today", "sent to [e-mail] today"),
        ("Key (phone)=(+33612345678) already exists", "Key (phone)=([phone]) already exists"),
        ("calls 06 12 34 56 78 and 0612345678.", "calls [phone] and [phone]."),
        ("from 192.168.1.20: refused", "from [ip]: refused"),
        ("GET /t/AbC-123_x.y/z?u=1", "GET /t/…"),
        ("POST /d/secret", "POST /d/…"),
        ("/passerelle/mot-de-passe/recu", "/passerelle/…"),
        ("/comptes/mot-de-passe/cle/3-abc/", "/comptes/mot-de-passe/cle/…"),
        ("GET /clients/?q=martin&p=2", "GET /clients/?…"),
        ("GET /api/v1/customers/C-1042", "GET /api/v1/customers/…"),
    ],
)
def test_personal_data_and_tokens_are_masked(text: str, expected: str) -> None:
    assert logs.scrub(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-21T21:18:39.291Z",
        "took 0.1234567890 s for 1234567890 rows",
        "8f14e45f-ceea-467f-a0e6-1234567890ab",
        "Listening at 127.0.0.1:8000",
        "version 5.2.19",
        "/clients/12/",
        "why? because",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert logs.scrub(text) == text


def written(logger_name: str, emit: str, *arguments: object, **facts: object) -> str:
    """What the production configuration writes for one line."""
    stream = StringIO()
    configuration = logs.configure(coloured=False, readable=False, level="INFO")
    formatter = configuration["formatters"]["structured"]
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=formatter["foreign_pre_chain"], processors=formatter["processors"]
        )
    )
    logger = logging.getLogger(logger_name)
    logger.addHandler(handler)
    try:
        if facts:
            structlog.get_logger(logger_name).warning(emit, **facts)
        else:
            try:
                raise ValueError("jeanne@example.org is taken")
            except ValueError:
                logger.exception(emit, *arguments)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()


def test_private_keys_are_dropped_and_values_masked_at_any_depth() -> None:
    line = written(
        "tests.logs", "import_failed", email="a@b.fr", row={"phone": "1", "said": "me@x.fr"}, n=3
    )
    found = json.loads(line)
    assert found["n"] == 3
    assert found["row"] == {"said": "[e-mail]"}
    assert "email" not in found


def test_a_library_s_traceback_is_masked_too() -> None:
    line = written("tests.foreign", "failed for %s", "jeanne@example.org")
    assert "jeanne" not in line
    assert "ValueError: [e-mail] is taken" in json.loads(line)["exception"]


def test_a_request_is_logged_without_its_query_and_token() -> None:
    request = RequestFactory().get("/t/AbCdEf/", {"q": "martin"})
    assert logs.RequestLog.format_request(request) == "GET /t/…"
