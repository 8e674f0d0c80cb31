"""Figures, dates and texts as people read them, in French and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.templatetags import charts, figures

N, S = "\u202f", "\u00a0"
NOON = datetime(2026, 11, 21, 13, 32, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "french", "english"),
    [
        ("number", 0, "0", "0"),
        ("number", 1234, f"1{N}234", "1,234"),
        ("number", 1234567, f"1{N}234{N}567", "1,234,567"),
        ("number", -1234, f"−1{N}234", "−1,234"),
        ("number", Decimal("-0.001"), "0", "0"),
        ("number", 2.5, "2,5", "2.5"),
        ("number", Decimal("2.00"), "2", "2"),
        ("number", Decimal("1E+3"), f"1{N}000", "1,000"),
        ("number", Decimal("1.005"), "1,01", "1.01"),
        ("number", None, "–", "–"),
        ("number", "", "–", "–"),
        ("number", float("nan"), "–", "–"),
        ("number", "a", "–", "–"),
        ("signed", 38, "+38", "+38"),
        ("signed", -12, "−12", "−12"),
        ("signed", 0, "0", "0"),
        ("money", Decimal("1234.56"), f"1{N}234,56{S}€", "€1,234.56"),
        ("money", Decimal("-5"), f"−5,00{S}€", "−€5.00"),
        ("money", Decimal("0.005"), f"0,01{S}€", "€0.01"),
        ("money", None, "–", "–"),
        ("percent", 0.086, f"8,6{N}%", "8.6%"),
        ("percent", 0, f"0,0{N}%", "0.0%"),
        ("percent", 1, f"100,0{N}%", "100.0%"),
        ("percent", Decimal("0.0001"), f"<{S}0,1{N}%", f"<{S}0.1%"),
        ("percent", 0.9999, f">{S}99,9{N}%", f">{S}99.9%"),
        ("percent", 2, f"200,0{N}%", "200.0%"),
        ("percent", -0.05, f"−5,0{N}%", "−5.0%"),
        ("percent", None, "–", "–"),
        ("shortdate", date(2026, 11, 21), f"21{S}nov.{S}2026", f"21{S}Nov{S}2026"),
        ("shortdate", date(2026, 5, 1), f"1er{S}mai{S}2026", f"1{S}May{S}2026"),
        ("shortdate", None, "–", "–"),
        # 23:30 UTC on New Year's Eve is already the next year in Paris.
        (
            "shortdate",
            datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
            f"1er{S}janv.{S}2027",
            f"1{S}Jan{S}2027",
        ),
        ("clock", NOON, "14:32:08", "14:32:08"),
        ("hour", NOON, "14:32", "14:32"),
        ("moment", NOON, f"21{S}nov.{S}2026, 14:32", f"21{S}Nov{S}2026, 14:32"),
        ("duration", 9, f"9{S}s", f"9{S}s"),
        ("duration", 125.9, f"2{S}min{S}05{S}s", f"2{S}min{S}05{S}s"),
        ("duration", 3780, f"1{S}h{S}03{S}min", f"1{S}h{S}03{S}min"),
        ("duration", None, "–", "–"),
        ("typography", "Quoi ? 5 %", f"Quoi{N}? 5{N}%", "Quoi ? 5 %"),
        ("typography", "« Oui » : non", f"«{N}Oui{N}»{N}: non", "« Oui » : non"),
        ("typography", "à 14:32:08", "à 14:32:08", "à 14:32:08"),
        ("initials", "Anaïs Morel", "AM", "AM"),
        ("initials", "éric", "É", "É"),
        ("initials", "ada.lovelace@shop.example", "AL", "AL"),
        ("initials", "", "·", "·"),
    ],
)
def test_a_figure_reads_well_in_both_languages(
    name: str, value: Any, french: str, english: str
) -> None:
    for language, expected in (("fr", french), ("en", english)):
        with translation.override(language):
            assert getattr(figures, name)(value) == expected


def test_the_number_of_decimals_may_be_given() -> None:
    with translation.override("fr"):
        assert figures.number(2, 2) == "2,00"
        assert figures.money(Decimal("1999.5"), 0) == f"2{N}000{S}€"
        assert figures.percent(0.086, 0) == f"9{N}%"


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=2), "2 days ago"),
    ],
)
def test_how_long_ago_is_told_in_the_largest_unit(age: timedelta, expected: str) -> None:
    with translation.override("en"):
        assert figures.ago(timezone.now() - age - timedelta(milliseconds=200)) == expected


def test_long_ago_is_a_date_and_the_future_a_moment() -> None:
    with translation.override("en"):
        assert figures.ago(datetime(2001, 2, 3, 12, tzinfo=UTC)) == f"3{S}Feb{S}2001"
        assert figures.ago(datetime(2101, 2, 3, 12, tzinfo=UTC)) == f"3{S}Feb{S}2101, 13:00"


def test_a_charts_table_says_what_the_chart_draws() -> None:
    chart = {
        "unit": "number",
        "labels": ["Mon", "Tue"],
        "datasets": [
            {"label": "Sent", "data": [1200, None]},
            {"label": "Share", "data": [0.5, 0.25], "unit": "percent"},
        ],
    }
    with translation.override("en"):
        rows = charts.chart_rows(chart)

    assert rows == [("Mon", ["1,200", "50.0%"]), ("Tue", ["–", "25.0%"])]


def test_a_sparkline_spans_its_box_and_a_flat_one_runs_through_the_middle() -> None:
    assert charts.sparkline_points([0, 5, 10]) == "2.0,26.0 60.0,14.0 118.0,2.0"
    assert charts.sparkline_points([3, 3]) == "2.0,14.0 118.0,14.0"
    assert charts.sparkline_points([3]) == ""
