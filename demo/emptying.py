"""Empties the demo shop, so that the installation can be used for real.

What the team configured (members, sending settings, sign-up forms of its own) stays;
every person, order, segment, campaign, import and demo account goes, together with the files.
"""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.db import models, transaction

from accounts.models import Installation, User
from campaigns.models import (
    Campaign,
    CampaignLink,
    CampaignSegment,
    Engagement,
    LinkTotal,
    Message,
    OutboxMessage,
)
from customers.folding import fold
from customers.models import (
    ConsentRecord,
    CustomAttribute,
    Customer,
    CustomerTag,
    ErasedNumber,
    Event,
    FormerNumber,
    ImportChange,
    ImportJob,
    ImportTrace,
    NotDuplicates,
    Note,
    Order,
    OrderLine,
    Place,
    Product,
    Purge,
    RightsRequest,
    ShopRecord,
    Signup,
    SignupForm,
    Suppression,
    Tag,
)
from customers.rights import journal
from customers.signals import facts_changed
from demo import contact, shop
from segmentation.models import (
    ActionPlan,
    Membership,
    MembershipChange,
    RuleDraft,
    RuleVersion,
    Segment,
    SegmentSize,
)

# Children before parents, so that each is one plain DELETE and nothing is collected in memory.
_CHILDREN_FIRST: tuple[type[models.Model], ...] = (
    OutboxMessage,
    Engagement,
    LinkTotal,
    Message,
    CampaignLink,
    CampaignSegment,
    Campaign,
    Membership,
    MembershipChange,
    SegmentSize,
    RuleVersion,
    RuleDraft,
    ActionPlan,
    Segment,
    OrderLine,
    Order,
    Event,
    ConsentRecord,
    CustomerTag,
    Signup,
    ImportChange,
    ShopRecord,
    FormerNumber,
    NotDuplicates,
    Note,
    RightsRequest,
    Purge,
    ErasedNumber,
    Customer,
    Suppression,
    Tag,
    Product,
    CustomAttribute,
    ImportTrace,
    ImportJob,
)


class NotADemo(Exception):
    """The installation is not the demo: there is nothing to empty."""


def empty() -> dict[str, int]:
    """Delete the demo shop; the number of rows gone, by model name. Raises NotADemo.

    The caller makes sure that a real administrator exists, since the demo accounts go too.
    """
    gone: dict[str, int] = {}
    with transaction.atomic():
        if not Installation.objects.filter(id=1, demo=True).update(demo=False, shop_name=""):
            raise NotADemo
        files = [
            name
            for job in ImportJob.objects.all()
            for name in (job.file.name, job.rejected_file.name)
            if name
        ]
        for model in _CHILDREN_FIRST:
            gone[model.__name__] = _delete_all(model)
        gone[SignupForm.__name__] = contact.empty()
        # Other places are those of the team.
        stores = Place.objects.filter(folded__in=[fold(name) for name in shop.STORES])
        gone[Place.__name__] = stores.delete()[0]
        gone["demo accounts"] = User.objects.filter(is_demo=True).delete()[0]
    for name in (*files, journal.NAME):
        default_storage.delete(name)
    facts_changed.send(sender=empty)
    return gone


def _delete_all(model: type[models.Model]) -> int:
    queryset: models.QuerySet[Any] = model._base_manager.all()
    return queryset._raw_delete(queryset.db)
