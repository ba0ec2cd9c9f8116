"""Home: what the person who signs in has to know today, by the kind of work they do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.contracts.selectors import Level
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Home, Permission
from accounts.team.selectors import reporting_currency
from contacts.people.selectors import contacts_at
from contacts.recipients.rules import Reason
from contacts.recipients.selectors import coverage, unreachable_accounts
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from cs_platform.common.paging import paged
from metrics.facts.operations import reading
from metrics.facts.selectors.cells import Asking
from metrics.reports.rules import LABELS, MEANINGS, SHORT, Counter
from metrics.reports.selectors.news import latest_news
from metrics.reports.selectors.portfolio import GOAL_OF, Portfolio, portfolio
from metrics.reports.selectors.week import Stop, Week, stops, week_ahead
from metrics.retention.selectors.figures import compared, reason_figures, retention_figures
from metrics.value import selectors as value
from metrics.value.rules import Goal
from metrics.value.selectors import Range
from metrics.web import definitions
from metrics.web.cells import goal_cells, retention_cells
from metrics.web.charts import retention_chart
from metrics.web.filters import filter_in
from metrics.web.listing import Column, Listing, list_page
from metrics.web.reasons import loss_parts, shown_sides

UNREACHED = 5
SOON = dt.timedelta(days=60)


@require_GET
def home(request: SignedInRequest) -> HttpResponse:
    """Everybody who signs in has a Home; whoever may see nothing yet is told whom to ask."""
    if not request.user.may(Permission.VIEW):
        return render(request, "metrics/home_empty.html")
    pages = {Home.CSM.value: _csm, Home.EXECUTIVE.value: _executive}
    return pages.get(request.user.home, _program_manager)(request)


def _program_manager(request: SignedInRequest) -> HttpResponse:
    now = clock.now()
    ahead = week_ahead(request.user, now=now)
    stopped = stops(request.user, now=now)
    context = {
        "week": ahead,
        "days": _days(ahead),
        "stops": [_stopped(stop) for stop in stopped],
        "uncertain": sum(stop.count for stop in stopped if stop.state == "uncertain"),
        "stopped": sum(stop.count for stop in stopped),
        "news": latest_news(request.user, now=now),
        **_coverage(request),
    }
    return render_page(request, "metrics/home_program_manager.html", context, partial="home")


STOP_ICONS = {
    "uncertain": ("circle-question-mark", "bad"),
    "errored": ("circle-alert", "bad"),
    "held": ("pause", "warn"),
    "refused": ("mail-x", "warn"),
    "cancelled": ("ban", "mute"),
    "exited": ("log-out", "mute"),
    "rejected": ("user-x", "mute"),
}
# Reasons that somebody can mend by giving a contact a role.
MENDED_BY_ROLES = {Reason.NO_GITLAB_ADMIN, Reason.NO_GITLAB_ADMIN_AND_NO_SOLD_TO, Reason.CSM_MANAGED_NO_FALLBACK}


@dataclass(frozen=True, slots=True)
class Stopped:
    """One line of what did not go on; `href` leads to where it is seen or mended, "" where that is nowhere."""

    stop: Stop
    icon: str
    tone: str
    href: str


def _stopped(stop: Stop) -> Stopped:
    href = ""
    if stop.kind == "delivery":
        href = f"{reverse('contacts:outbox')}?{urlencode({'state': stop.state})}"
    elif stop.code in MENDED_BY_ROLES:
        href = f"{reverse('contacts:coverage')}?show=no_admin"
    return Stopped(stop, *STOP_ICONS[stop.state], href)


@dataclass(frozen=True, slots=True)
class Day:
    """One of the next seven days; `share` is its part of the fullest, 0 to 100."""

    date: dt.date
    count: int
    share: float


def _days(week: Week) -> list[Day]:
    most = max((count for _, count in week.days), default=0) or 1
    return [Day(date, count, 100 * count / most) for date, count in week.days]


def _coverage(request: SignedInRequest) -> dict[str, Any]:
    accounts = list(unreachable_accounts(request.user).select_related("csm")[:UNREACHED])
    found = coverage(request.user)
    there = contacts_at([account.pk for account in accounts])
    return {
        "coverage": found,
        "coverage_note": f"{found.reached:,} of {found.total:,} accounts",
        "unreached": [(account, there[account.pk]) for account in accounts],
        "currency": reporting_currency(),
    }


def _csm(request: SignedInRequest) -> HttpResponse:
    today = clock.today()
    found = portfolio(request.user, today=today)
    counter = request.GET.get("counter", "")
    rows = found.of(Counter(counter)) if counter in set(Counter) else list(found.accounts)
    context = {
        "portfolio": found,
        "arr": sum(kept.account.arr for kept in found.accounts),
        "counters": [(each.value, LABELS[each], count, MEANINGS[each]) for each, count in found.counts()],
        "counter": LABELS[Counter(counter)] if counter in set(Counter) else "",
        "page": paged(request, [(kept, [SHORT[each] for each in kept.counters]) for kept in rows]),
        "soon": today + SOON,
        "currency": reporting_currency(),
    }
    return render_page(request, "metrics/home_csm.html", context, partial="accounts")


@require_GET
@needs(Permission.VIEW)
def burn_down(request: SignedInRequest) -> HttpResponseBase:
    """The rows of one counter of the viewer's own accounts."""
    given = request.GET.get("counter", "")
    counter = Counter(given) if given in set(Counter) else Counter.FIRST_ENGAGE
    asked = filter_in(request)
    found = portfolio(request.user, today=asked.today)
    return list_page(
        request, asked, _burn_down(request, found, counter), back="home", name=f"burn-down-{counter.value}"
    )


