"""The people of the house, and when a CSM and a customer talk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from demo.world.rules import chance
from demo.world.rules.customers import CSM_MANAGED, SCALE
from demo.world.rules.lives import Life, Met

ORGANISATION = {
    "name": "Northlight",
    "zone": "America/New_York",
    "currency": "USD",
    "fiscal_year_start_month": 2,
    "postal_address": "Northlight, 40 Lantern Quay, Suite 6, Wilmington, DE 19801, USA",
    # Every address of the demo ends in .example, so whatever leaves the house ends at the catcher or nowhere.
    "is_safe_mode": False,
}
SENDER_NAME, SENDER_ADDRESS = "Northlight Customer Success", "customer-success@northlight.example"


@dataclass(frozen=True, slots=True)
class Colleague:
    email: str
    name: str
    title: str
    bundle: str
    home: str
    zone: str
    # Which customers they look after as CSM, and how many beside their colleagues.
    segment: str = ""
    load: float = 0.0


COLLEAGUES: tuple[Colleague, ...] = (
    Colleague(
        "pm@keel.example", "Priya Raman", "Program manager", "program_manager", "program_manager", "America/New_York"
    ),
    Colleague("csm@keel.example", "Jonas Weber", "CSM", "csm", "csm", "Europe/Berlin", CSM_MANAGED, 48),
    Colleague(
        "admin@keel.example", "Ada Morales", "CS operations", "administrator", "program_manager", "America/Denver"
    ),
    Colleague("exec@keel.example", "Helen Strand", "VP Customer Success", "viewer", "executive", "America/New_York"),
    Colleague("marta.kowal@keel.example", "Marta Kowal", "CSM", "csm", "csm", "Europe/Warsaw", CSM_MANAGED, 26),
    Colleague("devon.price@keel.example", "Devon Price", "CSM", "csm", "csm", "America/Chicago", CSM_MANAGED, 26),
    Colleague("aiko.mori@keel.example", "Aiko Mori", "CSM", "csm", "csm", "Asia/Tokyo", CSM_MANAGED, 22),
    Colleague("sam.okoro@keel.example", "Sam Okoro", "CSE", "csm", "csm", "Europe/London", SCALE, 1),
    Colleague("lucia.prado@keel.example", "Lucía Prado", "CSE", "csm", "csm", "America/Bogota", SCALE, 1),
    Colleague("ben.hollis@keel.example", "Ben Hollis", "CSE", "csm", "csm", "Australia/Sydney", SCALE, 1),
)


def csm_for(*, seed: int, number: int, segment: str) -> str | None:
    """Return the address of the CSM whom customer `number` is given to; Tech Touch has none."""
    candidates = [(colleague.email, colleague.load) for colleague in COLLEAGUES if colleague.segment == segment]
    return chance.weighted(chance.share(seed, "csm", number, segment), candidates) if candidates else None


def other_csm(*, seed: int, number: int, segment: str, than: str, day: int) -> str:
    others = [c.email for c in COLLEAGUES if c.segment == segment and c.email != than]
    return others[int(chance.share(seed, "handover", number, day) * len(others))]


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
