"""What a page or a call of the API asks for: whose figures, over which days, as known when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar
from urllib.parse import urlencode

from django.urls import reverse

from accounts.book.models import Account, Market, Region, Segment
from accounts.team.models import User
from accounts.team.selectors import organisation
from cs_platform.common import clock
from metrics.facts.rules import NOW, closed_month_ends, fiscal_quarter, month_end, months_back, months_before
from metrics.population.selectors import Population

CHOICES = {"segment": Segment, "market": Market, "region": Region}
MONTHS = 12
PRESETS = (("3", "3 months"), ("6", "6 months"), ("12", "12 months"), ("24", "24 months"))
QUARTERS = 5  # the running fiscal quarter and those before
DAYS = ("months", "from", "to", "known")
COUNTED = (*DAYS, *CHOICES, "basis")


@dataclass(frozen=True)
class MetricsFilter:
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
    known_at: dt.datetime | None = None  # an instant that the API names

    choices: ClassVar = {name: kind.choices for name, kind in CHOICES.items()}
    presets: ClassVar = PRESETS

    @property
    def is_narrowed(self) -> bool:
        return any(name in self.given for name in COUNTED)

    @property
    def is_ranged(self) -> bool:
        return any(name in self.given for name in DAYS)

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
            return self.known_at
        return clock.start_of(self.known_on + dt.timedelta(days=1))

    @property
    def as_of(self) -> dt.date:
        """The day things stood on: today, or the one as known on which they are shown."""
        known = self.known_on or (clock.date_of(self.known_at) if self.known_at else self.today)
        return min(self.today, known)

    @cached_property
    def ends(self) -> list[dt.date]:
        """The last days of the months of the range that were over on the day as known on which; at least one."""
        after = self.as_of if self.known_on is None else self.as_of + dt.timedelta(days=1)
        return closed_month_ends(self.first, min(self.last, self.as_of), today=after)

    @property
    def end(self) -> dt.date:
        return self.ends[-1]

    @property
    def ends_before(self) -> list[dt.date]:
        """The months of the period before: as many, up to the first."""
        return [months_before(end, len(self.ends)) for end in self.ends]

    @property
    def compared_end(self) -> dt.date:
        """The month that the headline is compared with."""
        return self.ends_before[-1] if self.given.get("compare") == "period" else month_end(months_before(self.end, 1))

    @property
    def basis_note(self) -> str:
        """Which segment, market and region the page goes by; nothing where it asks for none."""
        if not self.population.narrowing:
            return ""
        names = ", ".join(self.population.narrowing)
        return f"by today's {names}" if self.population.basis == NOW else f"by the {names} at the time"

    @property
    def quarters(self) -> list[tuple[str, dt.date, dt.date]]:
        """The organization's fiscal quarters, the running one first: (label, first day, last day)."""
        found, day = [], self.today
        starts_in = ours.fiscal_year_start_month if (ours := organisation()) else 2
        for _ in range(QUARTERS):
            quarter = fiscal_quarter(day, starts_in=starts_in)
            found.append((quarter.label, quarter.first_day, quarter.last_day))
            day = quarter.first_day - dt.timedelta(days=1)
        return found

    @cached_property
    def sees_less(self) -> bool:
        """Whether there are public-sector accounts that the reader may not see, and no figure counts."""
        return not self.population.sees_all and Account.objects.filter(is_pubsec=True).exists()


def filter_of(
    viewer: User,
    *,
    since: dt.date | None,
    until: dt.date | None,
    known_at: dt.datetime | None,
    narrowed: Mapping[str, str],
    basis: str,
    today: dt.date,
) -> MetricsFilter:
    """Return what a call of the API asks for."""
    known_day = clock.date_of(known_at) if known_at else today
    last = min(until or today, today, known_day)
    population = Population(viewer, **narrowed, basis=basis)
    return MetricsFilter(population, today, since or months_back(MONTHS, last), last, {}, known_at=known_at)
