"""The snapshot hears the ledger exactly as the facts do: ages, words taken back, sensitive data."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest

from customers.consent import consent_states
from customers.models import ConsentRecord, CustomAttribute, Customer
from customers.reachability import reachable
from segmentation import snapshot
from tests.segmentation.snapshot.conftest import customer, rows

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
PARIS = ZoneInfo("Europe/Paris")
# Fifteen on the first of March 2024; the last is fifteen a year later.
BIRTHS = (None, dt.date(2009, 3, 1), dt.date(2008, 2, 29), dt.date(2010, 3, 1))
INSTANTS = [
    dt.datetime(2024, *rest, tzinfo=PARIS)
    for rest in ((2, 28, 23, 59), (2, 29, 0, 1), (2, 29, 23, 59), (3, 1, 0, 1), (3, 1, 12, 0))
]


def test_reach_and_state_are_those_of_the_facts_for_every_mixture_of_words() -> None:
    draw = random.Random(15)
    people = [customer(email=f"p{n}@example.org", birth_date=BIRTHS[n % 4]) for n in range(60)]
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            customer=person,
            subject="email",
            state=draw.choice(("given", "given", "given", "withdrawn", "unknown")),
            basis=draw.choice(("consent", "consent", "customer", "guardian")),
            occurred_at=draw.choice(INSTANTS),
            source="Form",
        )
        for person in people
        for _ in range(draw.randrange(3))
    )
    snapshot.sync()
    states = consent_states([person.pk for person in people], "email")
    assert dict(rows("SELECT id, email_consent FROM customers")) == states
    assert {*states.values()} == {"given", "withdrawn", "unknown"}
    void = [
        pk for pk in states if ConsentRecord.objects.filter(customer=pk, state="given").exists()
    ]
    assert any(states[pk] == "unknown" for pk in void)
    reached = {pk for (pk,) in rows("SELECT id FROM customers WHERE reachable_email")}
    assert reached == set(reachable(Customer.objects.all(), "email").values_list("pk", flat=True))


def test_a_rule_finds_sensitive_values_of_those_alone_who_agreed() -> None:
    CustomAttribute.objects.create(key="diet-2", label="Diet", sensitive="health")
    CustomAttribute.objects.create(key="weight", label="Weight", type="number", sensitive="health")
    both = {"diet-2": "Vegan", "weight": "70"}
    yes, once, never = (customer(attributes=both) for _ in range(3))
    noon = INSTANTS[-1]
    for person, key, state in (
        (yes, "diet-2", "given"),
        (once, "diet-2", "given"),
        (once, "diet-2", "withdrawn"),
        (never, "size", "given"),
    ):
        ConsentRecord.objects.create(
            customer=person,
            subject="sensitive",
            attribute_key=key,
            state=state,
            occurred_at=noon,
            source="Form",
        )
    snapshot.sync()
    found = rows('SELECT id, "attr:diet-2", "attr:weight" FROM customers ORDER BY id')
    assert found == [(yes.pk, "vegan", None), (once.pk, None, None), (never.pk, None, None)]
    labels = rows("SELECT label, n FROM labels WHERE kind = 'attr:diet-2'")
    assert labels == [("Vegan", 1)]
    CustomAttribute.objects.filter(key="weight").update(sensitive="")
    snapshot.sync()
    assert rows('SELECT count("attr:weight") FROM customers') == [(3,)]
