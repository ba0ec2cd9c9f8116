"""What the account page shows of usage and value."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.book.models import Account
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from metrics.population.selectors import Population
from metrics.usage import selectors as usage
from metrics.value import selectors as value
from metrics.value.rules import GOALS, Goal, Journey
from metrics.web import definitions, words
from metrics.web.definitions import Definition


def _seen(request: SignedInRequest, account_id: int) -> Account:
    accounts = Account.objects.for_viewer(request.user).select_related("csm", "parent")
    return get_object_or_404(accounts, pk=account_id)


@require_GET
@needs(Permission.VIEW)
def account_licenses(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, today = _seen(request, account_id), clock.today()
    context = {"account": account, "licenses": usage.licenses_of(account.pk, today=today)}
    return render_page(request, "metrics/account_licenses.html", context, partial="panel")


@require_GET
@needs(Permission.VIEW)
def account_value(request: SignedInRequest, account_id: int) -> HttpResponse:
    account, today = _seen(request, account_id), clock.today()
    known = value.milestones(Population(request.user), account_ids=[account.pk])
    clocks = [
        _clock(goal, way, today)
        for goal in (Goal.FIRST_VALUE, Goal.ENGAGE, Goal.ONBOARD)
        for way in value.journeys(known, goal)
    ]
    context = {"account": account, "today": today, "first": clocks[0] if clocks else None, "others": clocks[1:]}
    return render_page(request, "metrics/account_value.html", context, partial="panel")


@dataclass(frozen=True, slots=True)
class Clock:
    """One of the account's clocks; `percent` is its days on a bar whose middle is the goal."""

    name: str
    short: str
    definition: Definition
    days: str
    pace: str
    tone: str
    percent: float
    spoken: str


BAR_TONES = {"good": "good", "warn": "warn", "bad": "bad", "mute": "brand"}


def _clock(goal: Goal, way: Journey, today: dt.date) -> Clock:
    days, target = way.days(today=today), GOALS[goal]
    pace = way.pace(goal=target, today=today).value
    return Clock(
        name=definitions.of_goal(goal).name,
        short=words.GOALS[goal.value].lower(),
        definition=definitions.of_goal(goal),
        days=words.days(days),
        pace=words.PACES[pace],
        tone=BAR_TONES[words.PACE_TONES[pace]],
        percent=max(0.0, min(100.0, 50 * days / target)),
        spoken=f"{words.days(days)}, the goal is {target}",
    )
