"""A campaign says which version of a rule it was launched with, and whether it still stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import audience
from campaigns.models import Campaign
from campaigns.rule_versions import used
from customers.models import Customer
from segmentation import editing
from segmentation.models import RuleVersion, Segment
from tests.campaigns.conftest import start

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
ANOTHER = {"version": 1, "rule": {"any": []}}


def change(segment: Segment, rule: dict[str, Any]) -> None:
    fresh = Segment.objects.get(pk=segment.pk)
    editing.change(fresh, fresh.updated_at, name=fresh.name, description="", rule=rule)


def test_the_version_is_told_with_whether_the_rule_has_changed(
    campaign: Campaign, segment: Segment, django_assert_num_queries: Any
) -> None:
    RuleVersion.objects.create(segment=segment, number=1, rule=segment.rule)
    targets = campaign.targets.select_related("segment")
    assert [(one.number, one.changed) for one in used(targets)] == [(None, False)]
    targets.update(version=1)
    with django_assert_num_queries(2):
        (told,) = used(targets.all())
    assert (told.number, told.kept, told.changed) == (1, True, False)
    change(segment, ANOTHER)
    assert used(targets.all())[0].changed
    change(segment, {"version": 1, "rule": {"all": []}})
    # The same rule under a later number is the same rule.
    assert not used(targets.all())[0].changed
    RuleVersion.objects.filter(number=1).delete()
    (told,) = used(targets.all())
    assert (told.number, told.kept, told.changed) == (1, False, True)
    Segment.objects.update(kind=Segment.Kind.STATIC)
    assert used(targets.all())[0].number is None


def test_the_campaigns_page_and_its_results_name_the_version(
    marketer: Client, campaign: Campaign, segment: Segment, people: Callable[..., list[Customer]]
) -> None:
    people(1)
    start(campaign)
    RuleVersion.objects.create(segment=segment, number=1, rule=segment.rule)
    names = ("detail", "campaign_results")
    pages = [reverse(f"campaigns:{name}", args=[campaign.pk]) for name in names]
    for page in pages:
        text = marketer.get(page).content.decode()
        assert f'href="{reverse("segmentation:versions", args=[segment.pk])}"' in text
    change(segment, ANOTHER)
    compared = reverse("segmentation:versions_compared", args=[segment.pk])
    for page in pages:
        assert f'href="{compared}?de=1&amp;a=2"' in marketer.get(page).content.decode()


def test_a_rule_saved_while_the_audience_is_chosen_has_it_chosen_again(
    campaign: Campaign,
    segment: Segment,
    people: Callable[..., list[Customer]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people(2)
    choose, rules = audience.freeze, [ANOTHER]

    def chosen_while_saved(campaign: Campaign) -> list[tuple[int, int]]:
        found = choose(campaign)
        if rules:
            change(segment, rules.pop())
        return found

    monkeypatch.setattr(audience, "freeze", chosen_while_saved)
    start(campaign)
    assert (campaign.chosen, campaign.targets.get().version) == (0, 2)
