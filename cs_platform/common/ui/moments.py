"""Days and instants as people say them; the exact form stays in the title."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString

from cs_platform.common.ui.markup import element

MINUTE, HOUR = 60, 3600
FAR = 60  # days from which on the date says more than the distance


def day_text(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"


def moment_text(moment: dt.datetime) -> str:
    """Return an instant in the reader's time zone, as 19 Nov 2026, 14:05 CET."""
    local = timezone.localtime(moment)
    return f"{day_text(local.date())}, {local:%H:%M %Z}"


def days_apart(days: int) -> str:
    """Return the distance of a day from today; negative lies in the past."""
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"


def time_apart(moment: dt.datetime, now: dt.datetime) -> str:
    seconds = (moment - now).total_seconds()
    size = abs(seconds)
    if size < MINUTE:
        return "just now" if seconds <= 0 else "in a moment"
    local, today = timezone.localtime(moment).date(), timezone.localtime(now).date()
    if size >= 24 * HOUR or (size >= 12 * HOUR and local != today):
        return days_apart((local - today).days)
    words = f"{int(size // MINUTE)} min" if size < HOUR else f"{int(size // HOUR)} h"
    return f"in {words}" if seconds > 0 else f"{words} ago"


def when(context: Context, value: dt.date | dt.datetime | None, empty: str = "–") -> SafeString:
    """Return how far away a day or an instant is, counted from `now` of the page; far ones as their date."""
    if value is None:
        return element("span", empty, class_="text-muted")
    now: dt.datetime = context["now"]
    if isinstance(value, dt.datetime):
        far = abs((value - now).days) >= FAR
        shown = day_text(timezone.localtime(value).date()) if far else time_apart(value, now)
        return _time(shown, value, moment_text(value))
    days = (value - _today(context)).days
    return _time(days_apart(days) if abs(days) < FAR else day_text(value), value, day_text(value))


def day(context: Context, value: dt.date | dt.datetime | None, empty: str = "–") -> SafeString:
    """Return a date as 3 Feb 2027, with its distance in the title."""
    if value is None:
        return element("span", empty, class_="text-muted")
    if isinstance(value, dt.datetime):
        return _time(day_text(timezone.localtime(value).date()), value, moment_text(value))
    return _time(day_text(value), value, days_apart((value - _today(context)).days))


def distance(context: Context, value: dt.date | None) -> SafeString:
    """Return how many days away a day is, however far: in 371 days."""
    if value is None:
        return element("span", "–", class_="text-muted")
    days = (value - _today(context)).days
    return _time(days_apart(days), value, day_text(value))


# A date counts from the organization's today; a context without a page has none.
def _today(context: Context) -> dt.date:
    today: Callable[[], dt.date] | None = context.get("business_date")
    return today() if today else timezone.localtime(context["now"]).date()


def clock_time(value: dt.datetime) -> SafeString:
    """Return the time of day, as 14:05, with the date in the title."""
    return _time(f"{timezone.localtime(value):%H:%M}", value, moment_text(value))


def _time(shown: str, value: Any, title: str) -> SafeString:
    return element("time", shown, class_="num", datetime=value.isoformat(), title=title if title != shown else None)
