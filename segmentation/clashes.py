"""Two people saved over one another: both rules side by side, and what each choice would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segmentation import versions
from segmentation.catalogue import Catalogue
from segmentation.comparing import Comparison, compare
from segmentation.models import RuleVersion, Segment


@dataclass(frozen=True, slots=True)
class Clash:
    """What stands now (`theirs`) against what was about to be saved (`mine`)."""

    theirs: Segment
    version: RuleVersion | None
    name: str
    rules: Comparison

    @property
    def edition(self) -> str:
        """The edition one saves over knowingly."""
        return self.theirs.updated_at.isoformat()


def clash(segment_id: int, name: str, rule: dict[str, Any], catalogue: Catalogue) -> Clash:
    """Compare what somebody was about to save with what another has saved."""
    theirs = Segment.objects.get(pk=segment_id)
    version = versions.of(theirs).first()
    return Clash(theirs, version, name, compare(theirs.rule, rule, catalogue))
