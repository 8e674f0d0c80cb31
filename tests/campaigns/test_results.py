"""The figures of a campaign, counted by hand beside."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from campaigns import progress, results
from campaigns.models import Campaign, CampaignLink, Engagement, LinkTotal, Message
from customers.models import Customer, Order
from segmentation.models import Segment
from tests.campaigns.conftest import make_campaign

pytestmark = pytest.mark.django_db
People = Callable[..., list[Customer]]
LAUNCH = dt.datetime(2026, 10, 13, 10, 0, tzinfo=dt.UTC)


@pytest.fixture
def told(segment: Segment, people: People) -> Campaign:
    """Two segments, every state, clicks of both kinds, orders in and out of the window."""
    second = Segment.objects.create(name="Second", rule={}, priority=1)
    campaign = make_campaign(
        segment, state="sent", launched_at=LAUNCH, prepared_at=LAUNCH, chosen=10, queued=9
    )
    crowd = people(10)
    states = ["sent", "sent", "delivered", "bounced", "failed", "uncertain", "skipped", "queued"]
    states += ["delivered", "left_out"]
    for place, (person, state) in enumerate(zip(crowd, states, strict=True)):
        gone = state in ("sent", "delivered", "bounced")
        Message.objects.create(
            campaign=campaign,
            customer=person,
            segment=second if place >= 8 else segment,
            channel="email",
            state=state,
            reason="no_consent" if state == "left_out" else "",
            address=None if state == "left_out" else person.email,
            sent_at=LAUNCH if gone else None,
        )
    link = CampaignLink.objects.create(campaign=campaign, url="https://x.example/a", position=0)
    for n, machine in ((0, False), (0, False), (1, False), (2, True), (8, False)):
        engage(campaign, crowd[n], segment if n < 8 else second, "click", link, machine)
    engage(campaign, crowd[1], segment, "unsubscribe")
    LinkTotal.objects.create(campaign=campaign, segment=segment, link=link, clicks=4)
    LinkTotal.objects.create(campaign=campaign, segment=segment, link=link, clicks=9, machine=True)
    for n, days, total, status in (
        (0, 1, "10.10", "paid"),
        (0, 7, "20.20", "paid"),
        (0, 7.01, "1000", "paid"),  # after the window
        (0, -0.01, "1000", "paid"),  # before the message
        (1, 2, "1000", "refunded"),
        (3, 2, "5.00", "paid"),
        (5, 2, "1000", "paid"),  # to someone whose message may never have arrived
        (8, 3, "7.00", "paid"),
    ):
        Order.objects.create(
            customer=crowd[n],
            placed_at=LAUNCH + dt.timedelta(days=days),
            total=Decimal(total),
            status=status,
        )
    return campaign


def engage(
    campaign: Campaign,
    person: Customer,
    segment: Segment,
    kind: str,
    link: CampaignLink | None = None,
    machine: bool = False,
) -> None:
    Engagement.objects.create(
        campaign=campaign,
        customer=person,
        segment=segment,
        kind=kind,
        link=link,
        machine=machine,
        channel="email",
    )


def test_every_figure_of_every_segment(told: Campaign) -> None:
    found = results.for_campaign(told.pk)
    assert [line.name for line in found.segments] == ["Second", "Everyone"]
    second, first = found.segments
    assert (first.chosen, first.queued, first.left_out, first.waiting) == (8, 8, 0, 1)
    assert (first.sent, first.delivered, first.bounced) == (4, 1, 1)
    assert (first.failed, first.uncertain, first.skipped) == (1, 1, 1)
    assert (first.clicked, first.anonymous_clicks, first.unsubscribed) == (2, 4, 1)
    assert (first.orders, first.buyers, first.revenue) == (3, 2, Decimal("35.30"))
    assert (second.chosen, second.left_out, second.sent, second.clicked) == (2, 1, 1, 1)
    assert (second.orders, second.revenue) == (1, Decimal("7.00"))
    total = found.total
    assert (total.chosen, total.sent, total.clicked, total.orders) == (10, 5, 3, 4)
    assert total.revenue == Decimal("42.30")
    assert found.left_out == {"no_consent": 1}
    link = found.links[0]
    assert (link.people, link.anonymous, link.machine) == (3, 4, 10)


def test_an_order_after_two_messages_is_each_campaigns_and_once_in_each(
    told: Campaign, segment: Segment
) -> None:
    other = make_campaign(segment, state="sent", launched_at=LAUNCH, prepared_at=LAUNCH)
    buyer = told.messages.order_by("id")[0].customer
    Message.objects.create(
        campaign=other,
        customer=buyer,
        segment=segment,
        channel="email",
        state="sent",
        sent_at=LAUNCH,
    )
    assert results.for_campaign(other.pk).total.orders == 2
    assert results.for_campaign(told.pk).total.orders == 4


def test_results_take_a_few_queries_whatever_the_size(
    told: Campaign, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(12):
        results.for_campaign(told.pk)


def test_lists_of_campaigns_share_their_queries(
    told: Campaign, segment: Segment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _more in range(3):
        make_campaign(segment, state="sent", launched_at=LAUNCH, prepared_at=LAUNCH)
    with django_assert_max_num_queries(12):
        lines = results.latest(5)
    assert [line.sent for _campaign, line in lines] == [0, 0, 0, 5]


def run(command: str, *arguments: str) -> tuple[int, Any]:
    out = io.StringIO()
    try:
        call_command(command, *arguments, stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        return int(ended.code or 0), json.loads(out.getvalue() or "null")
    return 0, json.loads(out.getvalue())


def test_the_command_prints_what_the_page_shows(told: Campaign) -> None:
    code, printed = run("campaign_results", str(told.pk), "--json")
    assert code == 0
    assert printed["total"]["revenue"] == "42.30"
    assert [line["name"] for line in printed["segments"]] == ["Second", "Everyone"]
    assert printed == json.loads(json.dumps(results.as_json(results.for_campaign(told.pk))))


def test_the_command_refuses_a_campaign_that_is_not_there() -> None:
    code, printed = run("campaign_results", "77", "--json")
    assert (code, printed["errors"][0]["code"]) == (2, "unknown_campaign")


def test_launching_by_command(campaign: Campaign) -> None:
    assert run("launch_campaign", str(campaign.pk), "--json") == (
        0,
        {"campaign": campaign.pk, "state": "preparing"},
    )
    code, printed = run("launch_campaign", str(campaign.pk), "--json")
    assert (code, printed["errors"][0]["code"]) == (2, "wrong_state")
    code, printed = run("launch_campaign", "77", "--json")
    assert (code, printed["errors"][0]["code"]) == (2, "unknown_campaign")


def test_launching_by_command_is_refused_with_every_reason(campaign: Campaign) -> None:
    Campaign.objects.update(subject="", body="{{ nope }}")
    code, printed = run("launch_campaign", str(campaign.pk), "--json")
    assert code == 2
    assert [error["code"] for error in printed["errors"]] == ["content_subject", "content_body"]


def test_progress_counts_and_estimates(told: Campaign) -> None:
    Campaign.objects.update(state="sending")
    told.refresh_from_db()
    Message.objects.filter(state="sent").update(sent_at=timezone.now() - dt.timedelta(seconds=2))
    found = progress.of(told)
    assert (found.total, found.done, found.queued, found.left_out) == (9, 8, 1, 1)
    assert 0.5 < found.rate_per_second <= 1.0
    assert found.seconds_left in (1, 2)


def test_progress_says_until_when_everything_waits(told: Campaign) -> None:
    Campaign.objects.update(state="sending")
    told.refresh_from_db()
    later = timezone.now() + dt.timedelta(hours=3)
    Message.objects.filter(state="queued").update(due_at=later)
    assert progress.of(told).waiting_until == later


def test_the_accounts_balance_and_notice_a_missing_row(told: Campaign) -> None:
    assert progress.accounts(told).balanced
    Message.objects.filter(state="failed").update(state="left_out")
    assert not progress.accounts(told).balanced


def test_the_accounts_allow_for_people_erased_since(told: Campaign) -> None:
    told.messages.filter(state="sent").first().customer.delete()  # type: ignore[union-attr]
    found = progress.accounts(told)
    assert (found.erased, found.balanced) == (1, True)
