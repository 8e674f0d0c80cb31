"""Questions about the CDNOW customers, asked of Tamis and of the file itself.

Ten answers are worked out here from the spreadsheet with the csv module, without any of Tamis's
code, so that an error anywhere between the import and the count shows; more (`cdnow_by_sql`) are
compared with SQL over the facts.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from segmentation import engine
from segmentation.catalogue import load_catalogue
from segmentation.rules import Rule, parse_node
from tests.segmentation import cdnow_by_sql, sql_by_hand
from tests.segmentation.facts_by_hand import PARIS

CDNOW = Path(__file__).parents[1] / "data" / "cdnow_sample.csv"

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite_suffices]


@dataclass
class Buyer:
    """A customer of the file: (day, discs, dollars) a line."""

    lines: list[tuple[dt.date, int, Decimal]] = field(default_factory=list)

    def since(self, day: dt.date) -> list[Decimal]:
        return [amount for date, _, amount in self.lines if date >= day]

    @property
    def spent(self) -> Decimal:
        return sum((amount for _, _, amount in self.lines), Decimal(0))

    @property
    def first(self) -> dt.date:
        return min(date for date, _, _ in self.lines)

    @property
    def last(self) -> dt.date:
        return max(date for date, _, _ in self.lines)


def read_buyers() -> dict[str, Buyer]:
    buyers: dict[str, Buyer] = {}
    with CDNOW.open(encoding="utf-8", newline="") as file:
        for client, day, discs, amount in list(csv.reader(file, delimiter=";"))[1:]:
            date = dt.datetime.strptime(day, "%d/%m/%Y").date()  # noqa: DTZ007
            line = (date, int(discs), Decimal(amount.replace(",", ".")))
            buyers.setdefault(client, Buyer()).lines.append(line)
    return buyers


def orders(measure: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"orders": {"measure": measure, "op": op, "value": value, **more}}


def field_is(name: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": name, "op": op, "value": value}


SINCE_98 = {"between": ["1998-01-01", None]}
NEW_YEAR = dt.date(1998, 1, 1)
QUESTIONS: dict[str, tuple[dict[str, Any], Callable[[Buyer], bool]]] = {
    "at least 3 orders": (
        field_is("orders_count", ">=", 3),
        lambda buyer: len(buyer.lines) >= 3,
    ),
    "at least 3 orders and more than 100 since 1998": (
        {
            "all": [
                orders("count", ">=", 3, when=SINCE_98),
                orders("sum:total", ">", 100, when=SINCE_98),
            ]
        },
        lambda buyer: len(buyer.since(NEW_YEAR)) >= 3 and sum(buyer.since(NEW_YEAR)) > 100,
    ),
    "spent between 100 and 200": (
        field_is("total_spent", "between", [100, 200]),
        lambda buyer: 100 <= buyer.spent <= 200,
    ),
    "average basket over 50": (
        field_is("average_basket", ">", 50),
        lambda buyer: buyer.spent > 50 * len(buyer.lines),
    ),
    "last order before April 1997": (
        field_is("last_order_at", "before", "1997-04-01"),
        lambda buyer: buyer.last < dt.date(1997, 4, 1),
    ),
    "first order in February 1997": (
        field_is("first_order_at", "between", ["1997-02-01", "1997-02-28"]),
        lambda buyer: (buyer.first.year, buyer.first.month) == (1997, 2),
    ),
    "twenty discs or more": (
        {"items": {"measure": "sum:quantity", "op": ">=", "value": 20}},
        lambda buyer: sum(discs for _, discs, _ in buyer.lines) >= 20,
    ),
    "one order of 200 or more": (
        orders("max:total", ">=", 200),
        lambda buyer: max(amount for _, _, amount in buyer.lines) >= 200,
    ),
    "orders on ten days or more": (
        orders("days", ">=", 10),
        lambda buyer: len({date for date, _, _ in buyer.lines}) >= 10,
    ),
    "ordered in autumn 1997, nothing since": (
        {
            "all": [
                orders("count", ">=", 1, when={"between": ["1997-10-01", "1997-12-31"]}),
                {"not": orders("count", ">=", 1, when=SINCE_98)},
            ]
        },
        lambda buyer: (
            any(dt.date(1997, 10, 1) <= date < NEW_YEAR for date, _, _ in buyer.lines)
            and not buyer.since(NEW_YEAR)
        ),
    ),
}


# The day after the file ends, for what depends on the clock.
THEN = dt.datetime(1998, 7, 1, 12, tzinfo=PARIS)


@pytest.fixture
def imported() -> None:
    call_command("import_spreadsheet", "orders", str(CDNOW), "--json", stdout=StringIO())
    call_command("sync_snapshot", stdout=StringIO())


def test_every_question_is_answered_as_the_file_and_the_facts_answer_it(
    imported: None, tmp_path: Path
) -> None:
    buyers = read_buyers()
    for question, (rule, holds) in QUESTIONS.items():
        file = tmp_path / "rule.json"
        file.write_text(json.dumps({"version": 1, "rule": rule}), encoding="utf-8")
        out = StringIO()
        call_command("count_segment", "--rule", str(file), "--ids", "--json", stdout=out)
        answer = json.loads(out.getvalue())
        expected = sorted(client for client, buyer in buyers.items() if holds(buyer))
        assert expected, question
        assert answer["ids"] == expected, question
        assert answer["count"] == len(expected), question
        assert answer["base"] == len(buyers), question
    catalogue = load_catalogue()
    for node, sql in cdnow_by_sql.QUESTIONS:
        known = sql_by_hand.ids(sql, THEN)
        assert 0 < len(known) < len(buyers), node
        assert engine.ids(Rule(parse_node(node, catalogue)), THEN, catalogue) == known, node
