"""Programs that teach: three series by use case, CI for maintainers, newsletter, webinars, half-year check-in."""

from __future__ import annotations

from contacts.recipients.rules import DEFAULT_POLICIES, MessageClass, Policy, SoldToUse
from demo.catalogue.shapes import (
    CI_IS_IDLE,
    DIGITAL,
    EVERYBODY,
    NOT_PUBSEC,
    PUBSEC,
    SAAS,
    SCALE,
    DemoProgram,
    DemoStep,
    every,
)


# Return a series whose window opens with its first lesson and closes with its last.
def _series(key: str, name: str, description: str, goal: str, *lessons: tuple[int, str, str]) -> DemoProgram:
    return DemoProgram(
        key=key,
        name=name,
        category="enablement",
        description=description,
        goal=goal,
        audience=every(DIGITAL),
        anchor="contract_start",
        window=(lessons[0][0], lessons[-1][0]),
        policy=DEFAULT_POLICIES[MessageClass.ENABLEMENT],
        steps=tuple(
            DemoStep(topic, day, title, f"{key}/{number:02}_{topic}")
            for number, (day, topic, title) in enumerate(lessons, start=1)
        ),
    )


DEVSECOPS = _series(
    "devsecops_series",
    "Secure (DevSecOps) Enablement Series",
    "Three lessons on scanning: turn on the first scanners, cover what you ship, triage findings regularly.",
    "DevSecOps health moves to Green",
    (10, "scanners", "DevSecOps 1: First scanners"),
    (12, "dependencies_dast", "DevSecOps 2: Dependencies, containers, DAST"),
    (15, "triage_policies", "DevSecOps 3: Triage and policies"),
)

CD = _series(
    "cd_series",
    "CD Enablement Series",
    "Three lessons on deployment: name environments, protect production, preview every change.",
    "CD health moves to Green",
    (17, "environments", "CD 1: Environments"),
    (18, "safe_deployments", "CD 2: Safe deployments"),
    (19, "review_apps", "CD 3: Review apps"),
)

AGILE = _series(
    "agile_series",
    "Agile Enablement Series",
    "Three lessons on planning: boards, iterations, epics and value streams.",
    "1 in 6 recipients clicks a link",
    (21, "boards", "Agile 1: Boards"),
    (22, "iterations", "Agile 2: Iterations"),
    (23, "epics_value_stream", "Agile 3: Epics and value streams"),
)

MAINTAINER_CI = DemoProgram(
    key="saas_maintainer_ci",
    name="CI for Owners and Maintainers (SaaS)",
    category="enablement",
    description="Helps Owners and Maintainers of SaaS accounts with no CI after 30 days build a first pipeline.",
    goal="A first pipeline within 30 days of the first email",
    audience=every(DIGITAL, SAAS, CI_IS_IDLE),
    anchor="contract_start",
    window=(30, 37),
    policy=Policy(
        MessageClass.ENABLEMENT, admins=False, sold_to=SoldToUse.NEVER, saas_owners=True, saas_maintainers=True
    ),
    steps=(
        DemoStep("first_pipeline", 30, "Your first pipeline", "saas_maintainer_ci/01_first_pipeline"),
        DemoStep("runners_templates", 51, "Runners and templates", "saas_maintainer_ci/02_runners_templates"),
    ),
)

SCALE_HALF_YEAR = DemoProgram(
    key="scale_6month",
    name="Scale: 6 Month Check-in",
    category="enablement",
    description="Offers Scale customers a check-in on their own usage after six months.",
    goal="License utilization of 75% or more after month 6",
    audience=every(SCALE),
    anchor="contract_start",
    window=(182, 189),
    policy=Policy(MessageClass.ENABLEMENT, sold_to=SoldToUse.NEVER),
    steps=(DemoStep("check_in", 182, "Check-in invitation", "scale_6month/01_check_in"),),
    sender="scale",
)

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

# An edition a month for the public sector, which never gets the general one.
_PUBSEC_EDITIONS = (
    "20_pubsec_offline",
    "23_pubsec_hardening",
    "24_pubsec_fips",
    "25_pubsec_records",
    "21_pubsec_audit",
    "26_pubsec_separation",
    "28_pubsec_backup",
    "27_pubsec_sbom",
    "22_pubsec_people",
    "29_pubsec_audit_events",
    "30_pubsec_accessibility",
    "31_pubsec_year_end",
)


def _issue(month: int) -> tuple[DemoStep, ...]:
    name = MONTHS[month - 1]
    email = f"newsletter/{month:02}_{name}"
    general = DemoStep(f"issue_{month:02}", 0, f"Newsletter {name.capitalize()}", email, every(NOT_PUBSEC))
    edition = f"newsletter/{_PUBSEC_EDITIONS[month - 1]}"
    title = f"Newsletter {name.capitalize()}, public sector"
    return (general, DemoStep(f"issue_{month:02}_pubsec", 0, title, edition, every(PUBSEC)))


NEWSLETTER = DemoProgram(
    key="newsletter",
    name="Monthly Newsletter",
    category="enablement",
    description="Three tips for everyone who runs GitLab, on the fourth Friday of the month.",
    goal="1 in 8 recipients clicks a link",
    audience=every(EVERYBODY),
    anchor="fourth_friday",
    window=(0, 0),
    policy=DEFAULT_POLICIES[MessageClass.NEWSLETTER],
    issues=tuple(_issue(month) for month in range(1, 13)),
)

# The webinar is on the Tuesday before the fourth Friday: invitation 14 days ahead of it, reminder the day before.
INVITATION_DAY, REMINDER_DAY = -17, -4
_WEBINARS = (("intro_ci", 1, "Intro to CI/CD"), ("advanced_ci", 3, "Advanced CI/CD"), ("security", 5, "DevSecOps"))


def _webinar(month: int) -> tuple[DemoStep, ...]:
    topic, number, title = _WEBINARS[(month - 1) % 3]
    invitation = f"webinar_invites/{number:02}_{topic}_invitation"
    reminder = f"webinar_invites/{number + 1:02}_{topic}_reminder"
    return (
        DemoStep(f"invitation_{month:02}", INVITATION_DAY, f"{title}: invitation", invitation),
        DemoStep(f"reminder_{month:02}", REMINDER_DAY, f"{title}: reminder", reminder),
    )


WEBINARS = DemoProgram(
    key="webinar_invites",
    name="Monthly Webinar Invitations",
    category="enablement",
    description="Invites contacts to the monthly webinar two weeks ahead and reminds them the day before.",
    goal="1 in 20 invited people registers",
    audience=every(DIGITAL),
    anchor="fourth_friday",
    window=(INVITATION_DAY, INVITATION_DAY),
    policy=DEFAULT_POLICIES[MessageClass.WEBINAR],
    issues=tuple(_webinar(month) for month in range(1, 13)),
)

ENABLEMENT = (DEVSECOPS, CD, AGILE, MAINTAINER_CI, SCALE_HALF_YEAR, NEWSLETTER, WEBINARS)
