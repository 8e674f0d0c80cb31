"""Beginning and changing a draft.

Invariant: only a draft changes. Every change is made under a condition on the state in the
database, never on what a page showed: words kept a second after the launch are refused, and never
put a launched campaign back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from campaigns.lifecycle import EDITABLE, WrongState
from campaigns.models import Campaign, CampaignSegment
from segmentation.models import Segment


def begin(campaign: Campaign, author: User, segment: Segment | None) -> None:
    """Store a new draft; begun from a segment, it reaches that one until another is chosen."""
    campaign.created_by = author
    with transaction.atomic():
        campaign.save()
        if segment is not None:
            CampaignSegment.objects.create(campaign=campaign, segment=segment)


def change(campaign: Campaign, **fields: Any) -> None:
    """Keep these fields, and no other. Raises WrongState once the campaign is launched."""
    fields["updated_at"] = timezone.now()
    if not Campaign.objects.filter(pk=campaign.pk, state__in=EDITABLE).update(**fields):
        raise WrongState(_state(campaign))
    for name, value in fields.items():
        setattr(campaign, name, value)


@contextmanager
def held(campaign: Campaign) -> Iterator[None]:
    """Change what belongs to a draft while nobody can launch it. Raises WrongState."""
    with transaction.atomic():
        drafts = Campaign.objects.select_for_update().filter(pk=campaign.pk, state__in=EDITABLE)
        if drafts.first() is None:
            raise WrongState(_state(campaign))
        yield


def _state(campaign: Campaign) -> str:
    return str(Campaign.objects.filter(pk=campaign.pk).values_list("state", flat=True).first())
