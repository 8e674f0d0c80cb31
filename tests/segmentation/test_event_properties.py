"""Declared event properties: from what a site sends to who a rule means, and the settings pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from customers import event_properties
from customers.models import Customer, Event, EventProperty
from segmentation import engine, snapshot
from segmentation.catalogue import load_catalogue
from segmentation.models import Segment
from segmentation.rules import RuleError, parse
from segmentation.snapshot import triggers
from tests.segmentation.snapshot.conftest import NOON, rows

pytestmark = pytest.mark.django_db
Make = Callable[..., Segment]
CARRIED: list[dict[str, Any]] = [
    {"shade": "Bleu  NUIT", "stars": 4.5, "sale": True, "delivery": "2026-03-29"},
    {"shade": "rouge", "stars": "3", "sale": "false", "delivery": "2026-04-01T10:00:00Z"},
    {"shade": "", "stars": "many", "sale": "perhaps", "delivery": "29/03/2026"},
    {"shade": None, "other": "bleu nuit"},
    {},
]
TYPES = {"shade": "text", "stars": "number", "sale": "boolean", "delivery": "date"}


@pytest.fixture
def visitors(db: None) -> list[int]:
    """One person an event, in the order of CARRIED."""
    if not triggers.stand():
        triggers.install()
    people = [Customer.objects.create(first_name=f"N{n}") for n in range(len(CARRIED))]
    for person, carried in zip(people, CARRIED, strict=True):
        Event.objects.create(
            customer=person, name="page_view", occurred_at=NOON, properties=carried
        )
    return [person.pk for person in people]


def declare() -> None:
    # A name that only the column of what was written could have.
    EventProperty.objects.create(key="shade_as", label="Other", type="text")
    for key, type_ in TYPES.items():
        EventProperty.objects.create(key=key, label=key.title(), type=type_)
    snapshot.sync()


def who(body: dict[str, Any]) -> list[int]:
    rule = parse({"version": 1, "rule": {"events": body}}, load_catalogue())
    return engine.ids(rule, NOON + dt.timedelta(days=1))


def where(key: str, op: str, value: Any = None) -> dict[str, Any]:
    test = {"op": op} if value is None else {"op": op, "value": value}
    return {"where": [{"field": f"prop:{key}", **test}]}


def test_rules_ask_about_what_is_declared_as_its_type(visitors: list[int]) -> None:
    declare()
    blue, red, *others = visitors
    assert who(where("shade", "is", "bleu nuit")) == [blue]
    assert who(where("shade_as", "is_set")) == []
    assert who(where("shade", "is_not", "Rouge")) == [blue, *others]
    assert who(where("stars", ">", 3)) == [blue]
    assert who(where("stars", "is_set")) == [blue, red]
    assert who(where("sale", "is", False)) == [red]
    assert who(where("delivery", "on", "2026-03-29")) == [blue]
    assert who(where("delivery", "is_set")) == [blue, red]
    assert who({"measure": "max:prop:stars", "op": "<=", "value": 3}) == [red]
    assert who({"measure": "distinct:prop:shade", "op": "=", "value": 0}) == others
    assert who({"per": "prop:shade"}) == [blue, red]
    trend = {"of": "events", "measure": "sum:prop:stars", "last": [2, "day"], "op": "up"}
    rule = parse({"version": 1, "rule": {"trend": trend}}, load_catalogue())
    assert engine.ids(rule, NOON + dt.timedelta(days=1)) == [blue, red]


def test_only_what_is_declared_reaches_the_snapshot(visitors: list[int]) -> None:
    snapshot.sync()
    columns = "SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'"
    assert not [name for (name,) in rows(columns) if "prop" in name]
    with pytest.raises(RuleError) as refused:
        who(where("shade", "is", "rouge"))
    assert [problem.code for problem in refused.value.problems] == ["unknown_field"]
    EventProperty.objects.create(key="shade", label="Shade", type="text")
    assert snapshot.sync().published
    assert [n for (n,) in rows(columns) if "prop" in n] == ["prop:shade", "prop:shade:as"]
    assert ("prop:shade", "bleu nuit", "Bleu  NUIT", 1) in rows("SELECT * FROM labels")
    EventProperty.objects.all().delete()
    snapshot.sync()
    assert not [name for (name,) in rows(columns) if "prop" in name]


def test_what_events_carry_is_proposed_with_examples(visitors: list[int]) -> None:
    person = Customer.objects.get(pk=visitors[0])
    odd = {"shade": "rouge", "taille (cm)": 12, "ref": "0042", "long": "x" * 99}
    Event.objects.create(customer=person, name="cart", occurred_at=NOON, properties=odd)
    EventProperty.objects.create(key="delivery", label="Delivery", type="date")
    found = {each.key: each for each in event_properties.proposals()}
    assert set(found) == {"shade", "stars", "sale", "other", "taille (cm)", "ref", "long"}
    assert (found["shade"].type, found["shade"].events) == ("text", 3)
    assert set(found["shade"].examples) == {"Bleu NUIT", "rouge"}
    assert [found[key].type for key in ("taille (cm)", "ref", "stars")] == [
        *("number", "text", "text"),
    ]
    assert not found["taille (cm)"].fits
    assert len(found["long"].examples[0]) == 40
    assert list(found)[:3] == ["sale", "shade", "stars"]


def test_a_property_is_declared_renamed_and_deleted_on_its_pages(
    sign_in: Callable[[str], Client], visitors: list[int], make_segment: Make
) -> None:
    client = sign_in("administrator")
    listed = client.get(reverse("customers:event_properties")).content.decode()
    assert "Bleu NUIT" in listed
    declare_url = reverse("customers:event_property_declare")
    filled = client.get(declare_url, {"key": "shade", "type": "text"}).content.decode()
    assert 'value="shade"' in filled
    told = {"label": "Shade", "key": "shade", "type": "text"}
    assert client.post(declare_url, told | {"key": "taille (cm)"}).status_code == 422
    assert client.post(declare_url, told).status_code == 302
    for key in ("shade", "SHADE"):
        assert client.post(declare_url, told | {"key": key}).status_code == 422
    declared = EventProperty.objects.get()
    rule = {"events": {"measure": "distinct:prop:shade", "op": ">", "value": 1}}
    make_segment(rule, name="Many shades")
    edit = reverse("customers:event_property_edit", args=[declared.pk])
    assert "Many shades" in client.get(edit).content.decode()
    client.post(edit, {"label": "Colour", "key": "other", "type": "number"})
    declared.refresh_from_db()
    assert (declared.label, declared.key, declared.type) == ("Colour", "shade", "text")
    delete = reverse("customers:event_property_delete", args=[declared.pk])
    assert client.post(delete).status_code == 302
    assert EventProperty.objects.exists()
    Segment.objects.all().delete()
    client.post(delete)
    assert not EventProperty.objects.exists()
    assert Event.objects.filter(properties__shade="rouge").exists()
    done = AuditEntry.objects.filter(action__startswith="event_property.")
    assert sorted(done.values_list("action", flat=True)) == [
        *("event_property.declared", "event_property.deleted", "event_property.edited"),
    ]
    assert sign_in("marketer").get(edit).status_code == 403
