"""The oracle's time: local clocks, spans and windows, from the contract alone."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.segmentation.oracle_values import birthday, unit_number


class OracleClock:
    """An instant and a zone, and what is in or out of a window then."""

    def __init__(self, now: dt.datetime, zone: ZoneInfo) -> None:
        self.now = now
        self.zone = zone

    def date_passes(self, day: dt.date, op: str, operand: Any) -> bool:
        """A date: local dates are compared."""
        today = self.local(self.now).date()
        if op == "in_last":
            n, unit = operand
            return self.local(self.shifted(-n, unit)).date() <= day <= today
        if op == "in_next":
            n, unit = operand
            return today <= day <= self.local(self.shifted(n, unit)).date()
        if op == "more_than_ago":
            n, unit = operand
            return day < self.local(self.shifted(-n, unit)).date()
        return self._day_passes(day, op, operand)

    def instant_passes(self, instant: dt.datetime, op: str, operand: Any) -> bool:
        """An instant: spans count from now, everything else goes by its local day."""
        if op == "in_last":
            return self.shifted(-operand[0], operand[1]) <= instant <= self.now
        if op == "in_next":
            return self.now <= instant <= self.shifted(*operand)
        if op == "more_than_ago":
            return instant < self.shifted(-operand[0], operand[1])
        return self._day_passes(self.local(instant).date(), op, operand)

    def _day_passes(self, day: dt.date, op: str, operand: Any) -> bool:
        if op == "on":
            return day == dt.date.fromisoformat(operand)
        if op == "before":
            return day < dt.date.fromisoformat(operand)
        if op == "after":
            return day > dt.date.fromisoformat(operand)
        if op == "between":
            first, last = operand
            return (first is None or day >= dt.date.fromisoformat(first)) and (
                last is None or day <= dt.date.fromisoformat(last)
            )
        if op == "calendar":
            return unit_number(day, operand["unit"]) == (
                unit_number(self.local(self.now).date(), operand["unit"]) + operand["offset"]
            )
        if op == "anniversary_month":
            return day.month == operand
        assert op == "anniversary_in_next"
        today = self.local(self.now).date()
        days = (today + dt.timedelta(days=i) for i in range(operand[0] + 1))
        return any(birthday(day, d.year) == d for d in days)

    def in_window(self, instant: dt.datetime, when: Any) -> bool:
        """Whether a row's instant lies in a behaviour's window."""
        ((kind, value),) = when.items()
        if kind == "last":
            return self.shifted(-value[0], value[1]) <= instant <= self.now
        if kind == "before":
            return instant < self.shifted(-value[0], value[1])
        if kind == "ago":
            recent, old, unit = value
            return self.shifted(-old, unit) <= instant <= self.shifted(-recent, unit)
        return self._day_passes(self.local(instant).date(), kind, value)

    def local(self, instant: dt.datetime) -> dt.datetime:
        """An instant on the shop's clock."""
        return instant.astimezone(self.zone)

    @cache  # noqa: B019 - an oracle lives for one question
    def shifted(self, n: int, unit: str) -> dt.datetime:
        """The instant n units from now."""
        return self.moved(self.now, n, unit)

    def moved(self, instant: dt.datetime, n: int, unit: str) -> dt.datetime:
        """The instant n units after another."""
        if unit == "hour":
            return instant + dt.timedelta(seconds=3600 * n)
        if n == 0:
            return instant
        local = self.local(instant)
        if unit in ("day", "week"):
            days = n * (7 if unit == "week" else 1)
            naive = local.replace(tzinfo=None) + dt.timedelta(days=days)
        else:
            months = local.year * 12 + (local.month - 1) + n * (12 if unit == "year" else 1)
            year, month = months // 12, months % 12 + 1
            day = local.day
            while True:
                try:
                    naive = local.replace(tzinfo=None, year=year, month=month, day=day)
                    break
                except ValueError:
                    day -= 1
        return self._first_instant(naive)

    def _first_instant(self, naive: dt.datetime) -> dt.datetime:
        """The first instant at which clocks show a time; a skipped time is an hour later."""
        for wanted in (naive, naive + dt.timedelta(hours=1)):
            around = (wanted.replace(tzinfo=self.zone) + dt.timedelta(days=d) for d in (-1, 1))
            offsets = {moment.utcoffset() or dt.timedelta() for moment in around}
            for offset in sorted(offsets, reverse=True):
                instant = (wanted - offset).replace(tzinfo=dt.UTC)
                if self.local(instant).replace(tzinfo=None) == wanted:
                    return instant
        raise AssertionError(naive)
