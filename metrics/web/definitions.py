"""What each figure is, in the words of its formula; one click away from wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass

from metrics.value.rules import GOALS, Goal

VISION = "GitLab handbook, Customer Success vision"
ONBOARDING = "GitLab handbook, CSM onboarding"


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    text: str
    source: str


def of_goal(goal: Goal) -> Definition:
    return {Goal.ENGAGE: ENGAGE, Goal.FIRST_VALUE: FIRST_VALUE, Goal.ONBOARD: ONBOARD}[goal]


GROSS = Definition(
    "Gross dollar retention",
    "Of those who paid twelve months ago: the sum of what each pays now, but never more than then, over the sum of "
    "what they paid then. Sums are divided, percentages never averaged; true-ups count while they are in force. "
    "Amounts are ARR at the exchange rates of the start.",
    VISION,
)
NET = Definition(
    "Net dollar retention",
    "Of those who paid twelve months ago: the sum of what they pay now over the sum of what they paid then. New "
    "customers are in neither sum, those who left count with 0. Amounts are ARR at the exchange rates of the start.",
    VISION,
)
LOGO_CHURN = Definition(
    "Logo churn",
    "Of those who paid twelve months ago, the share that pays nothing now, each counted once whatever they paid.",
    VISION,
)
ENGAGE = Definition(
    "Time to engage",
    "Calendar days from the start of the onboarding to the first call or meeting; 0 where that came first. The goal is "
    "14. The median counts accounts that still wait (Kaplan-Meier); the share is over all whose goal day has passed.",
    ONBOARDING,
)
FIRST_VALUE = Definition(
    "Time to first value",
    "Calendar days from the contract date to first value: the first day with a tenth of the licenses in use, or the "
    "day a CSM entered. The goal is 30. The median counts accounts that still wait (Kaplan-Meier); the share is over "
    "all whose goal day has passed.",
    VISION,
)
ONBOARD = Definition(
    "Time to onboard",
    "Calendar days from the start of the onboarding to its close, not applicable included. The goal is 45. The median "
    "counts accounts that still wait (Kaplan-Meier); the share is over all whose goal day has passed.",
    ONBOARDING,
)
REACHED = Definition(
    "Reached", "Accounts of the range that have reached the goal, whenever they did.", "Milestones and timeline"
)
LEFT = Definition(
    "Churned before",
    "Accounts whose last contract line ended before they reached the goal. They leave the median's risk set on that "
    "day, and stay in the share's denominator.",
    "Contract lines",
)


def within(goal: Goal) -> Definition:
    days = GOALS[goal]
    return Definition(
        f"Within {days} days",
        f"Accounts that reached the goal within {days} days, of all whose day {days} has passed, leavers included.",
        of_goal(goal).source,
    )


def late(goal: Goal) -> Definition:
    days = GOALS[goal]
    return Definition(
        f"Waiting longer than {days} days",
        f"Accounts that have not arrived, have not left, and whose clock started more than {days} days ago.",
        "GitLab handbook, dashboards",
    )


REASONS = Definition(
    "Reasons for churn and expansion",
    "Each subscription compared with itself twelve months before: the change in ARR goes to the reason its products, "
    "seats and price give. A share is of all money lost, or gained. True-ups and new subscriptions are left out.",
    VISION,
)
LOSSES = Definition(
    "Reasons given for losses",
    "What renewals closed in the twelve months lost, by the reasons Sales gave, split where several were given. "
    "Lost is what there was to renew less what was renewed, at the exchange rates of the start.",
    "Opportunities",
)
BRIDGE = Definition(
    "ARR bridge",
    "Beginning + new + seats + price + tier + true-ups + churn = ending, for every account and month. Seats: the old "
    "price per seat times the seats gained or lost. The rest is tier where product and rank changed, price otherwise.",
    "Contract lines",
)
SPLIT = Definition(
    "Split by engagement",
    "How far program mail got to an account while the figure ran: for retention in the twelve months, for Time-to-"
    "Value from the start of the clock to its stop. Delivered: sent and not bounced. Clicked: by a human. This is an "
    "association, not a cause: who is written to, and who clicks, differs from the rest in more than that.",
    "Deliveries",
)
