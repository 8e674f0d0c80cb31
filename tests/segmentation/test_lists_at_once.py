"""Two people changing a fixed segment at the same moment: each change is made and told once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction
from django.utils import timezone

from customers.models import Customer
from segmentation import editing, lists
from segmentation.models import Membership, MembershipChange

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]


def test_who_is_put_on_or_taken_off_by_two_at_once_is_told_of_once() -> None:
    segment, person = editing.create_list("VIPs", None), Customer.objects.create()
    faults: list[BaseException] = []

    def in_a_thread(change: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                with transaction.atomic():
                    change()
            except Exception as fault:  # noqa: BLE001 - reported by the test
                faults.append(fault)
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        # It has to wait for what this one has yet to commit.
        thread.join(0.5)
        assert thread.is_alive()
        return thread

    def add() -> None:
        lists.add(segment, [person.pk], timezone.now())

    with transaction.atomic():
        add()
        other = in_a_thread(add)
    other.join()
    there = Membership.objects.get(segment=segment, customer=person)
    with transaction.atomic():
        lists.remove([there.pk], timezone.now())
        other = in_a_thread(lambda: lists.remove([there.pk], timezone.now()))
    other.join()
    assert not faults
    told = MembershipChange.objects.filter(segment=segment).order_by("pk")
    assert list(told.values_list("kind", flat=True)) == ["entered", "left"]
