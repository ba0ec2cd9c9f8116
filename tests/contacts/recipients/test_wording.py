"""A policy says whom it writes to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contacts.recipients.rules import (
    AE_CSM_INTRODUCTION,
    ALL_CUSTOMER_CSAT,
    DEFAULT_POLICIES,
    MessageClass,
    Policy,
    SoldToUse,
    policy_in_words,
)

ROLES = {"executive_sponsor": "Executive Sponsor", "champion_influencer": "Champion/Influencer"}


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (DEFAULT_POLICIES[MessageClass.ONBOARDING], "GitLab Admins, else the Sold-To contact"),
        (DEFAULT_POLICIES[MessageClass.NEWSLETTER], "GitLab Admins and SaaS Owners, else the Sold-To contact"),
        (DEFAULT_POLICIES[MessageClass.NPS], "GitLab Admins, never Sold-To contacts"),
        (
            DEFAULT_POLICIES[MessageClass.INTRO],
            "GitLab Admins, else the Sold-To contact, not in the public sector",
        ),
        (AE_CSM_INTRODUCTION, "Sold-To contacts"),
        (
            ALL_CUSTOMER_CSAT,
            "GitLab Admins, SaaS Owners, Champion/Influencer contacts and Executive Sponsor contacts,"
            " never Sold-To contacts",
        ),
        (
            Policy(MessageClass.ENABLEMENT, admins=False, sold_to=SoldToUse.NEVER, saas_maintainers=True),
            "SaaS Maintainers",
        ),
        (
            Policy(MessageClass.ENABLEMENT, admins=False),
            "Sold-To contacts of accounts without a GitLab Admin",
        ),
        (Policy(MessageClass.ENABLEMENT, admins=False, sold_to=SoldToUse.NEVER), "Nobody"),
    ],
)
def test_a_policy_in_words_names_everybody_it_addresses(policy: Policy, words: str) -> None:
    assert policy_in_words(policy, ROLES) == words


def test_a_survey_that_may_go_to_sold_to_contacts_says_so() -> None:
    policy = replace(DEFAULT_POLICIES[MessageClass.NPS], sold_to=SoldToUse.FALLBACK, survey_sold_to=True)

    assert policy_in_words(policy, ROLES) == "GitLab Admins, else the Sold-To contact"


def test_a_role_without_a_label_is_named_by_its_key() -> None:
    policy = Policy(MessageClass.ENABLEMENT, sold_to=SoldToUse.NEVER, roles=frozenset({"night_shift"}))

    assert policy_in_words(policy, ROLES) == "GitLab Admins and night_shift contacts"
