"""Months and fiscal quarters, and which row of the monthly figures counts where."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from enum import IntFlag


class LevelBit(IntFlag):
    SUBSCRIPTION = 1
    ACCOUNT = 2
    PARENT = 4


class SightBit(IntFlag):
    """ALL is for readers who may see the public sector, OPEN for those who may not."""

    ALL = 1
    OPEN = 2


# A basis of segment, market and region.
THEN, NOW = "then", "now"
PARTS = ("new", "churn", "seat", "price", "tier", "true_ups", "waiting", "fx")


def month_end(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def months_before(day: dt.date, months: int = 12) -> dt.date:
    """Return the same day so many months earlier; the last of a month goes to the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    end = month_end(dt.date(year, month + 1, 1))
    return end if day == month_end(day) else end.replace(day=min(day.day, end.day))


def last_closed_month_end(today: dt.date) -> dt.date:
    """Return the last day of the last month that is over: the running one is not reported."""
    return today.replace(day=1) - dt.timedelta(days=1)


def month_ends(first: dt.date, last: dt.date) -> list[dt.date]:
    """Return the last days of the months from that of the first day to that of the last, both included."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [months_before(month_end(first), -step) for step in range(count + 1)]


def closed_month_ends(first: dt.date, last: dt.date, *, today: dt.date) -> list[dt.date]:
    """Return the last days of the months between two days that are over; the last one before, where none is."""
    end = last_closed_month_end(min(last + dt.timedelta(days=1), today))
    return month_ends(min(first, end), end)


def months_back(count: int, last: dt.date) -> dt.date:
    """Return the first day of so many months, the last of which is the last that is over on a day."""
    return months_before(last_closed_month_end(last + dt.timedelta(days=1)), count - 1).replace(day=1)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a fiscal year, which is named for the calendar year it ends in."""

    year: int
    number: int
    starts_in: int = 2

    @property
    def label(self) -> str:
        return f"FY{self.year % 100:02d}-Q{self.number}"

    @property
    def first_day(self) -> dt.date:
        first_year = self.year if self.starts_in == 1 else self.year - 1
        year, month = divmod(first_year * 12 + self.starts_in - 1 + 3 * (self.number - 1), 12)
        return dt.date(year, month + 1, 1)

    @property
    def last_day(self) -> dt.date:
        return month_end(months_before(self.first_day, -2))


def fiscal_quarter(day: dt.date, *, starts_in: int = 2) -> Quarter:
    """Return the quarter of a day, in a fiscal year that starts in that month (2 is February)."""
    months = (day.month - starts_in) % 12
    year = day.year + (1 if starts_in > 1 and day.month >= starts_in else 0)
    return Quarter(year, months // 3 + 1, starts_in)
