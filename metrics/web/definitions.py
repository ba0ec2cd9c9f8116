"""What each figure is, in the words of its formula; one click away from the figure."""

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
    "For customers who paid 12 months ago: what each pays now, capped at what it paid then, divided by what they paid "
    "then. Sums are divided; percentages are never averaged. True-ups count while in force. A contract that ended less "
    "than 30 days before (a setting) counts in full while its renewal is open. Amounts are ARR at the exchange rates "
    "of 12 months ago. A parent's segment is that of the topmost account.",
    VISION,
)
NET = Definition(
    "Net dollar retention",
    "For customers who paid 12 months ago: what they pay now divided by what they paid then. New customers aren't "
    "counted; lost customers count as 0, and pending renewals in full. Amounts are ARR at the exchange rates of 12 "
    "months ago.",
    VISION,
)
LOGO_CHURN = Definition(
    "Logo churn",
    "The share of customers who paid 12 months ago and pay nothing now. Each counts once, whatever it paid. Pending "
    "renewals aren't lost.",
    VISION,
)
ENGAGE = Definition(
    "Time to engage",
    "Calendar days from the start of onboarding to the first call or meeting, or 0 if the call came first. The goal is "
    "14. The median includes accounts still waiting (Kaplan-Meier). The share covers accounts past their goal day.",
    ONBOARDING,
)
FIRST_VALUE = Definition(
    "Time to first value",
    "Calendar days from the contract date to first value: the first day with 10% of licenses in use, or the day a CSM "
    "entered. The goal is 30. The median includes accounts still waiting (Kaplan-Meier). The share covers accounts "
    "past their goal day.",
    VISION,
)
ONBOARD = Definition(
    "Time to onboard",
    "Calendar days from the start of onboarding until it's closed, as done or as not applicable. The goal is 45. The "
    "median includes accounts still waiting (Kaplan-Meier). The share covers accounts past their goal day.",
    ONBOARDING,
)
REACHED = Definition("Reached", "Accounts in the period that reached the goal, at any time.", "Milestones and timeline")
LEFT = Definition(
    "Churned before",
    "Accounts whose last contract ended before they reached the goal. They count in the median until that day, and "
    "stay in the share's denominator.",
    "Contract lines",
)


def within(goal: Goal) -> Definition:
    days = GOALS[goal]
    return Definition(
        f"Within {days} days",
        f"Accounts that reached the goal within {days} days, out of all accounts past day {days}, churned included.",
        of_goal(goal).source,
    )


def late(goal: Goal) -> Definition:
    days = GOALS[goal]
    return Definition(
        f"Waiting over {days} days",
        f"Accounts that started more than {days} days ago and have neither reached the goal nor churned.",
        "GitLab handbook, dashboards",
    )


REASONS = Definition(
    "Reasons for churn and expansion",
    "Each subscription compared with itself 12 months before. Its products, seats, and price give the reason for the "
    "change in ARR. Shares are of all ARR lost or gained. True-ups, new subscriptions, and pending renewals aren't "
    "included.",
    VISION,
)
LOSSES = Definition(
    "Loss reasons",
    "ARR lost in renewals closed in the 12 months, by the reasons Sales gave, split when there are several. Lost is "
    "the amount available to renew minus the amount renewed, at the exchange rates of 12 months ago. A loss without an "
    "amount counts as the ARR its contracts lost.",
    "Opportunities",
)
BRIDGE = Definition(
    "ARR bridge",
    "Beginning + new + seats + price + tier + churn + true-ups + pending + FX = ending, for every account and month. "
    "Changes are at the exchange rates of the month before; FX is what the new rates make of the ARR at month end. "
    "Seats: the old price per seat times the seats gained or lost. The rest is tier if product and rank changed, "
    "otherwise price. Pending: contracts that ended less than 30 days before (a setting) and whose renewal is open; if "
    "it isn't renewed in time, it becomes churn in the month that time runs out. Moved: accounts that entered or left "
    "the segment, market, or region.",
    "Contract lines",
)
SPLIT = Definition(
    "Split by engagement",
    "How far program emails got with an account: for retention in the 12 months, for time to value while the account "
    "was waiting. Delivered: sent and not bounced. Clicked: by a person. This is an association, not a cause. Accounts "
    "that wait longer have more time to receive and click an email, which makes emails look slow.",
    "Deliveries",
)
