"""The way from one month's ARR to the next, account by account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from metrics.population.selectors import Population
from metrics.retention.rules import NOTHING, Bridge, bridge, month_end, months_before
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
    Return for each month (given by its last day, in order, without gaps) the passage of every account with ARR.

    All amounts are at the rates of the day the first month begins with, so the months chain. Four queries.
    """
    if not ends:
        return []
    days = [day_before(ends), *ends]
    states = states_on(population, days, rates_of=days[0], as_known_at=as_known_at, rates=rates)
    return [_passages(end, before, after) for end, (before, after) in zip(ends, pairwise(states), strict=True)]


def day_before(ends: Sequence[dt.date]) -> dt.date:
    """Return the end of the month before the first: where the bridge begins."""
    return month_end(months_before(ends[0], 1))


def bridge_by_month(passages: Sequence[Mapping[int, Passage]], ends: Sequence[dt.date]) -> list[Passage]:
    """Return the passages of all accounts together, month by month."""
    return [sum(by_account.values(), _none(end)) for end, by_account in zip(ends, passages, strict=True)]


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
