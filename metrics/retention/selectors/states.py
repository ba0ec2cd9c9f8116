"""What subscription lineages held on many days: products, seats and ARR, with true-ups told apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, Sum, Value

from accounts.contracts.models import Category
from accounts.contracts.selectors import lines_on, rates_on_days
from metrics.population.selectors import Population
from metrics.retention.rules.changes import LineState, product_rank
from metrics.retention.selectors.amounts import Rates, lineages

TRUE_UP = Q(category=Category.TRUE_UP)
NOTHING = Decimal(0)
NO_LINE = LineState(frozenset(), 0, 0, NOTHING)


@dataclass(frozen=True, slots=True)
class Held:
    """What one lineage holds: `line` without true-ups, `true_ups` the ARR of these."""

    account_id: int
    line: LineState
    true_ups: Decimal = NOTHING

    @property
    def arr(self) -> Decimal:
        return self.line.arr + self.true_ups


def states_on(
    population: Population,
    days: Sequence[dt.date],
    *,
    rates_of: dt.date,
    as_known_at: dt.datetime | None = None,
    rates: Rates | None = None,
    among: Sequence[Collection[int]] | None = None,
) -> list[dict[int, Held]]:
    """
    Return what each subscription lineage held on each day, in the order asked, all at the rates of one day.

    One rate for all days makes the ending of one month the beginning of the next. Lineages without a line on a day
    are absent. `among` narrows each day to some accounts. Four queries, or two where the rates of that day are handed
    in.
    """
    worths = (rates or rates_on_days([rates_of]))[rates_of]
    parts = [
        lines_on(day, as_known_at=as_known_at, rates=worths)
        .filter(subscription__account__in=population.accounts() if among is None else among[place])
        .values_list("subscription_id", "subscription__account_id")
        .annotate(
            place=Value(place),
            products=ArrayAgg("product", filter=~TRUE_UP, distinct=True, default=Value([])),
            seats=Sum("seats", filter=~TRUE_UP, default=0),
            worth_of_lines=Sum("worth", filter=~TRUE_UP, default=NOTHING),
            worth_of_true_ups=Sum("worth", filter=TRUE_UP, default=NOTHING),
        )
        .order_by()
        for place, day in enumerate(days)
    ]
    following = lineages()
    found: list[dict[int, list[Held]]] = [{} for _ in days]
    for subscription, place, held in _read(parts):
        found[place].setdefault(following.get(subscription, subscription), []).append(held)
    return [{key: _together(held) for key, held in by_key.items()} for by_key in found]


def _read(parts: Sequence[Any]) -> Iterable[tuple[int, int, Held]]:
    if not parts:
        return
    for subscription, account, place, products, seats, lines, true_ups in parts[0].union(*parts[1:], all=True):
        names = frozenset(products)
        line = LineState(names, max(map(product_rank, names), default=0), seats, lines)
        yield subscription, place, Held(account, line, true_ups)


# Return what the subscriptions of one lineage hold together, while the old and the new still overlap.
def _together(held: Sequence[Held]) -> Held:
    if len(held) == 1:
        return held[0]
    lines = [each.line for each in held]
    line = LineState(
        product_names=frozenset().union(*(each.product_names for each in lines)),
        rank=max(each.rank for each in lines),
        seats=sum(each.seats for each in lines),
        arr=sum((each.arr for each in lines), NOTHING),
    )
    return Held(held[0].account_id, line, sum((each.true_ups for each in held), NOTHING))
