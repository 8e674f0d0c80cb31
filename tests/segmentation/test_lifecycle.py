"""The thresholds of the life cycle: by trade or the shop's own, and the segments that follow."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Customer, Order
from segmentation import engine, membership, snapshot
from segmentation.catalogue import load_catalogue
from segmentation.models import Lifecycle, MembershipChange, Segment
from segmentation.rules import parse

pytestmark = pytest.mark.django_db
SignIn = Callable[[str], Client]
URL = "/reglages/cycle-de-vie/"
AT_RISK = {"version": 1, "rule": {"field": "lifecycle_stage", "op": "is", "value": "at_risk"}}


@pytest.fixture
def buyer(tmp_path: Any, settings: Any) -> Customer:
    settings.SNAPSHOT_DIR = tmp_path / "snapshot"
    someone = Customer.objects.create(first_name="Léa")
    bought = timezone.now() - dt.timedelta(days=60)
    Order.objects.create(customer=someone, placed_at=bought, total=30)
    snapshot.sync()
    return someone


def at_risk() -> list[int]:
    return engine.ids(parse(AT_RISK, load_catalogue()), timezone.now())


def test_a_food_shop_worries_before_a_beauty_shop(sign_in: SignIn, buyer: Customer) -> None:
    assert reverse("segmentation:lifecycle") == URL
    assert at_risk() == []
    typed = {"trade": "food", "at_risk_days": "90", "lost_days": "240"}
    assert sign_in("administrator").post(URL, typed).status_code == 302
    kept = Lifecycle.objects.get()
    assert (kept.at_risk_days, kept.lost_days) == (30, 90)
    assert at_risk() == [buyer.pk]


def test_another_trade_has_its_own_days(sign_in: SignIn, buyer: Customer) -> None:
    typed = {"trade": "other", "at_risk_days": "59", "lost_days": "61"}
    assert sign_in("administrator").post(URL, typed).status_code == 302
    assert at_risk() == [buyer.pk]


def test_the_days_of_a_known_trade_are_shown_and_not_asked_for(sign_in: SignIn) -> None:
    administrator = sign_in("administrator")
    page = administrator.get(URL).content.decode()
    assert 'name="at_risk_days"' not in page
    assert "<dd>240 days</dd>" in page

    drawn = administrator.get(URL, {"trade": "other"}, headers={"HX-Request": "true"})
    assert 'name="at_risk_days"' in drawn.content.decode()
    assert "<html" not in drawn.content.decode()

    # Where no script draws them, saving asks for them and keeps nothing yet.
    asked = administrator.post(URL, {"trade": "other"})
    assert asked.status_code == 200
    assert '<option value="other" selected>' in asked.content.decode()
    assert 'name="lost_days" value="240"' in asked.content.decode()
    assert not Lifecycle.objects.exists()


def test_a_trade_that_does_not_exist_is_refused(sign_in: SignIn) -> None:
    assert sign_in("administrator").post(URL, {"trade": "moon"}).status_code == 422
    assert not Lifecycle.objects.exists()


@pytest.mark.parametrize(("first", "then"), [("90", "90"), ("0", "9"), ("1", "9999"), ("x", "9")])
def test_days_that_make_no_sense_are_refused(sign_in: SignIn, first: str, then: str) -> None:
    typed = {"trade": "other", "at_risk_days": first, "lost_days": then}
    assert sign_in("administrator").post(URL, typed).status_code == 422
    assert not Lifecycle.objects.exists()


def test_people_moved_by_new_thresholds_did_not_move_themselves(
    sign_in: SignIn, buyer: Customer
) -> None:
    segment = Segment.objects.create(name="À risque", rule=AT_RISK)
    membership.refresh(segment.pk)
    typed = {"trade": "food", "at_risk_days": "30", "lost_days": "90"}
    sign_in("administrator").post(URL, typed)
    segment.refresh_from_db()
    assert segment.due_at is not None
    assert segment.due_at <= timezone.now()
    membership.refresh(segment.pk)
    change = MembershipChange.objects.get()
    assert (change.customer_id, change.kind, change.cause) == (buyer.pk, "entered", "rule_change")


def test_only_those_who_manage_settings_change_the_life_cycle(sign_in: SignIn) -> None:
    assert sign_in("marketer").get(URL).status_code == 403
    administrator = sign_in("administrator")
    assert administrator.delete(URL).status_code == 405
    assert administrator.get(URL).status_code == 200
