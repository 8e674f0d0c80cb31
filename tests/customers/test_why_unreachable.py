"""Why hardly anyone may be written to is said where it matters, with what can be done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import ConsentRecord, Customer
from customers.reachability import few_who_agreed
from customers.templatetags.reach import better, why_unreachable
from segmentation import snapshot
from segmentation.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
MARK = "data-why-unreachable"


@pytest.fixture
def imported() -> list[Customer]:
    """Thirty people of a file that said nothing of consent."""
    people = [Customer(first_name=f"P{n}", email=f"p{n}@exemple.fr") for n in range(30)]
    return Customer.objects.bulk_create(people)


def _agree(people: list[Customer]) -> None:
    ConsentRecord.objects.bulk_create(
        ConsentRecord(customer=person, subject="email", state="given", source="Form")
        for person in people
    )


def test_the_list_explains_until_a_tenth_agreed(marketer: Client, imported: list[Customer]) -> None:
    url = reverse("customers:list")
    shown = marketer.get(url).content.decode()
    assert "Why nobody can be written to" in shown
    assert reverse("customers:import_new") in shown
    assert reverse("customers:signup_forms") in shown
    assert MARK not in marketer.get(url, {"q": "P12"}).content.decode()
    _agree(imported[:2])
    assert "Why so few people can be written to" in marketer.get(url).content.decode()
    _agree(imported[2:3])
    assert MARK not in marketer.get(url).content.decode()


def test_the_question_asks_the_database_once_and_reads_little(
    imported: list[Customer],
    django_assert_num_queries: Any,
) -> None:
    _agree(imported * 5)
    with django_assert_num_queries(1):
        assert few_who_agreed(30) is None
    assert few_who_agreed(0) is None


def test_the_builder_and_a_segment_explain_too(marketer: Client, imported: list[Customer]) -> None:
    snapshot.sync()
    rule = {"version": 1, "root": {"all": [{"field": "has_email", "op": "is", "value": True}]}}
    segment = Segment.objects.create(name="All", rule=rule, size=30)
    page = marketer.get(reverse("segmentation:edit", args=[segment.pk])).content.decode()
    assert MARK in page


@pytest.mark.parametrize(
    ("total", "reached", "shown"),
    [
        (0, 0, False),
        (None, None, False),
        (50, 0, True),
        (50, 4, True),
        (50, 5, False),
        (9, 1, False),
    ],
)
def test_under_a_tenth_is_few(total: int | None, reached: int | None, shown: bool) -> None:
    assert why_unreachable({}, total, reached)["shown"] is shown  # type: ignore[arg-type]


def test_the_better_channel_counts() -> None:
    assert [better(3, 7), better(None, 2), better(None, None)] == [7, 2, None]
