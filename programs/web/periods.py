"""The stretch of time a program's figures are about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

DAYS = {"12w": 84, "30d": 30}
LABELS = {"12w": "Last 12 weeks", "30d": "Last 30 days", "all": "Since launch"}
USUAL = "12w"


@dataclass(frozen=True, slots=True)
class Period:
    """[since, until) in the reader's time zone; `before` begins the stretch of the same length that came before it."""

    key: str
    since: dt.datetime
    until: dt.datetime
    before: dt.datetime | None

    @property
    def label(self) -> str:
        return LABELS[self.key]

    @property
    def query(self) -> str:
        """What a link to the messages of the period adds to its address; nothing for all of them."""
        return "" if self.key == "all" else f"&since={self.since.date()}"

    @property
    def days(self) -> int:
        return (self.until.date() - self.since.date()).days + 1


def period_of(key: str, *, launched_at: dt.datetime | None, now: dt.datetime) -> Period:
    """Return the period of this name that ends now; the usual one for a name that is none."""
    until = timezone.localtime(now)
    today = until.replace(hour=0, minute=0, second=0, microsecond=0)
    if key == "all" and launched_at is not None:
        launched = timezone.localtime(launched_at).replace(hour=0, minute=0, second=0, microsecond=0)
        return Period(key, min(launched, today), until, None)
    name = key if key in DAYS else USUAL
    since = today - dt.timedelta(days=DAYS[name] - 1)
    return Period(name, since, until, since - dt.timedelta(days=DAYS[name]))
