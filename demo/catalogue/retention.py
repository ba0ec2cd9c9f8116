"""Programs around the renewal: unused seats, customers likely to leave, and two surveys."""

from __future__ import annotations

from contacts.recipients.rules import DEFAULT_POLICIES, MessageClass
from demo.catalogue.shapes import DIGITAL, EVERYBODY, Anchor, DemoProgram, DemoStep, below, every, one_of

LOW_UTILIZATION = DemoProgram(
    key="low_license_utilization",
    name="Low License Utilization (SMB Only)",
    category="retention",
    description="Helps small customers using less than 75% of their seats after three to five months.",
    goal="1 in 3 accounts uses 75% of its seats by month 7",
    audience=every(one_of("market", "smb"), below("license_utilization", 0.75)),
    anchor="contract_start",
    window=(90, 150),
    policy=DEFAULT_POLICIES[MessageClass.RETENTION],
    steps=(DemoStep("use_your_seats", 90, "Use the seats you bought", "low_license_utilization/01_use_your_seats"),),
)


HIGH_PTC = DemoProgram(
    key="high_ptc",
    name="High PTC (value 1 or 2)",
    category="retention",
    description="Checks in with customers at risk of churning, six to nine months before renewal.",
    goal="Half of the accounts use more of their seats at renewal",
    audience=every(DIGITAL, below("ptc_score", 3)),
    anchor="renewal",
    window=(-270, -180),
    policy=DEFAULT_POLICIES[MessageClass.RETENTION],
    steps=(DemoStep("check_in", -270, "Check-in offer", "high_ptc/01_check_in"),),
)


def _survey(key: str, name: str, description: str, goal: str, trigger: tuple[Anchor, int, int]) -> DemoProgram:
    anchor, first, last = trigger
    return DemoProgram(
        key=key,
        name=name,
        category="retention",
        description=description,
        goal=goal,
        audience=every(EVERYBODY),
        anchor=anchor,
        window=(first, last),
        policy=DEFAULT_POLICIES[MessageClass.NPS],
        steps=(DemoStep("invitation", first, name, f"{key}/01_invitation", survey=key),),
    )


NPS_PRE_RENEWAL = _survey(
    "nps_pre_renewal",
    "NPS/CSAT Pre-Renewal Survey",
    "Surveys GitLab Admins 120 days before renewal, while there is time to act.",
    "Every unhappy response gets a follow-up within a week",
    ("renewal", -120, -115),
)

NPS_POST_RENEWAL = _survey(
    "nps_post_renewal",
    "NPS/CSAT Post-Renewal Survey",
    "Surveys GitLab Admins 60 days after renewal about the past year.",
    "1 in 4 GitLab Admins responds",
    ("last_renewal", 60, 65),
)

RETENTION = (LOW_UTILIZATION, HIGH_PTC, NPS_PRE_RENEWAL, NPS_POST_RENEWAL)
