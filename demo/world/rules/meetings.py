"""When a CSM and a customer talk, and about what."""

from __future__ import annotations

import datetime as dt

from demo.world.rules import chance
from demo.world.rules.customers import CSM_MANAGED, SCALE
from demo.world.rules.lives import Life, Met

# Median days from the start of onboarding to the first call or meeting; the handbook's goal is 14.
FIRST_MEETING = {CSM_MANAGED: 9.0, SCALE: 12.5}
# The chance of a meeting on a working day: about every five weeks, and about every quarter.
CADENCE = {CSM_MANAGED: 1 / 25, SCALE: 1 / 68}

FIRST_SUBJECTS = ("Kickoff call", "Introduction and kickoff", "Onboarding kickoff")
FIRST_BODY = (
    "Goals for the first ninety days agreed. They will start with {place} and invite two teams by the next call."
)
TALKS = (
    ("Cadence call", "Walked through usage. {users} of {seats} seats are active; pipelines are next on their list."),
    (
        "Cadence call",
        "Reviewed open requests. The platform team wants help with runner capacity before the next release.",
    ),
    ("Adoption review", "Compared teams by pipeline use. Two teams still build elsewhere; agreed on a migration plan."),
    (
        "Executive business review",
        "Outcomes against plan presented to the sponsor. Budget for next year is being prepared.",
    ),
    ("Office hours", "Questions on merge request approvals and protected branches. Sent the guide afterwards."),
    ("Security workshop", "Turned on secret detection in three projects and looked at the first findings together."),
    ("Upgrade planning", "Agreed on a maintenance window and a rollback plan for the next version."),
    ("Renewal conversation", "Asked how they see the year ahead. They count their seats again before the quote."),
)
WORRIED = (
    "At-risk call",
    "Sponsor has changed and usage is flat at {users} of {seats} seats. Agreed on a recovery plan.",
)


def is_working_day(day: dt.date) -> bool:
    return day.weekday() < 5


def meeting(life: Life, *, seed: int, day: dt.date) -> Met | None:
    """Return what the CSM logs today, if anything: the first meeting on its day, later ones now and then."""
    if life.csm is None or life.segment not in CADENCE or not is_working_day(day):
        return None
    if not life.has_met:
        return _first_meeting(life, seed, day)
    if chance.share(seed, "meet", life.number, (day - life.contract_date).days) >= CADENCE[life.segment]:
        return None
    return _talk(life, seed, day)


def _first_meeting(life: Life, seed: int, day: dt.date) -> Met | None:
    dice = chance.dice(seed, "first meeting", life.number)
    delay = round(chance.spread(dice, median=FIRST_MEETING[life.segment], factor=1.75, low=1, high=75))
    if day < (life.onboarding_since or life.contract_date) + dt.timedelta(days=delay):
        return None
    place = "GitLab.com" if life.traits.deployment == "saas" else "the production instance"
    kind = "meeting" if dice.random() < 0.15 else "call"
    return Met(kind, dice.choice(FIRST_SUBJECTS), FIRST_BODY.format(place=place), "green")


def _talk(life: Life, seed: int, day: dt.date) -> Met:
    dice = chance.dice(seed, "talk", life.number, (day - life.contract_date).days)
    seats = sum(contract.terms.seats for contract in life.contracts)
    users = sum(contract.users for contract in life.contracts)
    is_worried = life.stage == "will_churn" or (users < 0.45 * seats and dice.random() < 0.4)
    subject, body = WORRIED if is_worried else dice.choice(TALKS)
    kind = "meeting" if dice.random() < 0.12 else "call"
    sentiment = "red" if is_worried else "yellow" if users < 0.6 * seats else "green"
    return Met(kind, subject, body.format(users=users, seats=seats), sentiment)
