"""A person's page, the form, consents by hand, tags and deletion."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from customers import extensions, timeline
from customers.consent import record_consent, suppress
from customers.extensions import Belonging, Panel, TimelineEntry, TimelineSource
from customers.figures import key_figures
from customers.models import (
    CustomAttribute,
    Customer,
    Event,
    Order,
    OrderLine,
    Product,
    Suppression,
)
from customers.signals import facts_changed
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@pytest.fixture
def ana(add_customer: AddCustomer) -> Customer:
    return add_customer(
        first_name="Ana", last_name="Morel", email="ana@exemple.fr", phone="+33612345678"
    )


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extensions, "_registry", extensions._Registry())


def page_of(client: Client, person: Customer, **query: str) -> str:
    return client.get(reverse("customers:detail", args=[person.pk]), query).content.decode()


def order(person: Customer, total: str, days: int, status: str = "paid") -> Order:
    at = timezone.now() - dt.timedelta(days=days)
    return Order.objects.create(customer=person, total=total, placed_at=at, status=status)


def test_key_figures_count_paid_orders_only(ana: Customer) -> None:
    order(ana, "10.00", 9)
    order(ana, "20.50", 2)
    order(ana, "99.00", 1, "refunded")
    figures = key_figures([ana.pk])[ana.pk]
    assert (figures.orders, figures.spent) == (2, Decimal("30.50"))
    assert figures.average_basket == Decimal("15.25")
    assert figures.first_at is not None
    assert figures.last_at is not None
    assert (figures.last_at - figures.first_at).days == 7


def test_the_page_says_in_words_what_stands_in_the_way(ana: Customer, marketer: Client) -> None:
    record_consent(ana, "email", "given", source="Form in Lyon", wording="I agree")
    page = page_of(marketer, ana)
    assert "Reachable by e-mail" in page
    assert "Not reachable by SMS: no consent recorded" in page
    assert "Form in Lyon" in page
    assert "I agree" in page
    suppress("email", "ana@exemple.fr", "bounce")
    assert "this address must not be written to" in page_of(marketer, ana)


def test_the_page_costs_the_same_with_many_orders(
    ana: Customer, marketer: Client, django_assert_max_num_queries: Any, alone: None
) -> None:
    product = Product.objects.create(name="Cream", category="Care")
    for n in range(40):
        line = order(ana, "10", n + 1)
        OrderLine.objects.create(order=line, product=product, amount=10)
        Event.objects.create(customer=ana, name="page_view", occurred_at=timezone.now())
    with django_assert_max_num_queries(24):
        assert "Cream" in page_of(marketer, ana)


def test_the_timeline_pages_lose_nothing_even_within_one_instant(
    ana: Customer, alone: None
) -> None:
    at = timezone.now() - dt.timedelta(days=3)
    for n in range(7):
        Event.objects.create(customer=ana, name=f"e{n}", occurred_at=at)
        order(ana, str(n + 1), 5 + n)
    seen: list[str] = []
    page, mark = timeline.entries(ana, size=4)
    while True:
        seen += [f"{entry.title} {entry.at} {entry.amount}" for entry in page]
        if mark is None:
            break
        mark = timeline.Mark.parse(str(mark))
        page, mark = timeline.entries(ana, mark, size=4)
    assert len(seen) == len(set(seen)) == 15


def test_the_timeline_continues_by_fragment_and_by_page(ana: Customer, marketer: Client) -> None:
    for n in range(30):
        order(ana, "5", n + 1)
    url = reverse("customers:detail", args=[ana.pk])
    first = marketer.get(url)
    mark = str(first.context["following"])
    fragment = marketer.get(url, {"suite": mark}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert fragment.count("cu-entry") == 11
    assert "Back to the latest" in page_of(marketer, ana, suite=mark)
    assert marketer.get(url, {"suite": "nonsense"}).status_code == 200


def test_other_apps_show_themselves_on_the_page(
    ana: Customer, marketer: Client, alone: None
) -> None:
    extensions.register_panel(
        Panel("p", "components/empty.html", lambda request, person: {"title": "In 3 segments"})
    )
    extensions.register_panel(Panel("q", "components/empty.html", lambda request, person: None))
    extensions.register_timeline_source(
        TimelineSource(
            "messages",
            lambda person, until, limit: [TimelineEntry(timezone.now(), "Got an SMS", "message")],
        )
    )
    page = page_of(marketer, ana)
    assert "In 3 segments" in page
    assert "Got an SMS" in page


def filled(**fields: str) -> dict[str, str]:
    return {"first_name": "Zoé", "last_name": "Petit", "country": "FR", "language": "fr"} | fields


def test_a_person_added_by_hand_is_stored_clean(marketer: Client, db: None) -> None:
    CustomAttribute.objects.create(key="size", label="Size", type="number")
    CustomAttribute.objects.create(key="card", label="Card", type="boolean")
    CustomAttribute.objects.create(key="since", label="Since", type="date")
    said: list[Any] = []
    facts_changed.connect(lambda **kwargs: said.append(kwargs), weak=False, dispatch_uid="test")
    try:
        response = marketer.post(
            reverse("customers:create"),
            filled(
                email=" Zoe@Exemple.FR ",
                phone="06 12 34 56 78",
                postal_code="75 011",
                interests="Yoga, tea , Yoga,",
                attr_size="38.5",
                attr_card="false",
                attr_since="2024-02-29",
            )
            | {
                "consents": ["email", "tracking"],
                "consent_source": "Shop form",
                "consent_wording": "I agree",
            },
        )
    finally:
        facts_changed.disconnect(dispatch_uid="test")
    person = Customer.objects.get()
    assert response.headers["Location"] == reverse("customers:detail", args=[person.pk])
    assert (person.email, person.phone) == ("zoe@exemple.fr", "+33612345678")
    assert person.postal_code == "75011"
    assert person.interests == ["Yoga", "tea"]
    assert person.attributes == {"size": "38.5", "card": False, "since": "2024-02-29"}
    assert {(r.subject, r.state, r.source, r.wording) for r in person.consents.all()} == {
        ("email", "given", "Shop form", "I agree"),
        ("tracking", "given", "Shop form", "I agree"),
    }
    assert said


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"email": "zoe@"}, "valid email"),
        ({"phone": "12"}, "not a phone number"),
        ({"postal_code": "7501"} | {"postal_code": "750"}, "five digits"),
        ({"birth_date": "2999-01-01"}, "in the future"),
        ({"consents": "email"}, "needs its source"),
        ({"first_name": "", "last_name": ""}, "at least a name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    marketer: Client, wrong: dict[str, str], message: str
) -> None:
    response = marketer.post(reverse("customers:create"), filled(**wrong))
    assert response.status_code == 422
    assert message in response.content.decode()
    assert not Customer.objects.exists()


def test_editing_without_a_change_changes_nothing(ana: Customer, marketer: Client) -> None:
    CustomAttribute.objects.create(key="size", label="Size", type="number")
    ana.attributes = {"size": "38.5", "gone": "kept"}
    ana.phone, ana.interests, ana.country = "+262692123456", ["Tea"], "BE"
    ana.save()
    url = reverse("customers:edit", args=[ana.pk])
    form = marketer.get(url).context["form"]
    posted = {f.html_name: f.value() for f in form if f.value() is not None}
    assert marketer.post(url, posted).status_code == 302
    again = Customer.objects.get()
    for name in ("email", "phone", "attributes", "interests", "country", "search_text"):
        assert getattr(again, name) == getattr(ana, name)


def test_clearing_an_attribute_removes_it(ana: Customer, marketer: Client) -> None:
    CustomAttribute.objects.create(key="size", label="Size", type="number")
    Customer.objects.filter(pk=ana.pk).update(attributes={"size": "38"})
    marketer.post(reverse("customers:edit", args=[ana.pk]), filled(attr_size=""))
    assert Customer.objects.get().attributes == {}


def test_a_shared_address_is_told_while_typing_and_after_saving(
    ana: Customer, marketer: Client
) -> None:
    url = reverse("customers:address_check", args=["sms"])
    said = marketer.post(url, {"phone": "06.12.34.56.78"}).content.decode()
    assert "Ana Morel has this phone number too." in said
    own = marketer.post(url, {"phone": "0612345678", "person": ana.pk}).content.decode()
    assert "Ana Morel" not in own
    saved = marketer.post(
        reverse("customers:create"), filled(phone="0612345678"), follow=True
    ).content.decode()
    assert "Ana Morel has this phone number too." in saved
    assert Customer.objects.count() == 2


def test_a_suppressed_address_is_told_while_typing(marketer: Client, db: None) -> None:
    suppress("email", "gone@exemple.fr", "bounce")
    url = reverse("customers:address_check", args=["email"])
    assert (
        "must not be written to"
        in marketer.post(url, {"email": "Gone@exemple.fr"}).content.decode()
    )
    assert marketer.post(url, {"email": ""}).content.strip() == b""


def test_a_consent_recorded_by_hand_names_who_recorded_it(ana: Customer, marketer: Client) -> None:
    url = reverse("customers:record_consent", args=[ana.pk])
    day = (timezone.localdate() - dt.timedelta(days=4)).isoformat()
    posted = {"subject": "sms", "state": "given", "occurred_on": day, "source": "Call"}
    assert marketer.post(url, posted | {"wording": "Yes"}).status_code == 302
    record = ana.consents.get()
    assert (record.subject, record.source, record.wording) == ("sms", "Call", "Yes")
    assert timezone.localdate(record.occurred_at).isoformat() == day
    assert record.recorded_by is not None
    future = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
    assert marketer.post(url, posted | {"occurred_on": future}).status_code == 422
    assert marketer.post(url, posted | {"source": ""}).status_code == 422
    assert ana.consents.count() == 1


def test_a_refusal_can_block_the_address(ana: Customer, marketer: Client) -> None:
    url = reverse("customers:record_consent", args=[ana.pk])
    posted = {"subject": "email", "state": "withdrawn", "source": "Call", "block": "on"}
    marketer.post(url, posted | {"occurred_on": timezone.localdate().isoformat()})
    assert Suppression.objects.get().reason == "opposition"
    assert "blocked since" in page_of(marketer, ana)


def test_tags_are_put_on_and_taken_off_inline(ana: Customer, marketer: Client) -> None:
    url = reverse("customers:add_tag", args=[ana.pk])
    fragment = marketer.post(url, {"name": "  Très   bon "}, headers={"HX-Request": "true"})
    assert fragment.content.decode().strip().startswith("<section")
    marketer.post(url, {"name": "TRES BON"})
    tag = ana.tags.get()
    assert tag.name == "Très bon"
    refused = marketer.post(url, {"name": " "}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    marketer.post(reverse("customers:remove_tag", args=[ana.pk, tag.pk]))
    assert not ana.tags.exists()


def test_deleting_names_what_goes_and_asks_once(
    ana: Customer, marketer: Client, alone: None
) -> None:
    order(ana, "10", 1)
    order(ana, "10", 2)
    extensions.register_belonging(Belonging("m", lambda person: 3, lambda n: f"{n} messages"))
    url = reverse("customers:delete", args=[ana.pk])
    asked = marketer.get(url).content.decode()
    assert "2 orders" in asked
    assert "3 messages" in asked
    assert marketer.post(url).status_code == 302
    assert not Customer.objects.exists()
    assert not Suppression.objects.exists()
    assert AuditEntry.objects.filter(action="customer.deleted", facts__customer=ana.pk).exists()


def test_deleting_at_their_request_keeps_only_a_fingerprint(
    ana: Customer, marketer: Client
) -> None:
    hashes = {ana.email_hash, ana.phone_hash}
    marketer.post(reverse("customers:delete", args=[ana.pk]), {"at_their_request": "1"})
    assert set(Suppression.objects.values_list("address_hash", flat=True)) == hashes
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"erasure"}
