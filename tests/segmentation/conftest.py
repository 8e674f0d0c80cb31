"""People with orders, a snapshot of them, and members of the team, for tests of segments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.models import ConsentRecord, ConsentState, Customer, Order, Subject
from segmentation import snapshot
from segmentation.builder.form import to_fields
from segmentation.builder.reading import draft_of
from segmentation.builder.settling import settle
from segmentation.catalogue import load_catalogue
from segmentation.models import Segment
from segmentation.snapshot import reader, triggers

Rule = dict[str, Any]
PARIS: Rule = {"field": "city", "op": "is", "value": "Paris"}
BUYERS: Rule = {"field": "orders_count", "op": ">=", "value": 1}


@pytest.fixture(autouse=True)
def own_snapshot() -> Iterator[None]:
    """Let go of the connection on a test's private snapshot."""
    yield
    reader.close()


def add_person(name: str, city: str, orders: int = 0, **values: Any) -> Customer:
    """A customer with that many paid orders of 20, one a day up to yesterday."""
    person = Customer.objects.create(first_name=name, last_name="Test", city=city, **values)
    now = timezone.now()
    for nth in range(1, orders + 1):
        Order.objects.create(
            customer=person, placed_at=now - dt.timedelta(days=nth), total=Decimal(20)
        )
    return person


@pytest.fixture
def people(db: None) -> dict[str, Customer]:
    """Six people of three cities; one can be reached by e-mail, one by SMS."""
    if not triggers.stand():
        triggers.install()
    found = {
        "ada": add_person("Ada", "Paris", 3, email="ada@example.org"),
        "bob": add_person("Bob", "Paris", 1, phone="+33612345678"),
        "cleo": add_person("Cléo", "Paris"),
        "dan": add_person("Dan", "Lyon", 2),
        "eve": add_person("Eve", "Lyon"),
        "fay": add_person("Fay", "Saint-Étienne", 1),
    }
    for who, subject in (("ada", Subject.EMAIL), ("bob", Subject.SMS)):
        ConsentRecord.objects.create(
            customer=found[who], subject=subject, state=ConsentState.GIVEN, source="test"
        )
    snapshot.sync()
    return found


@pytest.fixture
def make_segment() -> Callable[..., Segment]:
    """Stores a dynamic segment of one node, due at once."""

    def make(node: Rule, name: str = "Segment", **values: Any) -> Segment:
        rule = {"version": 1, "rule": node}
        values.setdefault("due_at", timezone.now())
        return Segment.objects.create(name=name, rule=rule, **values)

    return make


@pytest.fixture
def sign_in(db: None) -> Callable[[str], Client]:
    """A client signed in as a member of a role."""

    def signed(role: str) -> Client:
        user = User.objects.create_user(f"{role}@shop.example", None, role=role, language="en")
        client = Client(headers={"Accept-Language": "en"})
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed


def posted(node: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The fields of a page on which a rule stands."""
    catalogue = load_catalogue()
    draft = draft_of({"version": 1, "rule": node}, catalogue)
    settle(draft, catalogue)
    return {**to_fields(draft), "name": "Segment", "description": "", **more}


@pytest.fixture
def marketer(sign_in: Callable[[str], Client]) -> Client:
    """A client signed in as a marketer."""
    return sign_in("marketer")
