"""The pages of campaigns: who may open them, what they keep, what they refuse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from campaigns.models import Campaign, CampaignSegment, Message, OutboxMessage
from customers.models import ConsentRecord, ConsentState, Customer
from segmentation import snapshot
from segmentation.models import Segment

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]

Role = User.Role
EVERYONE = (Role.ADMINISTRATOR, Role.MARKETER, Role.ANALYST)
SENDERS = (Role.ADMINISTRATOR, Role.MARKETER)

READING = [
    ("campaigns:dashboard", False, EVERYONE),
    ("campaigns:list", False, EVERYONE),
    ("campaigns:new", False, SENDERS),
    ("campaigns:detail", True, EVERYONE),
    ("campaigns:identity", True, SENDERS),
    ("campaigns:audience", True, SENDERS),
    ("campaigns:content", True, SENDERS),
    ("campaigns:when", True, SENDERS),
    ("campaigns:check", True, SENDERS),
    ("campaigns:results", False, EVERYONE),
    ("campaigns:campaign_results", True, EVERYONE),
    ("campaigns:results_export", True, EVERYONE),
    ("campaigns:outbox", False, SENDERS),
    ("campaigns:sending_settings", False, (Role.ADMINISTRATOR,)),
]
MOVES = [
    "send_test",
    "launch",
    "launch_overdue",
    "pause",
    "resume",
    "cancel",
    "unschedule",
    "requeue",
    "duplicate",
    "delete",
]


def make_customer(number: int, *, consent: bool = True) -> Customer:
    customer = Customer.objects.create(
        external_id=f"C{number}", first_name=f"Zoé{number}", email=f"zoe{number}@post.example"
    )
    if consent:
        ConsentRecord.objects.create(
            customer=customer, subject="email", state=ConsentState.GIVEN, source="test"
        )
    return customer


@pytest.mark.parametrize(("name", "needs_campaign", "allowed"), READING)
def test_each_page_opens_only_for_its_roles(
    name: str,
    needs_campaign: bool,
    allowed: tuple[str, ...],
    sign_in: Callable[[str], Client],
    client: Client,
    draft: Campaign,
) -> None:
    url = reverse(name, args=[draft.pk] if needs_campaign else [])
    answer = client.get(url)
    assert answer.status_code == 302
    assert "/comptes/" in answer["Location"]
    for role in EVERYONE:
        answer = sign_in(role).get(url)
        if role not in allowed:
            assert answer.status_code == 403, role
        else:
            # A draft's own page leads those who may edit it to its next step.
            assert answer.status_code in (200, 302), role


@pytest.mark.parametrize("move", MOVES)
def test_a_move_needs_a_post_and_a_role_that_runs_campaigns(
    move: str, sign_in: Callable[[str], Client], draft: Campaign
) -> None:
    url = reverse(f"campaigns:{move}", args=[draft.pk])
    assert sign_in(Role.MARKETER).get(url).status_code == 405
    assert sign_in(Role.ANALYST).post(url).status_code == 403
    draft.refresh_from_db()
    assert draft.state == Campaign.State.DRAFT


@pytest.mark.parametrize("name", ["dashboard", "list", "results", "outbox"])
def test_a_page_that_only_shows_refuses_a_post(name: str, marketer: Client) -> None:
    assert marketer.post(reverse(f"campaigns:{name}")).status_code == 405


def test_a_new_campaign_goes_on_to_its_audience(marketer: Client) -> None:
    given = {"name": "Noël", "channel": "sms", "kind": "promotional", "service_reason": ""}
    answer = marketer.post(reverse("campaigns:new"), given)
    campaign = Campaign.objects.get(name="Noël")
    assert answer["Location"] == reverse("campaigns:audience", args=[campaign.pk])
    assert campaign.created_by is not None


def test_a_service_message_must_say_why(marketer: Client) -> None:
    given = {"name": "Facture", "channel": "sms", "kind": "service", "service_reason": " "}
    answer = marketer.post(reverse("campaigns:new"), given)
    assert answer.status_code == 422
    assert not Campaign.objects.exists()


def test_a_segment_on_both_sides_is_refused_and_the_audience_stays(
    marketer: Client, draft: Campaign, segment: Segment
) -> None:
    url = reverse("campaigns:audience", args=[draft.pk])
    answer = marketer.post(url, {"included": [segment.pk], "excluded": [segment.pk]})
    assert answer.status_code == 422
    assert draft.targets.get().excluded is False


def test_the_audience_shows_who_gets_the_message_and_who_does_not(
    marketer: Client, draft: Campaign, segment: Segment
) -> None:
    make_customer(1)
    make_customer(2, consent=False)
    snapshot.sync()
    url = reverse("campaigns:audience", args=[draft.pk])
    answer = marketer.post(url, {"included": [segment.pk]}, headers={"HX-Request": "true"})
    shown = answer.content.decode()
    assert '<span class="tm-big">1</span>' in shown
    assert str(Message.Reason.NO_CONSENT.label) in shown


def test_without_a_snapshot_the_audience_says_so_instead_of_failing(
    marketer: Client, draft: Campaign
) -> None:
    answer = marketer.get(reverse("campaigns:audience", args=[draft.pk]))
    assert answer.status_code == 200
    assert answer.context["figures"] is None
    assert answer.context["missing"]


def test_what_is_typed_is_kept_and_previewed_with_a_real_person(
    marketer: Client, draft: Campaign
) -> None:
    make_customer(1)
    snapshot.sync()
    url = reverse("campaigns:content", args=[draft.pk])
    given = {"subject": "Salut", "body": "Coucou {{ first_name }}", "person": "0"}
    answer = marketer.post(url, given, headers={"HX-Request": "true"})
    draft.refresh_from_db()
    assert draft.subject == "Salut"
    assert "Coucou Zoé1" in answer.context["rendered"].text


def test_a_mistake_in_the_message_is_told_and_keeps_one_on_the_page(
    marketer: Client, draft: Campaign
) -> None:
    url = reverse("campaigns:content", args=[draft.pk])
    answer = marketer.post(url, {"subject": "Salut", "body": "Coucou {{ prenom }}"})
    assert answer["Location"] == url
    assert marketer.get(url).context["problems"]


def test_a_time_that_has_passed_is_refused(marketer: Client, draft: Campaign) -> None:
    url = reverse("campaigns:when", args=[draft.pk])
    past = timezone.localtime() - dt.timedelta(days=1)
    given = {"mode": "later", "day": f"{past:%Y-%m-%d}", "hour": "10:00", "attribution_days": "7"}
    assert marketer.post(url, given).status_code == 422
    draft.refresh_from_db()
    assert draft.scheduled_at is None


def test_a_chosen_time_is_the_shops_local_time(marketer: Client, draft: Campaign) -> None:
    url = reverse("campaigns:when", args=[draft.pk])
    year = timezone.localdate().year + 1
    given = {"mode": "later", "day": f"{year}-07-01", "hour": "10:00", "attribution_days": "5"}
    assert marketer.post(url, given)["Location"] == reverse("campaigns:check", args=[draft.pk])
    draft.refresh_from_db()
    assert draft.scheduled_at == dt.datetime(year, 7, 1, 8, 0, tzinfo=dt.UTC)
    assert draft.attribution_days == 5


def test_the_check_page_adds_up(marketer: Client, draft: Campaign) -> None:
    make_customer(1)
    make_customer(2, consent=False)
    snapshot.sync()
    answer = marketer.get(reverse("campaigns:check", args=[draft.pk]))
    figures = answer.context["figures"]
    assert figures.chosen == figures.queued + answer.context["out"] == 2


def test_launching_prepares_and_a_second_click_changes_nothing(
    marketer: Client, draft: Campaign
) -> None:
    url = reverse("campaigns:launch", args=[draft.pk])
    detail = reverse("campaigns:detail", args=[draft.pk])
    assert marketer.post(url)["Location"] == detail
    draft.refresh_from_db()
    launched_at = draft.launched_at
    assert draft.state == Campaign.State.PREPARING
    assert marketer.post(url)["Location"] == detail
    draft.refresh_from_db()
    assert draft.launched_at == launched_at


def test_an_unfinished_campaign_is_not_launched_and_says_what_is_missing(
    marketer: Client,
) -> None:
    empty = Campaign.objects.create(name="Vide", channel="sms")
    answer = marketer.post(reverse("campaigns:launch", args=[empty.pk]), follow=True)
    empty.refresh_from_db()
    assert empty.state == Campaign.State.DRAFT
    assert [str(message) for message in answer.context["messages"]]


def test_a_launched_campaign_can_no_longer_be_edited(marketer: Client, draft: Campaign) -> None:
    Campaign.objects.filter(pk=draft.pk).update(state=Campaign.State.SENDING)
    for step in ("identity", "audience", "content", "when", "check"):
        url = reverse(f"campaigns:{step}", args=[draft.pk])
        answer = marketer.post(url, {}) if step != "check" else marketer.get(url)
        assert answer["Location"] == reverse("campaigns:detail", args=[draft.pk]), step


def test_only_a_draft_is_deleted(marketer: Client, draft: Campaign) -> None:
    url = reverse("campaigns:delete", args=[draft.pk])
    Campaign.objects.filter(pk=draft.pk).update(state=Campaign.State.SENT)
    marketer.post(url)
    assert Campaign.objects.filter(pk=draft.pk).exists()
    Campaign.objects.filter(pk=draft.pk).update(state=Campaign.State.DRAFT)
    marketer.post(url)
    assert not Campaign.objects.filter(pk=draft.pk).exists()


def test_a_test_message_lands_in_the_outbox_and_counts_nowhere(
    marketer: Client, draft: Campaign
) -> None:
    make_customer(1)
    snapshot.sync()
    url = reverse("campaigns:send_test", args=[draft.pk])
    marketer.post(url, {"recipient": "me@shop.example"})
    letter = OutboxMessage.objects.get()
    assert letter.recipient == "me@shop.example"
    assert letter.message is None
    assert not Message.objects.exists()


def test_the_list_takes_the_same_queries_for_three_campaigns_as_for_one(
    marketer: Client, draft: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("campaigns:list")
    marketer.get(url)
    for name in ("Deux", "Trois"):
        copy = Campaign.objects.create(name=name, channel="sms")
        CampaignSegment.objects.create(campaign=copy, segment=draft.targets.get().segment)
    with django_assert_num_queries(6):
        assert len(marketer.get(url).context["page_obj"]) == 3
