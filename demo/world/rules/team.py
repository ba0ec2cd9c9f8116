"""The people of the house who run the demo's customer success."""

from __future__ import annotations

from dataclasses import dataclass

from demo.world.rules import chance
from demo.world.rules.customers import CSM_MANAGED, SCALE

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
