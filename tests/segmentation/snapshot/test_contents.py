"""What the snapshot holds of the facts, and what it must not hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from campaigns.models import Campaign, CampaignLink, Engagement, Message
from customers.fields import address_hash
from customers.folding import fold
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    CustomerTag,
    Event,
    EventProperty,
    Suppression,
    Tag,
)
from segmentation import engine, snapshot, suggestions
from segmentation.catalogue import load_catalogue
from segmentation.models import Membership, Segment
from segmentation.rules import parse
from segmentation.snapshot import versions
from tests.segmentation.snapshot.conftest import NOON, customer, line, order, row, rows

pytestmark = [pytest.mark.both_databases, pytest.mark.django_db]


def test_a_person_is_mirrored_with_folded_texts_and_local_dates() -> None:
    ada = customer(
        gender="female",
        city="  Saint-ÉTIENNE  ",
        postal_code="42 000",
        education="Bac +5",
        profession="Œnologue",
        interests=["Vélo", "vélo ", "Straße", ""],
        birth_date=dt.date(1990, 2, 28),
        children=2,
        signed_up_at=dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC),
        preferred_channel="sms",
    )
    snapshot.sync()
    told = row("SELECT * FROM customers")
    assert told["id"] == ada.pk
    assert told["gender"] == "female"
    assert told["city"] == "saint-etienne"
    assert told["postal_code"] == "42 000"
    assert told["department"] == "42"
    assert told["country"] == "fr"
    assert told["profession"] == "oenologue"
    assert told["interests"] == ["strasse", "velo"]
    assert told["birth_date"] == dt.date(1990, 2, 28)
    assert told["children"] == 2
    assert told["signed_up_at"] == NOON.replace(month=6, day=30, hour=22, minute=30, tzinfo=None)
    assert told["signed_up_at_on"] == dt.date(2026, 7, 1)
    assert told["preferred_channel"] == "sms"
    for empty in ("marital_status", "income_band", "acquisition_source", "email_domain"):
        assert told[empty] is None
    assert ("city", "saint-etienne", "Saint-ÉTIENNE", 1) in rows("SELECT * FROM labels")


DEPARTMENTS = [
    ("FR", "75011", "75"),
    ("FR", "01000", "01"),
    ("FR", "20000", "2a"),
    ("FR", "20190", "2a"),
    ("FR", "20200", "2b"),
    ("FR", "20620", "2b"),
    ("FR", "97411", "974"),
    ("FR", "98800", "988"),
    ("FR", "7501", None),
    ("FR", "00100", None),
    ("FR", "99999", None),
    ("BE", "75011", None),
    ("", "75011", None),
]


def test_the_department_follows_from_the_postcode() -> None:
    for country, code, _department in DEPARTMENTS:
        customer(country=country, postal_code=code)
    snapshot.sync()
    found = rows("SELECT department FROM customers ORDER BY id")
    assert [each for (each,) in found] == [department for _c, _p, department in DEPARTMENTS]


def test_reachable_means_an_address_a_consent_and_no_suppression() -> None:
    people = {
        "no consent": customer(email="a@example.org", phone="+33612345678"),
        "consent": customer(email="b@Example.org", phone="+33639981234"),
        "withdrawn": customer(email="c@example.org", phone="+262692123456"),
        "suppressed": customer(email="d@example.org", phone="+4915112345678"),
        "no address": customer(email="", phone="+33145678901"),
    }
    for name, person in people.items():
        for subject in ("email", "sms"):
            if name != "no consent":
                _consent(person, subject, "given", NOON)
    _consent(people["withdrawn"], "email", "withdrawn", NOON)
    _consent(people["consent"], "email", "withdrawn", NOON - dt.timedelta(days=1))
    for channel, address in (("email", "d@example.org"), ("sms", "+4915112345678")):
        hashed = address_hash(address) or ""
        Suppression.objects.create(channel=channel, address_hash=hashed, reason="complaint")
    snapshot.sync()
    told = {
        name: row(f"SELECT * FROM customers WHERE id = {person.pk}")
        for name, person in people.items()
    }
    assert [name for name in people if told[name]["reachable_email"]] == ["consent"]
    assert [name for name in people if told[name]["reachable_sms"]] == ["consent", "withdrawn"]
    assert [name for name in people if not told[name]["has_email"]] == ["no address"]
    assert [name for name in people if not told[name]["has_mobile"]] == ["no address"]
    assert told["no consent"]["email_consent"] == "unknown"
    assert told["consent"]["email_consent"] == "given"
    assert told["withdrawn"]["email_consent"] == "withdrawn"
    assert told["consent"]["email_domain"] == "example.org"
    assert told["suppressed"]["email_suppressed"]
    assert told["suppressed"]["sms_suppressed"]
    assert [told[name]["phone_country"] for name in people] == ["fr", "fr", "re", "de", "fr"]
    assert told["consent"]["tracking_consent"] == "unknown"


def test_people_who_share_an_address_share_its_key_and_others_do_not() -> None:
    for email in ("x@example.org", "x@example.org", "y@example.org", None):
        customer(email=email)
    snapshot.sync()
    keys = [key for (key,) in rows("SELECT email_key FROM customers ORDER BY id")]
    assert keys[0] == keys[1]
    assert keys[0] != keys[2]
    assert keys[3] is None


def test_a_consent_dated_in_the_future_counts_when_its_time_comes() -> None:
    ada = customer(email="a@example.org")
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)
    _consent(ada, "email", "given", soon)
    snapshot.sync()
    assert rows("SELECT email_consent FROM customers") == [("unknown",)]
    assert snapshot.meta().stale_at == soon


def test_each_custom_attribute_is_a_column_of_its_type() -> None:
    for key, type_ in (
        ("taille", "number"),
        ("vip", "boolean"),
        ("anniversaire", "date"),
        ("couleur", "choice"),
        ("note-libre", "text"),
    ):
        CustomAttribute.objects.create(key=key, label=key, type=type_)
    customer(
        attributes={
            "taille": "42.5",
            "vip": True,
            "anniversaire": "2020-02-29",
            "couleur": "Rouge vif",
            "note-libre": 'Dit "à bientôt"',
            "inconnu": "x",
        }
    )
    customer(attributes={"taille": "grand", "vip": None, "anniversaire": "", "couleur": ""})
    snapshot.sync()
    columns = ("taille", "vip", "anniversaire", "couleur", "note-libre")
    picked = ", ".join(f'"attr:{key}"' for key in columns)
    assert rows(f"SELECT {picked} FROM customers ORDER BY id") == [
        (Decimal("42.5"), True, dt.date(2020, 2, 29), "rouge vif", 'dit "a bientot"'),
        (None, None, None, None, None),
    ]
    assert ("rouge vif", "Rouge vif") in rows(
        "SELECT folded, label FROM labels WHERE kind = 'attr:couleur'"
    )
    CustomAttribute.objects.filter(key="vip").delete()
    assert snapshot.sync().published
    assert "attr:vip" not in row("SELECT * FROM customers LIMIT 1")


def test_keys_that_differ_by_their_capitals_are_columns_of_their_own() -> None:
    keys = ("size", "Size", "SIZE", "size_1", "size_as")
    people = [customer(attributes={key: f"It is {key}"}) for key in keys]
    for person, key in zip(people, keys, strict=True):
        CustomAttribute.objects.create(key=key, label=key)
        EventProperty.objects.create(key=key, label=key, type="text")
        Event.objects.create(
            customer=person, name="visit", occurred_at=NOON, properties={key: f"It is {key}"}
        )
    snapshot.sync()
    catalogue = load_catalogue()

    def who(rule: dict[str, object]) -> list[int]:
        return engine.ids(parse({"version": 1, "rule": rule}, catalogue), NOON, catalogue)

    for person, key in zip(people, keys, strict=True):
        assert who({"field": f"attr:{key}", "op": "is_set"}) == [person.pk]
        told = [{"field": f"prop:{key}", "op": "is_set"}]
        assert who({"events": {"where": told}}) == [person.pk]
        assert suggestions.search(f"attr:{key}", "it")[0].label == f"It is {key}"


def test_orders_lines_and_events_carry_what_rules_ask() -> None:
    ada = customer()
    bought = order(ada, "12.34", discount=Decimal("1.50"), store="Orléans", channel="web")
    sold = line(bought, "Thés", "6.17", quantity=Decimal("1.5"))
    Event.objects.create(
        customer=ada, name="page_view", occurred_at=NOON, page="/thés", product=sold.product
    )
    snapshot.sync()
    item = row("SELECT * FROM items")
    assert (item["customer_id"], item["order_id"]) == (ada.pk, bought.pk)
    assert (item["product"], item["category"], item["brand"]) == ("produit thes", "thes", "marque")
    assert (item["quantity"], item["amount"]) == (Decimal("1.500"), Decimal("6.17"))
    assert (item["total"], item["discount"]) == (Decimal("12.34"), Decimal("1.50"))
    assert (item["store"], item["channel"], item["promo_code"]) == ("orleans", "web", None)
    event = row("SELECT * FROM events")
    assert (event["name"], event["page"], event["category"]) == ("page_view", "/thes", "thes")
    assert event["occurred_at_on"] == dt.date(2026, 3, 10)


def test_tags_lists_messages_and_engagements_are_mirrored() -> None:
    ada = customer()
    tag = Tag.objects.create(name="Très fidèle", folded="tres fidele")
    CustomerTag.objects.create(customer=ada, tag=tag)
    lists = [
        Segment.objects.create(name=kind, kind=kind) for kind in (Segment.Kind.STATIC, "dynamic")
    ]
    for each in lists:
        Membership.objects.create(segment=each, customer=ada)
    campaign = Campaign.objects.create(name="Soldes", channel="email")
    link = CampaignLink.objects.create(
        campaign=campaign, url="https://Boutique.example/Été?client=ada#haut", position=1
    )
    Message.objects.create(campaign=campaign, customer=ada, channel="email", sent_at=NOON)
    Message.objects.create(campaign=campaign, customer=customer(), channel="email")
    Engagement.objects.create(
        campaign=campaign, customer=ada, kind="click", channel="email", link=link, occurred_at=NOON
    )
    snapshot.sync()
    assert rows("SELECT customer_id, tag_id, tag FROM customer_tags") == [
        (ada.pk, tag.pk, "tres fidele")
    ]
    assert rows("SELECT id, label FROM tags") == [(tag.pk, "Très fidèle")]
    assert rows("SELECT segment_id, customer_id FROM static_members") == [(lists[0].pk, ada.pk)]
    message = row("SELECT * FROM messages")
    assert (message["customer_id"], message["campaign"]) == (ada.pk, campaign.pk)
    engagement = row("SELECT * FROM engagements")
    assert (engagement["kind"], engagement["machine"]) == ("click", False)
    assert engagement["link"] == "boutique.example/ete"


HOSTILE = (
    *("\\N", "\\n", '"', '""', "a,b", "a\nb", "a\r\nb", "NULL", "null", "'", "$$", "é😀"),
    *("\ufeffx", '","', "\\", "\u2028", "?", "$1", "x" * 100),
)


def test_hostile_texts_arrive_as_they_are() -> None:
    for text in HOSTILE:
        customer(city=text)
    snapshot.sync()
    found = rows("SELECT city FROM customers ORDER BY id")
    assert [city for (city,) in found] == [fold(text) or None for text in HOSTILE]


def test_nothing_that_names_a_person_is_in_the_file() -> None:
    ada = customer(
        first_name="Zéphyrine",
        last_name="Quatrebarbes",
        email="zephyrine.q@boutique.example",
        phone="+33698765432",
        address="17 rue Imaginaire",
        external_id="CLIENT-4711",
    )
    order(ada, number="COMMANDE-12")
    _consent(ada, "email", "given", NOON, wording="formulation exacte", proof="preuve-99")
    snapshot.sync()
    version = snapshot.current_version()
    assert version is not None
    content = version.path.read_bytes()
    assert b"boutique.example" in content
    for secret in (
        *("Zéphyrine", "zephyrine", "Quatrebarbes", "quatrebarbes", "98765432", "Imaginaire"),
        *("CLIENT-4711", "COMMANDE-12", "formulation", "preuve-99"),
    ):
        assert secret.encode() not in content
    left = {path.name for path in versions.folder().rglob("*") if path.is_file()}
    assert left == {version.path.name, versions.POINTER, versions.LOCK}


def _consent(
    person: Customer, subject: str, state: str, at: dt.datetime, wording: str = "", proof: str = ""
) -> None:
    ConsentRecord.objects.create(
        customer=person,
        subject=subject,
        state=state,
        occurred_at=at,
        source="formulaire",
        wording=wording,
        proof=proof,
    )


def test_the_hours_around_midnight_fall_on_the_right_side_in_both_seasons() -> None:
    ada = customer()
    for instant, _day in MIDNIGHTS:
        order(ada, placed_at=instant)
    snapshot.sync()
    found = rows("SELECT placed_at_on FROM orders ORDER BY placed_at")
    assert [day for (day,) in found] == [day for _instant, day in MIDNIGHTS]


MIDNIGHTS = [
    (dt.datetime(2026, 1, 31, 22, 59, 59, tzinfo=dt.UTC), dt.date(2026, 1, 31)),
    (dt.datetime(2026, 1, 31, 23, 0, tzinfo=dt.UTC), dt.date(2026, 2, 1)),
    (dt.datetime(2026, 3, 28, 23, 30, tzinfo=dt.UTC), dt.date(2026, 3, 29)),
    (dt.datetime(2026, 3, 29, 21, 59, 59, tzinfo=dt.UTC), dt.date(2026, 3, 29)),
    (dt.datetime(2026, 3, 29, 22, 0, tzinfo=dt.UTC), dt.date(2026, 3, 30)),
    (dt.datetime(2026, 10, 24, 22, 0, tzinfo=dt.UTC), dt.date(2026, 10, 25)),
    (dt.datetime(2026, 10, 25, 22, 30, tzinfo=dt.UTC), dt.date(2026, 10, 25)),
]
