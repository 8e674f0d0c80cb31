"""The legal window, hour by hour and place by place."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns import window
from campaigns.models import Campaign, SendingSettings

PARIS = ZoneInfo("Europe/Paris")


def paris(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=PARIS)


def opening(
    now: dt.datetime, postal_code: str = "75011", phone: str = "+33612345678", **rules: Any
) -> dt.datetime | None:
    where = window.places(postal_code, "FR", phone)
    return window.opening_in(where, now, SendingSettings(**rules))


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-10-13T08:00", None),
        ("2026-10-13T19:59:59", None),
        ("2026-10-13T20:00", "2026-10-14T08:00"),
        ("2026-10-13T07:59:59", "2026-10-13T08:00"),
        ("2026-10-17T21:00", "2026-10-19T08:00"),  # Saturday evening, to Monday
        ("2026-10-18T12:00", "2026-10-19T08:00"),  # Sunday
        ("2026-11-11T12:00", "2026-11-12T08:00"),  # Armistice
        ("2026-07-14T09:00", "2026-07-15T08:00"),  # National Day
        ("2026-12-24T20:30", "2026-12-26T08:00"),  # over Christmas, to Saturday
        ("2027-03-27T20:30", "2027-03-30T08:00"),  # over Easter and the change of the clocks
        ("2026-10-24T23:00", "2026-10-26T08:00"),  # the clocks go back in between
    ],
)
def test_in_paris(now: str, opens: str | None) -> None:
    assert opening(paris(now)) == (paris(opens) if opens else None)


def test_alsace_and_moselle_keep_two_days_more() -> None:
    good_friday = paris("2027-03-26T10:00")
    assert opening(good_friday, "75011") is None
    for postal_code in ("67000", "68100", "57000"):
        assert opening(good_friday, postal_code) == paris("2027-03-27T08:00")


def test_without_a_postcode_the_days_of_alsace_count_too() -> None:
    assert opening(paris("2027-03-26T10:00"), "") == paris("2027-03-27T08:00")
    assert opening(paris("2028-12-26T10:00"), "") == paris("2028-12-27T08:00")


def test_the_clock_is_the_recipients_own() -> None:
    reunion = ZoneInfo("Indian/Reunion")
    assert opening(dt.datetime(2026, 10, 13, 8, 0, tzinfo=reunion), "97400") is None
    evening = dt.datetime(2026, 10, 13, 20, 0, tzinfo=reunion)
    assert opening(evening.astimezone(PARIS), "97400") == evening + dt.timedelta(hours=12)
    # At that instant it is 18:00 in Paris and noon in Guadeloupe.
    assert opening(evening, "75011") is None
    assert opening(evening, "97110") is None


def test_the_abolition_of_slavery_is_kept_where_it_is_a_holiday() -> None:
    reunion = ZoneInfo("Indian/Reunion")
    noon = dt.datetime(2027, 12, 20, 12, 0, tzinfo=reunion)
    assert opening(noon, "97400") == dt.datetime(2027, 12, 21, 8, 0, tzinfo=reunion)
    assert opening(noon, "75011") is None


def test_a_phone_prefix_tells_the_place_where_no_postcode_does() -> None:
    assert opening(paris("2026-10-13T19:00"), "", "+590690123456") is None
    assert opening(paris("2026-10-13T09:00"), "", "+590690123456") is not None
    # +262 is Réunion or Mayotte: it must be open in both.
    mayotte = dt.datetime(2026, 10, 13, 7, 30, tzinfo=ZoneInfo("Indian/Mayotte"))
    assert opening(mayotte, "", "+262692123456") == mayotte + dt.timedelta(minutes=30)


def test_without_postcode_or_known_prefix_the_shops_clock_holds() -> None:
    where = window.places("", "FR", "+999123")
    assert [place.zone for place in where] == ["Europe/Paris"]


def test_an_administrator_may_widen_it_but_never_past_half_past_nine() -> None:
    rules: dict[str, Any] = {"sms_opens": dt.time(7), "sms_closes": dt.time(23)}
    assert opening(paris("2026-10-13T21:29"), **rules) is None
    assert opening(paris("2026-10-13T21:30"), **rules) == paris("2026-10-14T07:00")


def test_sunday_only_by_an_explicit_word_and_never_on_a_holiday() -> None:
    assert opening(paris("2026-10-18T12:00"), sms_on_sunday=True) is None
    assert opening(paris("2026-11-01T12:00"), sms_on_sunday=True) == paris("2026-11-02T08:00")


@pytest.mark.django_db
def test_only_promotional_sms_are_bound() -> None:
    night = paris("2026-10-13T23:00")
    assert window.next_opening(Campaign(channel="sms"), night) == paris("2026-10-14T08:00")
    assert window.next_opening(Campaign(channel="email"), night) is None
    assert window.next_opening(Campaign(channel="sms", kind="service"), night) is None
