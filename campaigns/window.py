"""When a promotional SMS may leave: the legal window, in the recipient's own time.

Invariant: nothing leaves outside the window the administrator chose, and that window never goes
past 21:30; on public holidays it stays shut. Where the postcode is unknown, the holidays of
Alsace and Moselle count too.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import phonenumbers
from django.conf import settings
from django.utils import timezone
from holidays.countries.france import France
from phonenumbers import timezone as phone_zones

from campaigns.models import Campaign, SendingSettings
from customers.models import Channel

LATEST: Final = dt.time(21, 30)
_ALSACE_MOSELLE: Final = {"57": "57", "67": "6AE", "68": "6AE"}
_OVERSEAS: Final = {
    "971": ("America/Guadeloupe", "971"),
    "972": ("America/Martinique", "972"),
    "973": ("America/Cayenne", "973"),
    "974": ("Indian/Reunion", "974"),
    "975": ("America/Miquelon", "PM"),
    "976": ("Indian/Mayotte", "976"),
    "977": ("America/St_Barthelemy", "BL"),
    "978": ("America/Marigot", "MF"),
    "986": ("Pacific/Wallis", "WF"),
    "987": ("Pacific/Tahiti", "PF"),
    "988": ("Pacific/Noumea", "NC"),
}
# +262 serves two departments; a number alone must be right in both.
_PREFIX_DEPARTMENTS: Final = {
    "+590": ("971",), "+596": ("972",), "+594": ("973",), "+262": ("974", "976"),
    "+508": ("975",), "+681": ("986",), "+689": ("987",), "+687": ("988",),
}  # fmt: skip
_LONGEST_SEARCH: Final = 60


@dataclass(frozen=True)
class Place:
    """A clock and the public holidays kept there (subdivisions of France; '' for the common)."""

    zone: str
    calendars: tuple[str, ...]


def places(postal_code: str, country: str, phone: str | None) -> tuple[Place, ...]:
    """Where a recipient may be: by department, else by phone prefix, else where the shop is."""
    code = postal_code.replace(" ", "")
    if country in ("", "FR") and len(code) == 5 and code.isdigit():
        if code[:3] in _OVERSEAS:
            zone, calendar = _OVERSEAS[code[:3]]
            return (Place(zone, (calendar,)),)
        return (Place("Europe/Paris", (_ALSACE_MOSELLE.get(code[:2], ""),)),)
    return _by_phone(phone or "")


def _by_phone(phone: str) -> tuple[Place, ...]:
    departments = _PREFIX_DEPARTMENTS.get(phone[:4], ())
    if departments:
        found = (_OVERSEAS[department] for department in departments)
        return tuple(Place(zone, (calendar,)) for zone, calendar in found)
    zones = _zones_of(phone) or (settings.TIME_ZONE,)
    return tuple(Place(zone, ("", "57", "6AE")) for zone in zones)


def _zones_of(phone: str) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return ()
    found = phone_zones.time_zones_for_number(number)
    return tuple(zone for zone in found if "/" in zone and not zone.startswith("Etc/"))


def next_opening(campaign: Campaign, now: dt.datetime | None = None) -> dt.datetime | None:
    """When a campaign may begin where the shop is; None when nothing holds it back now."""
    if campaign.channel != Channel.SMS or campaign.kind != Campaign.Kind.PROMOTIONAL:
        return None
    return opening_in(places("", "", None), now or timezone.now(), SendingSettings.load())


def opening_in(
    where: tuple[Place, ...], now: dt.datetime, rules: SendingSettings
) -> dt.datetime | None:
    """None when the window is open now, else the instant (UTC) at which it next opens.

    With several possible places it must be open in each of them; where that cannot happen, a day
    later is answered, so that the message waits and a person can be told.
    """
    instant = now
    for _step in range(_LONGEST_SEARCH):
        later = max(_opening_at(instant, place, rules) for place in where)
        if later <= instant:
            return None if instant == now else instant.astimezone(dt.UTC)
        instant = later
    return now + dt.timedelta(days=1)


def _opening_at(instant: dt.datetime, place: Place, rules: SendingSettings) -> dt.datetime:
    """`instant` itself when the window is open there, else its next opening."""
    zone = ZoneInfo(place.zone)
    local = instant.astimezone(zone)
    closes = min(rules.sms_closes, LATEST)
    day = local.date()
    if _is_open_day(day, place, rules):
        if rules.sms_opens <= local.time() < closes:
            return instant
        if local.time() < rules.sms_opens < closes:
            return dt.datetime.combine(day, rules.sms_opens, zone).astimezone(dt.UTC)
    for _step in range(_LONGEST_SEARCH):
        day += dt.timedelta(days=1)
        if _is_open_day(day, place, rules):
            return dt.datetime.combine(day, rules.sms_opens, zone).astimezone(dt.UTC)
    return instant + dt.timedelta(days=1)


def _is_open_day(day: dt.date, place: Place, rules: SendingSettings) -> bool:
    if day.weekday() == 6 and not rules.sms_on_sunday:
        return False
    return not any(day in _holidays(calendar, day.year) for calendar in place.calendars)


@lru_cache(maxsize=256)
def _holidays(calendar: str, year: int) -> frozenset[dt.date]:
    return frozenset(France(subdiv=calendar or None, years=year))
