"""Connected shops: what they document, signed as they sign it, written as any order is."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client

from customers import consent
from customers.duplicates import merging
from customers.ingestion import connections
from customers.models import (
    ConsentRecord,
    Customer,
    Event,
    Order,
    RightsRequest,
    ShopRecord,
    Suppression,
)
from customers.rights import erasure
from tests.customers.api.conftest import RemoteShop, payload

Connect = Callable[[str], RemoteShop]
KINDS = ("woocommerce", "shopify", "prestashop")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_read_without_the_right_signature(connect: Connect, kind: str) -> None:
    shop = connect(kind)
    for wrong in ("", "x", "AAAA", "é"):
        assert shop.deliver("customers/create", b"{", signature=wrong).status_code == 401
    assert (shop.connection.refused, shop.connection.last_error) == (4, "bad_signature")
    assert not Customer.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_signed_body_that_is_not_an_object_is_refused(connect: Connect, kind: str) -> None:
    for body in (b"{", b"[]", b"\xff", b"[" * 100_000):
        assert connect(kind).deliver("order", body).status_code == 400


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_topic_is_taken_and_left_aside(connect: Connect, kind: str) -> None:
    shop = connect(kind)
    assert shop.result("coupon.created", {"id": 1}) == "ignored"
    assert shop.connection.received == 1


def test_two_shops_have_two_secrets(connect: Connect) -> None:
    one, other = connect("woocommerce"), connect("woocommerce")
    assert connections.secret_of(one.connection) != connections.secret_of(other.connection)


def test_a_shop_that_is_turned_off_unknown_or_renewed_is_refused(
    connect: Connect, owner: object
) -> None:
    shop = connect("woocommerce")
    connections.rotate(owner, shop.connection)
    assert shop.deliver("order.created", {}).status_code == 404
    shop = connect("woocommerce")
    connections.turn(owner, shop.connection, on=False)
    assert shop.deliver("order.created", {}).status_code == 403
    assert Client().get(shop.path).status_code == 405


def test_a_body_that_is_too_large_is_refused(connect: Connect) -> None:
    assert connect("shopify").deliver("orders/create", b" " * 1_000_001).status_code == 413


def test_shopify_needs_its_secret_in_the_environment(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = connect("shopify")
    monkeypatch.delenv("SHOPIFY_WEBHOOK_SECRET")
    assert shop.deliver("orders/create", {}, signature="AAAA").status_code == 503
    monkeypatch.setenv(connections.variable_of(shop.connection), "its own")
    assert shop.result("products/create", {}) == "ignored"


def test_woocommerce_tries_an_address_unsigned(connect: Connect) -> None:
    answer = Client().post(
        connect("woocommerce").path, b"webhook_id=3", "application/x-www-form-urlencoded"
    )
    assert answer.json() == {"result": "ping"}


def test_the_same_delivery_again_is_done_once(connect: Connect) -> None:
    shop = connect("woocommerce")
    assert shop.result("order.created", payload("woocommerce_order")) == "order"
    Order.objects.update(status="refunded")
    assert shop.result("order.created", payload("woocommerce_order")) == "again"
    assert Order.objects.get().status == "refunded"


def test_a_woocommerce_order_makes_its_buyer_and_lines(connect: Connect) -> None:
    connect("woocommerce").result("order.created", payload("woocommerce_order"))
    order = Order.objects.get()
    assert (order.number, order.total, order.status) == ("727", Decimal("29.35"), "paid")
    assert [line.amount for line in order.lines.all()] == [Decimal("6.45"), Decimal("12.90")]
    buyer = order.customer
    assert (buyer.email, buyer.phone, buyer.country) == (
        "john.doe@example.com", "+14155552671", "US",
    )  # fmt: skip
    assert not buyer.consents.exists()


def test_what_arrives_out_of_order_does_not_go_back(connect: Connect) -> None:
    shop = connect("woocommerce")
    later = payload("woocommerce_order", status="refunded", date_modified_gmt="2017-03-25T10:00:00")
    assert shop.result("order.updated", later) == "order"
    assert shop.result("order.created", payload("woocommerce_order")) == "stale"
    assert Order.objects.get().status == "refunded"


def test_a_partial_refund_comes_off_the_total(connect: Connect) -> None:
    refunds = [{"id": 726, "reason": "", "total": "-10.00"}]
    connect("woocommerce").result("order.updated", payload("woocommerce_order", refunds=refunds))
    assert Order.objects.get().total == Decimal("19.35")


def test_a_deleted_order_is_cancelled(connect: Connect) -> None:
    shop = connect("woocommerce")
    shop.result("order.created", payload("woocommerce_order"))
    assert shop.result("order.deleted", {"id": 727}) == "order"
    assert Order.objects.get().status == "cancelled"
    assert shop.result("order.deleted", {"id": 9}) == "ignored"


def test_a_checkout_left_half_way_is_a_cart_of_someone_known(connect: Connect) -> None:
    shop = connect("woocommerce")
    draft = payload("woocommerce_order", status="checkout-draft")
    assert shop.result("order.created", draft) == "unknown person"
    assert not Customer.objects.exists()
    person = Customer.objects.create(email="john.doe@example.com")
    draft["date_modified_gmt"] = "2017-03-22T20:00:00"
    assert shop.result("order.updated", draft) == "cart"
    event = Event.objects.get()
    assert (event.customer, event.name, event.value) == (person, "cart", Decimal("29.35"))


def test_a_customer_is_the_same_one_when_the_address_changes(connect: Connect) -> None:
    shop = connect("woocommerce")
    known = Customer.objects.create(email="john.doe@example.com", external_id="ERP-9")
    shop.result("customer.created", payload("woocommerce_customer"))
    changed = payload(
        "woocommerce_customer", email="new@example.com", date_modified_gmt="2018-01-01T00:00:00"
    )
    shop.result("customer.updated", changed)
    person = Customer.objects.get()
    assert (person.pk, person.email, person.external_id) == (known.pk, "new@example.com", "ERP-9")


def test_order_numbers_of_two_shops_may_be_alike(connect: Connect) -> None:
    connect("woocommerce").result("order.created", payload("woocommerce_order"))
    billing = payload("woocommerce_order")["billing"] | {"email": "other@example.com"}
    other = payload("woocommerce_order", billing=billing | {"phone": ""})
    assert connect("woocommerce").result("order.created", other) == "order"
    assert Order.objects.count() == 2


def test_a_shopify_customer_comes_with_consent_and_its_proof(connect: Connect) -> None:
    shop = connect("shopify")
    assert shop.result("customers/create", payload("shopify_customer")) == "customer"
    person = Customer.objects.get()
    assert set(person.tags.values_list("name", flat=True)) == {"ice", "fidèle"}
    record = ConsentRecord.objects.get()
    assert (record.state, record.source) == ("given", "Shopify: Lyon")
    assert "706405506930370084, confirmed_opt_in" in record.proof
    again = payload("shopify_customer", note="x")
    assert shop.result("customers/update", again) == "customer"
    assert ConsentRecord.objects.count() == 1


def test_shopify_never_turns_a_refusal_back(connect: Connect) -> None:
    shop = connect("shopify")
    person = Customer.objects.create(email="bob@biller.com")
    consent.withdraw(person, "email", source="link", reason=Suppression.Reason.UNSUBSCRIBE)
    said = shop.result("customers/create", payload("shopify_customer"))
    assert "refused_withdrawn" in said
    assert consent.consent_states([person.pk], "email")[person.pk] == "withdrawn"
    person.refresh_from_db()
    assert person.first_name == "Bob"
    assert shop.connection.last_error == said


def test_shopify_tells_of_a_withdrawal_by_itself(connect: Connect) -> None:
    shop = connect("shopify")
    shop.result("customers/create", payload("shopify_customer"))
    told = {
        "customer_id": 706405506930370084,
        "email_marketing_consent": {"state": "unsubscribed", "opt_in_level": None,
                                    "consent_updated_at": "2022-02-01T10:00:00Z"},
    }  # fmt: skip
    assert shop.result("customers_email_marketing_consent/update", told) == "consent"
    assert set(consent.consent_states([Customer.objects.get().pk], "email").values()) == {
        "withdrawn"
    }


def test_a_shopify_order_its_refund_and_its_later_state(connect: Connect) -> None:
    shop = connect("shopify")
    shop.result("orders/create", payload("shopify_order"))
    order = Order.objects.get()
    assert (order.number, order.total, order.lines.count()) == ("#9999", Decimal("398.00"), 2)
    assert order.customer.email == "john@example.com"
    assert shop.result("refunds/create", payload("shopify_refund")) == "order"
    order.refresh_from_db()
    assert (order.total, order.status) == (Decimal("199.00"), "paid")
    updated = payload(
        "shopify_order", financial_status="partially_refunded", current_total_price="199.00",
        updated_at="2022-01-02T10:00:01-05:00",
    )  # fmt: skip
    assert shop.result("orders/updated", updated) == "order"
    # The refund's own delivery, late and written anew: it is not taken off twice.
    assert shop.result("refunds/create", payload("shopify_refund", note="late")) == "stale"
    order.refresh_from_db()
    assert order.total == Decimal("199.00")


def test_orders_made_to_try_a_shop_are_left_aside(connect: Connect) -> None:
    assert connect("shopify").result("orders/create", payload("shopify_order", test=True)) == "test"
    assert not Order.objects.exists()


def test_a_shopify_checkout_follows_its_cart_until_it_is_bought(connect: Connect) -> None:
    shop = connect("shopify")
    Customer.objects.create(email="bob@biller.com")
    shop.result("checkouts/create", payload("shopify_checkout"))
    more = payload("shopify_checkout", total_price="597.00", updated_at="2022-01-01T00:00:00Z")
    shop.result("checkouts/update", more | {"updated_at": "2022-01-02T00:00:00Z"})
    assert Event.objects.get().value == Decimal("597.00")
    done = payload("shopify_checkout", completed_at="2022-01-03T00:00:00Z")
    assert shop.result("checkouts/update", done) == "ignored"


def test_what_a_person_asks_of_shopify_is_noted_as_a_request(connect: Connect) -> None:
    shop = connect("shopify")
    assert shop.result("customers/redact", payload("shopify_redact")) == "unknown person"
    shop.result("customers/create", payload("shopify_customer"))
    redact = payload("shopify_redact", orders_to_redact=[])
    assert shop.result("customers/redact", redact) == "request"
    request = RightsRequest.objects.get()
    assert (request.kind, request.customer) == ("erase", Customer.objects.get())


def test_a_shop_that_leaves_is_turned_off_and_its_numbers_forgotten(connect: Connect) -> None:
    shop = connect("shopify")
    shop.result("customers/create", payload("shopify_customer"))
    shop.result("shop/redact", {"shop_id": 954889})
    assert not shop.connection.is_active
    assert not ShopRecord.objects.exists()
    assert Customer.objects.count() == 1


def test_a_prestashop_customer_with_a_newsletter(connect: Connect) -> None:
    shop = connect("prestashop")
    shop.result("customer", payload("prestashop_customer"))
    person = Customer.objects.get()
    assert (person.gender, person.city, person.phone) == ("male", "Paris", "+33102030405")
    assert consent.consent_states([person.pk], "email")[person.pk] == "given"
    off = json.loads(json.dumps(payload("prestashop_customer")))
    off["customer"] |= {"newsletter": "0", "date_upd": "2026-10-02 09:00:00"}
    shop.result("customer", off)
    assert consent.consent_states([person.pk], "email")[person.pk] == "withdrawn"


def test_a_prestashop_order_and_cart(connect: Connect) -> None:
    shop = connect("prestashop")
    assert shop.result("cart", payload("prestashop_cart")) == "unknown person"
    shop.result("order", payload("prestashop_order"))
    order = Order.objects.get()
    assert (order.number, order.total, order.status) == ("XKBKNABJK", Decimal("61.80"), "paid")
    later = payload("prestashop_cart", later=True)
    assert shop.result("cart", later) == "cart"
    assert Event.objects.get().product.name.startswith("Hummingbird")  # type: ignore[union-attr]


def test_someone_erased_is_never_written_to_again(connect: Connect, owner: object) -> None:
    shop = connect("woocommerce")
    shop.result("customer.created", payload("woocommerce_customer"))
    shop.result("order.created", payload("woocommerce_order", customer_id=25))
    erasure.erase(Customer.objects.get(), by=owner)
    for topic, name in (("customer.updated", "customer"), ("order.updated", "order")):
        told = payload(f"woocommerce_{name}", date_modified_gmt="2026-01-01T00:00:00", x=1)
        assert "erased" in shop.result(topic, told)
    assert not Customer.objects.exists()


def test_whoever_is_merged_takes_their_shops_number_along(connect: Connect, owner: object) -> None:
    shop = connect("woocommerce")
    shop.result("customer.created", payload("woocommerce_customer"))
    survivor = Customer.objects.create(email="kept@example.com")
    other = Customer.objects.get(email="john.doe@example.com")
    merging.merge(survivor.pk, other.pk, by=owner)
    assert ShopRecord.objects.get().customer == survivor
