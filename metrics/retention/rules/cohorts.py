"""Gross and net dollar retention, and logo churn, of those who were customers twelve months ago."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

Group = TypeVar("Group", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Holding:
    """What one subscription, account or parent paid twelve months ago and pays now, at the rate of then."""

    key: int
    before: Decimal
    after: Decimal


@dataclass(frozen=True, slots=True)
class Retention:
    """
    Sums over a cohort and their ratios; a ratio is None where the cohort is empty.

    `kept` is the sum of min(before, after), `gross` is kept / before, `net` is after / before. `data_errors` are keys
    with a negative amount, which are left out of everything.
    """

    before: Decimal
    kept: Decimal
    after: Decimal
    gross: Decimal | None
    net: Decimal | None
    logos: int
    logos_lost: int
    logo_churn: Decimal | None
    data_errors: tuple[int, ...] = ()


def retention(holdings: Iterable[Holding]) -> Retention:
    """
    Return the retention of a population: sums divided, percentages never averaged.

    Who paid nothing twelve months ago is in neither sum; who pays nothing now counts with 0. Point to point: what
    happened in between does not matter.
    """
    everybody = list(holdings)
    wrong = tuple(holding.key for holding in everybody if holding.before < 0 or holding.after < 0)
    cohort = [holding for holding in everybody if holding.before > 0 and holding.after >= 0]
    sums = Sums(
        before=sum((holding.before for holding in cohort), Decimal(0)),
        kept=sum((min(holding.before, holding.after) for holding in cohort), Decimal(0)),
        after=sum((holding.after for holding in cohort), Decimal(0)),
        logos=len(cohort),
        logos_lost=sum(holding.after == 0 for holding in cohort),
    )
    return ratios(sums, data_errors=wrong)


@dataclass(frozen=True, slots=True)
class Sums:
    """What retention adds up over a cohort, for whoever adds up elsewhere (in the database, over many months)."""

    before: Decimal = Decimal(0)
    kept: Decimal = Decimal(0)
    after: Decimal = Decimal(0)
    logos: int = 0
    logos_lost: int = 0


def ratios(sums: Sums, *, data_errors: tuple[int, ...] = ()) -> Retention:
    return Retention(
        before=sums.before,
        kept=sums.kept,
        after=sums.after,
        gross=sums.kept / sums.before if sums.logos else None,
        net=sums.after / sums.before if sums.logos else None,
        logos=sums.logos,
        logos_lost=sums.logos_lost,
        logo_churn=Decimal(sums.logos_lost) / sums.logos if sums.logos else None,
        data_errors=data_errors,
    )


def roll_up(holdings: Iterable[Holding], upper_of: Mapping[int, int]) -> list[Holding]:
    """
    Return the holdings one level up: of accounts from subscriptions, of parents from accounts.

    Sums come before minima, so gross retention never falls from one level to the next.
    """
    before: dict[int, Decimal] = defaultdict(Decimal)
    after: dict[int, Decimal] = defaultdict(Decimal)
    for holding in holdings:
        upper = upper_of[holding.key]
        before[upper] += holding.before
        after[upper] += holding.after
    return [Holding(key, before[key], after[key]) for key in before]


def retention_by(holdings: Iterable[Holding], group_of: Mapping[int, Group]) -> dict[Group, Retention]:
    """Return the retention of each group, such as a segment, of holdings."""
    groups: dict[Group, list[Holding]] = defaultdict(list)
    for holding in holdings:
        groups[group_of[holding.key]].append(holding)
    return {group: retention(members) for group, members in groups.items()}
