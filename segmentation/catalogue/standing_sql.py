"""The SQL of what a person's purchases say about them: ranks, groups, the stage of their life.

Invariant: ranks come from the profiles, which hold for the clock; whatever depends on the clock
itself, such as "over 90 days ago", is an expression here and never stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlglot import exp

from segmentation.catalogue.entries import Ratio, Scope
from segmentation.catalogue.expressions import moment, number, text
from segmentation.rules import Number


@dataclass(frozen=True, slots=True)
class Thresholds:
    """After how many days without an order a buyer is at risk, and lost."""

    at_risk_days: int
    lost_days: int


# Beauty's: a shop that has not said its trade is none, and this is near the middle.
DEFAULT: Final = Thresholds(90, 240)
NEW_DAYS: Final = 30
VIP_PERCENT: Final = 20
LOYAL_ORDERS: Final = 5

# Recency 5 to 1; by frequency + monetary below 5, below 8, and from 8 (that is, an average below
# 2.5, below 4, and from 4). After the usual grid of recency against value.
RFM_GROUPS: Final[dict[int, tuple[str, str, str]]] = {
    5: ("new", "potential", "champion"),
    4: ("promising", "potential", "loyal"),
    3: ("about_to_sleep", "attention", "loyal"),
    2: ("hibernating", "at_risk", "cannot_lose"),
    1: ("lost", "at_risk", "cannot_lose"),
}


def revenue_rank_percent(scope: Scope) -> Ratio:
    """The rank by revenue among buyers, 1 the highest, in percent of them."""
    rank = exp.Mul(this=scope.profile("revenue_rank"), expression=number(100))
    return Ratio(exp.paren(rank, copy=False), scope.profile("buyers"))


def among_the_best(scope: Scope, percent: Number) -> exp.Expr:
    """Whether someone is in the top so many percent by revenue, or tied with the last of them."""
    # rank - 1 are above: (rank - 1) x 100 < p x n.
    above = exp.paren(exp.Sub(this=scope.profile("revenue_rank"), expression=number(1)))
    share = exp.Mul(this=number(percent), expression=scope.profile("spenders"))
    return exp.And(
        this=exp.GT(this=scope.profile("total_spent"), expression=number(0)),
        expression=exp.LT(this=exp.Mul(this=above, expression=number(100)), expression=share),
    )


def rfm_group(scope: Scope) -> exp.Expr:
    """The named group of recency and value; missing without an order."""

    def value_below(limit: int) -> exp.Expr:
        value = exp.Add(
            this=scope.profile("frequency_score"), expression=scope.profile("monetary_score")
        )
        return exp.LT(this=exp.paren(value, copy=False), expression=number(limit))

    ifs = []
    for recency, (low, middle, high) in RFM_GROUPS.items():
        named = exp.Case(
            ifs=[
                exp.If(this=value_below(5), true=text(low)),
                exp.If(this=value_below(8), true=text(middle)),
            ],
            default=text(high),
        )
        is_so = exp.EQ(this=scope.profile("recency_score"), expression=number(recency))
        ifs.append(exp.If(this=is_so, true=named))
    return exp.Case(ifs=ifs)


def engagement_level(scope: Scope) -> exp.Expr:
    """By the days with a click, reply, visit or order in the last 90: high, medium, low, none."""
    levels = ((6, "high"), (2, "medium"), (1, "low"))
    ifs = [
        exp.If(
            this=exp.GTE(this=scope.recent("activity", "days_now"), expression=number(least)),
            true=text(code),
        )
        for least, code in levels
    ]
    return exp.Case(ifs=ifs, default=text("none"))


def engagement_trend(scope: Scope) -> exp.Expr:
    """Those days against the 90 before: half as many again, half as many, or steady."""

    def twice(name: str, times: int) -> exp.Expr:
        return exp.Mul(this=scope.recent("activity", name), expression=number(times))

    both = exp.Add(
        this=scope.recent("activity", "days_now"),
        expression=scope.recent("activity", "days_before"),
    )
    nothing = exp.EQ(this=exp.paren(both, copy=False), expression=number(0))
    rising = exp.GTE(this=twice("days_now", 2), expression=twice("days_before", 3))
    falling = exp.LTE(this=twice("days_now", 2), expression=twice("days_before", 1))
    stages = ((nothing, "steady"), (rising, "rising"), (falling, "falling"))
    ifs = [exp.If(this=test, true=text(code)) for test, code in stages]
    return exp.Case(ifs=ifs, default=text("steady"))


def lifecycle_stage(thresholds: Thresholds) -> Callable[[Scope], exp.Expr]:
    """The first stage that holds: prospect, lost, at risk, new, VIP, loyal, active."""

    def stage(scope: Scope) -> exp.Expr:
        def earlier_than(column: str, days: int) -> exp.Expr:
            since = moment(scope.clock.shift(-days, "day"))
            return exp.LT(this=scope.profile(column), expression=since)

        best = among_the_best(scope, VIP_PERCENT)
        orders = scope.profile("orders_count")
        never = exp.Is(this=scope.profile("last_order_at"), expression=exp.Null())
        stages = (
            (never, "prospect"),
            (earlier_than("last_order_at", thresholds.lost_days), "lost"),
            (earlier_than("last_order_at", thresholds.at_risk_days), "at_risk"),
            (exp.Not(this=exp.paren(earlier_than("first_order_at", NEW_DAYS))), "new"),
            (best, "vip"),
            (exp.GTE(this=orders, expression=number(LOYAL_ORDERS)), "loyal"),
        )
        ifs = [exp.If(this=test, true=text(code)) for test, code in stages]
        return exp.Case(ifs=ifs, default=text("active"))

    return stage
