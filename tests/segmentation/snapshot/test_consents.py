"""The snapshot hears the ledger exactly as the facts do: ages, words taken back, sensitive data."""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from django.db.models import QuerySet

from campaigns import eligibility
from campaigns.models import Campaign
from customers.consent import (
    consent_states,
    current_states,
    said_states,
    suppress,
    with_state,
    with_word,
)
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


def test_every_reader_of_the_ledger_says_the_same_of_every_mixture_of_words() -> None:
    draw = random.Random(15)
    people = [customer(email=f"p{n}@example.org", birth_date=BIRTHS[n % 4]) for n in range(90)]
    words = ("given", "consent"), ("given", "customer"), ("given", "guardian")
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            customer=person,
            subject="email",
            state=state,
            basis=basis,
            occurred_at=draw.choice(INSTANTS),
            source="Form",
        )
        for person in people
        for _ in range(draw.randrange(5))
        for state, basis in [
            draw.choice((*words, ("withdrawn", "consent"), ("unknown", "consent")))
        ]
    )
    for person in people[::9]:
        suppress("email", person.email, "bounce")
    snapshot.sync()
    ids, everyone = [person.pk for person in people], Customer.objects.all()
    said, holds = said_states(ids, "email"), consent_states(ids, "email")
    assert dict(rows("SELECT id, email_consent FROM customers")) == said
    assert {*said.values()} == {"given", "withdrawn", "unknown"}
    assert any(holds[pk] != said[pk] for pk in ids)
    for state in ("given", "withdrawn", "unknown"):
        assert _ids(with_word(everyone, "email", state)) == {p for p in ids if said[p] == state}
        assert _ids(with_state(everyone, "email", state)) == {p for p in ids if holds[p] == state}
    for person in people:
        record = current_states(person)["email"]
        assert (record.state if record else "unknown") == holds[person.pk]
    reached = {pk for (pk,) in rows("SELECT id FROM customers WHERE reachable_email")}
    assert reached == _ids(reachable(everyone, "email"))
    verdicts = eligibility.judge(Campaign(channel="email"), ids)
    assert reached == {pk for pk in ids if not verdicts[pk].reason}
    assert dict(rows("SELECT id, email_allowed FROM customers")) == {
        pk: holds[pk] == "given" for pk in ids
    }


@pytest.mark.parametrize("exception_comes_last", [True, False])
def test_being_a_customer_reaches_who_said_nothing_and_nobody_who_refused(
    exception_comes_last: bool,
) -> None:
    bought, refused = customer(email="a@example.org"), customer(email="b@example.org")
    days = INSTANTS if exception_comes_last else INSTANTS[::-1]
    for person, words in ((bought, ("customer",)), (refused, ("consent", "customer"))):
        for at, basis in zip(days, words, strict=False):
            ConsentRecord.objects.create(
                customer=person,
                subject="email",
                state="given" if basis == "customer" else "withdrawn",
                basis=basis,
                occurred_at=at,
                source="Till",
            )
    snapshot.sync()
    assert rows("SELECT email_consent, reachable_email FROM customers ORDER BY id") == [
        ("unknown", True),
        ("withdrawn", False),
    ]
    assert consent_states([refused.pk], "email") == {refused.pk: "withdrawn"}
    assert list(reachable(Customer.objects.all(), "email")) == [bought]


def _ids(people: QuerySet[Customer]) -> set[int]:
    return set(people.values_list("pk", flat=True))


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
