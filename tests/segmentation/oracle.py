"""A naive evaluator of rules, written from the contract alone: JSON and plain rows in, ids out.

It shares no code with the product, on purpose: a mistake would have to be made twice.
A world is a dict of tables, each a list of dicts; instants are aware UTC datetimes, texts are as
typed. Customers carry their tags and interests as lists, their custom attributes as "attr:key".
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.segmentation.oracle_clock import OracleClock
from tests.segmentation.oracle_places import kilometres
from tests.segmentation.oracle_standing import standing
from tests.segmentation.oracle_values import (
    BOOLEANS,
    DATES,
    INSTANTS,
    NUMBERS,
    SETS,
    STANDING,
    TEXTS,
    birthday,
    bucket,
    folded,
    lasting,
    number_passes,
    ranked,
    set_passes,
    text_passes,
)

Row = dict[str, Any]
World = dict[str, list[Row]]

INSTANT_OF = {
    "orders": "placed_at",
    "items": "placed_at",
    "events": "occurred_at",
    "messages": "sent_at",
    "engagements": "occurred_at",
}
COMPLEMENTS = {
    "is_not": "is",
    "not_in": "in",
    "not_contains": "contains",
    "has_none": "has_any",
    "!=": "=",
    "is_not_set": "is_set",
}


class Oracle(OracleClock):
    """Answers rules over a world at an instant. `segments`: number → rule JSON or list of ids."""

    def __init__(
        self,
        world: World,
        now: dt.datetime,
        zone: ZoneInfo,
        segments: dict[int, Any] | None = None,
        places: dict[int, tuple[float, float]] | None = None,
    ) -> None:
        super().__init__(now, zone)
        self.segments = segments or {}
        self.customers = world["customers"]
        self._standing: dict[int, Row] | None = None
        self.places = places or {}
        self.changes = world.get("segment_changes", [])
        self.rows: dict[str, dict[int, list[Row]]] = {}
        for source, instant in INSTANT_OF.items():
            by_customer: dict[int, list[Row]] = defaultdict(list)
            for row in world[source]:
                if row[instant] is not None and row[instant] <= now:
                    by_customer[row["customer_id"]].append(row)
            self.rows[source] = by_customer

    def ids(self, rule: Any) -> set[int]:
        """The customers the rule means."""
        return {c["id"] for c in self.customers if self.holds(rule["rule"], c)}

    def holds(self, node: Any, customer: Row) -> bool:
        """Whether a node is true for a customer."""
        if "all" in node:
            return all(self.holds(child, customer) for child in node["all"])
        if "any" in node:
            return any(self.holds(child, customer) for child in node["any"])
        if "not" in node:
            return not self.holds(node["not"], customer)
        if "segment" in node:
            for kind in ("entered", "left"):
                if kind in node:
                    return self._changed(node["segment"], kind, node[kind], customer)
            target = self.segments[node["segment"]]
            if isinstance(target, list):
                return customer["id"] in target
            return self.holds(target["rule"], customer)
        if "field" in node:
            return self._profile_holds(node, customer)
        if "sample" in node:
            told = node["sample"]
            return bool(told["from"] <= bucket(told["salt"], customer["id"]) < told["to"])
        if "trend" in node:
            return self._trend_holds(node["trend"], customer)
        if "sequence" in node:
            return self._sequence_holds(node["sequence"], customer)
        ((source, body),) = node.items()
        return self._behaviour_holds(source, body, customer)

    # Profile fields

    def _profile_holds(self, node: Any, customer: Row) -> bool:
        field, op, value = node["field"], node["op"], node.get("value")
        if field == "location":
            known = customer["latitude"] is not None
            if op == "within_km":
                return known and self._near(customer, value)
            return known if op == "is_set" else not known
        if op in ("top_percent", "bottom_percent"):
            values = {c["id"]: self.profile(field, c) for c in self.customers}
            return customer["id"] in ranked(values, op, value)
        return self.passes(field, self.profile(field, customer), op, value)

    def profile(self, field: str, customer: Row) -> Any:
        """The value of a profile field, None for a missing one."""
        if field == "age":
            return self._age(customer["birth_date"])
        if field in customer:
            return customer[field]
        if field in STANDING:
            if self._standing is None:
                self._standing = standing(self)
            return self._standing[customer["id"]][field]
        orders = [o for o in self.rows["orders"][customer["id"]] if o["status"] == "paid"]
        if field == "orders_count":
            return len(orders)
        if field == "total_spent":
            return sum((Fraction(o["total"]) for o in orders), Fraction(0))
        if field in ("favourite_category", "categories"):
            return self._bought(customer)[field]
        if not orders:
            return None
        placed = sorted(o["placed_at"] for o in orders)
        days = sorted({self.local(p).date() for p in placed})
        rhythm = Fraction((days[-1] - days[0]).days, len(days) - 1) if len(days) > 1 else None
        if field == "average_basket":
            return sum(Fraction(o["total"]) for o in orders) / len(orders)
        if field == "discount_share":
            return Fraction(sum(1 for o in orders if (o["discount"] or 0) > 0), len(orders))
        if field == "first_order_at":
            return placed[0]
        if field == "last_order_at":
            return placed[-1]
        if field == "days_between_orders":
            return rhythm
        if field == "expected_next_order_at":
            return None if rhythm is None else placed[-1] + lasting(rhythm)
        assert field == "purchase_rhythm"
        if placed[-1] < self.shifted(-6, "month"):
            return "dormant"
        for name, most in (("weekly", 10), ("monthly", 45), ("quarterly", 120)):
            if rhythm is not None and rhythm <= most:
                return name
        return "occasional"

    def _bought(self, customer: Row) -> dict[str, Any]:
        lines = [i for i in self.rows["items"][customer["id"]] if i["status"] == "paid"]
        by_category: dict[str, list[Row]] = defaultdict(list)
        for line in lines:
            name = folded(line["category"])
            if name is not None:
                by_category[name].append(line)

        def rank(name: str) -> Any:
            of = by_category[name]
            spent = sum(Fraction(line["amount"]) for line in of)
            latest = max(line["placed_at"] for line in of)
            return (-len(of), -spent, -latest.timestamp(), name)

        return {
            "categories": sorted(by_category),
            "favourite_category": min(by_category, key=rank) if by_category else None,
        }

    def _age(self, birth: dt.date | None) -> int | None:
        if birth is None:
            return None
        today = self.local(self.now).date()
        years = today.year - birth.year
        return years if today >= birthday(birth, today.year) else years - 1

    def _near(self, customer: Row, value: Any) -> bool:
        home = (customer["latitude"], customer["longitude"])
        centres = [self.places[n] for n in value.get("places", ())]
        centres = centres or [(value["lat"], value["lon"])]
        return any(kilometres(home, centre) <= value["km"] + 1e-5 for centre in centres)

    # Behaviours

    def _behaviour_holds(self, source: str, body: Any, customer: Row) -> bool:
        op, value = body.get("op", ">="), body.get("value", 1 if "op" not in body else None)
        name, _, _ = body.get("measure", "count").partition(":")
        if "per" in body:
            return self._holds_within_a_value(source, body, customer)
        if op in ("top_percent", "bottom_percent"):
            values = {c["id"]: self._measure(source, body, c) for c in self.customers}
            return customer["id"] in ranked(values, op, value)
        measured = self._measure(source, body, customer)
        kind = "placed_at" if name in ("first", "last") else "total"
        return self.passes(kind, measured, op, value)

    def _holds_within_a_value(self, source: str, body: Any, customer: Row) -> bool:
        field = body["per"]

        def value_of(row: Row) -> Any:
            return folded(row[field]) if field in TEXTS else row[field]

        op, value = body.get("op", ">="), body.get("value", 1 if "op" not in body else None)
        name, _, _ = body.get("measure", "count").partition(":")
        kind = "placed_at" if name in ("first", "last") else "total"
        by_value: dict[Any, list[Row]] = defaultdict(list)
        for row in self._counting(source, body, customer):
            by_value[value_of(row)].append(row)
        by_value.pop(None, None)
        if "without" in body:
            ((other, theirs),) = body["without"].items()
            for row in self._counting(other, theirs, customer):
                by_value.pop(value_of(row), None)
        measured = (self._measure_of(rows, source, body) for rows in by_value.values())
        return any(self.passes(kind, each, op, value) for each in measured)

    def _trend_holds(self, body: Any, customer: Row) -> bool:
        n, unit = body["last"]
        start, middle = self.shifted(-2 * n, unit), self.shifted(-n, unit)
        rows = self._counting(body["of"], body, customer)
        at = INSTANT_OF[body["of"]]
        late = [r for r in rows if middle <= r[at] <= self.now]
        early = [r for r in rows if start <= r[at] < middle]
        later, earlier = (self._measure_of(some, body["of"], body) for some in (late, early))
        if later is None or earlier is None:
            return False
        if body["op"] in ("down", "up"):
            return bool(later < earlier if body["op"] == "down" else later > earlier)
        share = Fraction(str(body["value"])) / 100
        if body["op"] == "down_by":
            return bool(earlier > 0 and later <= earlier * (1 - share))
        return bool(earlier > 0 and later >= earlier * (1 + share))

    def _sequence_holds(self, body: Any, customer: Row) -> bool:
        ((source, first),) = body["first"].items()
        ((other, then),) = body.get("then", body.get("then_not")).items()
        seconds = [r[INSTANT_OF[other]] for r in self._counting(other, then, customer)]
        for row in self._counting(source, first, customer):
            began = row[INSTANT_OF[source]]
            over = self.moved(began, *body["within"]) if "within" in body else None
            followed = any(
                began < second and (over is None or second <= over) for second in seconds
            )
            if "then" in body and followed:
                return True
            if "then_not" in body and not followed and (over is None or over <= self.now):
                return True
        return False

    def _changed(self, segment: int, kind: str, when: Any, customer: Row) -> bool:
        return any(
            change["segment_id"] == segment
            and change["customer_id"] == customer["id"]
            and change["kind"] == kind
            and change["occurred_at"] <= self.now
            and self.in_window(change["occurred_at"], when)
            for change in self.changes
        )

    def _counting(self, source: str, body: Any, customer: Row) -> list[Row]:
        return [r for r in self.rows[source][customer["id"]] if self._counts(source, body, r)]

    def _measure(self, source: str, body: Any, customer: Row) -> Any:
        return self._measure_of(self._counting(source, body, customer), source, body)

    def _measure_of(self, rows: list[Row], source: str, body: Any) -> Any:
        name, _, field = body.get("measure", "count").partition(":")
        instants = [r[INSTANT_OF[source]] for r in rows]
        if name == "count":
            return len(rows)
        if name == "days":
            return len({self.local(i).date() for i in instants})
        if name in ("first", "last"):
            return (min if name == "first" else max)(instants, default=None)
        values = [r[field] for r in rows]
        if field in TEXTS:
            values = [folded(v) for v in values]
        values = [v for v in values if v is not None]
        if name == "distinct":
            return len(set(values))
        exact = [Fraction(v) for v in values]
        if name == "sum":
            return sum(exact, Fraction(0))
        if not exact:
            return None
        if name == "avg":
            return sum(exact) / len(exact)
        return min(exact) if name == "min" else max(exact)

    def _counts(self, source: str, body: Any, row: Row) -> bool:
        where = body.get("where", [])
        named = {condition["field"] for condition in where}
        if source in ("orders", "items") and "status" not in named and row["status"] != "paid":
            return False
        if source == "engagements" and "machine" not in named and row["machine"]:
            return False
        if "when" in body and not self.in_window(row[INSTANT_OF[source]], body["when"]):
            return False
        return all(self.passes(c["field"], row[c["field"]], c["op"], c.get("value")) for c in where)

    # Tests of one value

    def passes(self, field: str, value: Any, op: str, operand: Any) -> bool:
        """Whether a value (None: missing) passes an operator."""
        if op in COMPLEMENTS:
            return not self.passes(field, value, COMPLEMENTS[op], operand)
        if field in TEXTS:
            value = folded(value)
        if field in SETS:
            value = {folded(v) for v in value or ()} - {None} or None
        if value is None:
            return False
        if op == "is_set":
            return True
        return self._tester(field)(value, op, operand)

    def _tester(self, field: str) -> Callable[[Any, str, Any], bool]:
        if field in TEXTS:
            return text_passes
        if field in NUMBERS:
            return number_passes
        if field in SETS:
            return set_passes
        if field in DATES:
            return self.date_passes
        if field in INSTANTS:
            return self.instant_passes
        if field in BOOLEANS:
            return lambda value, op, operand: value is operand
        return lambda value, op, operand: value in (operand if op == "in" else [operand])
