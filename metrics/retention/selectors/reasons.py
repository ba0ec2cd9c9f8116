"""Why money came and went: by what changed in the contracts, and by what the losses were put down to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from accounts.contracts.rules import loss_group
from accounts.contracts.selectors import Level, rates_on_days
from accounts.team.selectors import organisation
from metrics.facts.operations import reading
from metrics.facts.rules import NOW, months_before
from metrics.facts.selectors.building import Source
from metrics.facts.selectors.cells import REACHES, Asking, fetched, of_rows, of_sums
from metrics.population.rules import Reach
from metrics.population.selectors import Population
from metrics.retention.rules.changes import ReasonOfChange
from metrics.retention.rules.reasons import (
    UNKNOWN,
    Change,
    Loss,
    ReasonShares,
    Share,
    display_name,
    loss_shares,
    reason_shares,
    weighed,
)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One subscription lineage whose ARR changed in the year, without true-ups."""

    change: Change
    account_id: int
    before: Decimal
    after: Decimal
    reach: Reach = Reach.NOT_REACHED

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


CHANGES = """
select r.account_id, r.subscription_id, r.year_before as before, r.year_after as after,
       r.year_after - r.year_before as change, r.reason, r.reach
from {table} r where r.month = %(end)s and r.reason <> '' and {where}
"""


def change_rows(source: Source, population: Population, *, end: dt.date, is_loss: bool | None = None) -> Asking:
    """Return the lineages whose ARR changed in the twelve months to a day, on one side or (None) on both."""
    where, values = of_rows(population, Level.SUBSCRIPTION)
    if is_loss is not None:
        where += " and r.year_after < r.year_before" if is_loss else " and r.year_after > r.year_before"
    return Asking(CHANGES.format(table=source.rows, where=where), {**values, "end": end})


def reasons_on(population: Population, *, end: dt.date, as_known_at: dt.datetime | None = None) -> Reasons:
    """
    Return what changed in each lineage between twelve months before a day and that day, at the rates of the start.

    Year on year: a subscription that was not there at the start is new business, in neither side. One whose renewal is
    open has not changed yet.
    """
    with reading([end], as_known_at=as_known_at) as source:
        found = change_rows(source, population, end=end).rows()
    rows = [
        ChangeRow(Change(key, ReasonOfChange(reason), change), account, before, after, REACHES[reach])
        for account, key, before, after, change, reason, reach in found
    ]
    return Reasons(tuple(sorted(rows, key=lambda row: (-abs(row.change.amount), row.change.key))))


@dataclass(frozen=True, slots=True)
class Side:
    """What was lost, or gained, in a year: the money, of how many lineages, and the shares of the reasons."""

    total: Decimal
    changes: int
    shares: tuple[Share, ...]


SUMS = """
select is_loss, reach, reason, sum(amount), sum(changes)::bigint
from {table} where month = %(end)s and {where} group by 1, 2, 3
"""


def sides(source: Source, population: Population, *, end: dt.date) -> dict[tuple[bool, Reach | None], Side]:
    """Return both sides, of all (None) and split by how far programs got, by (is_loss, reach); one query of sums."""
    where, values = of_sums(population)
    cells = fetched(SUMS.format(table=source.reasons, where=where), {**values, "end": end})

    def side(is_loss: bool, reach: Reach | None) -> Side:
        own = [row for row in cells if row[0] is is_loss and reach in (None, REACHES[row[1]])]
        parts = [(display_name(ReasonOfChange(row[2]), is_loss=is_loss), abs(Fraction(row[3]))) for row in own]
        return Side(sum((abs(row[3]) for row in own), Decimal(0)), sum(row[4] for row in own), weighed(parts))

    return {(is_loss, reach): side(is_loss, reach) for is_loss in (True, False) for reach in (None, *Reach)}


@dataclass(frozen=True, slots=True)
class LossRow:
    """
    One opportunity that lost money; `loss.reasons` are reasons as given (or grouped) with their shares.

    `is_by_contracts` says that Sales gave no amount, so that it weighs the ARR its contracts lost.
    """

    loss: Loss
    account_id: int
    name: str
    close_date: dt.date
    is_by_contracts: bool = False


@dataclass(frozen=True, slots=True)
class Losses:
    rows: tuple[LossRow, ...]

    @property
    def shares(self) -> Sequence[Share]:
        return loss_shares(row.loss for row in self.rows)