# Few rows that are in memory already, as the list wants them.
BURN_DOWN = """
select * from unnest(%(accounts)s::bigint[], %(stages)s::text[], %(priorities)s::int[], %(arrs)s::numeric[],
                     %(renewals)s::date[], %(calls)s::date[], %(days)s::int[])
  as row (account_id, stage, priority, arr, renewal, call, days)
"""


def _burn_down(request: SignedInRequest, found: Portfolio, counter: Counter) -> Listing:
    waiting, rows = found.waiting.get(counter, {}), found.of(counter)
    values = {
        "accounts": [kept.account.pk for kept in rows],
        "stages": [kept.account.get_stage_display() for kept in rows],
        "priorities": [kept.account.priority for kept in rows],
        "arrs": [kept.account.arr for kept in rows],
        "renewals": [kept.account.renewal_date for kept in rows],
        "calls": [kept.last_call for kept in rows],
        "days": [waiting.get(kept.account.pk, kept.days_without_call) for kept in rows],
    }
    return Listing(
        f"{LABELS[counter]}: your accounts",
        (
            Column("account", "Account", "account"),
            Column("stage", "Stage"),
            Column("priority", "Priority", "days"),
            Column("arr", "ARR", "money"),
            Column("renewal", "Renewal", "day"),
            Column("call", "Last call", "day"),
            Column("days", "Days waiting" if counter in GOAL_OF else "Days without a call", "days"),
        ),
        Asking(BURN_DOWN, values),
        request.user,
        request.GET,
        order="days desc nulls last, account_id",
    )


def _executive(request: SignedInRequest) -> HttpResponse:
    asked, currency = filter_in(request), reporting_currency()
    with reading([*asked.ends_before, *asked.ends]) as source:
        kept = retention_figures(source, asked.population, ends=asked.ends, level=Level.PARENT)
        earlier = compared(source, asked.population, end=asked.compared_end, level=Level.PARENT)
        reasons = reason_figures(source, asked.population, end=asked.end)
    within = Range(asked.first, asked.last)
    goals = value.value_figures(asked.population, list(Goal), within=within, today=asked.today)
    context = {
        "asked": asked,
        "behind": kept.behind,
        "currency": currency,
        "chart": retention_chart(kept.months),
        "cells": [*retention_cells(kept, earlier, asked, currency), *goal_cells(goals, asked)],
        "end": kept.end,
        "kept": kept,
        "sides": shown_sides(reasons, asked),
        "losses": loss_parts(reasons, asked),
        "define": definitions,
    }
    return render(request, "metrics/home_executive.html", context)
