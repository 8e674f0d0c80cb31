"""The version of each rule that a campaign was launched with, and whether it still stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.models import CampaignSegment
from segmentation import versions
from segmentation.models import Segment


@dataclass(frozen=True, slots=True)
class Used:
    """A campaign's segment; `number` is None before the launch and for a list, which has no rule.

    `kept` says whether that version can still be read, `changed` whether the rule is another now.
    """

    target: CampaignSegment
    number: int | None
    kept: bool
    changed: bool


def used(targets: Iterable[CampaignSegment]) -> list[Used]:
    """The rules' versions of some targets (with their segments), in one query."""
    listed = list(targets)
    noted = [
        (target.segment_id, target.version)
        for target in listed
        if target.version is not None and target.segment.kind == Segment.Kind.DYNAMIC
    ]
    rules = versions.rules(noted)
    return [_one(target, noted, rules) for target in listed]


def _one(target: CampaignSegment, noted: list[tuple[int, int]], rules: versions.Rules) -> Used:
    key = (target.segment_id, target.version or 0)
    if key not in noted:
        return Used(target, None, kept=False, changed=False)
    rule = rules.get(key)
    if rule is None:
        return Used(target, key[1], kept=False, changed=key[1] != target.segment.version)
    return Used(target, key[1], kept=True, changed=rule != target.segment.rule)
