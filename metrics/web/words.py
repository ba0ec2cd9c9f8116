"""What keys are called on the screen, and in which tone."""

from __future__ import annotations

import datetime as dt

from accounts.book.models import Segment
from accounts.contracts.selectors import Level
from metrics.population.rules import Reach
from metrics.retention.rules.changes import ArrChange
from metrics.value.rules import Goal, Outcome, Pace

REACHES = {
    Reach.NOT_REACHED.value: "Not reached",
    Reach.DELIVERED.value: "Delivered",
    Reach.CLICKED.value: "Clicked by a human",
}
REACH_TONES = {Reach.NOT_REACHED.value: "mute", Reach.DELIVERED.value: "", Reach.CLICKED.value: "brand"}
LEVELS = {Level.PARENT.value: "Parent", Level.ACCOUNT.value: "Account", Level.SUBSCRIPTION.value: "Subscription"}
LEVEL_NOUNS = {Level.PARENT: "parents", Level.ACCOUNT: "accounts", Level.SUBSCRIPTION: "subscriptions"}
CHANGES = {
    ArrChange.CHURN.value: "Churn",
    ArrChange.CONTRACTION.value: "Contraction",
    ArrChange.NO_IMPACT.value: "No change",
    ArrChange.EXPANSION.value: "Expansion",
    ArrChange.NEW.value: "New",
}
CHANGE_TONES = {
    ArrChange.CHURN.value: "bad",
    ArrChange.CONTRACTION.value: "warn",
    ArrChange.NO_IMPACT.value: "mute",
    ArrChange.EXPANSION.value: "good",
    ArrChange.NEW.value: "brand",
}
GOALS = {Goal.FIRST_VALUE.value: "First value", Goal.ENGAGE.value: "Engage", Goal.ONBOARD.value: "Onboard"}
ARRIVALS = {Goal.ENGAGE: "First call", Goal.FIRST_VALUE: "First value", Goal.ONBOARD: "Onboarding closed"}
OUTCOMES = {Outcome.REACHED.value: "Reached", Outcome.WAITING.value: "Waiting", Outcome.LEFT.value: "Churned"}
PACES = {
    Pace.WITHIN.value: "Within the goal",
    Pace.OVER.value: "Later than the goal",
    Pace.OPEN.value: "Still in time",
    Pace.LATE.value: "Waits too long",
    Pace.LEFT.value: "Churned before",
}
PACE_TONES = {
    Pace.WITHIN.value: "good",
    Pace.OVER.value: "warn",
    Pace.OPEN.value: "mute",
    Pace.LATE.value: "bad",
    Pace.LEFT.value: "mute",
}
GOAL_DAYS = {"passed": "Passed", "ahead": "Ahead"}
SEGMENTS = dict(Segment.choices)


def month(day: dt.date) -> str:
    return f"{day:%b %Y}"


def days(count: int | None) -> str:
    if count is None:
        return "–"
    return "1 day" if count == 1 else f"{count} days"
