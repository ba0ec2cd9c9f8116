"""A CSM's own accounts, and what has to be worked off there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from accounts.book.filters import AccountFilter
from accounts.book.models import Account
from accounts.team.models import User
from accounts.timeline.selectors import last_activity_of
from contacts.recipients.selectors import accounts_without_admin
from metrics.population.selectors import Population
from metrics.reports.rules import Counter, days_without_call, is_call_overdue
from metrics.value.rules import Goal, Journey
from metrics.value.selectors import journeys, late, milestones


@dataclass(frozen=True, slots=True)
class Kept:
    """One account of the portfolio; `coverage` is "admin", "sold_to" or "nobody", see accounts.book.selectors."""

    account: Account
    coverage: str
    last_call: dt.date | None
    days_without_call: int | None
    counters: tuple[Counter, ...]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """`waiting` are the days that accounts have waited for a goal, by counter; the rows of each counter."""

    accounts: tuple[Kept, ...]
    waiting: dict[Counter, dict[int, int]]

    def of(self, counter: Counter) -> list[Kept]:
        return [kept for kept in self.accounts if counter in kept.counters]

    def counts(self) -> list[tuple[Counter, int]]:
        return [(counter, len(self.of(counter))) for counter in Counter]


GOAL_OF = {Counter.FIRST_ENGAGE: Goal.ENGAGE, Counter.FIRST_VALUE: Goal.FIRST_VALUE, Counter.ONBOARD: Goal.ONBOARD}


def portfolio(viewer: User, *, today: dt.date) -> Portfolio:
    """Return the viewer's own customers, the next to renew first, with the counters each stands on; five queries."""
    mine = AccountFilter({"csm": "me", "sort": "renewal"}, viewer=viewer, today=today)
    rows = [row for row in mine.in_order if row.stage != "churned"]
    accounts = [row.pk for row in rows]
    calls = last_activity_of(accounts)
    without_admin = set(accounts_without_admin(viewer).filter(csm=viewer).values_list("pk", flat=True))
    waiting = _waiting(viewer, accounts, today)
    kept = []
    for row in rows:
        last = calls[row.pk].astimezone(ZoneInfo(row.zone)).date() if row.pk in calls else None
        days = days_without_call(last=last, since=row.contract_date, today=today)
        counters = [counter for counter in GOAL_OF if row.pk in waiting[counter]]
        if row.pk in without_admin:
            counters.append(Counter.NO_ADMIN)
        if is_call_overdue(priority=row.priority, days=days):
            counters.append(Counter.NO_CALL)
        kept.append(Kept(row, getattr(row, "coverage"), last, days, tuple(counters)))  # noqa: B009 (annotated)
    return Portfolio(tuple(kept), waiting)


# Return how many days the accounts have waited that stand on a goal's counter.
def _waiting(viewer: User, accounts: Sequence[int], today: dt.date) -> dict[Counter, dict[int, int]]:
    known = milestones(Population(viewer), account_ids=accounts)
    found: dict[Counter, dict[int, int]] = {}
    for counter, goal in GOAL_OF.items():
        ways = {way.key: way for way in journeys(known, goal)}
        found[counter] = _days(ways, late(list(ways.values()), goal, today=today), today)
    return found


def _days(ways: dict[int, Journey], accounts: Collection[int], today: dt.date) -> dict[int, int]:
    return {account: ways[account].days(today=today) for account in accounts}
