"""Who is chosen, who is left out and why; and that what is shown is what happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from campaigns import audience, audience_file, lifecycle, preparation
from campaigns.models import Campaign, CampaignSegment, Message
from customers.consent import record_consent, suppress
from customers.models import ConsentRecord, Customer
from segmentation import snapshot
from segmentation.models import Membership, Segment
from tests.campaigns.conftest import make_campaign, start

pytestmark = pytest.mark.django_db
People = Callable[..., list[Customer]]


def rule(*nodes: object) -> dict[str, object]:
    return {"version": 1, "rule": {"all": list(nodes)}}


def in_city(city: str) -> dict[str, object]:
    return rule({"field": "city", "op": "is", "value": city})


@pytest.fixture
def crowd(people: People) -> None:
    """Everyone a reason can be given to, for both channels."""
    people(5, city="Lyon")
    people(3, city="Paris")
    people(2, city="Lyon", consents=())
    people(2, city="Lyon", state="withdrawn")
    people(2, city="Lyon", email=None, phone=None)
    people(2, city="Lyon", phone="+33145000001")
    shared = people(3, city="Lyon", email="family@example.com", phone="+33612999999")
    # The first of the family has not agreed: the second keeps the address.
    for channel in ("email", "sms"):
        record_consent(shared[0], channel, "unknown", source="Import undone")
    gone = people(2, city="Paris")
    suppress("email", gone[0].email, "unsubscribe")
    suppress("sms", gone[0].phone, "stop")
    suppress("email", gone[1].email, "bounce")
    suppress("sms", gone[1].phone, "bounce")


@pytest.mark.parametrize("channel", ["email", "sms"])
@pytest.mark.parametrize("kind", ["promotional", "service"])
def test_what_the_check_page_shows_is_what_happens(
    crowd: None, segment: Segment, channel: str, kind: str
) -> None:
    lyon = Segment.objects.create(name="Lyon", rule=in_city("lyon"), priority=1)
    campaign = make_campaign(segment, channel=channel, kind=kind, service_reason="an order")
    CampaignSegment.objects.create(campaign=campaign, segment=lyon)
    snapshot.sync()
    shown = audience.preview(campaign)
    start(campaign)
    rows = Message.objects.filter(campaign=campaign)
    left_out = rows.filter(state="left_out")
    assert shown.chosen == rows.count() == campaign.chosen == 21
    assert shown.queued == rows.filter(state="queued").count() == campaign.queued
    assert shown.queued + sum(shown.left_out.values()) == shown.chosen
    reasons = set(left_out.values_list("reason", flat=True))
    assert shown.left_out == {r: left_out.filter(reason=r).count() for r in reasons}
    for figures in shown.segments:
        mine = rows.filter(segment=figures.segment_id)
        assert (figures.chosen, figures.queued) == (
            mine.count(),
            mine.filter(state="queued").count(),
        )
    assert rows.filter(segment=lyon).count() == 16


def test_each_reason_is_the_first_that_holds(crowd: None, campaign: Campaign) -> None:
    snapshot.sync()
    assert audience.preview(campaign).left_out == {
        "no_address": 2,
        "suppressed": 2,
        "no_consent": 5,
        "address_taken": 1,
    }


def test_under_15_only_a_guardian_may_consent_and_the_preview_says_so(
    campaign: Campaign, people: People
) -> None:
    young, guarded, older, silent = people(4, consents=())
    today = timezone.localdate()
    for person, age in ((young, 14), (guarded, 14), (older, 16)):
        person.birth_date = today.replace(year=today.year - age, month=1, day=1)
        person.save()
        # What an import left before the date of birth was known; two years ago, all were children.
        ConsentRecord.objects.create(
            customer=person,
            subject="email",
            state="given",
            basis="guardian" if person == guarded else "consent",
            occurred_at=timezone.now() - dt.timedelta(days=900),
            source="Form",
        )
    snapshot.sync()
    shown = audience.preview(campaign)
    assert (shown.queued, shown.left_out) == (1, {"no_consent": 2, "too_young": 1})
    start(campaign)
    rows = Message.objects.filter(campaign=campaign)
    assert dict(rows.values_list("customer", "reason")) == {
        young.pk: "too_young",
        guarded.pk: "",
        older.pk: "no_consent",
        silent.pk: "no_consent",
    }


def test_excluded_segments_win_over_included_ones(
    crowd: None, campaign: Campaign, people: People
) -> None:
    paris = Segment.objects.create(name="Paris", rule=in_city("Paris"))
    CampaignSegment.objects.create(campaign=campaign, segment=paris, excluded=True)
    start(campaign)
    rows = Message.objects.filter(campaign=campaign)
    assert rows.count() == 16
    assert not rows.filter(customer__city="Paris").exists()


def test_a_static_segment_reaches_its_list(people: People) -> None:
    listed, _other = people(2)
    fixed = Segment.objects.create(name="VIP", kind="static")
    Membership.objects.create(segment=fixed, customer=listed)
    campaign = start(make_campaign(fixed))
    assert list(campaign.messages.values_list("customer", flat=True)) == [listed.pk]


def test_the_rule_is_asked_and_not_the_stored_membership(people: People) -> None:
    people(3, city="Lyon")
    lyon = Segment.objects.create(name="Lyon", rule=in_city("Lyon"), size=0)
    assert start(make_campaign(lyon)).chosen == 3


def test_facts_written_since_the_last_sync_are_heard(campaign: Campaign, people: People) -> None:
    people(2)
    snapshot.sync()
    people(2)
    assert start(campaign).chosen == 4


def test_the_version_of_each_rule_and_the_links_are_kept(
    campaign: Campaign, segment: Segment, people: People
) -> None:
    people(1)
    Segment.objects.filter(pk=segment.pk).update(version=7)
    start(campaign)
    assert campaign.targets.get().version == 7
    assert [link.url for link in campaign.links.all()] == ["https://shop.example/offres"]


class Killed(Exception):
    """The process ended here."""


@pytest.mark.parametrize("batches", [0, 2])
def test_a_preparation_killed_at_any_batch_completes_the_same_audience(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    monkeypatch.setattr(preparation, "BATCH", 3)
    before = people(10)
    people(2, email="family@example.com")
    lifecycle.launch(campaign, None)
    written: list[int] = []

    def die(_rows: int) -> None:
        written.append(_rows)
        if len(written) > batches:
            raise Killed

    with pytest.raises(Killed):
        preparation.prepare(campaign.pk, after_batch=die)
    # Who comes or changes meanwhile is not in the audience.
    people(5)
    with pytest.raises(preparation.NotPreparing):
        preparation.prepare(campaign.pk)
    Campaign.objects.update(leased_until=None)
    preparation.prepare(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.state, campaign.chosen, campaign.queued) == ("sending", 12, 11)
    assert campaign.messages.count() == 12
    assert campaign.messages.filter(customer__in=before).count() == 10
    assert not audience_file.path_of(campaign).exists()


def test_a_preparation_killed_as_the_list_is_published_still_knows_its_links(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(3)
    lifecycle.launch(campaign, None)
    publish = audience_file.write

    def killed(*args: Any) -> None:
        publish(*args)
        raise SystemExit

    monkeypatch.setattr(audience_file, "write", killed)
    with pytest.raises(SystemExit):
        preparation.prepare(campaign.pk)
    monkeypatch.setattr(audience_file, "write", publish)
    Campaign.objects.update(leased_until=None)
    preparation.prepare(campaign.pk)
    assert campaign.links.count() == 1
    assert None not in campaign.targets.values_list("version", flat=True)
    assert campaign.messages.filter(state="queued").count() == 3


def test_the_frozen_list_is_private_and_the_first_one_holds(campaign: Campaign) -> None:
    campaign.launched_at = timezone.now()
    first = audience_file.write(campaign, [(3, 1), (2, 1)])
    second = audience_file.write(campaign, [(9, 1)])
    assert list(first.customers) == list(second.customers) == [2, 3]
    assert audience_file.path_of(campaign).stat().st_mode & 0o777 == 0o600
    assert audience_file.size(campaign) == 2


def test_a_damaged_list_is_not_believed(campaign: Campaign) -> None:
    campaign.launched_at = timezone.now()
    audience_file.write(campaign, [(2, 1), (3, 1)])
    path = audience_file.path_of(campaign)
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    assert audience_file.read(campaign) is None
    assert list(audience_file.write(campaign, [(5, 1)]).customers) == [5]


def test_a_campaign_cancelled_while_it_is_prepared_sends_nothing(
    campaign: Campaign, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "BATCH", 3)
    people(9)
    lifecycle.launch(campaign, None)

    def cancel(rows: int) -> None:
        if rows == 6:
            lifecycle.cancel(campaign, None)

    with pytest.raises(preparation.NotPreparing):
        preparation.prepare(campaign.pk, after_batch=cancel)
    states = set(campaign.messages.values_list("state", flat=True))
    assert states == {"skipped"}


def test_someone_erased_meanwhile_is_passed_over(campaign: Campaign, people: People) -> None:
    made = people(3)
    lifecycle.launch(campaign, None)
    audience_file.write(campaign, audience.freeze(campaign))
    made[1].delete()
    preparation.prepare(campaign.pk)
    campaign.refresh_from_db()
    assert campaign.chosen == 2


def test_sms_parts_are_estimated_and_priced(people: People, segment: Segment) -> None:
    people(4, first_name="x" * 75)
    campaign = make_campaign(segment, channel="sms", body="{{ first_name }} " + "y" * 80)
    snapshot.sync()
    shown = audience.preview(campaign)
    assert (shown.parts, shown.parts_exact, str(shown.price)) == (8, True, "0.4000")


def test_the_sample_is_of_people_who_would_be_queued(crowd: None, campaign: Campaign) -> None:
    snapshot.sync()
    shown = audience.sample(campaign, 4)
    assert len(shown) == 4
    start(campaign)
    queued = set(campaign.messages.filter(state="queued").values_list("customer", flat=True))
    assert {person.pk for person in shown} <= queued
