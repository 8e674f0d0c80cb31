"""Rules written by hand over the demo shop, each with its answer worked out from the facts.

The answers come from the database's rows by plain Python, or by SQL (`demo_by_sql`): neither the
snapshot nor any part of the rule language has a hand in them.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from io import StringIO
from pathlib import Path
from types import SimpleNamespace as Row
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.models import Customer, Event, EventProperty
from segmentation import engine
from segmentation.catalogue import Catalogue, load_catalogue
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.rules import Node as RuleNode
from segmentation.rules import parse_node
from tests.segmentation import demo_by_sql, sql_by_hand
from tests.segmentation.facts_by_hand import PARIS, Clock, Person, day_of, fold, read_people

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]
Node = dict[str, Any]


def f(name: str, op: str, value: Any = None) -> Node:
    return {"field": name, "op": op} | ({} if value is None else {"value": value})


def b(source: str, measure: str = "", op: str = "", value: Any = None, **more: Any) -> Node:
    test = {"measure": measure, "op": op, "value": value}
    return {source: {k: v for k, v in test.items() if v not in ("", None)} | more}


AT_ONCE = 40
Test = Callable[[Person, Clock], Any]
Rank = tuple[str, float, Test]


def near_birthday(born: dt.date | None, today: dt.date, days: int) -> bool:
    """Whether a birthday falls today or in the days after; of 29 February on 1 March."""
    return born is not None and any(
        (born.month, born.day) == (day.month, day.day)
        or ((born.month, born.day) == (2, 29) and (day.month, day.day) == (3, 1)
            and day.year % 4 != 0)
        for day in (today + dt.timedelta(n) for n in range(days + 1))
    )  # fmt: skip


def monday(today: dt.date) -> dt.date:
    return today - dt.timedelta(today.weekday())


def since(rows: Iterable[Row], at: dt.datetime) -> list[Row]:
    return [row for row in rows if row.at >= at]


def total(rows: Iterable[Row]) -> Decimal:
    return sum((row.total for row in rows), Decimal(0))


QUESTIONS: list[tuple[Node, Test | Rank]] = [
    # Who they say they are
    (f("gender", "is", "Female"), lambda p, c: p.who.gender == "female"),
    (f("gender", "in", ["male", "non_binary"]),
     lambda p, c: p.who.gender in ("male", "non_binary")),
    (f("gender", "is_not", "female"), lambda p, c: p.who.gender != "female"),
    (f("gender", "not_in", ["female", "male"]), lambda p, c: p.who.gender in ("", "non_binary")),
    (f("gender", "is_not_set"), lambda p, c: not p.who.gender),
    (f("age", "between", [25, 35]), lambda p, c: 25 <= (c.age(p.who.birth_date) or 0) <= 35),
    (f("age", "<", 30), lambda p, c: (c.age(p.who.birth_date) or 99) < 30),
    (f("age", "!=", 40), lambda p, c: c.age(p.who.birth_date) != 40),
    (f("age", "top_percent", 10), ("top", 10, lambda p, c: c.age(p.who.birth_date))),
    (f("birth_date", "is_not_set"), lambda p, c: p.who.birth_date is None),
    (f("birth_date", "between", ["1980-01-01", "1989-12-31"]),
     lambda p, c: p.who.birth_date and 1980 <= p.who.birth_date.year <= 1989),
    (f("birth_date", "before", "1970-05-01"),
     lambda p, c: p.who.birth_date and p.who.birth_date < dt.date(1970, 5, 1)),
    (f("birth_date", "anniversary_month", 2),
     lambda p, c: p.who.birth_date and p.who.birth_date.month == 2),
    (f("birth_date", "anniversary_in_next", [45, "day"]),
     lambda p, c: near_birthday(p.who.birth_date, c.today, 45)),
    (f("language", "is", "FR"), lambda p, c: p.who.language == "fr"),
    (f("tags", "has_any", ["carte fidelite", "AMBASSADEUR"]),
     lambda p, c: p.tags & {"carte fidelite", "ambassadeur"}),
    (f("tags", "has_all", ["Carte fidélité", "Ambassadeur"]),
     lambda p, c: p.tags >= {"carte fidelite", "ambassadeur"}),
    (f("tags", "has_none", ["Carte fidélité"]), lambda p, c: "carte fidelite" not in p.tags),
    (f("tags", "is_set"), lambda p, c: p.tags),
    (f("interests", "has_any", ["ecologie"]),
     lambda p, c: "ecologie" in {fold(i) for i in p.who.interests}),
    (f("attr:pointure", ">=", 40),
     lambda p, c: Decimal(str(p.who.attributes.get("pointure") or 0)) >= 40),
    (f("attr:pointure", "is_not_set"), lambda p, c: not p.who.attributes.get("pointure")),
    (f("signed_up_at", "in_last", [6, "month"]),
     lambda p, c: p.who.signed_up_at and c.ago(6, "month") <= p.who.signed_up_at <= c.now),
    (f("signed_up_at", "more_than_ago", [1, "year"]),
     lambda p, c: p.who.signed_up_at and p.who.signed_up_at < c.ago(1, "year")),
    (f("signed_up_at", "calendar", {"unit": "year", "offset": -1}),
     lambda p, c: p.who.signed_up_at and day_of(p.who.signed_up_at).year == c.today.year - 1),
    # Where they live, how they are reached
    (f("city", "is", "  LYON "), lambda p, c: fold(p.who.city) == "lyon"),
    (f("city", "not_in", ["Paris", "lyon"]),
     lambda p, c: fold(p.who.city) not in ("paris", "lyon")),
    (f("city", "contains", "É"), lambda p, c: "e" in fold(p.who.city)),
    (f("city", "not_contains", "a"), lambda p, c: "a" not in fold(p.who.city)),
    (f("city", "ends_with", "s"), lambda p, c: fold(p.who.city).endswith("s")),
    (f("postal_code", "starts_with", "69"), lambda p, c: p.who.postal_code.startswith("69")),
    (f("department", "in", ["69", "75"]),
     lambda p, c: p.who.country == "FR" and p.who.postal_code[:2] in ("69", "75")),
    (f("country", "is_not", "FR"), lambda p, c: p.who.country != "FR"),
    (f("has_email", "is", False), lambda p, c: not p.who.email),
    (f("has_mobile", "is", True), lambda p, c: p.mobile),
    (f("email_consent", "is", "unknown"), lambda p, c: "email" not in p.consents),
    (f("sms_consent", "is", "withdrawn"), lambda p, c: p.consents.get("sms") == "withdrawn"),
    (f("tracking_consent", "is_not", "given"), lambda p, c: p.consents.get("tracking") != "given"),
    (f("reachable_email", "is", True), lambda p, c: p.reachable("email")),
    (f("reachable_sms", "is", False), lambda p, c: not p.reachable("sms")),
    # What they buy
    (f("orders_count", "=", 0), lambda p, c: not p.paid),
    (f("total_spent", ">=", 250.5), lambda p, c: p.spent >= Decimal("250.5")),
    (f("total_spent", "top_percent", 20), ("top", 20, lambda p, c: p.spent)),
    (f("total_spent", "bottom_percent", 12.5), ("bottom", 12.5, lambda p, c: p.spent)),
    (f("average_basket", "<=", 60), lambda p, c: p.paid and p.spent <= 60 * len(p.paid)),
    (f("average_basket", "is_not_set"), lambda p, c: not p.paid),
    (f("first_order_at", "in_last", [90, "day"]),
     lambda p, c: p.paid and min(o.at for o in p.paid) >= c.ago(90, "day")),
    (f("last_order_at", "more_than_ago", [3, "month"]),
     lambda p, c: p.paid and max(o.at for o in p.paid) < c.ago(3, "month")),
    (f("favourite_category", "is", "Cosmétiques bio"),
     lambda p, c: p.favourite == "cosmetiques bio"),
    (f("favourite_category", "is_set"), lambda p, c: p.favourite),
    (f("days_between_orders", "<", 40), lambda p, c: len(p.order_days) > 1 and
     (p.order_days[-1] - p.order_days[0]).days < 40 * (len(p.order_days) - 1)),
    # What they did: sources, measures, windows
    (b("orders", when={"last": [1, "month"]}), lambda p, c: since(p.paid, c.ago(1, "month"))),
    (b("orders", "count", "=", 0, when={"last": [26, "week"]}),
     lambda p, c: not since(p.paid, c.ago(26, "week"))),
    (b("orders", "count", ">=", 2, when={"before": [1, "year"]}),
     lambda p, c: sum(o.at < c.ago(1, "year") for o in p.paid) >= 2),
    (b("orders", "sum:total", ">", 100, when={"ago": [1, 8, "month"]}), lambda p, c: total(
        o for o in p.paid if c.ago(8, "month") <= o.at <= c.ago(1, "month")) > 100),
    (b("orders", "avg:total", "between", [30, 70]), lambda p, c: p.paid and
     30 * len(p.paid) <= p.spent <= 70 * len(p.paid)),
    (b("orders", "min:total", "<", 20), lambda p, c: any(o.total < 20 for o in p.paid)),
    (b("orders", "max:total", "!=", 96), lambda p, c:
     max((o.total for o in p.paid), default=None) != 96),
    (b("orders", "days", ">", 3), lambda p, c: len(p.order_days) > 3),
    (b("orders", "distinct:channel", ">=", 2), lambda p, c: len({o.channel for o in p.paid}) > 1),
    (b("orders", "first", "calendar", {"unit": "year", "offset": 0}), lambda p, c:
     p.paid and p.order_days[0].year == c.today.year),
    (b("orders", "last", "in_last", [2000, "hour"]), lambda p, c:
     since(p.paid, c.ago(2000, "hour"))),
    (b("orders", where=[f("status", "in", ["refunded", "cancelled"])]), lambda p, c:
     any(o.status in ("refunded", "cancelled") for o in p.every_order)),
    (b("orders", where=[f("discount", ">", 0), f("channel", "is", "web")],
       when={"calendar": {"unit": "month", "offset": -1}}), lambda p, c: any(
        o.discount > 0 and o.channel == "web"
        and (o.day.year, o.day.month) == ((c.today.replace(day=1) - dt.timedelta(1)).year,
                                          (c.today.replace(day=1) - dt.timedelta(1)).month)
        for o in p.paid)),
    (b("orders", when={"calendar": {"unit": "week", "offset": 0}}), lambda p, c:
     any(o.day >= monday(c.today) for o in p.paid)),
    (b("orders", when={"between": [None, "2026-03-29"]}), lambda p, c:
     any(o.day <= dt.date(2026, 3, 29) for o in p.paid)),
    (b("items", "sum:quantity", ">=", 5, where=[f("category", "is", "cosmétiques BIO")]),
     lambda p, c: sum(i.quantity for i in p.items if i.category == "cosmetiques bio") >= 5),
    (b("items", "distinct:product", ">=", 6), lambda p, c: len({i.name for i in p.items}) >= 6),
    (b("items", "sum:amount", "top_percent", 15),
     ("top", 15, lambda p, c: sum((i.amount for i in p.items), Decimal(0)))),
    (b("events", "days", ">=", 3, where=[f("name", "is", "page_view")], when={"last": [60, "day"]}),
     lambda p, c: len({e.day for e in since(p.events, c.ago(60, "day"))
                       if e.name == "page_view"}) >= 3),
    (b("events", "max:value", ">=", 40, where=[f("name", "is", "cart")]), lambda p, c: any(
        e.name == "cart" and (e.value or 0) >= 40 for e in p.events)),
    (b("events", "last", "is_not_set"), lambda p, c: not p.events),
    (b("messages", "count", ">=", 2, where=[f("channel", "is", "email")]), lambda p, c:
     sum(m.channel == "email" for m in p.messages) >= 2),
    (b("messages", "distinct:campaign", "=", 1), lambda p, c:
     len({m.campaign_id for m in p.messages}) == 1),
    (b("engagements", "count", "=", 0, where=[f("kind", "is", "click")]), lambda p, c:
     not any(r.kind == "click" for r in p.reactions)),
    # Together
    ({"all": [f("orders_count", ">", 5), f("average_basket", ">", 40), {"not": {"any": [
        f("city", "is", "Paris"), f("gender", "is", "male")]}}]}, lambda p, c:
     len(p.paid) > 5 and p.spent > 40 * len(p.paid)
     and not (fold(p.who.city) == "paris" or p.who.gender == "male")),
    ({"not": {"all": []}}, lambda p, c: False),
]  # fmt: skip


def expected(answer: Test | Rank, people: dict[int, Person], clock: Clock) -> list[int]:
    if not isinstance(answer, tuple):
        chosen = [p for p in people.values() if answer(p, clock)]
    else:
        side, percent, value = answer
        worth = {pk: value(p, clock) for pk, p in people.items()}
        ranked = sorted((w for w in worth.values() if w and w > 0), reverse=side == "top")
        kept = math.ceil(Decimal(str(percent)) * len(ranked) / 100)
        edge = set(ranked[:kept])
        chosen = [people[pk] for pk, w in worth.items() if w in edge]
    return sorted(p.who.pk for p in chosen)


@pytest.fixture
def shop() -> list[dt.datetime]:
    """The demonstration shop in a snapshot; the instants to ask it at."""
    call_command("demo", customers=150, stdout=StringIO())
    present = timezone.now()
    _add_what_the_demonstration_lacks(present)
    call_command("sync_snapshot", stdout=StringIO())
    summer = dt.datetime(present.year, 3, 30, 2, 30, tzinfo=PARIS)
    return [present, present - dt.timedelta(days=233, hours=5), summer]


def _add_what_the_demonstration_lacks(present: dt.datetime) -> None:
    """Two segments, one with a history, and properties of events."""
    rule = {"version": 1, "rule": f("orders_count", ">=", 3)}
    Segment.objects.create(pk=demo_by_sql.REGULARS, name="Regulars", rule=rule)
    Segment.objects.create(pk=demo_by_sql.LISTED, name="Listed", kind=Segment.Kind.STATIC)
    people = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    Membership.objects.bulk_create(
        Membership(segment_id=demo_by_sql.LISTED, customer_id=pk) for pk in people if pk % 3 == 0
    )
    MembershipChange.objects.bulk_create(
        MembershipChange(
            segment_id=demo_by_sql.REGULARS,
            customer_id=pk,
            kind=("entered", "left")[pk % 2],
            cause=("refresh", "refresh", "rule_change")[pk % 3],
            at=present - dt.timedelta(days=pk % 11, hours=pk * 47 % 9000),
        )
        for pk in people
    )
    EventProperty.objects.create(key="device", label="Device", type="text")
    EventProperty.objects.create(key="stars", label="Stars", type="number")
    events = list(Event.objects.order_by("pk"))
    for event in events[::2]:
        device = ("Phone", "Tablet", "Computer")[event.pk % 3]
        event.properties = {"device": device, "stars": event.pk % 11 / 2}
    Event.objects.bulk_update(events, ["properties"])


def test_each_rule_is_answered_as_the_facts_answer_it(
    shop: list[dt.datetime], tmp_path: Path
) -> None:
    catalogue = load_catalogue()
    nodes = [node for node, _answer in QUESTIONS] + [node for node, _sql in demo_by_sql.QUESTIONS]
    rules = [parse_node(node, catalogue) for node in nodes]
    wrong, telling = [], 0
    for now in shop:
        people, clock = read_people(now), Clock(now)
        right = [expected(answer, people, clock) for _node, answer in QUESTIONS]
        right += [sql_by_hand.ids(sql, now) for _node, sql in demo_by_sql.QUESTIONS]
        for node, found, known in zip(nodes, _answers(rules, now, catalogue), right, strict=True):
            telling += 0 < len(known) < len(people)
            if found != known:
                wrong.append((now, node, sorted(set(found) ^ set(known))))
        named = [people[pk].who.external_id or str(pk) for pk in right[0]]
        assert _told_by_the_command(nodes[0], now, tmp_path / "rule.json") == sorted(named)
    assert wrong == []
    assert telling > 2.5 * len(nodes)


def _answers(rules: list[RuleNode], now: dt.datetime, catalogue: Catalogue) -> list[list[int]]:
    """Who each rule means, ascending; many are asked in one statement, to be quick."""
    found: list[list[int]] = [[] for _rule in rules]
    for start in range(0, len(rules), AT_ONCE):
        named = {str(n): rule for n, rule in enumerate(rules[start : start + AT_ONCE])}
        with engine.asking(now, catalogue) as asked:
            statement = asked.compiler.flags(named, also=("id",))
            rows = asked.rows(asked.compiler.finish(statement))
        for *flags, pk in sorted(rows, key=lambda row: int(row[-1])):
            for n, flag in enumerate(flags, start):
                if flag:
                    found[n].append(pk)
    return found


def _told_by_the_command(node: Node, now: dt.datetime, file: Path) -> list[str]:
    file.write_text(json.dumps({"version": 1, "rule": node}), encoding="utf-8")
    out = StringIO()
    told = ["--rule", str(file), "--ids", "--json", "--now", now.isoformat()]
    call_command("count_segment", *told, stdout=out)
    names: list[str] = json.loads(out.getvalue())["ids"]
    return names
