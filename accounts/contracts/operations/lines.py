"""
Contract lines: decide what lanes of subscriptions hold over periods.

What was believed about those periods ends when the decision is recorded, what lies outside them is said again, and the
decision is appended. Every write of contract lines is such a decision; adding, amending, cancelling and correcting
differ only in the period.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.db.models import Q

from accounts.contracts.models import Category, FxRate, Line, Subscription
from accounts.team.selectors import reporting_currency


@dataclass(frozen=True, slots=True)
class Term:
    """What a lane holds from `since` until `until` (the first day it no longer does; None is open-ended)."""

    subscription_id: int
    product: str
    seats: int
    arr: Decimal
    since: dt.date
    until: dt.date | None = None
    lane: int = 1
    category: str = Category.BASE
    currency: str = "USD"

    def is_like(self, line: Line) -> bool:
        said = (self.category, self.product, self.seats, self.arr, self.currency, self.since, self.until)
        return said == (
            line.category, line.product, line.seats, line.arr, line.currency, line.valid.lower, line.valid.upper,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Decision:
    """Over `period` the lane holds these terms and nothing else."""

    subscription_id: int
    lane: int
    period: DateRange
    terms: tuple[Term, ...]


def decide(decisions: Sequence[Decision]) -> set[int]:
    """Carry decisions out, and return the subscriptions they changed."""
    if not decisions:
        return set()
    with transaction.atomic():
        subscriptions = sorted({decision.subscription_id for decision in decisions})
        _lock(subscriptions)
        new, stale = _difference(decisions, _believed(subscriptions))
        if not (new or stale):
            return set()
        known_since = _recorded_at(subscriptions)
        remainders = _remainders(decisions, stale)
        _end(stale, known_since)
        lines = [*remainders, *(_as_line(term) for term in new)]
        for line in lines:
            line.known = DateTimeTZRange(known_since[line.subscription_id], None)
        Line.objects.bulk_create(lines, batch_size=5000)
    return {line.subscription_id for line in (*stale, *lines)}


# Whoever decides about the same subscription waits here; the exclusion constraint is only the last guard.
def _lock(subscription_ids: Collection[int]) -> None:
    list(Subscription.objects.select_for_update().filter(pk__in=subscription_ids).order_by("pk").values_list("pk"))


# The database's time, asked when the subscriptions are locked, and never before anything recorded of them: the clock of
# the machine may be set back.
RECORDED_AT = """
select s.id, greatest(r.at, max(greatest(lower(l.known) + interval '1 microsecond', upper(l.known))))
from unnest(%s::bigint[]) s (id) cross join (select keel_recorded_at() as at) r
left join accounts_line l on l.subscription_id = s.id
group by s.id, r.at
"""


def _recorded_at(subscription_ids: list[int]) -> dict[int, dt.datetime]:
    with connection.cursor() as cursor:
        cursor.execute(RECORDED_AT, [subscription_ids])
        return dict(cursor.fetchall())


def _believed(subscription_ids: Collection[int]) -> dict[tuple[int, int], list[Line]]:
    lines: dict[tuple[int, int], list[Line]] = {}
    for line in Line.objects.filter(subscription__in=subscription_ids, known__upper_inf=True):
        lines.setdefault((line.subscription_id, line.lane), []).append(line)
    return lines


# Return the terms that are not believed yet, and the believed lines that the decisions contradict.
def _difference(
    decisions: Sequence[Decision], believed: dict[tuple[int, int], list[Line]]
) -> tuple[list[Term], list[Line]]:
    new: list[Term] = []
    stale: dict[int, Line] = {}
    for decision in decisions:
        lines = [
            line
            for line in believed.get((decision.subscription_id, decision.lane), [])
            if _overlap(line.valid, decision.period)
        ]
        kept = {line.pk for line in lines if any(term.is_like(line) for term in decision.terms)}
        new += [term for term in decision.terms if not any(term.is_like(line) for line in lines)]
        stale |= {line.pk: line for line in lines if line.pk not in kept}
    return new, list(stale.values())


def _overlap(one: Any, other: Any) -> bool:
    return starts(one) < _ends(other) and starts(other) < _ends(one)


def starts(period: Any) -> dt.date:
    return period.lower or dt.date.min


def _ends(period: Any) -> dt.date:
    return period.upper or dt.date.max


# Return what contradicted lines still hold outside the decided periods.
def _remainders(decisions: Sequence[Decision], stale: Sequence[Line]) -> list[Line]:
    periods: dict[tuple[int, int], list[DateRange]] = {}
    for decision in decisions:
        periods.setdefault((decision.subscription_id, decision.lane), []).append(decision.period)
    return [
        _like(line, valid) for line in stale for valid in _without(line.valid, periods[line.subscription_id, line.lane])
    ]


# Return the pieces of a range that none of the periods covers.
def _without(valid: Any, periods: Sequence[DateRange]) -> list[DateRange]:
    pieces: list[DateRange] = []
    start = starts(valid)
    for period in sorted(periods, key=starts):
        end = min(starts(period), _ends(valid))
        if start < end:
            pieces.append(DateRange(_bound(start), _bound(end)))
        start = max(start, _ends(period))
    if start < _ends(valid):
        pieces.append(DateRange(_bound(start), valid.upper))
    return pieces


def _bound(day: dt.date) -> dt.date | None:
    return None if day in (dt.date.min, dt.date.max) else day


def _end(lines: Sequence[Line], known_until: Mapping[int, dt.datetime]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update accounts_line l set known = tstzrange(lower(l.known), e.at)"
            " from unnest(%s::bigint[], %s::timestamptz[]) e (id, at) where l.id = e.id",
            [[line.pk for line in lines], [known_until[line.subscription_id] for line in lines]],
        )


def _as_line(term: Term) -> Line:
    return Line(
        subscription_id=term.subscription_id, lane=term.lane, category=term.category, product=term.product,
        seats=term.seats, arr=term.arr, currency=term.currency, valid=DateRange(term.since, term.until),
    )  # fmt: skip


def _like(line: Line, valid: DateRange) -> Line:
    return Line(
        subscription_id=line.subscription_id, lane=line.lane, category=line.category, product=line.product,
        seats=line.seats, arr=line.arr, currency=line.currency, valid=valid,
    )  # fmt: skip


class BadTerm(ValueError):
    """A term cannot be: it ends before it begins, or its currency has no rate."""


class NothingInForce(LookupError):
    """There is no line on that day which could be amended or corrected."""


def record_lines(*, terms: Sequence[Term]) -> set[int]:
    """
    Say what lanes hold over the periods of these terms; return the subscriptions that changed.

    What other periods hold stays as it is. Saying it again changes nothing.

    :raises BadTerm: when a term ends before it begins, or no rate of its currency is known.
    """
    _check(terms)
    return decide([Decision(t.subscription_id, t.lane, DateRange(t.since, t.until), (t,)) for t in terms])


def continue_lanes(*, terms: Sequence[Term]) -> set[int]:
    """
    Say what lanes hold from the first of their terms on: these, and nothing after; and say which subscriptions changed.

    This is what an export of subscriptions means: a row whose end moved back must not leave its old tail, and terms
    before the one that is exported stay on record.

    :raises BadTerm: see record_lines.
    """
    _check(terms)
    by_lane: dict[tuple[int, int], list[Term]] = {}
    for term in terms:
        by_lane.setdefault((term.subscription_id, term.lane), []).append(term)
    decisions = [
        Decision(*lane, DateRange(min(term.since for term in held), None), tuple(held))
        for lane, held in by_lane.items()
    ]
    return decide(decisions)


def amend_line(
    *,
    subscription: Subscription,
    since: dt.date,
    lane: int = 1,
    product: str | None = None,
    seats: int | None = None,
    arr: Decimal | None = None,
) -> None:
    """
    Change a lane from a day on, until the end of the line that is in force on that day.

    :raises NothingInForce: when the lane holds nothing on that day.
    """
    with transaction.atomic():
        _lock([subscription.pk])
        line = _line_on(subscription, lane, since)
        term = _changed(line, product=product, seats=seats, arr=arr, since=since, until=line.valid.upper)
        record_lines(terms=[term])


def correct_line(
    *, line: Line, product: str | None = None, seats: int | None = None, arr: Decimal | None = None
) -> None:
    """Say that a line held something else over its whole period: what we believed until now stays on record."""
    term = _changed(line, product=product, seats=seats, arr=arr, since=starts(line.valid), until=line.valid.upper)
    record_lines(terms=[term])


def cancel_lines(*, subscription: Subscription, since: dt.date, lane: int | None = None) -> None:
    """
    End a subscription, or one lane of it, on a day: from that day on it holds nothing.

    :raises NothingInForce: when it holds nothing from that day on anyway.
    """
    later = Q(valid__upper_inf=True) | Q(valid__endswith__gt=since)
    with transaction.atomic():
        _lock([subscription.pk])
        lines = Line.objects.filter(later, subscription=subscription, known__upper_inf=True)
        lanes = {held for held in lines.values_list("lane", flat=True) if lane in (None, held)}
        if not lanes:
            raise NothingInForce(f"{subscription} holds nothing from {since} on.")
        period = DateRange(since, None)
        decide([Decision(subscription.pk, each, period, ()) for each in sorted(lanes)])


def _line_on(subscription: Subscription, lane: int, on: dt.date) -> Line:
    lines = Line.objects.filter(subscription=subscription, lane=lane, valid__contains=on, known__upper_inf=True)
    line = lines.first()
    if line is None:
        raise NothingInForce(f"Lane {lane} of {subscription} holds nothing on {on}.")
    return line


def _changed(
    line: Line, *, product: str | None, seats: int | None, arr: Decimal | None, since: dt.date, until: dt.date | None
) -> Term:
    return Term(
        subscription_id=line.subscription_id,
        lane=line.lane,
        category=line.category,
        currency=line.currency,
        product=line.product if product is None else product,
        seats=line.seats if seats is None else seats,
        arr=line.arr if arr is None else arr,
        since=since,
        until=until,
    )


def _check(terms: Sequence[Term]) -> None:
    for term in terms:
        if term.until is not None and term.until <= term.since:
            raise BadTerm(f"A term from {term.since} cannot end on {term.until}.")
    known = {reporting_currency(), *FxRate.objects.values_list("currency", flat=True).distinct()}
    if unknown := {term.currency for term in terms} - known:
        raise BadTerm(f"No exchange rate for {', '.join(sorted(unknown))}.")
