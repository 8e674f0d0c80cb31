"""People, members and signed-in clients for the tests of customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from customers.models import Customer

AddCustomer = Callable[..., Customer]


@pytest.fixture
def add_customer(db: None) -> AddCustomer:
    """Make a person; whatever is not given is left empty."""

    def add(**fields: Any) -> Customer:
        return Customer.objects.create(**fields)

    return add


def _client_of(role: str) -> Client:
    member = User.objects.create_user(f"{role}@shop.test", role=role, language="en")
    client = Client(headers={"accept-language": "en"})
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def administrator(db: None) -> Client:
    return _client_of("administrator")


@pytest.fixture
def marketer(db: None) -> Client:
    return _client_of("marketer")


@pytest.fixture
def analyst(db: None) -> Client:
    return _client_of("analyst")
