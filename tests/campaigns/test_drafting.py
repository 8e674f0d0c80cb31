"""A draft begun from a segment, and changed while someone else launches it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import lifecycle
from campaigns.models import Campaign
from campaigns.views import editing
from segmentation.models import ActionPlan, Segment

pytestmark = pytest.mark.django_db
LATER = {"mode": "later", "day": "2126-05-01", "hour": "10:00", "attribution_days": "3"}


@pytest.fixture
def launched_meanwhile(monkeypatch: pytest.MonkeyPatch, draft: Campaign) -> Campaign:
    """Between the moment a page reads the draft and the moment it writes, it is launched."""

    def read_then_launch(_model: type[Campaign], pk: int) -> Campaign:
        seen = Campaign.objects.get(pk=pk)
        lifecycle.launch(Campaign.objects.get(pk=pk), None)
        return seen

    monkeypatch.setattr(editing, "get_object_or_404", read_then_launch)
    return draft


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        ("identity", {"name": "Autre", "kind": "promotional"}),
        ("audience", {"csrfmiddlewaretoken": "nobody is chosen"}),
        ("content", {"subject": "Autre", "body": "Autre"}),
        ("when", LATER),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_words_kept_just_after_the_launch_change_nothing(
    marketer: Client,
    launched_meanwhile: Campaign,
    step: str,
    typed: dict[str, Any],
    headers: dict[str, str],
) -> None:
    pk = launched_meanwhile.pk
    url = reverse(f"campaigns:{step}", args=[pk])
    response = marketer.post(url, typed, headers=headers)
    detail = reverse("campaigns:detail", args=[pk])
    assert detail in (response.headers.get("HX-Redirect"), response.headers.get("Location"))
    now = Campaign.objects.get(pk=pk)
    assert now.state == Campaign.State.PREPARING
    assert now.launched_at is not None
    assert (now.name, now.subject, now.body) == ("Rentrée", "Bonjour", "Bonjour {{ first_name }}")
    assert now.scheduled_at is None
    assert now.targets.count() == 1


def test_what_is_checked_is_what_is_launched(draft: Campaign) -> None:
    seen = Campaign.objects.get(pk=draft.pk)
    Campaign.objects.filter(pk=draft.pk).update(body="Bonjour {{ nonsense }}")
    with pytest.raises(lifecycle.NotReady):
        lifecycle.launch(seen, None)
    assert Campaign.objects.get(pk=draft.pk).state == Campaign.State.DRAFT


def test_a_campaign_begun_from_a_segments_page_reaches_it_as_its_plan_says(
    marketer: Client, segment: Segment
) -> None:
    ActionPlan.objects.create(segment=segment, message="Un soin offert", channel="email")
    page = marketer.get(reverse("segmentation:detail", args=[segment.pk])).content.decode()
    begin = f"{reverse('campaigns:new')}?segment={segment.pk}"
    assert begin in page
    form = marketer.get(begin)
    assert "Un soin offert" in form.content.decode()
    assert form.context["form"]["channel"].value() == "email"
    said = {"name": "Soins", "channel": "email", "kind": "promotional", "segment": segment.pk}
    made = marketer.post(reverse("campaigns:new"), said)
    campaign = Campaign.objects.get()
    assert made.headers["Location"] == reverse("campaigns:audience", args=[campaign.pk])
    assert [target.segment for target in campaign.targets.all()] == [segment]
    # Archived, or made up, it is left out: the audience is chosen at the next step as ever.
    Segment.objects.update(archived_at=campaign.created_at)
    for stray in (segment.pk, "9" * 30, "x"):
        marketer.post(reverse("campaigns:new"), said | {"segment": stray})
    assert [drafted.targets.count() for drafted in Campaign.objects.order_by("pk")] == [1, 0, 0, 0]
