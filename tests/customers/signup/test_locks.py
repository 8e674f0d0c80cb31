"""Confirming a sign-up while the same person is erased: one waits for the other, none fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, connections

from customers import consent
from customers.models import Customer, Signup, SignupForm, Suppression
from customers.rights import erasure
from customers.signup.arriving import arrive
from customers.signup.matching import person_of

PATIENCE = 20.0


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases
def test_a_confirmation_and_an_erasure_lock_in_one_order(
    form: SignupForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one lock for all: there is no order to keep")
    person = Customer.objects.create(email="anne@example.com", external_id="C-1")
    consent.suppress("email", person.email, "unsubscribe")
    answers: dict[str, Any] = {"values": {}, "topics": [], "frequency": "", "consents": ["email"]}
    signup = Signup.objects.create(
        form=form, email=person.email, answers=answers | {"to_prove": ["email"]}
    )
    holds_the_signup = threading.Event()

    def once_the_other_waits(*told: Any) -> Customer | None:
        holds_the_signup.set()
        until = time.monotonic() + PATIENCE
        with connection.cursor() as cursor:
            while time.monotonic() < until:
                cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[0]:
                    return person_of(*told)
        raise AssertionError("the erasure did not wait")

    monkeypatch.setattr("customers.signup.arriving.person_of", once_the_other_waits)

    def alone(action: Callable[[], object]) -> None:
        try:
            action()
        finally:
            connections.close_all()

    with ThreadPoolExecutor() as threads:
        confirming = threads.submit(alone, lambda: arrive(signup, ["email"], proven=True))
        assert holds_the_signup.wait(PATIENCE)
        erasing = threads.submit(alone, lambda: erasure.erase(person, by=None))
        for done in (confirming, erasing):
            done.result(PATIENCE * 2)
    signup.refresh_from_db()
    assert (signup.email, signup.customer_id) == (None, None)
    assert Suppression.objects.get(channel="email").reason == "erasure"
    assert not Customer.objects.exists()
