"""
What time it is, for business: which day is it, what is due. Views, tasks and commands ask; operations take it as `now`.

When we came to know something is another question, and the database answers it: `keel_recorded_at()` in SQL,
`common.models.RecordedAt` in the ORM, read after the row's lock. No `now` of ours is ever stored as that: hosts' clocks
differ, and an import that retries has read its own long ago.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.utils import timezone

from cs_platform.common.models import Clock
from cs_platform.common.once import once


def moved() -> dt.timedelta:
    """Return how far the demo's time runs ahead of the wall clock; nothing outside a demo."""
    if not settings.DEMO:
        return dt.timedelta()
    return once("clock", Clock.objects.values_list("moved", flat=True).first) or dt.timedelta()


def now() -> dt.datetime:
    """Return the instant by this host's clock, moved as far as the demo's."""
    return timezone.now() + moved()


_zones: list[Callable[[], str]] = []


def register_zone(zone: Callable[[], str]) -> None:
    """Say where the organization's time zone (an IANA name) is read; the room that knows it is above this one."""
    _zones[:] = [zone]


def zone() -> ZoneInfo:
    """Return the organization's time zone: in it a day begins and a month closes, for everybody."""
    return ZoneInfo(_zones[0]() if _zones else "UTC")


def today() -> dt.date:
    """Return the organization's date; a person's own zone only formats instants."""
    return date_of(now())


def date_of(instant: dt.datetime) -> dt.date:
    """Return the organization's date at an instant: the day that something counts for. Many ask for `zone()` once."""
    return instant.astimezone(zone()).date()


def start_of(day: dt.date) -> dt.datetime:
    """Return the instant at which a day of the organization begins."""
    return dt.datetime.combine(day, dt.time(), zone())


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


@contextmanager
def recording_at(moment: dt.datetime) -> Iterator[None]:
    """
    Let the database take `moment` for the time at which it records what this connection writes in the block.

    For simulations and tests alone. Of a transaction that fails, the setting is undone with the rest.
    """
    before = _record_at(moment.isoformat())
    try:
        yield
    except BaseException:
        if not connection.in_atomic_block:
            _record_at(before)
        raise
    _record_at(before)


def _record_at(written: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('keel.simulated_at', true)")
        (before,) = cursor.fetchone()
        cursor.execute("select set_config('keel.simulated_at', %s, false)", [written])
    return before or ""


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
