"""What shops send on their worse days: guests, deletions, other currencies, late deliveries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Installation
from customers import consent
from customers.models import Customer, Event, Order, RightsRequest, ShopRecord
from tests.customers.api.conftest import RemoteShop, payload

pytestmark = pytest.mark.sqlite_suffices

Connect = Callable[[str], RemoteShop]
REFUND = payload("shopify_refund")


def test_an_order_of_nobody_is_refused_and_said(connect: Connect) -> None:
    shop = connect("woocommerce")
    nobody = payload("woocommerce_order")
    nobody["billing"] |= {"email": "", "phone": "no"}
    assert shop.result("order.created", nobody) == "refused: no_identity"
    over_the_counter = payload(
        "shopify_order", customer=None, email="", contact_email=None, billing_address=None
    )
    shop = connect("shopify")
    assert shop.result("orders/create", over_the_counter) == "refused: no_identity"
    assert shop.connection.last_error == "refused: no_identity"
    assert not Order.objects.exists()
    assert not Customer.objects.exists()


def test_a_guest_of_shopify_is_met_by_address_or_phone(connect: Connect) -> None:
    shop = connect("shopify")
    guest = payload("shopify_order", customer=None, billing_address=None, phone="+14155552671")
    assert shop.result("orders/create", guest) == "order"
    again = guest | {"id": 2, "name": "#10000", "email": None, "contact_email": None}
    assert shop.result("orders/create", again) == "order"
    person = Customer.objects.get()
    assert (person.email, person.phone) == ("jon@example.com", "+14155552671")
    assert person.orders.count() == 2


@pytest.mark.parametrize("told", ["{}", '{"id": null}', '{"id": 0}', '{"id": ""}'])
def test_records_without_a_number_are_nobodys(connect: Connect, told: str) -> None:
    shop = connect("shopify")
    for topic in ("customers/create", "orders/create", "orders/delete", "refunds/create"):
        assert shop.result(topic, told.encode()) in ("ignored", "again")
    assert not ShopRecord.objects.exists()


def test_amounts_in_another_currency_are_not_added_to_ours(connect: Connect) -> None:
    Customer.objects.create(email="john.doe@example.com")
    shop = connect("woocommerce")
    Installation.objects.update(currency="EUR")
    said = shop.result("order.created", payload("woocommerce_order"))
    assert said == "refused: currency other_currency"
    assert not Order.objects.exists()
    draft = payload("woocommerce_order", status="checkout-draft")
    assert shop.result("order.created", draft) == "cart"
    assert Event.objects.get().value is None
    own = payload("woocommerce_order", currency="eur", version="9")
    assert shop.result("order.created", own) == "order"


def test_a_cart_of_a_shop_in_another_currency_has_no_value(connect: Connect) -> None:
    Installation.objects.update(currency="EUR")
    shop = connect("prestashop")
    shop.result("order", payload("prestashop_order"))
    cart = payload("prestashop_cart")
    cart["cart"] |= {"currency_iso": "CHF", "conversion_rate": "1E-999999"}
    assert shop.result("cart", cart) == "cart"
    assert Event.objects.get().value is None


def test_a_refund_told_in_the_buyers_currency_waits_for_the_orders_own_state(
    connect: Connect,
) -> None:
    shop = connect("shopify")
    shop.result("orders/create", payload("shopify_order"))
    transactions = [
        each | {"currency": "JPY", "amount": "29000"} for each in REFUND["transactions"]
    ]
    assert shop.result("refunds/create", REFUND | {"transactions": transactions}) == "ignored"
    assert Order.objects.get().total == Decimal("398.00")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"financial_status": "refunded", "current_total_price": "0.00"}, "refunded"),
        ({"financial_status": "paid", "cancelled_at": "2022-01-03T10:00:00Z"}, "cancelled"),
        ({"financial_status": "voided"}, "cancelled"),
        ({"financial_status": "partially_paid"}, "pending"),
    ],
)
def test_what_became_of_a_shopify_order(
    connect: Connect, changes: dict[str, Any], status: str
) -> None:
    shop = connect("shopify")
    shop.result("orders/create", payload("shopify_order"))
    later = payload("shopify_order", updated_at="2022-01-03T10:00:00Z", **changes)
    shop.result("orders/updated", later)
    assert Order.objects.get().status == status


def test_tax_that_shopify_tells_beside_a_price_is_part_of_the_line(connect: Connect) -> None:
    lines = payload("shopify_order")["line_items"]
    lines[0]["tax_lines"] = [{"title": "VAT", "price": "39.80", "rate": 0.2}]
    connect("shopify").result("orders/create", payload("shopify_order", line_items=lines))
    amounts = Order.objects.get().lines.values_list("amount", flat=True)
    assert sorted(amounts) == [Decimal("199.00"), Decimal("238.80")]


@pytest.mark.parametrize(
    ("kind", "order", "made", "deleted"),
    [
        ("woocommerce", payload("woocommerce_order"), "order.created", "order.deleted"),
        ("shopify", payload("shopify_order"), "orders/create", "orders/delete"),
    ],
)
def test_a_late_update_does_not_bring_a_deleted_order_back(
    connect: Connect, kind: str, order: dict[str, Any], made: str, deleted: str
) -> None:
    shop = connect(kind)
    shop.result(made, order)
    assert shop.result(deleted, {"id": order["id"]}) == "order"
    late = order | {
        "date_modified_gmt": "2026-01-01T00:00:00",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    assert shop.result(made, late) == "stale"
    assert Order.objects.get().status == "cancelled"
    # Taken out of the bin, by a shop whose clock is ahead of ours, and deleted once more.
    soon = (timezone.now() + dt.timedelta(minutes=1)).isoformat()
    restored = order | {"date_modified_gmt": soon, "updated_at": soon}
    assert shop.result(made, restored) == "order"
    assert Order.objects.get().status == "paid"
    assert shop.result(deleted, {"id": order["id"]}) == "order"
    assert Order.objects.get().status == "cancelled"


@pytest.mark.parametrize(
    ("kind", "topic"), [("woocommerce", "customer.deleted"), ("shopify", "customers/delete")]
)
def test_an_account_deleted_in_the_shop_leaves_the_person(
    connect: Connect, kind: str, topic: str
) -> None:
    shop = connect(kind)
    shop.result("customer.created", payload("woocommerce_customer"))
    shop.result("customers/create", payload("shopify_customer"))
    assert shop.result(topic, {"id": 25}) == "ignored"
    assert Customer.objects.count() == 1


def _consent(state: str | None, at: str) -> dict[str, Any]:
    return {"state": state, "opt_in_level": "single_opt_in", "consent_updated_at": at}


def test_shopify_consents_a_channel_at_a_time_and_only_what_was_said(connect: Connect) -> None:
    shop = connect("shopify")
    told = payload(
        "shopify_customer", phone="+33612345678",
        email_marketing_consent=_consent("pending", "2022-01-01T10:00:00Z"),
        sms_marketing_consent=_consent("subscribed", "2022-01-01T10:00:00Z"),
    )  # fmt: skip
    assert shop.result("customers/create", told) == "customer"
    person = Customer.objects.get()
    assert consent.consent_states([person.pk], "email")[person.pk] == "unknown"
    assert consent.consent_states([person.pk], "sms")[person.pk] == "given"
    for state in ("not_subscribed", "redacted", "invalid", None, {"x": 1}):
        odd = told | {"sms_marketing_consent": _consent(state, "2022-01-02T10:00:00Z")}  # type: ignore[arg-type]
        assert shop.result("customers/update", odd) == "customer"
    assert consent.consent_states([person.pk], "sms")[person.pk] == "given"
    stop = {"id": told["id"], "phone": "+33612345678",
            "sms_marketing_consent": _consent("unsubscribed", "2022-02-01T10:00:00Z")}  # fmt: skip
    assert shop.result("customers_marketing_consent/update", stop) == "consent"
    assert consent.consent_states([person.pk], "sms")[person.pk] == "withdrawn"
    # The yes that preceded it, late.
    back = stop | {"sms_marketing_consent": _consent("subscribed", "2022-01-15T10:00:00Z")}
    assert "refused_withdrawn" in shop.result("customers_marketing_consent/update", back)
    assert consent.consent_states([person.pk], "sms")[person.pk] == "withdrawn"


def test_an_unsubscription_counts_for_someone_met_elsewhere(connect: Connect) -> None:
    shop = connect("shopify")
    person = Customer.objects.create(email="bob@biller.com")
    told = {
        "customer_id": 9,
        "email_address": "Bob@Biller.com",
        "email_marketing_consent": _consent("unsubscribed", "2022-02-01T10:00:00Z"),
    }
    assert shop.result("customers_email_marketing_consent/update", told) == "consent"
    assert consent.consent_states([person.pk], "email")[person.pk] == "withdrawn"


def test_requests_about_data_find_their_person_by_address_too(connect: Connect) -> None:
    shop = connect("shopify")
    person = Customer.objects.create(email="bob@biller.com")
    by_address = payload("shopify_redact", customer={"email": "bob@biller.com"})
    assert shop.result("customers/redact", by_address) == "request"
    asked = payload("shopify_redact", data_request={"id": 9999}, orders_requested=[1])
    assert shop.result("customers/data_request", asked) == "request"
    kinds = RightsRequest.objects.filter(customer=person).values_list("kind", flat=True)
    assert sorted(kinds) == ["access", "erase"]
    Customer.objects.create(phone="+33612345678")
    two = by_address | {"customer": {"email": "bob@biller.com", "phone": "+33612345678"}}
    assert "two_people" in shop.result("customers/redact", two)
