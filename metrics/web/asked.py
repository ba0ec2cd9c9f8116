"""What the address of a metrics page asks for: whose figures, over which days, as known when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from django.urls import reverse

from accounts.book.models import Market, Region, Segment
from accounts.team.http import SignedInRequest
from cs_platform.common import clock
from metrics.population.selectors import Population
from metrics.retention.rules.periods import closed_month_ends, months_back, months_before

CHOICES = {"segment": Segment, "market": Market, "region": Region}
MONTHS = 12
PRESETS = (("3", "3 months"), ("6", "6 months"), ("12", "12 months"), ("24", "24 months"))
LONGEST = 60  # months that one page can show
DAYS = ("months", "from", "to", "known")
COUNTED = (*DAYS, *CHOICES)
SHOWN = (*COUNTED, "level", "goal")


@dataclass(frozen=True, slots=True)
class Asked:
    """
    `first` to `last` are days, both included; `known_on` is the day on whose evening the data stood (None: now).

    `given` are the parameters that say what is counted; links to the rows behind a figure carry them on.
    """

    population: Population
    today: dt.date
    first: dt.date
    last: dt.date
    given: Mapping[str, str]
    known_on: dt.date | None = None
    problems: tuple[str, ...] = ()

    choices: ClassVar = {name: kind.choices for name, kind in CHOICES.items()}
    presets: ClassVar = PRESETS

    @property
    def is_narrowed(self) -> bool:
        return any(name in self.given for name in COUNTED)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a form for other days has to carry on."""
        return [(name, value) for name, value in self.given.items() if name not in DAYS]

    def address(self, url_name: str, **more: str) -> str:
        """Return where a figure opens to: a page of rows that counts what this page counts."""
        return f"{reverse(url_name)}?{urlencode({**self.given, **more})}".rstrip("?")

    @property
    def as_known_at(self) -> dt.datetime | None:
        if self.known_on is None:
            return None
        return clock.start_of(self.known_on + dt.timedelta(days=1))

    @property
    def ends(self) -> list[dt.date]:
        """The last days of the months of the range that are over; at least one."""
        return closed_month_ends(self.first, self.last, today=self.today)

    @property
    def end(self) -> dt.date:
        return self.ends[-1]


@dataclass(frozen=True, slots=True)
class Switch:
    """What else a page may be asked for, besides the filters; the first choice stands where nothing is said."""

    label: str
    name: str
    options: tuple[tuple[str, str], ...]

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(value if place else "", label) for place, (value, label) in enumerate(self.options)]


def asked_in(request: SignedInRequest) -> Asked:
    """Read the address; what cannot be read is told in `problems`, and taken as if it had not been asked."""
    given, today = request.GET, clock.today()
    problems: list[str] = []
    begin, until, known_on = (
        _day(given.get(name, ""), label, problems)
        for name, label in (("from", "From"), ("to", "To"), ("known", "As known on"))
    )
    last = min(until or today, today)
    first = begin or _months_back(given.get("months", ""), last)
    if first > last:
        problems.append(f"From ({first}) lies behind To ({last}). Shown are the {MONTHS} months before.")
        first = _months_back("", last)
    chosen = {name: given.get(name, "") for name in CHOICES}
    known = {name: value if value in CHOICES[name].values else "" for name, value in chosen.items()}
    first = max(first, months_before(last, LONGEST))
    carried = {name: given[name] for name in SHOWN if given.get(name)}
    return Asked(Population(request.user, **known), today, first, last, carried, known_on, tuple(problems))


def _day(text: str, label: str, problems: list[str]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(f"{label} is no date: “{text[:20]}”. Write it as 2026-01-31.")
        return None


# Return the first day of so many months, of which the last is the last that is over.
def _months_back(months: str, last: dt.date) -> dt.date:
    count = int(months) if months.isdecimal() and 0 < int(months) <= LONGEST else MONTHS
    return months_back(count, last)
