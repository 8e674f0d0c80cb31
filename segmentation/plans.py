"""What the team means to do with a segment: message, offer, channel and timing.

Invariant: a plan is the team's own words; a recipe only writes the first version of one.
"""

from __future__ import annotations

from accounts import audit
from accounts.models import User
from segmentation import gallery
from segmentation.models import ActionPlan, Segment

WORDS = ("message", "offer", "channel", "timing")


def of(segment: Segment) -> ActionPlan | None:
    """The plan of a segment; None where there is none yet."""
    return ActionPlan.objects.filter(segment=segment).select_related("changed_by").first()


def keep(segment: Segment, words: dict[str, str], by: User | None) -> ActionPlan | None:
    """Keep a plan as it was typed; an empty one is no plan. What was kept is returned."""
    told = {name: words.get(name, "").strip() for name in WORDS}
    if not any(told.values()):
        ActionPlan.objects.filter(segment=segment).delete()
        plan = None
    else:
        plan, _created = ActionPlan.objects.update_or_create(
            segment=segment, defaults={**told, "changed_by": by}
        )
    audit.record(by, "segment.planned", segment=segment.pk)
    return plan


def propose(segment: Segment, by: User | None) -> None:
    """Write the plan of the recipe a segment came from, in the language of whoever made it."""
    recipe = gallery.by_key(segment.recipe)
    if recipe is None:
        return
    advice = recipe.advice
    ActionPlan.objects.get_or_create(
        segment=segment,
        defaults={
            "message": str(advice.message),
            "offer": str(advice.offer),
            "channel": advice.channel,
            "timing": str(advice.timing),
            "changed_by": by,
        },
    )