# A loss without an amount weighs the ARR that its subscription (or account) lost by the contracts in the same year,
# shared out among the losses without an amount there.
LOST = """
with rate as (select * from unnest(%(currencies)s::varchar[], %(rates)s::numeric[]) r(currency, rate)),
lost as (
  select o.id, o.account_id, o.subscription_id, o.name, o.close_date, r.rate,
         case when o.available_to_renew <> 0 then greatest(o.available_to_renew - o.amount, 0)
              else abs(o.amount) end as amount,
         o.available_to_renew = 0 and o.amount = 0 as is_by_contracts
  from accounts_opportunity o join rate r on r.currency = o.currency
  join accounts_account a on a.id = o.account_id
  left join lateral (
    select s.facts from accounts_accountspan s
    where %(is_then)s and s.account_id = a.id and upper_inf(s.known)
      and (upper_inf(s.valid) or upper(s.valid) >= (o.close_date + 1)::timestamp at time zone %(zone)s)
    order by lower(s.valid) limit 1) f on true
  where o.is_closed and o.order_type in ('4', '5', '6') and o.close_date > %(start)s and o.close_date <= %(end)s
    and {where}
),
gone as (
  select r.account_id, r.subscription_id, r.year_before - r.year_after as amount from {table} r
  where r.month = %(end)s and r.levels & 1 <> 0 and r.reason <> '' and r.year_after < r.year_before
),
weighed as (
  select l.id, l.account_id, l.name, l.close_date, l.is_by_contracts,
         case when not l.is_by_contracts then l.amount * l.rate else coalesce(
           (select sum(g.amount) from gone g
            where g.account_id = l.account_id and g.subscription_id = l.subscription_id),
           (select sum(g.amount) from gone g where g.account_id = l.account_id), 0)
           / count(*) over (partition by l.account_id, l.subscription_id, l.is_by_contracts) end as amount
  from lost l
)
"""
LOSS_ROWS = (
    LOST
    + """
select w.account_id, w.id, w.name, w.close_date, w.amount, w.is_by_contracts,
       coalesce((select json_agg(json_build_array(x.reason, x.share::text) order by x.id)
                 from accounts_lossreason x where x.opportunity_id = w.id), '[]'::json) as reasons
from weighed w where w.amount > 0
"""
)
LOSS_SUMS = (
    LOST
    + """
select coalesce(x.reason, ''), coalesce(t.whole, 1), sum(w.amount * coalesce(x.share, 1))
from weighed w
left join (select opportunity_id, sum(share) as whole from accounts_lossreason group by 1) t on t.opportunity_id = w.id
left join accounts_lossreason x on x.opportunity_id = w.id
where w.amount > 0 group by 1, 2
"""
)


def loss_rows(source: Source, population: Population, *, end: dt.date, sql: str = LOSS_ROWS) -> Asking:
    """
    Return what opportunities closed in the twelve months to a day lost, at the rates of the start.

    Opportunities keep no history: they are as recorded today, whatever the contracts' instant is. What has no rate
    cannot be added up; ARR leaves such lines out too.
    """
    start = months_before(end)
    rates = rates_on_days([start])[start]
    is_then = population.basis != NOW and bool(population.narrowing)
    where = ["true"] if not population.sees_nothing else ["false"]
    where += [] if population.sees_all else ["not a.is_pubsec"]
    was = "f.facts ->> '{0}'" if is_then else "null"
    where += [f"coalesce({was.format(name)}, a.{name}) = %({name})s" for name in population.narrowing]
    found = organisation()
    values = {
        **population.narrowing, "start": start, "end": end, "is_then": is_then, "zone": found.zone if found else "UTC",
        "currencies": list(rates), "rates": list(rates.values()),
    }  # fmt: skip
    return Asking(sql.format(table=source.rows, where=" and ".join(where)), values)


def losses_in_year_to(population: Population, end: dt.date, *, is_grouped: bool = False) -> Losses:
    """Return every loss of the twelve months to a day; `is_grouped` groups raw reasons as the handbook does."""
    with reading([end]) as source:
        found = loss_rows(source, population, end=end).rows()
    rows = [
        LossRow(Loss(pk, amount, reasons_of(reasons, is_grouped=is_grouped)), account, name, closed, is_by_contracts)
        for account, pk, name, closed, amount, is_by_contracts, reasons in found
    ]
    return Losses(tuple(sorted(rows, key=lambda row: (-row.loss.amount, row.loss.key))))


def reasons_of(given: Sequence[Sequence[str]], *, is_grouped: bool) -> tuple[tuple[str, Decimal], ...]:
    """Return reasons with their shares, as given or grouped; several of one group are one."""
    groups: dict[str, Decimal] = {}
    for raw, share in given:
        name = named(raw, is_grouped=is_grouped)
        groups[name] = groups.get(name, Decimal(0)) + Decimal(share)
    return tuple(groups.items())


def named(raw: str, *, is_grouped: bool) -> str:
    return loss_group(raw) if is_grouped else raw.strip() or UNKNOWN


def loss_sums(source: Source, population: Population, *, end: dt.date, is_grouped: bool = False) -> tuple[Share, ...]:
    """Return the dollar-weighted reasons for loss; a loss without a reason is Unknown. Three queries."""
    found = loss_rows(source, population, end=end, sql=LOSS_SUMS).rows()
    return weighed(
        (named(raw, is_grouped=is_grouped), Fraction(amount) / Fraction(whole)) for raw, whole, amount in found
    )


RECONCILED = (
    LOST
    + """
, given as (select account_id, sum(amount) as given from weighed group by 1),
contracts as (
  select r.account_id, sum(r.year_before - r.year_after) as lost from {table} r
  where r.month = %(end)s and r.reason <> '' and r.year_after < r.year_before and {rows} group by 1
)
select account_id, coalesce(c.lost, 0) as lost, coalesce(g.given, 0) as given,
       coalesce(g.given, 0) - coalesce(c.lost, 0) as difference
from contracts c full join given g using (account_id) where coalesce(c.lost, 0) <> 0 or coalesce(g.given, 0) <> 0
"""
)


def reconciled_rows(source: Source, population: Population, *, end: dt.date) -> Asking:
    """Return, by account, what contracts lost in the twelve months beside what Sales gave reasons for."""
    where, values = of_rows(population, Level.SUBSCRIPTION)
    asking = loss_rows(source, population, end=end, sql=RECONCILED.replace("{rows}", where.replace("{", "{{")))
    return Asking(asking.sql, {**asking.values, **values})
