"""What the address of a metrics page asks for, and what else a page may be switched to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.team.http import SignedInRequest
from cs_platform.common import clock
from metrics.facts.rules import NOW, THEN, months_back, months_before
from metrics.population.selectors import Population
from metrics.reports.selectors.filters import CHOICES, COUNTED, MONTHS, MetricsFilter

LONGEST = 60  # months that one page can show
SHOWN = (*COUNTED, "level", "goal", "reasons", "compare")


@dataclass(frozen=True, slots=True)
class Switch:
    """What else a page may be asked for, besides the filters; the first choice stands where nothing is said."""

    label: str
    name: str
    options: tuple[tuple[str, str], ...]

    @property
    def choices(self) -> list[tuple[str, str]]:
        return [(value if place else "", label) for place, (value, label) in enumerate(self.options)]


def filter_in(request: SignedInRequest) -> MetricsFilter:
    """Read the address; what cannot be read is told in `problems`, and taken as if it had not been asked."""
    given, today = request.GET, clock.today()
    problems: list[str] = []
    begin, until, known_on = (
        _day(given.get(name, ""), label, problems)
        for name, label in (("from", "From"), ("to", "To"), ("known", "As known on"))
    )
    if known_on and known_on > today:
        problems.append(f"As known on ({known_on}) is in the future. Showing what is known today.")
        known_on = None
    last = min(until or today, known_on or today, today)
    first = begin or _months_back(given.get("months", ""), last)
    if first > last:
        problems.append(f"From ({first}) is after To ({last}). Showing the {MONTHS} months before.")
        first = _months_back("", last)
    chosen = {name: given.get(name, "") for name in CHOICES}
    known = {name: value if value in CHOICES[name].values else "" for name, value in chosen.items()}
    first = max(first, months_before(last, LONGEST))
    carried = {name: given[name] for name in SHOWN if given.get(name)}
    basis = NOW if given.get("basis") == NOW else THEN
    population = Population(request.user, **known, basis=basis)
    return MetricsFilter(population, today, first, last, carried, known_on, tuple(problems))


def _day(text: str, label: str, problems: list[str]) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        problems.append(f"{label} isn't a date: “{text[:20]}”. Use the format 2026-01-31.")
        return None


# Return the first day of so many months, of which the last is the last that is over.
def _months_back(months: str, last: dt.date) -> dt.date:
    count = int(months) if months.isdecimal() and 0 < int(months) <= LONGEST else MONTHS
    return months_back(count, last)
