"""Add, amend, cancel and correct contract lines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from accounts.contracts.models import FxRate, Line, Subscription
from accounts.contracts.operations.deciding import Decision, Term, decide, starts
from accounts.team.selectors import reporting_currency


class BadTerm(ValueError):
    """A term cannot be: it ends before it begins, or its currency has no rate."""


class NothingInForce(LookupError):
    """There is no line on that day which could be amended or corrected."""


def record_lines(*, terms: Sequence[Term], now: dt.datetime) -> set[int]:
    """
    Say what lanes hold over the periods of these terms; return the subscriptions that changed.

    What other periods hold stays as it is. Saying it again changes nothing.

    :raises BadTerm: when a term ends before it begins, or no rate of its currency is known.
    """
    _check(terms)
    return decide([Decision(t.subscription_id, t.lane, DateRange(t.since, t.until), (t,)) for t in terms], now=now)


def continue_lanes(*, terms: Sequence[Term], now: dt.datetime) -> set[int]:
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
    return decide(decisions, now=now)


def amend_line(
    *,
    subscription: Subscription,
    since: dt.date,
    now: dt.datetime,
    lane: int = 1,
    product: str | None = None,
    seats: int | None = None,
    arr: Decimal | None = None,
) -> None:
    """
    Change a lane from a day on, until the end of the line that is in force on that day.

    :raises NothingInForce: when the lane holds nothing on that day.
    """
    line = _line_on(subscription, lane, since)
    term = _changed(line, product=product, seats=seats, arr=arr, since=since, until=line.valid.upper)
    record_lines(terms=[term], now=now)


def correct_line(
    *, line: Line, now: dt.datetime, product: str | None = None, seats: int | None = None, arr: Decimal | None = None
) -> None:
    """Say that a line held something else over its whole period: what we believed until now stays on record."""
    term = _changed(line, product=product, seats=seats, arr=arr, since=starts(line.valid), until=line.valid.upper)
    record_lines(terms=[term], now=now)


def cancel_lines(*, subscription: Subscription, since: dt.date, now: dt.datetime, lane: int | None = None) -> None:
    """
    End a subscription, or one lane of it, on a day: from that day on it holds nothing.

    :raises NothingInForce: when it holds nothing from that day on anyway.
    """
    later = Q(valid__upper_inf=True) | Q(valid__endswith__gt=since)
    lines = Line.objects.filter(later, subscription=subscription, known__upper_inf=True)
    lanes = {held for held in lines.values_list("lane", flat=True) if lane in (None, held)}
    if not lanes:
        raise NothingInForce(f"{subscription} holds nothing from {since} on.")
    period = DateRange(since, None)
    decide([Decision(subscription.pk, each, period, ()) for each in sorted(lanes)], now=now)


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
        raise BadTerm(f"No exchange rate is known for {', '.join(sorted(unknown))}.")
