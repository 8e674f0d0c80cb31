"""A segment's page tells its life: curves, who came and went, what comes next, who needs it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, CampaignSegment
from customers.models import Customer
from segmentation import deletion, editing, life, membership, snapshot
from segmentation.models import Membership, MembershipChange, Segment, SegmentSize
from tests.segmentation.conftest import BUYERS, PARIS

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
SignIn = Callable[[str], Client]
Make = Callable[..., Segment]
People = dict[str, Customer]
CARTS: dict[str, Any] = {"events": {"when": {"ago": [2, 4, "hour"]}}}


def moved(segment: Segment, person: Customer, kind: str, cause: str, at: dt.datetime) -> None:
    MembershipChange.objects.create(segment=segment, customer=person, kind=kind, cause=cause, at=at)


@pytest.fixture
def lived(people: People, make_segment: Make) -> Segment:
    """Filled the day before yesterday, its rule changed yesterday, people moved today."""
    segment = make_segment(PARIS, "Parisians")
    noon = timezone.localtime().replace(hour=0, minute=0, second=1)
    for name in ("ada", "bob", "dan"):
        moved(segment, people[name], "entered", "first_fill", noon - dt.timedelta(days=2))
    moved(segment, people["dan"], "left", "rule_change", noon - dt.timedelta(days=1))
    moved(segment, people["cleo"], "entered", "refresh", noon)
    moved(segment, people["bob"], "left", "refresh", noon)
    return segment


def test_the_movements_of_a_day_tell_people_from_fills_and_rules(lived: Segment) -> None:
    days = life.movements(lived)
    assert [(d.entered, d.left, d.filled, d.rule_entered, d.rule_left) for d in days] == [
        (1, 1, 0, 0, 0),
        (0, 0, 0, 0, 1),
        (0, 0, 3, 0, 0),
    ]
    assert days[0].day == timezone.localdate()


def test_the_history_by_name_is_filtered_and_paged(
    sign_in: SignIn, lived: Segment, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, url = sign_in("marketer"), f"/segments/{lived.pk}/mouvements/"
    whole = client.get(url).content.decode()
    assert "Cléo" in whole
    for why in (
        "The segment was filled for the first time.",
        "The rule was changed.",
        "Meets the conditions since then.",
        "No longer meets the conditions.",
    ):
        assert why in whole
    entries = client.get(f"{url}?sens=entered").content.decode()
    assert "No longer meets" not in entries
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    of_a_day = client.get(f"{url}?jour={yesterday}").content.decode()
    assert "Dan" in of_a_day
    assert "Ada" not in of_a_day
    monkeypatch.setattr("segmentation.views.members.PER_PAGE", 2)
    seen: list[int] = []
    after: Any = ""
    for _page in range(3):
        answer = client.get(f"{url}?suite={after}")
        seen += [line.pk for line, _why in answer.context["lines"]]
        after = answer.context["following"]
    assert seen == list(lived.changes.values_list("pk", flat=True))
    assert after is None
    assert client.get(f"{url}?suite=abc&jour=never&sens=sideways").status_code == 200
    assert sign_in("analyst").get(url).status_code == 403
    assert client.post(url).status_code == 405


def test_the_page_draws_size_reach_and_revenue_with_their_tables(
    sign_in: SignIn, people: People, make_segment: Make
) -> None:
    segment, client = make_segment(BUYERS), sign_in("analyst")
    membership.refresh(segment.pk)
    assert "curves begin on the second" in client.get(f"/segments/{segment.pk}/").content.decode()
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    SegmentSize.objects.create(
        segment=segment, day=yesterday, size=3, email=2, sms=None, revenue=100
    )
    (_, sizes), (_, revenue) = life.charts(segment)
    assert [each["data"] for each in sizes["datasets"]] == [[3, 4], [2, 1]]
    assert revenue["datasets"][0]["data"] == [100.0, 140.0]
    page = client.get(f"/segments/{segment.pk}/").content.decode()
    assert page.count("The same figures as a table") == 2
    assert "€140" in page
    make_segment(PARIS, "Never filled")
    shares = [row.revenue_share for row in client.get("/segments/").context["rows"]]
    assert shares == [None, pytest.approx(1)]


def test_the_page_asks_a_fixed_number_of_questions(
    sign_in: SignIn, lived: Segment, django_assert_max_num_queries: Any
) -> None:
    client = sign_in("marketer")
    with django_assert_max_num_queries(24):
        assert client.get(f"/segments/{lived.pk}/").status_code == 200
    # Session, member; the segment, its sizes, its history.
    with django_assert_max_num_queries(6):
        assert client.get(f"/segments/{lived.pk}/mouvements/").status_code == 200


def test_the_page_says_when_a_segment_is_next_counted_and_why(
    people: People, make_segment: Make
) -> None:
    carts = make_segment(CARTS, "Carts")
    assert "dix minutes" in str(life.next_reason(carts))
    assert "dix minutes" in str(life.next_reason(make_segment({"segment": carts.pk}, "Above")))
    assert "un nouveau jour" in str(life.next_reason(make_segment(PARIS, "Paris")))
    window = {"orders": {"when": {"last": [90, "day"]}}}
    assert "toutes les heures" in str(life.next_reason(make_segment(window, "Recent")))
    failed = {"failures": 1, "failed_at": timezone.now()}
    assert "échoué" in str(life.next_reason(make_segment(PARIS, "Bad", **failed)))
    assert "chaque jour" in str(life.next_reason(editing.create_list("Fixed", None)))


def test_a_refresh_under_way_can_be_stopped_by_who_may_edit(
    sign_in: SignIn, make_segment: Make
) -> None:
    segment, marketer, analyst = make_segment(PARIS), sign_in("marketer"), sign_in("analyst")
    stop, state = f"/segments/{segment.pk}/arreter/", f"/segments/{segment.pk}/etat/"
    assert stop not in marketer.get(state).content.decode(), "it has not begun"
    now = timezone.now()
    running = {"leased_until": now + dt.timedelta(minutes=1), "refreshing_since": now}
    Segment.objects.filter(pk=segment.pk).update(**running)
    assert stop in marketer.get(state).content.decode()
    assert stop not in analyst.get(state).content.decode()
    assert analyst.post(stop).status_code == 403
    assert marketer.get(stop).status_code == 405
    assert marketer.post(stop).status_code == 302
    segment.refresh_from_db()
    assert segment.cancel_asked
    told = marketer.get(state)
    assert "Being stopped" in told.content.decode()
    assert "HX-Refresh" not in told.headers
    # Between two turns of a long fill, too.
    between = {"leased_until": None, "due_at": now, "cancel_asked": False}
    Segment.objects.filter(pk=segment.pk).update(**between)
    assert stop in marketer.get(state).content.decode()
    marketer.post(stop)
    assert "Being stopped" in marketer.get(state).content.decode()


def test_an_unused_segment_is_deleted_with_what_the_page_named(
    sign_in: SignIn, people: People, make_segment: Make
) -> None:
    segment, client = make_segment(PARIS), sign_in("marketer")
    membership.refresh(segment.pk)
    url = f"/segments/{segment.pk}/supprimer/"
    assert sign_in("analyst").post(url).status_code == 403
    assert deletion.loss(segment) == deletion.Loss(members=3, changes=3, days=1)
    assert "Delete for good" in client.get(url).content.decode()
    assert client.post(url)["Location"] == "/segments/"
    assert not Segment.objects.exists()
    assert not Membership.objects.exists()
    assert Customer.objects.count() == 6
    assert client.get(url).status_code == 404
    snapshot.sync()


def test_a_segment_something_needs_is_not_deleted_and_says_what(
    sign_in: SignIn, make_segment: Make
) -> None:
    segment, client = make_segment(PARIS, "Base"), sign_in("marketer")
    url = f"/segments/{segment.pk}/supprimer/"
    above = make_segment({"segment": segment.pk}, "Above", archived_at=timezone.now())
    campaign = Campaign.objects.create(name="Spring sale", channel="sms")
    aimed = CampaignSegment.objects.create(campaign=campaign, segment=segment, excluded=True)
    refused = client.post(url)
    assert refused.status_code == 409
    told = refused.content.decode()
    assert "Spring sale" in told
    assert "Above" in told
    with pytest.raises(deletion.InUse) as needed:
        deletion.delete(segment)
    assert needed.value.by == ["Above", "Spring sale"]
    aimed.delete()
    above.delete()
    assert client.post(url).status_code == 302
    assert not Segment.objects.exists()


def test_the_first_segment_of_a_person_is_their_main_one(
    sign_in: SignIn, people: People, make_segment: Make
) -> None:
    made = [make_segment(node, name) for node, name in ((PARIS, "Second"), (BUYERS, "First"))]
    for segment in made:
        membership.refresh(segment.pk)
    editing.rank([made[1].pk, made[0].pk])
    page = sign_in("marketer").get(f"/clients/{people['ada'].pk}/").content.decode()
    first, second = page.index("First</a>"), page.index("Second</a>")
    assert first < page.index(">Main<") < second
    assert (
        "Main<"
        not in sign_in("administrator").get(f"/clients/{people['eve'].pk}/").content.decode()
    )


def test_a_move_by_a_key_answers_with_the_list_and_says_the_place(
    sign_in: SignIn, make_segment: Make
) -> None:
    made = [make_segment(PARIS, name).pk for name in ("a", "b", "c")]
    answer = sign_in("marketer").post(
        "/segments/ordre/", {"segment": made, "down": made[0]}, headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert "Now number 2 of 3." in page
    assert "<html" not in page
    assert "/segments/ordre/" not in page.partition("hx-trigger")[0]
    assert list(Segment.objects.values_list("name", flat=True)) == ["b", "a", "c"]
