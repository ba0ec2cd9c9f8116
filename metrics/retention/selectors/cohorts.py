"""Gross and net dollar retention of those who were customers twelve months before a day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from accounts.contracts.selectors import Level
from metrics.population.rules import Reach, furthest
from metrics.population.selectors import Period, Population, reach_in
from metrics.retention.rules.cohorts import Holding, Retention, retention, retention_by, roll_up
from metrics.retention.rules.periods import months_before
from metrics.retention.selectors.amounts import Asked, Rates, arr_of_subscriptions
from metrics.retention.selectors.families import belonging_on

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cohort:
    """
    What subscriptions, accounts or parents (`level`) paid on `start` and pay on `end`, at the rates of `start`.

    `accounts_of` are the accounts behind each holding: of a parent its family, of a subscription the one that has it.
    """

    level: Level
    end: dt.date
    holdings: tuple[Holding, ...]
    accounts_of: Mapping[int, tuple[int, ...]]

    @property
    def start(self) -> dt.date:
        return months_before(self.end)

    @property
    def retention(self) -> Retention:
        return retention(self.holdings)


def cohort_on(
    population: Population,
    *,
    end: dt.date,
    level: Level,
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
    above: Mapping[int, int] | None = None,
) -> Cohort:
    """
    Return who was a customer twelve months before a day, or is one, with both amounts.

    ARR is by contracts.selectors.lines_on, both amounts converted at the rate of the period's start; both as known at
    an instant (None: as we believe now). Families are those of the end of the period. Four to five queries, one where
    rates and `above` (see belonging_on) are handed in.
    """
    start = months_before(end)
    amounts = arr_of_subscriptions(
        population, [Asked(start, start), Asked(end, start)], as_known_at=as_known_at, rates=rates
    )
    if above is None:
        above = belonging_on(population, [end], level, as_known_at=as_known_at)[end]
    before, after = amounts.by_day
    subscriptions = sorted(before.keys() | after.keys())
    lower = {each: each if level is Level.SUBSCRIPTION else amounts.account_of[each] for each in subscriptions}
    key_of = {each: above.get(key, key) for each, key in lower.items()}
    holdings = [Holding(each, before.get(each, NOTHING), after.get(each, NOTHING)) for each in subscriptions]
    members: dict[int, set[int]] = defaultdict(set)
    for each, key in key_of.items():
        members[key].add(amounts.account_of[each])
    accounts_of = {key: tuple(sorted(accounts)) for key, accounts in members.items()}
    return Cohort(level, end, tuple(roll_up(holdings, key_of)), accounts_of)


def reaches_of(cohort: Cohort) -> dict[int, Reach]:
    """
    Return how far programs got to each holding between the day after `start` and `end`; one query.

    Of several accounts the one reached best counts. It says what went together, not what brought about what.
    """
    accounts = sorted({account for members in cohort.accounts_of.values() for account in members})
    first = cohort.start + dt.timedelta(days=1)
    reaches = reach_in([Period(account, first, cohort.end) for account in accounts])
    reached = dict(zip(accounts, reaches, strict=True))
    return {key: furthest(reached[account] for account in members) for key, members in cohort.accounts_of.items()}


def retention_by_reach(cohort: Cohort, reaches: Mapping[int, Reach]) -> dict[Reach, Retention]:
    """Return the retention of those not reached, delivered to and clicked by; every group has an entry."""
    return {reach: retention(()) for reach in Reach} | retention_by(cohort.holdings, reaches)
