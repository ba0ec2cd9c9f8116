"""What keys are called on the screen, and in which tone."""

from __future__ import annotations

import datetime as dt

from accounts.book.models import Segment
from accounts.contracts.selectors import Level
from metrics.facts.selectors.cells import REACHES as REACH_ORDER
from metrics.population.rules import Reach
from metrics.retention.rules.changes import ArrChange
from metrics.value.rules import Goal, Outcome, Pace

REACHES = {
    Reach.NOT_REACHED.value: "No email delivered",
    Reach.DELIVERED.value: "Delivered",
    Reach.CLICKED.value: "Clicked",
}
REACH_TONES = {Reach.NOT_REACHED.value: "mute", Reach.DELIVERED.value: "", Reach.CLICKED.value: "brand"}
LEVELS = {Level.PARENT.value: "Parent", Level.ACCOUNT.value: "Account", Level.SUBSCRIPTION.value: "Subscription"}
LEVEL_NOUNS = {Level.PARENT: "parents", Level.ACCOUNT: "accounts", Level.SUBSCRIPTION: "subscriptions"}
REACH_NUMBERS = {number: REACHES[reach.value] for number, reach in enumerate(REACH_ORDER)}
REACH_NUMBER_TONES = {number: REACH_TONES[reach.value] for number, reach in enumerate(REACH_ORDER)}
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
    Pace.OVER.value: "After the goal",
    Pace.OPEN.value: "On track",
    Pace.LATE.value: "Overdue",
    Pace.LEFT.value: "Churned first",
}
PACE_TONES = {
    Pace.WITHIN.value: "good",
    Pace.OVER.value: "warn",
    Pace.OPEN.value: "mute",
    Pace.LATE.value: "bad",
    Pace.LEFT.value: "mute",
}
GOAL_DAYS = {"passed": "Passed", "ahead": "Not yet"}
SEGMENTS = dict(Segment.choices)


def month(day: dt.date) -> str:
    return f"{day:%b %Y}"


def days(count: int | None) -> str:
    if count is None:
        return "–"
    return "1 day" if count == 1 else f"{count} days"


WEIGHTS = {"amount": "By amount", "contracts": "By ARR lost"}
OPPORTUNITIES_AS_NOW = "Opportunities keep no history: shown as recorded today"
