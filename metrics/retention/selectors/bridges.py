"""The way from one month's ARR to the next, and account by account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce
from itertools import pairwise

from accounts.contracts.selectors import Level
from metrics.facts.operations import reading
from metrics.facts.rules import NOW, PARTS, month_end, months_before
from metrics.facts.selectors.building import Source
from metrics.facts.selectors.cells import Asking, fetched, of_rows, of_sums
from metrics.population.selectors import Population
from metrics.retention.rules.changes import NOTHING, Bridge

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Passage:
    """
    From the ARR of one account (or of all) at the end of a month to that at the end of the next.

    `beginning` + `moved` + `parts`.total + `true_ups` + `pending` + `fx` is `ending`, exactly. `beginning` is at the
    rates of the month before, the parts too; `fx` is what the rates of the month's end make of what is held then.
    True-ups pass through the ARR while they are in force, but are no reason for growth. `pending` is what contracts
    paid that have ended while their renewals are open. `moved` is what accounts brought along that came into the
    segment, market or region asked for (or left with); nothing where none is asked for.
    """

    end: dt.date
    beginning: Decimal
    parts: Bridge
    true_ups: Decimal
    ending: Decimal
    pending: Decimal = ZERO
    fx: Decimal = ZERO
    moved: Decimal = ZERO

    def then(self, following: Passage) -> Passage:
        """Return the passage over both, this one and one that begins where it ends."""
        return Passage(
            following.end,
            self.beginning,
            self.parts + following.parts,
            self.true_ups + following.true_ups,
            following.ending,
            self.pending + following.pending,
            self.fx + following.fx,
            self.moved + following.moved,
        )

    def amounts(self, is_narrowed: bool) -> list[tuple[str, Decimal]]:
        """Return each bar between beginning and ending; `moved` only where a segment, market or region is asked for."""
        of = {name: getattr(self.parts, name) for name in ("new", "seat", "price", "tier", "churn")}
        of |= {"true_ups": self.true_ups, "waiting": self.pending, "fx": self.fx}
        return [*of.items(), *([("moved", self.moved)] if is_narrowed else [])]

    @property
    def change(self) -> Decimal:
        return self.ending - self.beginning

    @property
    def is_change(self) -> bool:
        return self.parts != NOTHING or any((self.true_ups, self.pending, self.fx, self.moved))


COLUMNS = ("beginning", *PARTS, "ending")
_NAMES = ", ".join(f"sum({name})" for name in COLUMNS)


def bridge_by_month(
    population: Population, *, ends: Sequence[dt.date], as_known_at: dt.datetime | None = None
) -> list[Passage]:
    with reading(ends, as_known_at=as_known_at) as source:
        return bridge(source, population, ends=ends)


def bridge(source: Source, population: Population, *, ends: Sequence[dt.date]) -> list[Passage]:
    """
    Return the passages of all accounts together, month by month (`ends` are in order, without gaps); one query.

    A month is the same in every range: its beginning is what the accounts counted in it held at the end of the month
    before. Where an account came into the segment asked for during the month, that is told as `moved`.
    """
    where, values = of_sums(population)
    months = [month_before(ends[0]), *ends]
    sql = f"select month, {_NAMES} from {source.bridge} where month = any(%(ends)s::date[]) and {where} group by month"
    found = {row[0]: _passage(row[0], row[1:]) for row in fetched(sql, {**values, "ends": months})}
    passages = [found.get(end) or _passage(end, [ZERO] * len(COLUMNS)) for end in months]
    if not population.narrowing or population.basis == NOW:
        return passages[1:]
    return [
        replace(each, beginning=before.ending, moved=each.beginning - before.ending)
        for before, each in pairwise(passages)
    ]


def month_before(end: dt.date) -> dt.date:
    return month_end(months_before(end, 1))


def bridges_by_account(
    population: Population, *, ends: Sequence[dt.date], as_known_at: dt.datetime | None = None
) -> list[dict[int, Passage]]:
    """Return for each month the passage of every account whose ARR changed in it."""
    where, values = of_rows(population, Level.ACCOUNT)
    found: dict[dt.date, dict[int, Passage]] = {end: {} for end in ends}
    with reading(ends, as_known_at=as_known_at) as source:
        sql = (
            f"select r.month, r.account_id, {', '.join(f'r.{name}' for name in COLUMNS)} from {source.rows} r"
            f" where r.month = any(%(ends)s::date[]) and {IS_CHANGE} and {where}"
        )
        for month, account, *amounts in fetched(sql, {**values, "ends": list(ends)}):
            found[month][account] = _passage(month, amounts)
    return [found[end] for end in ends]


IS_CHANGE = "(" + " or ".join(f"r.{part} <> 0" for part in PARTS) + ")"


def in_total(passages: Sequence[Passage]) -> Passage:
    """Return the passage from the beginning of the first month to the end of the last."""
    return reduce(Passage.then, passages)


def over_all_months(passages: Sequence[Mapping[int, Passage]]) -> dict[int, Passage]:
    """Return each account's passage from the beginning of the first month to the end of the last."""
    whole: dict[int, Passage] = {}
    for by_account in passages:
        for account, passage in by_account.items():
            whole[account] = whole[account].then(passage) if account in whole else passage
    return whole


