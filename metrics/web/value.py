"""Time to value: how long accounts wait for what they bought, and who waits too long; and the rows behind."""

from __future__ import annotations

import datetime as dt

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common.htmx import render_page
from metrics.population.rules import Reach
from metrics.population.selectors import Customer, customers
from metrics.value import selectors
from metrics.value.rules import GOALS, Goal, Journey
from metrics.value.selectors import GoalFigures, Range
from metrics.web import definitions, words
from metrics.web.asked import Asked, Switch, asked_in
from metrics.web.cells import value_cells
from metrics.web.charts import curve_chart, months_chart
from metrics.web.listing import Column, Listing, Row, list_page
from metrics.web.splits import value_split

SLOWEST = 5


def goal_in(request: SignedInRequest) -> Goal:
    given = request.GET.get("goal", "")
    return Goal(given) if given in words.GOALS else Goal.FIRST_VALUE


def _figures(asked: Asked, goal: Goal) -> GoalFigures:
    within = Range(asked.first, asked.last)
    return selectors.value_figures(asked.population, [goal], within=within, today=asked.today)[goal]


@require_GET
@needs(Permission.VIEW)
def value_page(request: SignedInRequest) -> HttpResponse:
    asked, goal = asked_in(request), goal_in(request)
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
        "slowest": [(key, named[key], ways[key].days(today=asked.today)) for key in slowest],
        "define": definitions,
    }
    return render_page(request, "metrics/value.html", context, partial="figures")


@require_GET
@needs(Permission.VIEW)
def value_rows(request: SignedInRequest) -> HttpResponseBase:
    asked, goal = asked_in(request), goal_in(request)
    return list_page(request, asked, _listing(asked, goal), back="metrics:value", name=f"time-to-{goal.value}")


def _listing(asked: Asked, goal: Goal) -> Listing:
    figures = _figures(asked, goal)
    found = customers(asked.population.viewer, [way.key for way in figures.ways])
    newest_first = sorted(figures.ways, key=lambda way: (way.started, way.key), reverse=True)
    rows = [_row(way, found[way.key], figures.reaches[way.key], goal, asked.today) for way in newest_first]
    return Listing(
        f"{words.GOALS[goal.value]}: clocks that started {asked.first:%-d %b %Y} to {asked.last:%-d %b %Y}",
        (
            Column("account", "Account", "account"),
            Column("segment", "Segment", "text", words.SEGMENTS),
            Column("csm", "CSM"),
            Column("started", "Contract" if goal is Goal.FIRST_VALUE else "Onboarding began", "day"),
            Column("reached", words.ARRIVALS[goal], "day"),
            Column("days", "Days", "days"),
            Column("state", "State", "text", words.OUTCOMES),
            Column("pace", f"Goal {GOALS[goal]} days", "chip", words.PACES, words.PACE_TONES),
            Column("counted", "Goal day", "text", words.GOAL_DAYS),
            Column("reach", "Engagement", "chip", words.REACHES, words.REACH_TONES),
        ),
        rows,
        (
            ("state", "State", list(words.OUTCOMES.items())),
            ("pace", "Pace", list(words.PACES.items())),
            ("counted", "Goal day", list(words.GOAL_DAYS.items())),
            ("reach", "Engagement", list(words.REACHES.items())),
        ),
    )


def _row(way: Journey, customer: Customer, reach: Reach, goal: Goal, today: dt.date) -> Row:
    return Row(
        way.key,
        (
            customer.name,
            customer.segment,
            customer.csm or None,
            way.started,
            way.reached if way.reached and way.reached <= today else None,
            way.days(today=today),
            way.outcome(today=today).value,
            way.pace(goal=GOALS[goal], today=today).value,
            "passed" if way.is_old_enough(goal=GOALS[goal], today=today) else "ahead",
            reach.value,
        ),
    )
