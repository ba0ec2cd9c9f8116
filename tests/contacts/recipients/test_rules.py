"""Facts 1 to 13 of the acceptance list, the reasons, and their order of precedence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contacts.recipients.rules import (
    AE_CSM_INTRODUCTION,
    ALL_CUSTOMER_CSAT,
    DEFAULT_POLICIES,
    SENTENCES,
    Access,
    AccountFacts,
    Channel,
    ContactFacts,
    Deployment,
    MessageClass,
    Policy,
    Reason,
    Segment,
    SoldToUse,
    resolve,
)

SCALE = AccountFacts(Segment.SCALE, Channel.SALES_ASSISTED, Deployment.SAAS)
TECH_TOUCH = replace(SCALE, segment=Segment.TECH_TOUCH)
CSM_MANAGED = replace(SCALE, segment=Segment.CSM_MANAGED)
BOUGHT_ONLINE = replace(CSM_MANAGED, purchase_channel=Channel.WEB_DIRECT)

ADMIN = ContactFacts(1, roles=frozenset({"gitlab_admin"}))
SECOND_ADMIN = ContactFacts(2, roles=frozenset({"security_lead", "gitlab_admin", "decision_maker"}))
BUYER = ContactFacts(3, is_sold_to=True)
OWNER = ContactFacts(4, access=Access.OWNER)
MAINTAINER = ContactFacts(5, access=Access.MAINTAINER)
DEVELOPER = ContactFacts(6, access=Access.DEVELOPER)
SPONSOR = ContactFacts(7, roles=frozenset({"executive_sponsor"}))
STRANGER = ContactFacts(8)

ONBOARDING = DEFAULT_POLICIES[MessageClass.ONBOARDING]
NEWSLETTER = DEFAULT_POLICIES[MessageClass.NEWSLETTER]
NPS = DEFAULT_POLICIES[MessageClass.NPS]
CSAT = DEFAULT_POLICIES[MessageClass.CSAT]
INTRO = DEFAULT_POLICIES[MessageClass.INTRO]
SURVEY_CLASSES = (MessageClass.NPS, MessageClass.CSAT)
MAIL_CLASSES = tuple(each for each in MessageClass if each not in SURVEY_CLASSES)


def reasons(policy: Policy, account: AccountFacts, *contacts: ContactFacts) -> list[str]:
    return [decision.reason.value for decision in resolve(policy, account, contacts).decisions]


def recipients(policy: Policy, account: AccountFacts, *contacts: ContactFacts) -> tuple[int, ...]:
    return resolve(policy, account, contacts).recipients


@pytest.mark.parametrize("message_class", SURVEY_CLASSES)
def test_a_sold_to_contact_never_receives_a_survey_even_without_admin(message_class: MessageClass) -> None:
    resolution = resolve(DEFAULT_POLICIES[message_class], SCALE, [BUYER])
    assert resolution.recipients == ()
    assert resolution.decisions[0].reason is Reason.SOLD_TO_NEVER_SURVEYED
    assert resolution.unreached is Reason.NO_GITLAB_ADMIN


@pytest.mark.parametrize("message_class", SURVEY_CLASSES)
@pytest.mark.parametrize("sold_to", SoldToUse)
def test_an_explicit_policy_does_not_survey_sold_to_either(message_class: MessageClass, sold_to: SoldToUse) -> None:
    policy = Policy(message_class, sold_to=sold_to, saas_owners=True, roles=frozenset({"executive_sponsor"}))
    sponsor_who_bought = replace(SPONSOR, is_sold_to=True, access=Access.OWNER)
    assert reasons(policy, SCALE, sponsor_who_bought) == ["sold_to_never_surveyed"]


def test_a_survey_may_reach_sold_to_when_the_warned_switch_is_on() -> None:
    policy = Policy(MessageClass.CSAT, survey_sold_to=True)
    assert reasons(policy, SCALE, BUYER) == ["is_sold_to_fallback"]
    assert reasons(policy, SCALE, ADMIN, BUYER) == ["is_gitlab_admin", "gitlab_admin_exists"]


def test_every_gitlab_admin_receives_and_sold_to_does_not() -> None:
    resolution = resolve(ONBOARDING, SCALE, [ADMIN, SECOND_ADMIN, BUYER])
    assert resolution.recipients == (1, 2)
    assert resolution.decisions[2].reason is Reason.GITLAB_ADMIN_EXISTS
    assert resolution.unreached is None


@pytest.mark.parametrize("account", [TECH_TOUCH, SCALE, BOUGHT_ONLINE])
@pytest.mark.parametrize("message_class", [MessageClass.ONBOARDING, MessageClass.ENABLEMENT])
def test_without_admin_the_sold_to_contact_receives(account: AccountFacts, message_class: MessageClass) -> None:
    assert reasons(DEFAULT_POLICIES[message_class], account, BUYER) == ["is_sold_to_fallback"]


def test_a_csm_managed_account_without_admin_falls_back_only_where_the_program_says_so() -> None:
    resolution = resolve(ONBOARDING, CSM_MANAGED, [BUYER])
    assert resolution.recipients == ()
    assert resolution.unreached is Reason.CSM_MANAGED_NO_FALLBACK
    willing = replace(ONBOARDING, fallback_for_csm_managed=True)
    assert reasons(willing, CSM_MANAGED, BUYER) == ["is_sold_to_fallback"]


@pytest.mark.parametrize("message_class", MessageClass)
def test_a_contact_with_several_roles_counts_as_gitlab_admin(message_class: MessageClass) -> None:
    assert reasons(DEFAULT_POLICIES[message_class], SCALE, SECOND_ADMIN) == ["is_gitlab_admin"]


@pytest.mark.parametrize("message_class", MessageClass)
def test_a_buyer_who_is_gitlab_admin_counts_as_gitlab_admin(message_class: MessageClass) -> None:
    both = replace(ADMIN, is_sold_to=True)
    assert reasons(DEFAULT_POLICIES[message_class], SCALE, both) == ["is_gitlab_admin"]


@pytest.mark.parametrize("deployment", [Deployment.SELF_MANAGED, Deployment.DEDICATED])
def test_owners_and_maintainers_are_addressed_on_saas_alone(deployment: Deployment) -> None:
    policy = Policy(MessageClass.ENABLEMENT, saas_owners=True, saas_maintainers=True)
    assert reasons(policy, SCALE, OWNER, MAINTAINER) == ["is_saas_owner", "is_saas_maintainer"]
    elsewhere = replace(SCALE, deployment=deployment)
    assert reasons(policy, elsewhere, OWNER, MAINTAINER) == ["saas_roles_only_on_saas"] * 2


@pytest.mark.parametrize("message_class", SURVEY_CLASSES)
@pytest.mark.parametrize("access", [Access.MAINTAINER, Access.DEVELOPER, Access.REPORTER, Access.GUEST])
def test_users_below_owner_are_never_surveyed(message_class: MessageClass, access: Access) -> None:
    policy = Policy(message_class, saas_owners=True, saas_maintainers=True)
    assert reasons(policy, SCALE, replace(STRANGER, access=access)) == ["access_never_surveyed"]


def test_the_all_customer_csat_reaches_admins_owners_sponsors_and_champions() -> None:
    champion = ContactFacts(9, roles=frozenset({"champion_influencer"}))
    contacts = (ADMIN, BUYER, OWNER, MAINTAINER, SPONSOR, champion, STRANGER)
    assert recipients(ALL_CUSTOMER_CSAT, SCALE, *contacts) == (1, 4, 7, 9)
    assert recipients(CSAT, SCALE, *contacts) == (1,)


def test_a_billing_persona_set_as_owner_or_admin_is_excluded_from_csat() -> None:
    billing = frozenset({"billing_procurement"})
    admin = replace(ADMIN, roles=ADMIN.roles | billing)
    owner = replace(OWNER, roles=billing)
    assert reasons(ALL_CUSTOMER_CSAT, SCALE, admin, owner) == ["billing_never_surveyed"] * 2
    assert reasons(NPS, SCALE, admin) == ["is_gitlab_admin"]
    assert reasons(ONBOARDING, SCALE, admin) == ["is_gitlab_admin"]


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (0, "surveyed_within_8_weeks"),
        (55, "surveyed_within_8_weeks"),
        (56, "is_gitlab_admin"),
        (None, "is_gitlab_admin"),
    ],
)
def test_nobody_gets_another_csat_within_eight_weeks(days: int | None, reason: str) -> None:
    asked = replace(ADMIN, days_since_csat=days)
    assert reasons(CSAT, SCALE, asked) == [reason]
    assert reasons(NPS, SCALE, asked) == ["is_gitlab_admin"]


def test_no_account_gets_more_than_two_csat_surveys_a_year() -> None:
    assert reasons(CSAT, replace(SCALE, csat_surveys_past_year=1), ADMIN) == ["is_gitlab_admin"]
    tired = replace(SCALE, csat_surveys_past_year=2)
    assert resolve(CSAT, tired, [ADMIN]).unreached is Reason.ACCOUNT_SURVEYED_TWICE_THIS_YEAR
    assert reasons(NPS, tired, ADMIN) == ["is_gitlab_admin"]


@pytest.mark.parametrize("message_class", MessageClass)
def test_a_restricted_account_gets_no_program_mail_by_default(message_class: MessageClass) -> None:
    restricted = replace(SCALE, is_restricted=True)
    policy = DEFAULT_POLICIES[message_class]
    assert set(reasons(policy, restricted, ADMIN, BUYER, STRANGER)) == {"restricted_account"}
    assert recipients(replace(policy, include_restricted=True), restricted, ADMIN) == (1,)


@pytest.mark.parametrize("message_class", MessageClass)
def test_nobody_gets_the_same_message_twice_for_one_anchor(message_class: MessageClass) -> None:
    again = replace(ADMIN, already_received=True)
    assert reasons(DEFAULT_POLICIES[message_class], SCALE, again) == ["already_received"]


def test_public_sector_accounts_are_left_out_of_the_csm_intro_alone() -> None:
    public = replace(CSM_MANAGED, is_pubsec=True)
    assert reasons(INTRO, public, ADMIN) == ["pubsec_excluded"]
    for message_class in set(MessageClass) - {MessageClass.INTRO}:
        assert recipients(DEFAULT_POLICIES[message_class], public, ADMIN) == (1,)


def test_the_newsletter_falls_back_for_accounts_without_csm_alone() -> None:
    assert reasons(NEWSLETTER, SCALE, BUYER) == ["is_sold_to_fallback"]
    assert reasons(NEWSLETTER, TECH_TOUCH, BUYER) == ["is_sold_to_fallback"]
    for managed in (CSM_MANAGED, BOUGHT_ONLINE):
        assert reasons(NEWSLETTER, managed, BUYER, OWNER) == ["csm_managed_no_fallback", "is_saas_owner"]


@pytest.mark.parametrize("message_class", MessageClass)
def test_an_opted_out_contact_is_not_written_to(message_class: MessageClass) -> None:
    policy = DEFAULT_POLICIES[message_class]
    for declined in (message_class.category.value, "all"):
        assert reasons(policy, SCALE, replace(ADMIN, opted_out=frozenset({declined}))) == ["opted_out"]
    assert recipients(policy, SCALE, replace(ADMIN, opted_out=frozenset({"something else"}))) == (1,)


def test_inactive_contacts_are_skipped() -> None:
    assert reasons(ONBOARDING, SCALE, replace(ADMIN, is_active=False)) == ["inactive"]


@pytest.mark.parametrize(
    "absent",
    [
        {"is_active": False},
        {"has_address": False},
        {"suppression": "hard_bounce"},
        {"suppression": "soft_bounces"},
        {"suppression": "erased"},
    ],
)
def test_an_admin_who_cannot_be_reached_leaves_the_fallback_open(absent: dict[str, object]) -> None:
    gone = replace(ADMIN, **absent)  # type: ignore[arg-type]
    assert recipients(ONBOARDING, SCALE, gone, BUYER) == (BUYER.key,)
    assert recipients(ONBOARDING, SCALE, gone, SECOND_ADMIN, BUYER) == (SECOND_ADMIN.key,)


@pytest.mark.parametrize(
    "unwilling",
    [
        {"opted_out": frozenset({"enablement"})},
        {"opted_out": frozenset({"all"})},
        {"suppression": "unsubscribed"},
        {"suppression": "complaint"},
        {"suppression": "manual"},
        {"already_received": True},
    ],
)
def test_an_opt_out_of_the_admin_is_not_worked_around(unwilling: dict[str, object]) -> None:
    resolution = resolve(ONBOARDING, SCALE, [replace(ADMIN, **unwilling), BUYER])  # type: ignore[arg-type]
    assert resolution.recipients == ()
    assert resolution.decisions[1].reason is Reason.GITLAB_ADMIN_EXISTS
    assert resolution.unreached is Reason.NOBODY_REACHABLE


def test_the_account_executive_introduces_the_csm_to_the_buyer() -> None:
    assert reasons(AE_CSM_INTRODUCTION, CSM_MANAGED, ADMIN, BUYER) == ["no_addressed_role", "is_sold_to_addressed"]
    assert resolve(AE_CSM_INTRODUCTION, CSM_MANAGED, [ADMIN]).unreached is Reason.NO_ADDRESSED_CONTACT


def test_a_program_may_leave_the_buyer_out() -> None:
    policy = replace(ONBOARDING, sold_to=SoldToUse.NEVER)
    assert reasons(policy, SCALE, BUYER) == ["sold_to_not_addressed"]
    assert resolve(policy, SCALE, [BUYER]).unreached is Reason.NO_GITLAB_ADMIN


@pytest.mark.parametrize("contacts", [[], [STRANGER], [DEVELOPER, OWNER]])
def test_an_account_without_admin_and_buyer_reaches_nobody(contacts: list[ContactFacts]) -> None:
    resolution = resolve(ONBOARDING, SCALE, contacts)
    assert resolution.unreached is Reason.NO_GITLAB_ADMIN_AND_NO_SOLD_TO
    assert {decision.reason for decision in resolution.decisions} <= {Reason.NO_ADDRESSED_ROLE}


def test_a_churned_account_is_written_to_only_by_programs_for_the_churned() -> None:
    churned = replace(SCALE, is_churned=True)
    assert reasons(CSAT, churned, ADMIN) == ["account_churned"]
    assert recipients(replace(CSAT, includes_churned=True), churned, ADMIN) == (1,)


@pytest.mark.parametrize("message_class", MessageClass)
def test_an_account_can_switch_off_a_category(message_class: MessageClass) -> None:
    quiet = replace(SCALE, switched_off=frozenset({message_class.category.value}))
    resolution = resolve(DEFAULT_POLICIES[message_class], quiet, [ADMIN])
    assert resolution.unreached is Reason.ACCOUNT_SWITCHED_OFF
    for other in set(MessageClass) - {each for each in MessageClass if each.category == message_class.category}:
        assert recipients(DEFAULT_POLICIES[other], quiet, ADMIN) == (1,)


ACCOUNT_OBSTACLES = [
    ("restricted_account", {"is_restricted": True}),
    ("account_churned", {"is_churned": True}),
    ("pubsec_excluded", {"is_pubsec": True}),
    ("account_switched_off", {"switched_off": frozenset({"survey"})}),
    ("account_surveyed_twice_this_year", {"csat_surveys_past_year": 2}),
]
CONTACT_OBSTACLES = [
    ("billing_never_surveyed", {"roles": ADMIN.roles | {"billing_procurement"}}),
    ("inactive", {"is_active": False}),
    ("no_address", {"has_address": False}),
    ("suppressed_complaint", {"suppression": "complaint"}),
    ("opted_out", {"opted_out": frozenset({"survey"})}),
    ("surveyed_within_8_weeks", {"days_since_csat": 3}),
    ("already_received", {"already_received": True}),
]


@pytest.mark.parametrize("first", range(len(ACCOUNT_OBSTACLES) + len(CONTACT_OBSTACLES)))
def test_the_outermost_obstacle_is_the_reason(first: int) -> None:
    account, contact = SCALE, ADMIN
    obstacles = [*ACCOUNT_OBSTACLES, *CONTACT_OBSTACLES]
    for position, (_, facts) in list(enumerate(obstacles))[first:]:
        if position < len(ACCOUNT_OBSTACLES):
            account = replace(account, **facts)  # type: ignore[arg-type]
        else:
            contact = replace(contact, **facts)  # type: ignore[arg-type]
    assert reasons(replace(CSAT, excludes_pubsec=True), account, contact) == [obstacles[first][0]]


@pytest.mark.parametrize(
    "suppression", ["hard_bounce", "soft_bounces", "complaint", "unsubscribed", "erased", "manual", "other"]
)
def test_a_suppression_is_told_by_its_reason(suppression: str) -> None:
    assert reasons(ONBOARDING, SCALE, replace(ADMIN, suppression=suppression)) == [f"suppressed_{suppression}"]


def test_plain_strings_from_the_database_decide_like_the_vocabulary() -> None:
    account = AccountFacts("csm_managed", "web_direct", "saas")  # type: ignore[arg-type]
    owner = replace(OWNER, access="owner")  # type: ignore[arg-type]
    blank = replace(STRANGER, access="")  # type: ignore[arg-type]
    assert reasons(NEWSLETTER, account, BUYER, owner, blank) == [
        "csm_managed_no_fallback",
        "is_saas_owner",
        "no_addressed_role",
    ]
    assert reasons(CSAT, account, blank) == ["no_addressed_role"]
    assert reasons(ONBOARDING, account, BUYER) == ["is_sold_to_fallback"]


def test_every_reason_has_one_plain_sentence() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(SENTENCES)
    for sentence in SENTENCES.values():
        assert sentence.endswith(".")
        assert sentence[0].isupper()


def test_every_class_has_a_default_policy_of_its_own() -> None:
    assert [policy.message_class for policy in DEFAULT_POLICIES.values()] == list(MessageClass)
    assert not any(policy.survey_sold_to or policy.include_restricted for policy in DEFAULT_POLICIES.values())
