"""The way from one month's ARR to the next, account by account."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from django.contrib.postgres.fields.ranges import RangeEndsWith, RangeStartsWith
from django.db.models import Q, Sum, Value

from accounts.contracts.models import Line
from accounts.contracts.selectors import lines_on, rates_on_days
from metrics.population.selectors import Population
from metrics.retention.rules.changes import NOTHING, Bridge, bridge
from metrics.retention.rules.periods import month_end, months_before
from metrics.retention.selectors.amounts import Rates
from metrics.retention.selectors.states import Held, states_on


@dataclass(frozen=True, slots=True)
class Passage:
    """
    From the ARR of one account (or of all) at the end of a month to that at the end of the next.

    `beginning` + `parts`.total + `true_ups` is `ending`, exactly: true-ups pass through the ARR while they are in
    force, but are no reason for growth, so their change stands apart.
    """

    end: dt.date
    beginning: Decimal
    parts: Bridge
    true_ups: Decimal
    ending: Decimal

    def __add__(self, other: Passage) -> Passage:
        return Passage(
            self.end,
            self.beginning + other.beginning,
            self.parts + other.parts,
            self.true_ups + other.true_ups,
            self.ending + other.ending,
        )

    def then(self, following: Passage) -> Passage:
        """Return the passage over both, this one and one that begins where it ends."""
        return Passage(
            following.end,
            self.beginning,
            self.parts + following.parts,
            self.true_ups + following.true_ups,
            following.ending,
        )

    @property
    def change(self) -> Decimal:
        return self.ending - self.beginning

    @property
    def is_change(self) -> bool:
        return self.parts != NOTHING or self.true_ups != 0


def bridges_by_account(
    population: Population,
    *,
    ends: Sequence[dt.date],
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
) -> list[dict[int, Passage]]:
    """
    Return for each month (given by its last day, in order, without gaps) the passage of every account where a contract
    line began or ended; for all others the ending is the beginning.

    All amounts are at the rates of the day the first month begins with, so the months chain. Five queries.
    """
    days = [day_before(ends), *ends]
    moved = _moved(population, days, as_known_at=as_known_at)
    states = states_on(
        population,
        [day for month in pairwise(days) for day in month],
        rates_of=days[0],
        as_known_at=as_known_at,
        rates=rates,
        among=[accounts for accounts in moved for _ in range(2)],
    )
    return [_passages(end, states[2 * place], states[2 * place + 1]) for place, end in enumerate(ends)]


def _moved(population: Population, days: Sequence[dt.date], *, as_known_at: dt.datetime | None) -> list[set[int]]:
    """
    Return, for each day but the first, the accounts of whose lines one began or ended since the day before it.

    Asked by itself: numbers in the next question leave the planner nothing to guess.
    """
    first, last = days[0], days[-1]
    began = Q(valid__startswith__gt=first, valid__startswith__lte=last)
    ended = Q(valid__endswith__gt=first, valid__endswith__lte=last)
    believed = Q(known__upper_inf=True) if as_known_at is None else Q(known__contains=as_known_at)
    lines = Line.objects.filter(began | ended, believed, subscription__account__in=population.accounts())
    moved: list[set[int]] = [set() for _ in days[1:]]
    bounds = lines.annotate(begin=RangeStartsWith("valid"), end=RangeEndsWith("valid"))
    for account, *moments in bounds.values_list("subscription__account", "begin", "end"):
        for moment in moments:
            if moment is not None and first < moment <= last:
                moved[bisect_left(days, moment) - 1].add(account)
    return moved


def day_before(ends: Sequence[dt.date]) -> dt.date:
    """Return the end of the month before the first: where the bridge begins."""
    return month_end(months_before(ends[0], 1))


def bridge_by_month(
    population: Population,
    *,
    ends: Sequence[dt.date],
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
) -> list[Passage]:
    """
    Return the passages of all accounts together, month by month; six queries.

    Beginnings and endings are the ARR of all lines on those days, added up by themselves: that the parts lead from
    one to the other is a fact, not an arrangement.
    """
    first = day_before(ends)
    rates = rates or rates_on_days([first])
    passages = bridges_by_account(population, ends=ends, as_known_at=as_known_at, rates=rates)
    totals = _totals(population, [first, *ends], as_known_at=as_known_at, rates=rates[first])
    months = []
    for place, (end, by_account) in enumerate(zip(ends, passages, strict=True)):
        moved = sum(by_account.values(), _none(end))
        months.append(Passage(end, totals[place], moved.parts, moved.true_ups, totals[place + 1]))
    return months


def _totals(
    population: Population, days: Sequence[dt.date], *, as_known_at: dt.datetime | None, rates: Mapping[str, Decimal]
) -> list[Decimal]:
    parts = [
        lines_on(day, as_known_at=as_known_at, rates=rates)
        .filter(subscription__account__in=population.accounts())
        .annotate(place=Value(place))
        .values_list("place")
        .annotate(total=Sum("worth"))
        .order_by()
        for place, day in enumerate(days)
    ]
    found = dict(parts[0].union(*parts[1:], all=True))
    return [found.get(place) or Decimal(0) for place in range(len(days))]


def over_all_months(passages: Sequence[Mapping[int, Passage]]) -> dict[int, Passage]:
    """Return each account's passage from the beginning of the first month to the end of the last."""
    whole: dict[int, Passage] = {}
    for by_account in passages:
        for account, passage in by_account.items():
            whole[account] = whole[account].then(passage) if account in whole else passage
    return whole


def _none(end: dt.date) -> Passage:
    return Passage(end, Decimal(0), NOTHING, Decimal(0), Decimal(0))


def _passages(end: dt.date, before: Mapping[int, Held], after: Mapping[int, Held]) -> dict[int, Passage]:
    found: dict[int, Passage] = {}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        account = (after.get(key) or before[key]).account_id
        found[account] = found.get(account, _none(end)) + _passage(end, old, new)
    return found


def _passage(end: dt.date, old: Held | None, new: Held | None) -> Passage:
    beginning, ending = old.arr if old else Decimal(0), new.arr if new else Decimal(0)
    true_ups = (new.true_ups if new else Decimal(0)) - (old.true_ups if old else Decimal(0))
    parts = NOTHING if old == new else bridge(old.line if old else None, new.line if new else None)
    return Passage(end, beginning, parts, true_ups, ending)
