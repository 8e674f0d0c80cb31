"""The number beside a choice is what a rule of that choice alone finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, Message
from customers.models import Customer, Order, Place
from segmentation import choice_counts, engine, snapshot
from segmentation.catalogue import Catalogue, Field, load_catalogue
from segmentation.models import Segment
from segmentation.rules import Kind, Node, parse
from tests.segmentation.conftest import PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
People = dict[str, Customer]


def alone(entry: Field, code: str, source: str, catalogue: Catalogue) -> Node:
    """The rule of one choice alone."""
    value: Any = int(code) if entry.kind is Kind.REFERENCE else code
    test: dict[str, Any] = {"field": entry.key, "op": "is", "value": value}
    if entry.kind is Kind.PLACE:
        near = {"places": [int(code)], "km": 3}
        test = {"field": entry.key, "op": "within_km", "value": near}
    node = test if source == choice_counts.PROFILE else {source: {"where": [test]}}
    return parse({"version": 1, "rule": node}, catalogue).node


def test_every_closed_choice_is_counted_as_its_own_rule_would_be(people: People) -> None:
    now = timezone.now()
    for nth, person in enumerate(Customer.objects.order_by("pk")):
        person.gender = ("female", "male", "")[nth % 3]
        person.country, person.postal_code = "FR", ("75001", "69003")[nth % 2]
        person.save()
    tomorrow = now + dt.timedelta(days=1)
    for status, placed, total in (
        ("cancelled", now, 8),
        ("refunded", now, 9),
        ("paid", tomorrow, 7),
    ):
        Order.objects.create(
            customer=people["cleo"], placed_at=placed, total=total, status=status, channel="store"
        )
    campaign = Campaign.objects.create(name="Spring", launched_at=now)
    Message.objects.create(campaign=campaign, customer=people["ada"], channel="email", sent_at=now)
    Place.objects.create(name="Halles", latitude="48.862", longitude="2.346")
    snapshot.sync()
    catalogue = load_catalogue()
    asked = [(choice_counts.PROFILE, entry) for entry in catalogue.entries]
    asked += [(s.key, entry) for s in catalogue.source_entries for entry in s.entries]
    seen = {}
    for source, entry in asked:
        if of := choice_counts.named(entry, source):
            seen[of] = choice_counts.counts(of, catalogue, now, "3")
            rules = {c.code: alone(entry, c.code, source, catalogue) for c in entry.choices}
            assert seen[of] == engine.counts(rules, now, catalogue), of
    assert seen["field:gender"]["female"] == 2
    assert seen["field:location"] == {str(Place.objects.get().pk): 3}
    assert seen["orders:status"]["cancelled"] == 1
    assert seen["orders:channel"]["store"] == 0
    assert seen["messages:campaign"] == {str(campaign.pk): 1}
    assert {"field:lifecycle_stage", "field:engagement_level", "items:status"} <= seen.keys()


def test_segments_are_counted_by_their_sizes_and_what_is_unknown_is_not(
    sign_in: Callable[[str], Client], people: People, make_segment: Callable[..., Segment]
) -> None:
    segment = make_segment(PARIS, size=3)
    make_segment(PARIS, "Never filled")
    client = sign_in("marketer")

    def counts(of: str, **more: str) -> Any:
        return client.get("/segments/valeurs/", {"of": of, **more}).json()["counts"]

    assert counts("segment") == {str(segment.pk): 3}
    assert counts("field:gender")["female"] == 0
    assert counts("field:location", km="nan") == {}
    for unknown in ("gender", "field:city", "field:", "orders:total", "nobody:gender", ":gender"):
        assert counts(unknown) == {}
