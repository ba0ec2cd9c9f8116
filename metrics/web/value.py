"""Time to value: how long accounts wait for what they bought, and who waits too long; and the rows behind."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common.htmx import render_page
from metrics.facts.rules import NOW
from metrics.facts.selectors.cells import Asking
from metrics.population.selectors import customers
from metrics.reports.selectors.filters import MetricsFilter
from metrics.value import selectors
from metrics.value.rules import GOALS, Goal
from metrics.value.selectors import GoalFigures, Range
from metrics.web import definitions, words
from metrics.web.cells import value_cells
from metrics.web.charts import curve_chart, months_chart
from metrics.web.filters import Switch, filter_in
from metrics.web.listing import Column, Listing, list_page
from metrics.web.splits import value_split

SLOWEST = 5


def goal_in(request: SignedInRequest) -> Goal:
    given = request.GET.get("goal", "")
    return Goal(given) if given in words.GOALS else Goal.FIRST_VALUE


def _filter(request: SignedInRequest) -> MetricsFilter:
    """Return what the page asks for. An account's wait has no month, so it is narrowed by what the account is today."""
    asked = filter_in(request)
    return replace(asked, population=replace(asked.population, basis=NOW))


def _figures(asked: MetricsFilter, goal: Goal) -> GoalFigures:
    within = Range(asked.first, asked.last)
    return selectors.value_figures(asked.population, [goal], within=within, today=asked.as_of)[goal]


@require_GET
@needs(Permission.VIEW)
def value_page(request: SignedInRequest) -> HttpResponse:
    asked, goal = _filter(request), goal_in(request)
    figures = _figures(asked, goal)
    ways = {way.key: way for way in figures.ways}
    slowest = figures.late[:SLOWEST]
    named = customers(request.user, slowest)
    context = {
        "asked": asked,
        "figures": figures,
        "goal": goal.value,
        "goal_name": words.GOALS[goal.value],
        "switch": Switch("Goal", "goal", tuple(words.GOALS.items())),
        "goal_days": GOALS[goal],
        "curve": curve_chart(goal, figures.figure, figures.split),
        "chart": months_chart(goal, figures.months),
        "split": value_split(figures, asked),
        "cells": value_cells(goal, figures, asked),
        "late_href": asked.address("metrics:value-rows", goal=goal.value, pace="late"),
        "slowest": [(key, named[key], ways[key].days(today=asked.as_of)) for key in slowest],
        "define": definitions,
    }
    return render_page(request, "metrics/value.html", context, partial="figures")


@require_GET
@needs(Permission.VIEW)
def value_rows(request: SignedInRequest) -> HttpResponseBase:
    asked, goal = _filter(request), goal_in(request)
    return list_page(request, asked, _listing(request, asked, goal), back="metrics:value", name=f"time-to-{goal.value}")


# Ways are decided in memory; the list narrows and orders them as it does everything else.
WAYS = """
select * from unnest(%(accounts)s::bigint[], %(segments)s::text[], %(csms)s::text[], %(started)s::date[],
                     %(reached)s::date[], %(days)s::int[], %(states)s::text[], %(paces)s::text[], %(counted)s::text[],
                     %(reaches)s::text[])
  as way (account_id, segment, csm, started, reached, days, state, pace, counted, reach)
"""


def _listing(request: SignedInRequest, asked: MetricsFilter, goal: Goal) -> Listing:
    figures, today = _figures(asked, goal), asked.as_of
    found = customers(request.user, [way.key for way in figures.ways])
    ways = figures.ways
    values = {
        "accounts": [way.key for way in ways],
        "segments": [found[way.key].segment for way in ways],
        "csms": [found[way.key].csm or None for way in ways],
        "started": [way.started for way in ways],
        "reached": [way.reached if way.reached and way.reached <= today else None for way in ways],
        "days": [way.days(today=today) for way in ways],
        "states": [way.outcome(today=today).value for way in ways],
        "paces": [way.pace(goal=GOALS[goal], today=today).value for way in ways],
        "counted": ["passed" if way.is_old_enough(goal=GOALS[goal], today=today) else "ahead" for way in ways],
        "reaches": [figures.reaches[way.key].value for way in ways],
    }
    narrows = {"state": words.OUTCOMES, "pace": words.PACES, "counted": words.GOAL_DAYS, "reach": words.REACHES}
    return Listing(
        f"{words.GOALS[goal.value]}: clocks started {asked.first:%b %-d, %Y} to {asked.last:%b %-d, %Y}",
        (
            Column("account", "Account", "account"),
            Column("segment", "Segment", "text", words.SEGMENTS),
            Column("csm", "CSM"),
            Column("started", "Contract" if goal is Goal.FIRST_VALUE else "Onboarding started", "day"),
            Column("reached", words.ARRIVALS[goal], "day"),
            Column("days", "Days", "days"),
            Column("state", "State", "text", words.OUTCOMES),
            Column("pace", f"Goal {GOALS[goal]} days", "chip", words.PACES, words.PACE_TONES),
            Column("counted", "Goal day", "text", words.GOAL_DAYS),
            Column("reach", "Engagement", "chip", words.REACHES, words.REACH_TONES),
        ),
        Asking(WAYS, values),
        request.user,
        request.GET,
        (
            ("state", "State", list(words.OUTCOMES.items())),
            ("pace", "Pace", list(words.PACES.items())),
            ("counted", "Goal day", list(words.GOAL_DAYS.items())),
            ("reach", "Engagement", list(words.REACHES.items())),
        ),
        {name: {key: key for key in keys} for name, keys in narrows.items()},
        order="started desc, account_id desc",
    )
