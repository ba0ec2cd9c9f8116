"""Why money came and went: by what changed in the contracts, and by what the losses were put down to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.contracts.rules import loss_group
from accounts.contracts.selectors import losses_between, rates_on_days
from metrics.population.selectors import Population
from metrics.retention.rules.periods import months_before
from metrics.retention.rules.reasons import (
    Change,
    Loss,
    ReasonShares,
    Share,
    display_name,
    loss_shares,
    lost_amount,
    reason_shares,
)
from metrics.retention.selectors.amounts import Rates
from metrics.retention.selectors.states import NO_LINE, states_on


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One subscription lineage whose ARR changed in the year, without true-ups."""

    change: Change
    account_id: int
    before: Decimal
    after: Decimal

    @property
    def amount(self) -> Decimal:
        return self.change.amount

    @property
    def is_loss(self) -> bool:
        return self.amount < 0

    @property
    def label(self) -> str:
        return display_name(self.change.reason, is_loss=self.is_loss)


@dataclass(frozen=True, slots=True)
class Reasons:
    rows: tuple[ChangeRow, ...]

    @property
    def shares(self) -> ReasonShares:
        return reason_shares(row.change for row in self.rows)


def reasons_on(
    population: Population, *, end: dt.date, as_known_at: dt.datetime | None = None, rates: Rates | None = None
) -> Reasons:
    """
    Return what changed in each lineage between twelve months before a day and that day, at the rates of the start.

    Year on year: a subscription that was not there at the start is new business, in neither side. Four queries.
    """
    start = months_before(end)
    before, after = states_on(population, [start, end], rates_of=start, as_known_at=as_known_at, rates=rates)
    rows = []
    for key, held in before.items():
        line = after[key].line if key in after else NO_LINE
        if held.line.arr > 0 and line.arr != held.line.arr:
            change = Change.between(key, held.line, line)
            rows.append(ChangeRow(change, held.account_id, held.line.arr, line.arr))
    return Reasons(tuple(sorted(rows, key=lambda row: (-abs(row.change.amount), row.change.key))))


@dataclass(frozen=True, slots=True)
class LossRow:
    """One opportunity that lost money; `loss.reasons` are groups of reasons with their shares."""

    loss: Loss
    account_id: int
    name: str
    close_date: dt.date


@dataclass(frozen=True, slots=True)
class Losses:
    rows: tuple[LossRow, ...]

    @property
    def shares(self) -> Sequence[Share]:
        return loss_shares(row.loss for row in self.rows)


def losses_in_year_to(population: Population, end: dt.date, *, rates: Rates | None = None) -> Losses:
    """
    Return what opportunities closed in the twelve months to a day lost, at the rates of the start.

    Raw reasons are grouped as the handbook's clean-up does; a loss without a reason is Unknown. Four queries, or two
    where the rates of the start are handed in.
    """
    start = months_before(end)
    worths = (rates or rates_on_days([start]))[start]
    lost = losses_between(start + dt.timedelta(days=1), end).filter(account__in=population.accounts())
    rows = []
    for opportunity in lost:
        amount = lost_amount(available=opportunity.available_to_renew, amount=opportunity.amount)
        rate = worths.get(opportunity.currency)
        if not amount or rate is None:
            continue  # What has no rate cannot be added up; ARR leaves such lines out too.
        reasons = _grouped([(each.reason, each.share) for each in opportunity.loss_reasons.all()])
        loss = Loss(opportunity.pk, amount * rate, reasons)
        rows.append(LossRow(loss, opportunity.account_id, opportunity.name, opportunity.close_date))
    return Losses(tuple(sorted(rows, key=lambda row: (-row.loss.amount, row.loss.key))))


def _grouped(reasons: Sequence[tuple[str, Decimal]]) -> tuple[tuple[str, Decimal], ...]:
    groups: dict[str, Decimal] = {}
    for raw, share in reasons:
        group = loss_group(raw)
        groups[group] = groups.get(group, Decimal(0)) + share
    return tuple(groups.items())
