"""What purchases say about people, worked out one buyer at a time from the contract alone."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.segmentation.oracle import Oracle

# By recency; an average of frequency and monetary below 2.5, below 4, or more.
GROUPS = {
    5: ["new", "potential", "champion"],
    4: ["promising", "potential", "loyal"],
    3: ["about_to_sleep", "attention", "loyal"],
    2: ["hibernating", "at_risk", "cannot_lose"],
    1: ["lost", "at_risk", "cannot_lose"],
}
AT_RISK, LOST = 90, 240


def standing(oracle: Oracle) -> dict[int, dict[str, Any]]:
    """Scores, ranks, groups and stage of every customer as of the oracle's now."""
    orders = {
        c["id"]: [o for o in oracle.rows["orders"][c["id"]] if o["status"] == "paid"]
        for c in oracle.customers
    }
    buyers = {pk: listed for pk, listed in orders.items() if listed}
    spent = {pk: sum(Fraction(o["total"]) for o in listed) for pk, listed in buyers.items()}
    latest = {pk: max(o["placed_at"] for o in listed) for pk, listed in buyers.items()}
    often = {pk: len(listed) for pk, listed in buyers.items()}
    told: dict[int, dict[str, Any]] = {}
    for pk in orders:
        if pk not in buyers:
            told[pk] = dict.fromkeys(
                ["recency_score", "frequency_score", "monetary_score", "rfm_group", "pmg"]
            )
            told[pk] |= {"revenue_rank_percent": None, "lifecycle_stage": "prospect"}
            continue
        scores = [_score(values, pk) for values in (latest, often, spent)]
        value = Fraction(scores[1] + scores[2], 2)
        band = 0 if value < Fraction(5, 2) else 1 if value < 4 else 2
        first = min(o["placed_at"] for o in buyers[pk])
        told[pk] = {
            "recency_score": scores[0],
            "frequency_score": scores[1],
            "monetary_score": scores[2],
            "rfm_group": GROUPS[scores[0]][band],
            "pmg": _size(spent, pk),
            "revenue_rank_percent": Fraction(100 * _rank(spent, pk), len(spent)),
            "lifecycle_stage": _stage(oracle, first, latest[pk], spent, often, pk),
        }
    return {pk: row | _lately(oracle, pk) for pk, row in told.items()}


def _lately(oracle: Oracle, pk: int) -> dict[str, Any]:
    signs = [o["placed_at"] for o in oracle.rows["orders"][pk] if o["status"] == "paid"]
    signs += [e["occurred_at"] for e in oracle.rows["events"][pk]]
    signs += [
        e["occurred_at"]
        for e in oracle.rows["engagements"][pk]
        if e["kind"] in ("click", "reply") and not e["machine"]
    ]
    middle, start = oracle.shifted(-90, "day"), oracle.shifted(-180, "day")
    now = len({oracle.local(s).date() for s in signs if s >= middle})
    before = len({oracle.local(s).date() for s in signs if start <= s < middle})
    trend = "steady"
    if now or before:
        change = Fraction(now - before, before) if before else Fraction(1)
        trend = "rising" if change >= Fraction(1, 2) else "steady"
        trend = "falling" if change <= Fraction(-1, 2) else trend
    sent = [m["sent_at"] for m in oracle.rows["messages"][pk]]
    return {
        "engagement_level": (
            "high" if now >= 6 else "medium" if now >= 2 else "low" if now else "none"
        ),
        "engagement_trend": trend,
        "messages_last_7_days": sum(at >= oracle.shifted(-7, "day") for at in sent),
        "messages_last_30_days": sum(at >= oracle.shifted(-30, "day") for at in sent),
    }


def _score(values: dict[int, Any], pk: int) -> int:
    below = sum(other < values[pk] for other in values.values())
    return min(5, 1 + int(5 * Fraction(below, len(values))))


def _rank(spent: dict[int, Any], pk: int) -> int:
    return 1 + sum(other > spent[pk] for other in spent.values())


def _size(spent: dict[int, Any], pk: int) -> str:
    """Highest first until 80 % is reached, whoever crosses in; then until 95 %."""
    total, reached = sum(spent.values()), Fraction(0)
    for amount in sorted(set(spent.values()), reverse=True):
        size = "large" if reached * 100 < 80 * total else "medium"
        if reached * 100 >= 95 * total:
            size = "small"
        if amount == spent[pk]:
            return size
        reached += amount * sum(other == amount for other in spent.values())
    raise AssertionError(pk)


def _stage(
    oracle: Oracle, first: Any, last: Any, spent: dict[int, Any], often: dict[int, int], pk: int
) -> str:
    if last < oracle.shifted(-LOST, "day"):
        return "lost"
    if last < oracle.shifted(-AT_RISK, "day"):
        return "at_risk"
    if first >= oracle.shifted(-30, "day"):
        return "new"
    positive = sum(amount > 0 for amount in spent.values())
    if spent[pk] > 0 and (_rank(spent, pk) - 1) * 100 < 20 * positive:
        return "vip"
    return "loyal" if often[pk] >= 5 else "active"
