"""Orders by the API: by number, with their lines, the people and products they name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from customers import consent
from customers.models import Customer, Order, OrderLine, Product, Suppression
from tests.customers.api.conftest import Program, codes, told

LINES = [
    {"reference": "TS", "product": "T-shirt", "category": "Mode", "quantity": 2, "amount": "30.50"},
    {"product": "Mug", "amount": 9.9},
]
ORDER: dict[str, Any] = {
    "number": "A-1",
    "customer": {"external_id": "C-1", "email": "ana@exemple.fr", "first_name": "Ana"},
    "placed_at": "2026-11-20T10:00:00.123Z",
    "lines": LINES,
}


def test_an_order_makes_the_people_and_products_it_names(program: Program) -> None:
    assert program.post("orders", ORDER).status_code == 201
    order = Order.objects.get()
    assert (order.total, order.status) == (Decimal("40.40"), "paid")
    assert (order.customer.external_id, order.customer.first_name) == ("C-1", "Ana")
    assert [line.quantity for line in order.lines.all()] == [2, 1]
    assert Product.objects.get(reference="TS").category == "Mode"
    assert not order.customer.consents.exists()


def test_the_same_order_again_changes_nothing(program: Program) -> None:
    program.post("orders", ORDER)
    before = list(OrderLine.objects.values_list("pk", flat=True))
    assert told(program.post("orders", ORDER))["status"] == "unchanged"
    assert list(OrderLine.objects.values_list("pk", flat=True)) == before
    assert Customer.objects.count() == Product.objects.count() - 1 == 1


def test_an_order_is_refunded_without_saying_the_rest(program: Program) -> None:
    program.post("orders", ORDER)
    answer = program.post("orders", {"number": "A-1", "status": "refunded"})
    assert told(answer)["status"] == "updated"
    order = Order.objects.get()
    assert (order.status, order.total, order.lines.count()) == ("refunded", Decimal("40.40"), 2)


def test_the_lines_sent_are_all_the_lines_there_are(program: Program) -> None:
    program.post("orders", ORDER)
    program.post("orders", {"number": "A-1", "lines": LINES[1:]})
    order = Order.objects.get()
    assert (order.lines.count(), order.total) == (1, Decimal("9.90"))


@pytest.mark.parametrize(
    ("changes", "path", "code"),
    [
        ({"number": None}, "number", "required"),
        ({"customer": None}, "customer", "required"),
        ({"customer": {"first_name": "Ana"}}, "customer", "no_identity"),
        ({"customer": {"phone": "x"}}, "customer.phone", "not_a_phone"),
        ({"placed_at": None}, "placed_at", "required"),
        ({"placed_at": "yesterday"}, "placed_at", "not_a_date"),
        ({"lines": None}, "total", "required"),
        ({"total": -1}, "total", "negative_total"),
        ({"status": "lost"}, "status", "unknown_word"),
        ({"lines": [{"product": "Mug"}]}, "lines[0].amount", "required"),
        ({"lines": [{"amount": 1, "sku": "x"}]}, "lines[0].sku", "unknown_field"),
        ({"lines": {}}, "lines", "wrong_type"),
    ],
)
def test_what_an_order_cannot_do_without(
    program: Program, changes: dict[str, Any], path: str, code: str
) -> None:
    answer = program.post("orders", ORDER | changes)
    assert (answer.status_code, codes(answer)) == (422, [(path, code)])
    assert not Order.objects.exists()
    assert not Customer.objects.exists()


def test_an_order_never_moves_to_another_person(program: Program) -> None:
    program.post("orders", ORDER)
    for who in ({"external_id": "C-2"}, {"email": "new@exemple.fr"}):
        answer = program.post("orders", ORDER | {"customer": who})
        assert codes(answer) == [("number", "other_customer")]
    assert Customer.objects.count() == 1


def test_nobody_erased_gets_an_order(program: Program) -> None:
    consent.suppress("email", "ana@exemple.fr", Suppression.Reason.ERASURE)
    assert codes(program.post("orders", ORDER)) == [("customer", "erased")]


def test_one_order_twice_in_a_batch_ends_as_the_last_says(program: Program) -> None:
    results = program.items("orders", ORDER, {"number": "A-1", "status": "cancelled"})
    assert [each["status"] for each in results] == ["created", "updated"]
    assert Order.objects.get().status == "cancelled"


def test_a_product_without_a_reference_gets_the_one_that_is_told(program: Program) -> None:
    known = Product.objects.create(name="T-shirt", category="Textile")
    program.post("orders", ORDER)
    known.refresh_from_db()
    assert (known.reference, known.category) == ("TS", "Textile")


def test_a_batch_of_orders_costs_a_fixed_number_of_queries(
    program: Program, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    orders = [
        ORDER | {"number": f"A-{n}", "customer": {"email": f"p{n}@exemple.fr"}} for n in range(200)
    ]
    with django_assert_max_num_queries(30):
        program.items("orders", *orders)
    assert OrderLine.objects.count() == 400
    with django_assert_max_num_queries(30):
        results = program.items("orders", *orders)
    assert {each["status"] for each in results} == {"unchanged"}


@pytest.mark.both_databases
def test_lines_that_come_to_more_than_can_be_kept_are_refused(program: Program) -> None:
    order = {"number": "A", "customer": {"email": "a@b.fr"}, "placed_at": "2026-01-01T10:00:00Z"}
    too_many = order | {"lines": [{"amount": 9_999_999_999}, {"amount": 1}]}
    assert codes(program.post("orders", too_many)) == [("lines", "number_too_large")]
    assert program.post("orders", too_many | {"total": 5}).status_code == 201
