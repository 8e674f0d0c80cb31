"""When a buyer is at risk, and lost: by the shop's trade, or as the shop itself says.

A food shop worries after a month, a car dealer after two years. Segments that ask for a stage are
counted again when this changes.
"""

from __future__ import annotations

from typing import Any, Final

from accounts import audit
from customers.signals import facts_changed
from segmentation import schedule
from segmentation.catalogue.standing_sql import Thresholds
from segmentation.models import Lifecycle, Segment

Trade = Lifecycle.Trade

BY_TRADE: Final[dict[str, Thresholds]] = {
    Trade.FOOD: Thresholds(30, 90),
    Trade.BEAUTY: Thresholds(90, 240),
    Trade.FASHION: Thresholds(90, 365),
    Trade.HOME: Thresholds(365, 900),
    Trade.ELECTRONICS: Thresholds(730, 1460),
    Trade.CAR: Thresholds(730, 1460),
}


def keep(trade: str, own: Thresholds, *, by: Any) -> Lifecycle:
    """Keep the thresholds of a trade; `own` are used for another one."""
    chosen = BY_TRADE.get(trade, own)
    said = {
        "trade": trade,
        "at_risk_days": chosen.at_risk_days,
        "lost_days": chosen.lost_days,
    }
    kept, _created = Lifecycle.objects.update_or_create(id=1, defaults=said)
    dynamic = Segment.objects.filter(kind=Segment.Kind.DYNAMIC, archived_at=None)
    schedule.follow_a_changed_line(dynamic)
    audit.record(by, "lifecycle.changed", **said)
    facts_changed.send(sender=Lifecycle)
    return kept
