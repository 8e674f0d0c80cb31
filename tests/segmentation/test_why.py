"""Why a person is in a segment, or is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from customers.models import Customer, CustomerTag, Order, Tag
from segmentation import membership, snapshot
from segmentation.models import Segment
from segmentation.why import Reason, why

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
RULE = {
    "version": 1,
    "rule": {
        "all": [
            {"field": "city", "op": "is", "value": "Évry"},
            {
                "any": [
                    {"field": "tags", "op": "has_any", "value": ["VIP"]},
                    {"orders": {"measure": "sum:total", "op": ">", "value": 100}},
                ]
            },
            {"not": {"field": "average_basket", "op": ">", "value": 90}},
            {"orders": {"measure": "last", "op": "in_last", "value": [30, "day"]}},
            {"field": "gender", "op": "is", "value": "female"},
            {"sample": {"from": 0, "to": 10000, "salt": "all"}},
        ]
    },
}


@pytest.fixture
def someone(tmp_path: Any, settings: Any) -> Customer:
    settings.SNAPSHOT_DIR = tmp_path / "snapshot"
    person = Customer.objects.create(first_name="Léa", city="ÉVRY", gender="female")
    tag = Tag.objects.create(name="Presse", folded="presse")
    CustomerTag.objects.create(customer=person, tag=tag)
    for days, total in ((3, 60), (40, 50)):
        bought = timezone.now() - dt.timedelta(days=days)
        Order.objects.create(customer=person, placed_at=bought, total=total)
    Customer.objects.create(first_name="Nobody")
    snapshot.sync()
    return person


@pytest.fixture
def segment() -> Segment:
    return Segment.objects.create(name="Fidèles d’Évry", rule=RULE)


def leaves(reason: Reason) -> list[tuple[bool, str]]:
    if not reason.parts:
        return [(reason.holds, reason.own)]
    return [leaf for part in reason.parts for leaf in leaves(part)]


def test_each_condition_is_told_with_the_person_s_own_value(
    someone: Customer, segment: Segment
) -> None:
    with translation.override("en"):
        answer = why(segment, someone.pk, timezone.now())
    assert answer is not None
    assert answer.reason.holds
    told = leaves(answer.reason)
    assert [holds for holds, _own in told] == [True, False, True, False, True, True, True]
    own = [own.replace("\xa0", " ").replace("\u202f", " ") for _holds, own in told]
    assert own[:2] == ["ÉVRY", "Presse"]
    assert own[2].startswith(("€110", "110"))
    assert own[3] == own[2].replace("110", "55")  # two orders: the average basket is half of it
    assert own[5:] == ["Woman", ""]


def test_someone_who_told_nothing_is_not_known(segment: Segment, someone: Customer) -> None:
    nobody = Customer.objects.get(first_name="Nobody")
    with translation.override("en"):
        answer = why(segment, nobody.pk, timezone.now())
    assert answer is not None
    assert not answer.reason.holds
    assert leaves(answer.reason)[0] == (False, "not known")
    assert why(segment, 10**9, timezone.now()) is None


def test_the_page_tells_it_to_whom_may_see_people(
    sign_in: SignIn, someone: Customer, segment: Segment
) -> None:
    url = f"/segments/{segment.pk}/pourquoi/{someone.pk}/"
    marketer = sign_in("marketer")
    page = marketer.get(url).content.decode()
    assert "meets the conditions" in page
    assert "next refresh" in page
    membership.refresh(segment.pk)
    assert "next refresh" not in marketer.get(url).content.decode()
    assert marketer.post(url).status_code == 405
    assert url in marketer.get(f"/clients/{someone.pk}/").content.decode()
    assert url in marketer.get(f"/segments/{segment.pk}/membres/").content.decode()
    assert sign_in("analyst").get(url).status_code == 403


def test_a_rule_that_is_not_valid_any_more_says_so(
    sign_in: SignIn, someone: Customer, segment: Segment
) -> None:
    segment.rule = {"version": 1, "rule": {"field": "shoe", "op": "is", "value": "x"}}
    segment.save()
    page = sign_in("marketer").get(f"/segments/{segment.pk}/pourquoi/{someone.pk}/")
    assert page.status_code == 200
    assert "not valid any more" in page.content.decode()
