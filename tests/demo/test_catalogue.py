"""The demo's programs say what the public catalogue says of them, and everything they name is there."""

from __future__ import annotations

from collections import Counter

import pytest

from contacts.recipients.rules import MessageClass, SoldToUse
from demo.catalogue import PROGRAMS, SENDERS, SURVEYS, DemoProgram, DemoStep
from demo.prose import EMAILS, read_email

BY_KEY = {program.key: program for program in PROGRAMS}
MONTHS = range(1, 13)
SEGMENTS_DIGITAL = ["tech_touch", "scale"]

# Segment, anchor, first and last day: "Available programs" of the handbook, and our windows for its single days.
TRIGGERS = {
    "onboarding_enrollment": (SEGMENTS_DIGITAL, "contract_start", 0, 2),
    "onboarding_ci_series": (SEGMENTS_DIGITAL, "contract_start", 0, 7),
    "devsecops_series": (SEGMENTS_DIGITAL, "contract_start", 10, 15),
    "cd_series": (SEGMENTS_DIGITAL, "contract_start", 17, 19),
    "agile_series": (SEGMENTS_DIGITAL, "contract_start", 21, 23),
    "scale_day21": (["scale"], "contract_start", 21, 25),
    "scale_6month": (["scale"], "contract_start", 182, 189),
    "saas_maintainer_ci": (SEGMENTS_DIGITAL, "contract_start", 30, 37),
    "intro_cs": (["csm_managed"], "csm_assigned", 0, 7),
    "ae_csm_intro": (["csm_managed"], "csm_assigned", 0, 7),
    "newsletter": ([*SEGMENTS_DIGITAL, "csm_managed"], "fourth_friday", 0, 0),
    "webinar_invites": (SEGMENTS_DIGITAL, "fourth_friday", -17, -17),
    "nps_post_onboarding": ([*SEGMENTS_DIGITAL, "csm_managed"], "first_value_or_day_90", 0, 30),
    "high_ptc": (SEGMENTS_DIGITAL, "renewal", -270, -180),
    "nps_pre_renewal": ([*SEGMENTS_DIGITAL, "csm_managed"], "renewal", -120, -115),
    "nps_post_renewal": ([*SEGMENTS_DIGITAL, "csm_managed"], "last_renewal", 60, 65),
}


def steps_of(program: DemoProgram) -> list[DemoStep]:
    return [step for month in MONTHS for step in program.steps_in(month)]


@pytest.mark.parametrize("key", TRIGGERS)
def test_a_program_starts_when_the_catalogue_says(key: str) -> None:
    segments, anchor, first, last = TRIGGERS[key]
    program = BY_KEY[key]
    assert {"field": "segment", "op": "in", "value": segments} in program.audience["all"]
    assert (program.anchor, *program.window) == (anchor, first, last)


def test_low_utilization_is_for_smb_below_three_quarters_between_day_90_and_150() -> None:
    program = BY_KEY["low_license_utilization"]
    assert program.window == (90, 150)
    assert program.audience == {
        "all": [
            {"field": "market", "op": "in", "value": ["smb"]},
            {"field": "license_utilization", "op": "lt", "value": 0.75},
        ]
    }


def test_high_ptc_is_for_scores_of_1_and_2() -> None:
    assert {"field": "ptc_score", "op": "lt", "value": 3} in BY_KEY["high_ptc"].audience["all"]


def test_every_program_of_the_catalogue_is_checked_here() -> None:
    assert {*TRIGGERS, "low_license_utilization"} == set(BY_KEY)
    assert len(BY_KEY) == len(PROGRAMS)


def test_surveys_never_go_to_sold_to_contacts() -> None:
    surveys = [program for program in PROGRAMS if any(step.survey for step in steps_of(program))]
    assert len(surveys) == 3
    for program in surveys:
        assert program.policy.message_class is MessageClass.NPS
        assert program.policy.sold_to_in_force is SoldToUse.NEVER


@pytest.mark.parametrize("key", ["onboarding_enrollment", "devsecops_series", "webinar_invites", "newsletter"])
def test_digital_programs_fall_back_to_the_buyer(key: str) -> None:
    policy = BY_KEY[key].policy
    assert policy.admins
    assert policy.sold_to is SoldToUse.FALLBACK
    assert not policy.fallback_for_csm_managed


def test_the_csm_introduction_leaves_out_the_public_sector() -> None:
    program = BY_KEY["intro_cs"]
    assert program.policy.excludes_pubsec
    assert {"field": "is_pubsec", "op": "eq", "value": False} in program.audience["all"]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.key)
def test_steps_come_in_order_and_start_in_the_window(program: DemoProgram) -> None:
    for month in MONTHS:
        days = [step.day for step in program.steps_in(month)]
        assert days == sorted(days)
        assert days[0] == program.window[0]
        keys = Counter(step.key for step in program.steps_in(month))
        assert set(keys.values()) == {1}


def test_every_email_is_sent_by_a_program_and_every_program_sends_emails_that_exist() -> None:
    written = {path.relative_to(EMAILS).with_suffix("").as_posix() for path in EMAILS.rglob("*.md")}
    assert {step.email for program in PROGRAMS for step in steps_of(program)} == written


def test_a_survey_step_asks_in_its_email_and_names_a_survey_that_exists() -> None:
    known = {survey.key for survey in SURVEYS}
    for program in PROGRAMS:
        for step in steps_of(program):
            asks = "nps" in {block["type"] for block in read_email(step.email).blocks}
            assert asks == (step.kind == "survey"), step.email
            assert step.survey is None or step.survey in known


def test_every_survey_begins_with_the_score_its_email_asks_for() -> None:
    for survey in SURVEYS:
        first = survey.questions[0]
        assert (first.kind, first.is_required) == ("nps", True)
        assert len({question.key for question in survey.questions}) == len(survey.questions)


def test_senders_are_known_and_live_at_invented_addresses() -> None:
    assert {program.sender for program in PROGRAMS} == {sender.key for sender in SENDERS}
    assert all(sender.address.endswith(".example") for sender in SENDERS)


def test_self_managed_and_saas_accounts_each_get_their_own_variant() -> None:
    variants = Counter(
        str(step.only_if["all"][0]["value"])
        for step in BY_KEY["onboarding_ci_series"].steps
        if step.only_if and step.only_if["all"][0]["field"] == "deployment"
    )
    assert variants == {"['self_managed']": 5, "['saas']": 3}


def test_the_newsletter_has_an_issue_for_every_month_and_another_for_the_public_sector() -> None:
    program = BY_KEY["newsletter"]
    for month in MONTHS:
        general, public_sector = program.steps_in(month)
        assert general.only_if == {"all": [{"field": "is_pubsec", "op": "eq", "value": False}]}
        assert public_sector.only_if == {"all": [{"field": "is_pubsec", "op": "eq", "value": True}]}
    assert len({step.email for step in steps_of(program)}) == 24
