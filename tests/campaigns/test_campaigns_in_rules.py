"""Campaigns as rules see them: by number in the rule, by name in words and in the builder."""

from __future__ import annotations

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from segmentation import answers
from segmentation.catalogue import load_catalogue
from segmentation.rules import parse

pytestmark = pytest.mark.django_db


def launched(name: str) -> Campaign:
    return Campaign.objects.create(name=name, channel="sms", launched_at=timezone.now())


@pytest.mark.parametrize("source", ["messages", "engagements"])
def test_a_rule_about_a_campaign_reads_with_its_name(source: str) -> None:
    campaign = launched("Soldes d'hiver")
    where = [{"field": "campaign", "op": "is", "value": campaign.pk}]
    catalogue = load_catalogue()
    rule = parse({"version": 1, "rule": {source: {"where": where}}}, catalogue)
    assert "Soldes d'hiver" in answers.sentence(rule, catalogue)


def test_only_campaigns_that_may_have_reached_someone_are_offered() -> None:
    campaign = launched("Rentrée")
    Campaign.objects.create(name="Brouillon", channel="sms")
    offered = load_catalogue().sources["messages"].fields["campaign"].choices
    assert [(choice.code, choice.label) for choice in offered] == [(str(campaign.pk), "Rentrée")]
