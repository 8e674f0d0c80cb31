"""The list: filters, pages, tagging a selection, and what it costs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from customers import extensions, listing, tagging
from customers.consent import record_consent, suppress
from customers.listing import Criteria
from customers.models import Customer, Order, Tag
from tests.customers.conftest import AddCustomer

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
LIST = "/clients/"


def chosen(**criteria: Any) -> list[str]:
    people = listing.select(Criteria(**criteria))
    return sorted(people.values_list("first_name", flat=True))


@pytest.fixture
def three(add_customer: AddCustomer) -> dict[str, Customer]:
    ana = add_customer(
        first_name="Ana", email="ana@exemple.fr", city="Saint-Étienne", gender="female"
    )
    hugo = add_customer(first_name="Hugo", phone="+33612345678", city="Paris 11e", gender="male")
    lou = add_customer(first_name="Lou", city="paris")
    record_consent(ana, "email", "given", source="Form")
    record_consent(hugo, "sms", "withdrawn", source="Call")
    for person, status in ((ana, "paid"), (lou, "cancelled")):
        Order.objects.create(customer=person, placed_at=timezone.now(), total=10, status=status)
    tagging.put_on(Customer.objects.filter(pk=lou.pk), tagging.tag_named("VIP"))
    return {"ana": ana, "hugo": hugo, "lou": lou}


def test_each_filter_narrows_to_whom_it_means(three: dict[str, Customer]) -> None:
    vip = Tag.objects.get().pk
    assert chosen() == ["Ana", "Hugo", "Lou"]
    assert chosen(tag=vip) == ["Lou"]
    assert chosen(city="SAINT-etienne") == ["Ana"]
    assert chosen(city="Paris") == ["Hugo", "Lou"]
    assert chosen(gender="male") == ["Hugo"]
    assert chosen(gender="unknown") == ["Lou"]
    assert chosen(email_consent="given") == chosen(reachable="email") == ["Ana"]
    assert chosen(sms_consent="withdrawn") == ["Hugo"]
    assert chosen(sms_consent="unknown") == ["Ana", "Lou"]
    assert chosen(reachable="sms") == []
    assert chosen(orders="yes") == ["Ana"]
    assert chosen(orders="no") == ["Hugo", "Lou"]
    assert chosen(q="exemple", gender="male") == []


def test_a_suppressed_address_is_not_reachable(three: dict[str, Customer]) -> None:
    suppress("email", "ana@exemple.fr", "bounce")
    assert chosen(reachable="email") == []


def test_other_apps_add_filters(
    three: dict[str, Customer], marketer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extensions, "_registry", extensions._Registry())
    extensions.register_filter(
        extensions.ListFilter(
            "segment",
            "Segment",
            lambda: [("1", "Ana only")],
            lambda people, value: people.filter(first_name="Ana"),
        )
    )
    page = marketer.get(LIST, {"segment": "1"}).content.decode()
    assert "Ana only" in page
    assert "Hugo" not in page
    assert "Hugo" in marketer.get(LIST, {"segment": "99"}).content.decode()


@pytest.mark.parametrize(
    ("sort", "first"), [("name", ""), ("name", "name"), ("recent", ""), ("oldest", "")]
)
def test_pages_follow_each_other_without_loss_or_repeat(
    add_customer: AddCustomer, sort: str, first: str
) -> None:
    for n in range(11):
        add_customer(first_name="Same", last_name="Name" if n % 2 else "")
    everyone = Customer.objects.order_by()
    forwards: list[int] = []
    page = listing.page(everyone, sort, first=first, size=4)
    assert page.before is None
    while True:
        forwards += [row.customer.pk for row in page.rows]
        if page.after is None:
            break
        page = listing.page(everyone, sort, first=first, after=page.after, size=4)
    assert len(forwards) == len(set(forwards)) == 11
    backwards = [row.customer.pk for row in page.rows]
    while page.before is not None:
        page = listing.page(everyone, sort, first=first, before=page.before, size=4)
        backwards = [row.customer.pk for row in page.rows] + backwards
    assert backwards == forwards


def test_whose_name_begins_with_what_was_typed_comes_first(add_customer: AddCustomer) -> None:
    for last, first in (("Abel", "Martin"), ("Zimmer", "Martine"), ("Martinez", "Zoé")):
        add_customer(last_name=last, first_name=first)
    criteria = Criteria(q="martin")
    page = listing.page(listing.select(criteria), criteria.sort, first=criteria.first)
    assert [row.customer.last_name for row in page.rows] == ["Martinez", "Abel", "Zimmer"]


def test_names_are_sorted_without_regard_to_accents_or_case(add_customer: AddCustomer) -> None:
    for name in ("Étienne", "Dupont", "d’Almeida", "zola", "Fabre"):
        add_customer(last_name=name)
    rows = listing.page(Customer.objects.order_by()).rows
    names = [row.customer.last_name for row in rows]
    assert names == ["d’Almeida", "Dupont", "Étienne", "Fabre", "zola"] or names == [
        *("Dupont", "d’Almeida", "Étienne", "Fabre", "zola")
    ]


def test_a_page_after_somebody_deleted_since_starts_again(three: dict[str, Customer]) -> None:
    page = listing.page(Customer.objects.order_by(), after=10**9)
    assert len(page.rows) == 3
    assert page.before is None


def test_counting_stops_at_its_bound(
    three: dict[str, Customer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNT_BOUND", 2)
    assert listing.count(Customer.objects.all()) == (2, False)
    assert listing.count(Customer.objects.all(), Criteria()) == (3, True)
    assert listing.count(Customer.objects.all(), Criteria(q="ana")) == (2, False)


def test_the_erased_are_not_counted(three: dict[str, Customer]) -> None:
    Customer.all_records.filter(pk=three["lou"].pk).update(erased_at=timezone.now())
    assert listing.count(listing.select(Criteria()), Criteria()) == (2, True)


def test_the_page_shows_people_and_how_they_can_be_reached(
    three: dict[str, Customer], marketer: Client
) -> None:
    page = marketer.get(LIST, {"q": "ana"}).content.decode()
    assert "ana@exemple.fr" in page
    assert "Reachable by e-mail" in page
    assert "Not reachable by SMS: no phone number" in page
    assert "Hugo" not in page


def test_htmx_gets_only_what_changes(three: dict[str, Customer], marketer: Client) -> None:
    fragment = marketer.get(LIST, {"q": "ana"}, headers={"HX-Request": "true"}).content.decode()
    assert fragment.strip().startswith('<div id="results"')
    assert "<html" not in fragment
    typed = marketer.get(LIST, {"q": "ana", "tag": ""}, headers={"HX-Request": "true"})
    assert typed.headers["HX-Push-Url"] == "/clients/?q=ana"
    restored = marketer.get(
        LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert b"<html" in restored.content


def test_each_filter_can_be_taken_away_alone(three: dict[str, Customer], marketer: Client) -> None:
    page = marketer.get(LIST, {"q": "exemple", "gender": "female"}).content.decode()
    chips = re.findall(r'class="tm-chip good" href="([^"]+)"', page)
    assert chips == ["/clients/?gender=female", "/clients/?q=exemple"]


@pytest.mark.parametrize(
    "query",
    ["apres=x", "avant=99999999999999999999", "tag=zz", "sort=zz", "q=%00", "q=a", "apres=-1"],
)
def test_addresses_typed_wrongly_still_answer(
    three: dict[str, Customer], marketer: Client, query: str
) -> None:
    assert marketer.get(f"{LIST}?{query}").status_code == 200


def test_an_empty_base_teaches_what_to_do(marketer: Client) -> None:
    page = marketer.get(LIST).content.decode()
    assert "Your customers will be here" in page
    assert reverse("customers:create") in page


def test_nobody_found_says_so(three: dict[str, Customer], marketer: Client) -> None:
    assert "Nobody matches" in marketer.get(LIST, {"q": "zzz"}).content.decode()


def test_fifty_people_cost_as_many_queries_as_one(
    add_customer: AddCustomer, marketer: Client, django_assert_max_num_queries: Any
) -> None:
    tag = tagging.tag_named("VIP")
    for n in range(50):
        person = add_customer(first_name=f"P{n}", email=f"p{n}@exemple.fr", phone="+33612345678")
        record_consent(person, "email", "given", source="Form")
        Order.objects.create(customer=person, placed_at=timezone.now(), total=n)
    tagging.put_on(Customer.objects.all(), tag)
    with django_assert_max_num_queries(14):
        page = marketer.get(LIST).content.decode()
    assert page.count('name="people"') == 50


def tag_selection(client: Client, **posted: Any) -> Any:
    return client.post(reverse("customers:tag_selection"), posted)


def test_tagging_a_selection_says_the_numbers_first(
    three: dict[str, Customer], marketer: Client
) -> None:
    ids = [three["ana"].pk, three["lou"].pk]
    asked = tag_selection(marketer, people=ids, name="vip", action="add")
    assert "Tag 1 person" in asked.content.decode()
    assert not three["ana"].tags.exists()
    done = tag_selection(marketer, people=ids, name="vip", action="add", confirmed="1")
    assert done.status_code == 302
    assert [tag.name for tag in three["ana"].tags.all()] == ["VIP"]
    assert not three["hugo"].tags.exists()
    assert (
        AuditEntry.objects.get(action="customers.tagged", user__isnull=False).facts["people"] == 1
    )


def test_all_that_match_are_tagged_and_untagged(
    three: dict[str, Customer], marketer: Client
) -> None:
    posted = {"scope": "all", "query": "city=paris", "name": "Île-de-France", "confirmed": "1"}
    response = tag_selection(marketer, action="add", **posted)
    assert response.headers["Location"] == "/clients/?city=paris"
    tag = Tag.objects.get(folded="ile-de-france")
    assert set(tag.customers.all()) == {three["hugo"], three["lou"]}
    tag_selection(marketer, action="remove", **posted)
    assert not tag.customers.exists()


def test_tagging_nobody_or_with_no_name_changes_nothing(
    three: dict[str, Customer], marketer: Client
) -> None:
    tag_selection(marketer, name="New", action="add", confirmed="1")
    tag_selection(marketer, people=[three["ana"].pk], name=" ", action="add", confirmed="1")
    assert list(Tag.objects.values_list("name", flat=True)) == ["VIP"]


def test_a_large_selection_is_tagged_by_one_statement(
    db: None, django_assert_num_queries: Any
) -> None:
    Customer.objects.bulk_create([Customer(last_name=f"N{n}") for n in range(3000)], batch_size=500)
    tag = tagging.tag_named("All")
    # The savepoint, the insert, the audit.
    with django_assert_num_queries(4):
        assert tagging.put_on(Customer.objects.all(), tag) == 3000
    assert tagging.put_on(Customer.objects.all(), tag) == 0
    assert tagging.take_off(Customer.objects.filter(last_name__startswith="N1"), tag) == 1111
