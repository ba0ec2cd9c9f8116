"""Programs of the first weeks: enrollment, the guides, introductions, the first call, the first survey."""

from __future__ import annotations

from contacts.recipients.rules import AE_CSM_INTRODUCTION, DEFAULT_POLICIES, MessageClass, Policy, SoldToUse
from demo.catalogue.shapes import (
    CI_IS_IDLE,
    CSM_ASSIGNED,
    DIGITAL,
    EVERYBODY,
    NOT_PUBSEC,
    SAAS,
    SCALE,
    SELF_MANAGED,
    Condition,
    DemoProgram,
    DemoStep,
    every,
)

ENROLLMENT = DemoProgram(
    key="onboarding_enrollment",
    name="Onboarding Enrollment",
    category="onboarding",
    description="Welcomes new customers in their first two days and previews the first week.",
    goal="Half of new accounts open the seven-day guide",
    audience=every(DIGITAL),
    anchor="contract_start",
    window=(0, 2),
    policy=DEFAULT_POLICIES[MessageClass.ONBOARDING],
    steps=(DemoStep("enrollment", 0, "Onboarding introduction and enrollment", "onboarding_enrollment/01_enrollment"),),
)


def _guide(number: int, key: str, day: int, title: str, only_if: Condition | None = None) -> DemoStep:
    condition = every(only_if) if only_if else None
    return DemoStep(key, day, title, f"onboarding_ci_series/{number:02}_{key}", condition)


SERIES = DemoProgram(
    key="onboarding_ci_series",
    name="Onboarding & CI Enablement Series",
    category="onboarding",
    description="A short setup guide a day, then five guides on CI for accounts that don’t use it yet.",
    goal="First value within 30 days of the contract date",
    audience=every(DIGITAL),
    anchor="contract_start",
    window=(0, 7),
    policy=DEFAULT_POLICIES[MessageClass.ONBOARDING],
    steps=(
        _guide(1, "quick_guide", 0, "Quick guide intro and authentication"),
        _guide(2, "hierarchy", 1, "Group and project hierarchy"),
        _guide(3, "import_export", 2, "Import/export"),
        _guide(4, "instance_security", 3, "Instance security best practices", SELF_MANAGED),
        _guide(5, "monitoring", 3, "Monitoring", SELF_MANAGED),
        _guide(6, "backups_self_managed", 4, "Backing up / alternative backup strategies", SELF_MANAGED),
        _guide(7, "backups_saas", 4, "How backups are guaranteed", SAAS),
        _guide(8, "support_self_managed", 5, "Getting support (Self-Managed)", SELF_MANAGED),
        _guide(9, "support_saas", 5, "Getting support (SaaS)", SAAS),
        _guide(10, "api_self_managed", 6, "API intro and rate limits (Self-Managed)", SELF_MANAGED),
        _guide(11, "api_saas", 6, "API intro and rate limits (SaaS)", SAAS),
        _guide(12, "training", 7, "Where to get training"),
        _guide(13, "ci_intro", 7, "CI 1: Intro to CI/CD", CI_IS_IDLE),
        _guide(14, "runner", 8, "CI 2: GitLab Runner", CI_IS_IDLE),
        # Between the days of the DevSecOps series, so that nobody gets two lessons on one morning.
        _guide(15, "configure_pipeline", 9, "CI 3: Configure the pipeline", CI_IS_IDLE),
        _guide(16, "ci_in_action", 11, "CI 4: CI in action", CI_IS_IDLE),
        _guide(17, "prometheus", 13, "CI 5: Prometheus", CI_IS_IDLE),
    ),
)

INTRO_CS = DemoProgram(
    key="intro_cs",
    name="Intro to GitLab CS + Onboarding",
    category="onboarding",
    description="Five emails from the new CSM, from introduction to training. Replies go to the CSM.",
    goal="First meeting within 14 days, first value within 30",
    audience=every(CSM_ASSIGNED, NOT_PUBSEC),
    anchor="csm_assigned",
    window=(0, 7),
    policy=DEFAULT_POLICIES[MessageClass.INTRO],
    steps=(
        DemoStep("customer_success", 0, "1 Introduction to the CS experience", "intro_cs/01_customer_success"),
        DemoStep("first_steps", 3, "2 Intro, first steps, how to get help", "intro_cs/02_first_steps"),
        DemoStep("security_backup", 6, "3 Security, backup and restore", "intro_cs/03_security_backup"),
        DemoStep("monitoring_limits", 9, "4 Monitor GitLab, API and rate limits", "intro_cs/04_monitoring_limits"),
        DemoStep("training", 12, "5 Additional training and support", "intro_cs/05_training"),
    ),
    sender="success",
)

AE_CSM_INTRO = DemoProgram(
    key="ae_csm_intro",
    name="AE <> CSM Introduction",
    category="onboarding",
    description="The account team introduces the CSM to the person who placed the order.",
    goal="First meeting within 14 days",
    audience=every(CSM_ASSIGNED),
    anchor="csm_assigned",
    window=(0, 7),
    policy=AE_CSM_INTRODUCTION,
    steps=(DemoStep("introduction", 0, "AE introduces CSM", "ae_csm_intro/01_introduction"),),
    sender="account_team",
)

SCALE_DAY_21 = DemoProgram(
    key="scale_day21",
    name="Scale: 21 Day Post Onboarding",
    category="onboarding",
    description="Invites Scale customers to a 30-minute call with a customer success engineer after three weeks.",
    goal="1 in 5 invited accounts books a call",
    audience=every(SCALE),
    anchor="contract_start",
    window=(21, 25),
    policy=Policy(MessageClass.ONBOARDING, sold_to=SoldToUse.NEVER),
    steps=(DemoStep("first_call", 21, "Invitation to the 21-day call", "scale_day21/01_first_call"),),
    sender="scale",
)

NPS_POST_ONBOARDING = DemoProgram(
    key="nps_post_onboarding",
    name="NPS/CSAT Post-Onboarding Survey",
    category="onboarding",
    description="Surveys GitLab Admins about onboarding, the day after first value or on day 90 at the latest.",
    goal="1 in 4 GitLab Admins responds",
    audience=every(EVERYBODY),
    anchor="first_value_or_day_90",
    # Usage is often reported weeks later, and first value is known only then.
    window=(0, 30),
    policy=DEFAULT_POLICIES[MessageClass.NPS],
    steps=(
        DemoStep(
            "invitation",
            0,
            "NPS/CSAT post-onboarding",
            "nps_post_onboarding/01_invitation",
            survey="nps_post_onboarding",
        ),
    ),
)

ONBOARDING = (ENROLLMENT, SERIES, INTRO_CS, AE_CSM_INTRO, SCALE_DAY_21, NPS_POST_ONBOARDING)
