"""One member of each role, and a browser signed in as each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User

PASSWORD = "correct horse battery"


@pytest.fixture
def member(db: None) -> Callable[..., User]:
    """Make a member: `member("analyst", name="Ada")`."""

    def make(role: str, **fields: object) -> User:
        email = str(fields.pop("email", f"{role}-{User.objects.count()}@shop.example"))
        return User.objects.create_user(email, PASSWORD, role=role, **fields)

    return make


@pytest.fixture
def administrator(member: Callable[..., User]) -> User:
    return member("administrator", name="Ada Minister")


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """Give a browser in which this member is signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make
