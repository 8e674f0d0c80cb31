"""Random worlds: small bases with what usually goes wrong in them.

Values are drawn from small pools, so that ties, missing values and exact hits on a bound are
common; instants crowd around clock changes, leap days and the instants asked about.
"""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.segmentation.oracle import World

NOWS = [
    dt.datetime(2026, 11, 21, 14, 32, 8, 250_000, tzinfo=dt.UTC),
    # The night clocks go forward in Paris, then a month and a day after it.
    dt.datetime(2026, 3, 29, 0, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 29, 1, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 4, 29, 0, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 30, 0, 30, tzinfo=dt.UTC),
    # The night clocks go back: 2:30 twice, and the day after.
    dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 26, 1, 30, tzinfo=dt.UTC),
    # Leap days and month ends, in local time.
    dt.datetime(2024, 2, 29, 11, 0, tzinfo=dt.UTC),
    dt.datetime(2025, 2, 28, 22, 59, 59, 999_999, tzinfo=dt.UTC),
    dt.datetime(2025, 2, 28, 23, 0, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 31, 10, 0, tzinfo=dt.UTC),
    dt.datetime(2026, 1, 1, 0, 0, tzinfo=dt.UTC),
]
PARIS = ZoneInfo("Europe/Paris")
# Windows whose bounds rows are put on.
EXACT = [(1, "day"), (24, "hour"), (1, "hour"), (2, "hour"), (1, "week"), (1, "month"), (1, "year")]
UNITS = ["hour", "day", "week", "month", "year"]
CALENDAR_UNITS = ["day", "week", "month", "year"]
WORDS = ["Lyon", "lyon ", "LYÓN", "Évry", "evry", "Œuvre", "oeuvre", "St  Étienne", "l", "ß", "SS"]
ODD = ["", " ", None, "100%", "a_b", "it's", 'x"y', "b\\n", "日本", "É"]
TAGS = ["VIP", "vip", "Été", "ete", "b2b"]
CODES = {
    "gender": ["female", "male", "non_binary"],
    "marital_status": ["single", "couple", "married"],
    "email_consent": ["given", "withdrawn", "unknown"],
    "sms_consent": ["given", "withdrawn", "unknown"],
    "tracking_consent": ["given", "withdrawn", "unknown"],
    "preferred_frequency": ["weekly", "monthly"],
    "preferred_channel": ["email", "sms"],
    "purchase_rhythm": ["weekly", "monthly", "quarterly", "occasional", "dormant"],
    "lifecycle_stage": ["prospect", "lost", "at_risk", "new", "vip", "loyal", "active"],
    "rfm_group": ["champion", "loyal", "potential", "new", "lost", "at_risk", "hibernating"],
    "pmg": ["large", "medium", "small"],
    "engagement_level": ["high", "medium", "low", "none"],
    "engagement_trend": ["rising", "steady", "falling"],
    "status": ["pending", "paid", "refunded", "cancelled"],
    "order_channel": ["web", "store", "phone"],
    "channel": ["email", "sms"],
    "message_status": ["sent", "delivered", "bounced"],
    "kind": ["open", "click", "reply", "bounce"],
    "department": ["75", "2A", "971"],
    "region": ["11", "94", "01"],
    "area": ["rural", "suburban", "urban"],
    "country": ["FR", "BE"],
    "attr:tier": ["Gold", "Silver"],
}
# Around two shops, at their door, on the other side of the date line and at a pole.
PLACES = {1: (48.1111, -1.6743), 2: (-16.5, 179.9)}
HOMES = [
    *((None, None), (48.1111, -1.6743), (48.2, -1.6743), (48.1111, -1.55), (48.8534, 2.3488)),
    *((-16.5, -179.9), (-16.6, 179.8), (90.0, 0.0), (-48.1111, 178.3257)),
]
FREE_TEXTS = ["city", "postal_code", "email_domain", "phone_country", "attr:colour"]
FREE_CHOICES = [
    *("education", "profession", "income_band", "language", "acquisition_source"),
    "favourite_category",
]
PROFILE_NUMBERS = [
    *("age", "children", "attr:size", "orders_count", "total_spent", "average_basket"),
    *("discount_share", "days_between_orders"),
    *("recency_score", "frequency_score", "monetary_score", "revenue_rank_percent"),
    *("messages_last_7_days", "messages_last_30_days"),
]
FLAGS = ["has_email", "has_mobile", "reachable_email", "reachable_sms"]
AMOUNTS = [
    Decimal(x)
    # What goes back may cost more than what was bought.
    for x in ("0.00", "0.01", "10.00", "10.10", "20.20", "33.33", "99.99", "-10.10", "-33.33")
]
NUMBERS = [0, 1, 2, 3, 5, 10, 18, 25, 36, 0.5, 0.25, 10.1, 33.33, 20.2, 100, -1, 45, 120, 1.5]


