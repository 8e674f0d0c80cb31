"""What this shop's own data proposes: thresholds, best sellers, towns; read in a few scans.

Invariant: a proposal is a figure a person would choose (rounded), never an exact quantile; where
there are too few buyers to tell, it is the guides' own figure.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from customers.folding import fold
from customers.models import Place
from segmentation import snapshot
from segmentation.models import Lifecycle, Segment

# Under this number of buyers a quartile says little.
ENOUGH: Final = 40
_BASKETS: Final = """
    SELECT count(*), quantile_cont(average_basket, 0.75), quantile_cont(average_basket, 0.25),
           quantile_disc(orders_count, 0.8), quantile_cont(days_between_orders, 0.5)
    FROM profiles WHERE orders_count > 0
"""
_LABELS: Final = """
    SELECT label, folded FROM labels WHERE kind = $kind ORDER BY n DESC, folded LIMIT $most
"""
_ECOLOGY: Final = ("ecolog", "bio", "durable", "zero dechet", "nature", "environnement")


@dataclass(frozen=True, slots=True)
class Shop:
    """Figures and words of the shop. Money in its currency, gaps in days.

    `high` and `low` are an average basket of the top and of the bottom quarter of buyers,
    `frequent` a number of orders that one buyer in five reaches, `gap` the usual days between two
    orders. `loyal` is the segment in use that was made from the recipe of that name.
    """

    buyers: int = 0
    high: int = 100
    low: int = 30
    frequent: int = 5
    gap: int = 45
    at_risk_days: int = 90
    lost_days: int = 240
    categories: tuple[str, ...] = ()
    cities: tuple[str, ...] = ()
    events: frozenset[str] = frozenset()
    interests: tuple[str, ...] = ()
    places: tuple[tuple[int, str], ...] = ()
    messages: bool = False
    loyal: int | None = None

    def category(self, place: int = 0) -> str:
        """The best-selling category, or the one at that place; '' where there is none."""
        return self.categories[place] if place < len(self.categories) else ""

    @property
    def green(self) -> tuple[str, ...]:
        """The interests that are about ecology."""
        return tuple(each for each in self.interests if any(w in fold(each) for w in _ECOLOGY))

    @property
    def view(self) -> str:
        """The name of the event that says a product was looked at; '' where there is none."""
        return next((name for name in ("product_view", "page_view") if name in self.events), "")

    @property
    def cart(self) -> str:
        """The name of the event that says a cart was left or filled; '' where there is none."""
        return next((n for n in ("cart_abandoned", "add_to_cart", "cart") if n in self.events), "")


def look() -> Shop:
    """What the shop is like now; the guides' figures where there is no snapshot yet."""
    days = Lifecycle.current()
    told: dict[str, Any] = {
        "at_risk_days": days.at_risk_days,
        "lost_days": days.lost_days,
        "places": tuple(Place.objects.order_by("name").values_list("pk", "name")[:20]),
        "loyal": _made_from("loyal"),
    }
    try:
        with snapshot.cursor() as cursor:
            buyers, high, low, often, gap = cursor.execute(_BASKETS).fetchall()[0]
            words = {
                name: tuple(cursor.execute(_LABELS, {"kind": kind, "most": most}).fetchall())
                for name, kind, most in (
                    ("categories", "category", 8),
                    ("cities", "city", 8),
                    ("interests", "interest", 200),
                    ("events", "event_name", 200),
                )
            }
            told["messages"] = bool(cursor.execute("SELECT 1 FROM messages LIMIT 1").fetchall())
    except snapshot.NoSnapshot:
        return Shop(**told)
    told |= {
        "buyers": buyers,
        "categories": _labels(words["categories"]),
        "cities": _labels(words["cities"]),
        "interests": _labels(words["interests"]),
        "events": frozenset(folded for _label, folded in words["events"]),
    }
    if buyers >= ENOUGH:
        told |= {
            "high": round_to_choose(high, up=True),
            "low": round_to_choose(low),
            "frequent": max(3, int(often)),
        }
        if gap is not None:
            told["gap"] = max(7, round(gap))
    return Shop(**told)


def round_to_choose(amount: float, *, up: bool = False) -> int:
    """An amount as a person would say it: to 1, 5, 10 or 50 by its size; at least 1."""
    step = next(
        step for most, step in ((20, 1), (100, 5), (500, 10), (float("inf"), 50)) if amount < most
    )
    whole = Decimal(amount / step).quantize(Decimal(1), ROUND_HALF_UP)
    if up and whole * step < amount:
        whole += 1
    return max(1, int(whole) * step)


def _labels(rows: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    return tuple(label for label, _folded in rows)


def _made_from(recipe: str) -> int | None:
    used = Segment.objects.filter(archived_at=None, recipe=recipe).order_by("pk")
    return used.values_list("pk", flat=True).first()
