"""A program that calls the API with a token, and connected shops that sign what they send."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import tokens as api_tokens
from accounts.models import Installation, User
from customers.ingestion import connections
from customers.ingestion.scopes import Scope
from customers.models import ShopConnection

DATA = Path(__file__).resolve().parents[2] / "data" / "webhooks"


class Program:
    """Another program, with the rights of its token."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"accept-language": "en"})
        self.headers = {"authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        data = body if isinstance(body, bytes) else json.dumps(body)
        answer: HttpResponse = self.client.generic(
            method, f"/api/v1/{path}", "" if body is None else data,
            content_type="application/json", headers=self.headers | headers,
        )  # type: ignore[assignment]  # fmt: skip
        return answer

    def post(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self.call("POST", path, body, **headers)

    def items(self, path: str, *items: Any) -> list[dict[str, Any]]:
        """The results of a batch."""
        results: list[dict[str, Any]] = json.loads(
            self.post(f"{path}/batch", {"items": list(items)}).content
        )["results"]
        return results


def told(answer: Any) -> Any:
    return json.loads(answer.content)


def codes(answer: HttpResponse) -> list[tuple[str, str]]:
    """Where and what is wrong, as an answer says."""
    return [(error["path"], error["code"]) for error in told(answer)["errors"]]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner@shop.test", role="administrator")


@pytest.fixture
def program_with(owner: User) -> Callable[..., Program]:
    """A program whose token has these rights."""

    def make(*scopes: Scope) -> Program:
        return Program(api_tokens.create(owner, "till", [str(each) for each in scopes])[1])

    return make


@pytest.fixture
def program(program_with: Callable[..., Program]) -> Program:
    return program_with(*Scope)


class RemoteShop:
    """A connected shop that signs its deliveries as its product does."""

    HEADERS = {
        "woocommerce": ("X-WC-Webhook-Topic", "X-WC-Webhook-Signature"),
        "shopify": ("X-Shopify-Topic", "X-Shopify-Hmac-Sha256"),
        "prestashop": ("X-Tamis-Topic", "X-Tamis-Signature"),
    }

    def __init__(self, connection: ShopConnection) -> None:
        self.connection = connection
        self.path = f"/connecteurs/{connection.key}/"

    def deliver(self, topic: str, payload: Any, signature: str | None = None) -> HttpResponse:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        secret = connections.secret_of(self.connection).encode()
        made = base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()
        names = self.HEADERS[self.connection.kind]
        headers = dict(zip(names, (topic, made if signature is None else signature), strict=True))
        answer: HttpResponse = Client().post(
            self.path, body, content_type="application/json", headers=headers
        )  # type: ignore[assignment]
        self.connection.refresh_from_db()
        return answer

    def result(self, topic: str, payload: Any) -> str:
        """What became of a delivery that was taken in."""
        answer = self.deliver(topic, payload)
        assert answer.status_code == 200, answer.content
        return str(told(answer)["result"])


@pytest.fixture
def connect(owner: User, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], RemoteShop]:
    monkeypatch.setenv("SHOPIFY_WEBHOOK_SECRET", "hush")
    # The products' own examples are in dollars.
    Installation.objects.update_or_create(id=1, defaults={"currency": "USD"})

    def make(kind: str) -> RemoteShop:
        return RemoteShop(connections.create(owner, kind=kind, name="Lyon", allowed_origins=[]))

    return make


def payload(name: str, **changes: Any) -> dict[str, Any]:
    """A payload as the product documents it, with some of its values changed."""
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return found | changes