def world_of(seed: int, now: dt.datetime, size: int) -> World:
    """A world of `size` customers, the same for the same arguments."""
    draw = random.Random(f"{seed} {now} {size}")

    def text() -> str | None:
        return draw.choice(WORDS if draw.random() < 0.75 else ODD)

    def code(key: str) -> str | None:
        return draw.choice([*CODES[key], "" if draw.random() < 0.5 else None])

    def flag() -> bool:
        return draw.random() < 0.5

    def instant() -> dt.datetime:
        return some_instant(draw, now)

    def customer(number: int) -> dict[str, Any]:
        return {
            "id": number,
            "birth_date": draw.choice([None, some_date(draw, now)]),
            "children": draw.choice([None, 0, 1, 2, 3]),
            "interests": draw.sample(TAGS, draw.randint(0, 3)),
            "tags": draw.sample(TAGS, draw.randint(0, 3)),
            "signed_up_at": draw.choice([None, instant()]),
            **{key: text() for key in (*FREE_TEXTS, *FREE_CHOICES[:-1])},
            **{
                key: code(key)
                for key in ("gender", "marital_status", "preferred_frequency", "country")
            },
            **{key: code(key) for key in ("preferred_channel", "department", "attr:tier")},
            **{key: code(key) for key in ("region", "area")},
            **dict(zip(("latitude", "longitude"), draw.choice(HOMES), strict=True)),
            **{
                key: draw.choice(CODES[key])
                for key in ("email_consent", "sms_consent", "tracking_consent")
            },
            **{key: flag() for key in FLAGS},
            "attr:size": draw.choice([None, Decimal("0.5"), Decimal(36), Decimal(-1)]),
            "attr:vip": draw.choice([None, True, False]),
            "attr:wedding": draw.choice([None, some_date(draw, now)]),
        }

    people = [customer(n) for n in range(1, size + 1)]

    def rows(most: int) -> range:
        return range(1, draw.randint(0, most * size) + 1 if size else 1)

    def order(number: int) -> dict[str, Any]:
        return {
            "id": number,
            "customer_id": draw.randint(1, size),
            "total": draw.choice(AMOUNTS),
            "discount": draw.choice([None, Decimal(0), Decimal(0), Decimal(5)]),
            "status": draw.choice([*CODES["status"], "paid", "paid", "paid", "paid"]),
            "channel": code("order_channel"),
            "store": text(),
            "promo_code": text(),
            "placed_at": instant(),
        }

    orders = [order(n) for n in rows(4)]
    items = [
        {
            **draw.choice(orders),
            "id": n,
            "product": text(),
            "category": text(),
            "brand": text(),
            "quantity": draw.choice([Decimal(1), Decimal(2), Decimal("0.5")]),
            "amount": draw.choice(AMOUNTS),
        }
        for n in (rows(4) if orders else ())
    ]

    def of_customer(number: int) -> dict[str, Any]:
        return {"id": number, "customer_id": draw.randint(1, size)}

    return {
        "customers": people,
        "orders": orders,
        "items": items,
        "events": [
            {
                **of_customer(n),
                "name": draw.choice(["page_view", "cart", "Cart"]),
                "product": text(),
                "category": text(),
                "page": text(),
                "value": draw.choice([None, *AMOUNTS]),
                "prop:shade": text(),
                "prop:stars": draw.choice([None, Decimal(-1), Decimal("0.5"), Decimal(5)]),
                "prop:sale": draw.choice([None, True, False]),
                "prop:delivery": draw.choice([None, some_date(draw, now)]),
                "occurred_at": instant(),
            }
            for n in rows(4)
        ],
        "messages": [
            {
                **of_customer(n),
                "campaign": draw.choice([1, 2]),
                "channel": draw.choice(CODES["channel"]),
                "status": draw.choice(CODES["message_status"]),
                "sent_at": draw.choice([None, instant()]),
            }
            for n in rows(3)
        ],
        "engagements": [
            {
                **of_customer(n),
                "kind": draw.choice(CODES["kind"]),
                "channel": draw.choice(CODES["channel"]),
                "campaign": draw.choice([None, 1, 2]),
                "link": text(),
                "machine": flag(),
                "occurred_at": instant(),
            }
            for n in rows(3)
        ],
        "segment_changes": [
            {
                **of_customer(n),
                "segment_id": draw.choice([1, 2, 7]),
                "kind": draw.choice(["entered", "left"]),
                "occurred_at": instant(),
            }
            for n in rows(2)
        ],
    }


def some_instant(draw: random.Random, now: dt.datetime) -> dt.datetime:
    """An instant near something that matters."""
    kind = draw.choice([0, 1, 1, 1, 2, 3, 4, 4, 5])
    if kind == 0:
        return draw.choice(NOWS)
    if kind == 1:
        n, unit = draw.choice(EXACT)
        return exactly(now, draw.choice([-n, n]), unit)
    if kind == 2:
        return now + dt.timedelta(microseconds=draw.choice([-1, 0, 1]))
    if kind == 3:
        return now.replace(hour=22, minute=0, second=0, microsecond=0) - dt.timedelta(
            days=draw.randint(0, 40)
        )
    if kind == 4:
        return now - dt.timedelta(days=draw.randint(0, 800), minutes=draw.randint(0, 1440))
    return now + dt.timedelta(days=draw.randint(0, 30))


def exactly(now: dt.datetime, n: int, unit: str) -> dt.datetime:
    """The instant on the bound of a window of n units, clock changes and month ends apart."""
    if unit == "hour":
        return now + dt.timedelta(hours=n)
    local = now.astimezone(PARIS).replace(tzinfo=None)
    if unit in ("month", "year"):
        months = n * (12 if unit == "year" else 1)
        year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
        moved = local.replace(year=year, month=month + 1, day=min(local.day, 28))
    else:
        moved = local + dt.timedelta(days=n * (7 if unit == "week" else 1))
    return moved.replace(tzinfo=PARIS).astimezone(dt.UTC)


def some_date(draw: random.Random, now: dt.datetime) -> dt.date:
    """A date, often a leap day or an anniversary of today."""
    kind = draw.randrange(4)
    if kind == 0:
        return draw.choice([dt.date(1996, 2, 29), dt.date(2000, 2, 29), dt.date(1999, 3, 1)])
    if kind == 1:
        day = now.date() + dt.timedelta(days=draw.randint(-2, 2))
        return day.replace(year=1990) if (day.month, day.day) != (2, 29) else day
    return now.date() - dt.timedelta(days=draw.randint(0, 30_000 if kind == 2 else 60))
