"""Every account's way to value, from the facts that mark it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields.ranges import RangeEndsWith
from django.db.models import DateField, Max, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.contracts.models import Line
from accounts.timeline.models import Entry
from accounts.timeline.selectors import ACTIVITY
from metrics.population.selectors import Population
from metrics.value.models import Kind, Milestone
from metrics.value.rules import Goal, Journey, Milestones, journey


@dataclass(frozen=True, slots=True)
class Range:
    """Clocks that started from the first day to the last, both included."""

    first: dt.date
    last: dt.date

    def holds(self, day: dt.date) -> bool:
        return self.first <= day <= self.last


def milestones(population: Population, *, account_ids: Sequence[int] | None = None) -> list[Milestones]:
    """
    Return what is known of each account's way to value; one query.

    The first call or meeting is dated in the account's zone. An account has left on the day after its last contract
    line, as believed now, was in force.
    """
    accounts = population.accounts()
    if account_ids is not None:
        accounts = accounts.filter(pk__in=account_ids)
    rows = accounts.annotate(
        started=_reached(Kind.ONBOARDING_STARTED),
        closed=_reached(Kind.ONBOARDING_CLOSED),
        value=_reached(Kind.FIRST_VALUE),
        call=Subquery(_activity().values("occurred_at")[:1]),
        ended=Subquery(_last_day()),
    ).values_list("pk", "zone", "contract_date", "started", "closed", "call", "value", "ended")
    return [
        Milestones(pk, contract, started, closed, _local(call, zone), value, None if ended == dt.date.max else ended)
        for pk, zone, contract, started, closed, call, value, ended in rows.order_by("pk")
    ]


def journeys(known: Iterable[Milestones], goal: Goal, *, within: Range | None = None) -> list[Journey]:
    """Return the ways to a goal of those whose clock started within the range, or ever."""
    begun = (found for each in known if (found := journey(goal, each)) is not None)
    return [each for each in begun if within is None or within.holds(each.started)]


def standing_milestones(account_id: int) -> list[Milestone]:
    """Return what an account reached, first things first; what was taken back and what is a subscription's is not."""
    standing = Milestone.objects.filter(account=account_id, subscription=None, withdrawn_at=None)
    return list(standing.order_by("reached_date", "pk"))


def _reached(kind: Kind) -> Subquery:
    standing = Milestone.objects.filter(account=OuterRef("pk"), subscription=None, kind=kind, withdrawn_at=None)
    return Subquery(standing.values("reached_date")[:1])


def _activity() -> QuerySet[Entry]:
    return Entry.objects.filter(account=OuterRef("pk"), kind__in=ACTIVITY).order_by("occurred_at")


# Return when the account's last line ended; the end of time where one has no end.
def _last_day() -> QuerySet[Line, Any]:
    held = Line.objects.filter(subscription__account=OuterRef("pk"), known__upper_inf=True).order_by()
    end = Coalesce(RangeEndsWith("valid"), Value(dt.date.max), output_field=DateField())
    return held.values("subscription__account").annotate(end=Max(end)).values("end")


def _local(moment: dt.datetime | None, zone: str) -> dt.date | None:
    return None if moment is None else moment.astimezone(ZoneInfo(zone)).date()