CHANGED = """
with changed as (
  select r.account_id, {sums} from {table} r
  where r.month between %(first)s and %(last)s and {is_change} and {where} group by r.account_id
)
select c.account_id, coalesce(b.beginning, 0) as beginning, {parts}, coalesce(e.ending, 0) as ending
from changed c
left join {table} b on b.month = %(first)s and b.account_id = c.account_id and b.levels & 2 <> 0
left join {table} e on e.month = %(last)s and e.account_id = c.account_id and e.levels & 2 <> 0
"""
STANDING = """
select r.account_id, {beginning} as beginning, {parts}, {ending} as ending
from {table} r where r.month = %(month)s and r.{bar} <> 0 and {where}
"""


BEGUN = """
select r.account_id, r.ending as beginning from {table} r where r.month = %(month)s and r.ending <> 0 and {where}
"""
MOVED = """
select account_id, sum(moved) as moved from (
  select r.account_id, r.beginning as moved from {table} r where r.month between %(first)s and %(last)s and {where}
  union all
  select r.account_id, -r.ending from {table} r
  where r.month between (date_trunc('month', %(first)s::date) - interval '1 day')::date
    and (date_trunc('month', %(last)s::date) - interval '1 day')::date and {where}
) each group by account_id having sum(moved) <> 0
"""


def bridge_rows(source: Source, population: Population, *, ends: Sequence[dt.date], bar: str = "") -> Asking:
    """
    Return the accounts behind a bridge of these months: those whose ARR changed, or those of one bar alone (a name of
    COLUMNS). What they have in the bar's column adds up to it.
    """
    where, values = of_rows(population, Level.ACCOUNT)
    if bar == "moved":
        return Asking(MOVED.format(table=source.rows, where=where), {**values, "first": ends[0], "last": ends[-1]})
    if bar in ("beginning", "ending"):
        month = ends[0] if bar == "beginning" else ends[-1]
        if bar == "beginning" and population.narrowing and population.basis != NOW:
            sql = BEGUN.format(table=source.rows, where=where)
            return Asking(sql, {**values, "month": month_before(ends[0])})
        sql = STANDING.format(
            table=source.rows, where=where, bar=bar,
            beginning="r.beginning" if len(ends) == 1 or bar == "beginning" else "0::numeric",
            ending="r.ending" if len(ends) == 1 or bar == "ending" else "0::numeric",
            parts=", ".join(f"r.{part}" if len(ends) == 1 else f"0::numeric as {part}" for part in PARTS),
        )  # fmt: skip
        return Asking(sql, {**values, "month": month})
    sql = CHANGED.format(
        table=source.rows, where=where, is_change=f"r.{bar} <> 0" if bar in PARTS else IS_CHANGE,
        sums=", ".join(f"sum(r.{part}) as {part}" for part in PARTS), parts=", ".join(f"c.{part}" for part in PARTS),
    )  # fmt: skip
    return Asking(sql, {**values, "first": ends[0], "last": ends[-1]})


def _passage(end: dt.date, amounts: Sequence[Decimal]) -> Passage:
    of = dict(zip(COLUMNS, amounts, strict=True))
    parts = Bridge(new=of["new"], churn=of["churn"], seat=of["seat"], price=of["price"], tier=of["tier"])
    return Passage(
        end,
        of["beginning"],
        NOTHING if parts == NOTHING else parts,
        of["true_ups"],
        of["ending"],
        of["waiting"],
        of["fx"],
    )
