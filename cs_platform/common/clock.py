"""What time it is. Views, tasks and commands ask here; everything below takes time as an argument."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from cs_platform.common.models import Clock
from cs_platform.common.once import once


def moved() -> dt.timedelta:
    """Return how far the demo's time runs ahead of the wall clock; nothing outside a demo."""
    if not settings.DEMO:
        return dt.timedelta()
    return once("clock", Clock.objects.values_list("moved", flat=True).first) or dt.timedelta()


def now() -> dt.datetime:
    return timezone.now() + moved()


def today(zone: str = "UTC") -> dt.date:
    """Return the date it is now in `zone` (an IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()


def is_simulated() -> bool:
    """Return whether time was moved: what is sent then is recorded and never leaves the house."""
    return bool(moved())


def move_to(moment: dt.datetime) -> None:
    """Set the demo's clock so that now is `moment`; the only writer of the clock."""
    ahead = moment - timezone.now()
    if not Clock.objects.filter(pk=1).update(moved=ahead):
        Clock.objects.create(pk=1, moved=ahead)


def settle() -> None:
    """Let the demo's clock be the wall clock again, once simulated time has caught up with it."""
    Clock.objects.update(moved=dt.timedelta())


def lived_date() -> dt.date | None:
    """Return the last day that the demo's customers lived; None before the first."""
    return Clock.objects.values_list("lived_date", flat=True).first()


def note_lived(day: dt.date) -> None:
    Clock.objects.update(lived_date=day)


def scale() -> float:
    """Return how many customers the demo has for each of the full one."""
    return Clock.objects.values_list("scale", flat=True).first() or 1.0


def note_scale(size: float) -> None:
    Clock.objects.update(scale=size)
