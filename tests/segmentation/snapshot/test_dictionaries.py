"""What is told once for each distinct value: phones by their first digits, texts, local dates."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.folding import fold
from segmentation.snapshot import engine, phones, texts, versions
from tests.segmentation.snapshot.conftest import NOON


@pytest.mark.parametrize(
    ("number", "country", "mobile"),
    [
        ("+33612345678", "FR", True),
        ("+33712345678", "FR", True),
        ("+33639981234", "FR", True),
        ("+33142345678", "FR", False),
        ("+262692123456", "RE", True),
        ("+262639401234", "YT", True),
        ("+590690123456", "GP", True),
        ("+596596123456", "MQ", False),
        ("+447400123456", "GB", True),
        ("+442079460000", "GB", False),
        ("+12025550123", "US", True),
        ("+4915112345678", "DE", True),
        ("nonsense", None, False),
    ],
)
def test_a_phones_first_digits_tell_its_country_and_kind(
    number: str, country: str | None, mobile: bool
) -> None:
    assert phones.describe(number[:9], len(number)) == (country, mobile)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.text(min_size=1), max_size=30))
def test_texts_are_folded_in_bulk_as_one_by_one(raws: list[str]) -> None:
    raws = [raw for raw in raws if raw.isprintable() or raw.isascii()]
    with engine.open_to_build(":memory:", versions.spill()) as connection:  # type: ignore[arg-type]
        texts.prepare(connection)
        connection.execute("CREATE TEMP TABLE given(raw VARCHAR)")
        if raws:
            connection.execute("INSERT INTO given SELECT unnest($1)", [raws])
        texts.learn_texts(connection, ["raw"], "given")
        learnt = dict(connection.execute("SELECT raw, folded FROM texts").fetchall())
    assert learnt == {raw: fold(raw) or None for raw in raws}


@given(
    st.datetimes(NOON.replace(year=1900, tzinfo=None), NOON.replace(year=2100, tzinfo=None)),
    st.sampled_from(
        ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Africa/Monrovia"]
    ),
)
def test_local_dates_are_those_of_the_time_zone(instant: dt.datetime, name: str) -> None:
    zone = ZoneInfo(name)
    _day, before, cut, after = texts.offsets(instant.date(), zone)
    offset = before if instant < cut else after
    expected = instant.replace(tzinfo=dt.UTC).astimezone(zone).date()
    assert (instant + dt.timedelta(seconds=offset)).date() == expected
