"""Every combination of role, segment, class, channel and deployment against a second reading of the handbook."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.recipients.rules import (
    DEFAULT_POLICIES,
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

ADMIN_ROLE = frozenset({"gitlab_admin"})
ROLE_SETS = [
    frozenset(chosen)
    for chosen in product(*[("", role) for role in ("gitlab_admin", "executive_sponsor", "billing_procurement")])
]
# Who else is at the account, and whether they are a GitLab Admin the Sold-To contact must give way to.
COMPANY: list[tuple[ContactFacts | None, bool]] = [
    (None, False),
    (ContactFacts(2), False),
    (ContactFacts(2, roles=ADMIN_ROLE), True),
    (ContactFacts(2, roles=ADMIN_ROLE, opted_out=frozenset({"all"})), True),
    (ContactFacts(2, roles=ADMIN_ROLE, suppression="unsubscribed"), True),
    (ContactFacts(2, roles=ADMIN_ROLE, suppression="hard_bounce"), False),
    (ContactFacts(2, roles=ADMIN_ROLE, is_active=False), False),
]


def widened(message_class: MessageClass) -> Policy:
    """A program that asks for as many people as a policy can name."""
    return Policy(
        message_class,
        sold_to=SoldToUse.ALWAYS,
        saas_owners=True,
        saas_maintainers=True,
        roles=frozenset({"executive_sponsor"}),
        fallback_for_csm_managed=True,
    )


def accounts() -> Iterator[AccountFacts]:
    for segment, channel, deployment in product(Segment, Channel, Deployment):
        yield AccountFacts(segment, channel, deployment)


def contacts() -> Iterator[ContactFacts]:
    for roles, is_sold_to, access in product(ROLE_SETS, (False, True), (None, *Access)):
        yield ContactFacts(1, roles=roles - {""}, is_sold_to=is_sold_to, access=access)


def oracle(policy: Policy, account: AccountFacts, me: ContactFacts, *, other_admin: bool) -> set[str]:
    """Return every quality in which the contact may receive; nobody receives without one."""
    kind = policy.message_class.value
    survey = kind in ("nps", "csat")
    admin = "gitlab_admin" in me.roles
    if kind == "csat" and "billing_procurement" in me.roles:
        return set()
    if survey and me.is_sold_to and not admin:
        return set()
    qualities = {"is_gitlab_admin"} if admin else set()
    if account.deployment.value == "saas":
        if policy.saas_owners and me.access == "owner":
            qualities.add("is_saas_owner")
        if policy.saas_maintainers and me.access == "maintainer" and not survey:
            qualities.add("is_saas_maintainer")
    if "executive_sponsor" in me.roles and "executive_sponsor" in policy.roles:
        qualities.add("has_addressed_role")
    if me.is_sold_to and not survey:
        qualities |= oracle_sold_to(policy, account, any_admin=admin or other_admin)
    return qualities


def oracle_sold_to(policy: Policy, account: AccountFacts, *, any_admin: bool) -> set[str]:
    if policy.sold_to == "always":
        return {"is_sold_to_addressed"}
    if policy.sold_to == "never" or any_admin:
        return set()
    self_served = account.segment.value in ("tech_touch", "scale")
    if policy.message_class.value != "newsletter" and account.purchase_channel.value == "web_direct":
        self_served = True
    return {"is_sold_to_fallback"} if self_served or policy.fallback_for_csm_managed else set()


@pytest.mark.parametrize("message_class", MessageClass)
@pytest.mark.parametrize("is_wide", [False, True], ids=["default", "widened"])
def test_the_truth_table_agrees_with_the_handbook(message_class: MessageClass, is_wide: bool) -> None:
    policy = widened(message_class) if is_wide else DEFAULT_POLICIES[message_class]
    rows = 0
    for account, me, (other, other_admin) in product(accounts(), contacts(), COMPANY):
        company = [me] if other is None else [me, other]
        decision = resolve(policy, account, company).decisions[0]
        qualities = oracle(policy, account, me, other_admin=other_admin)
        assert decision.receives is bool(qualities), (account, me, other, decision)
        if qualities:
            assert decision.reason.value in qualities
        rows += 1
    assert rows == 18 * 96 * 7


roles = st.frozensets(
    st.sampled_from(
        ["gitlab_admin", "executive_sponsor", "champion_influencer", "billing_procurement", "security_lead"]
    )
)
categories = st.frozensets(st.sampled_from(["enablement", "newsletter", "survey", "all"]), max_size=2)
account_facts = st.builds(
    AccountFacts,
    segment=st.sampled_from(Segment),
    purchase_channel=st.sampled_from(Channel),
    deployment=st.sampled_from(Deployment),
    is_restricted=st.booleans(),
    is_pubsec=st.booleans(),
    is_churned=st.booleans(),
    switched_off=st.just(frozenset()) | categories,
    csat_surveys_past_year=st.integers(0, 3),
)
contact_facts = st.builds(
    ContactFacts,
    key=st.just(0),
    roles=roles,
    is_sold_to=st.booleans(),
    access=st.none() | st.sampled_from(Access),
    is_active=st.booleans(),
    has_address=st.booleans(),
    suppression=st.none() | st.sampled_from(["hard_bounce", "complaint", "unsubscribed", "erased", "manual"]),
    opted_out=st.just(frozenset()) | categories,
    days_since_csat=st.none() | st.integers(0, 100),
    already_received=st.booleans(),
)
companies = st.lists(contact_facts, max_size=6).map(
    lambda people: [replace(person, key=key) for key, person in enumerate(people)]
)
policies = st.builds(
    Policy,
    message_class=st.sampled_from(MessageClass),
    admins=st.booleans(),
    sold_to=st.sampled_from(SoldToUse),
    saas_owners=st.booleans(),
    saas_maintainers=st.booleans(),
    roles=st.frozensets(st.sampled_from(["executive_sponsor", "security_lead"])),
    fallback_for_csm_managed=st.booleans(),
    include_restricted=st.booleans(),
    excludes_pubsec=st.booleans(),
    includes_churned=st.booleans(),
    survey_sold_to=st.just(False),
)


@given(policies, account_facts, companies)
def test_every_contact_has_exactly_one_decision(
    policy: Policy, account: AccountFacts, company: list[ContactFacts]
) -> None:
    resolution = resolve(policy, account, company)
    assert [decision.key for decision in resolution.decisions] == [contact.key for contact in company]
    receiving = {each for each in Reason if each.value.startswith(("is_", "has_"))}
    for decision in resolution.decisions:
        assert decision.receives is (decision.reason in receiving)
    assert (resolution.unreached is None) is bool(resolution.recipients)


@given(policies, account_facts, companies)
def test_sold_to_is_never_surveyed(policy: Policy, account: AccountFacts, company: list[ContactFacts]) -> None:
    survey = replace(policy, message_class=MessageClass.NPS)
    buyers = {contact.key for contact in company if contact.is_sold_to and not contact.is_gitlab_admin}
    assert not buyers & set(resolve(survey, account, company).recipients)
    assert not buyers & set(resolve(replace(survey, message_class=MessageClass.CSAT), account, company).recipients)


@given(policies, account_facts, companies)
def test_saas_access_counts_on_saas_alone(policy: Policy, account: AccountFacts, company: list[ContactFacts]) -> None:
    elsewhere = replace(account, deployment=Deployment.SELF_MANAGED)
    without = [replace(contact, access=None) for contact in company]
    assert resolve(policy, elsewhere, company).recipients == resolve(policy, elsewhere, without).recipients


@given(policies, account_facts, companies, st.randoms())
def test_the_order_of_the_contacts_changes_no_decision(
    policy: Policy, account: AccountFacts, company: list[ContactFacts], random: Random
) -> None:
    shuffled = list(company)
    random.shuffle(shuffled)
    straight, mixed = resolve(policy, account, company), resolve(policy, account, shuffled)
    assert set(straight.decisions) == set(mixed.decisions)
    assert straight.unreached == mixed.unreached


@given(policies, account_facts, companies)
def test_a_restricted_account_gets_nothing_unless_the_program_says_so(
    policy: Policy, account: AccountFacts, company: list[ContactFacts]
) -> None:
    restricted = replace(account, is_restricted=True)
    resolution = resolve(replace(policy, include_restricted=False), restricted, company)
    assert resolution.recipients == ()
    assert resolution.unreached is Reason.RESTRICTED_ACCOUNT


@given(policies, account_facts, companies, contact_facts)
def test_another_admin_never_adds_a_buyer(
    policy: Policy, account: AccountFacts, company: list[ContactFacts], newcomer: ContactFacts
) -> None:
    admin = replace(newcomer, key=99, roles=newcomer.roles | ADMIN_ROLE)
    before = set(resolve(policy, account, company).recipients)
    after = set(resolve(policy, account, [*company, admin]).recipients) - {99}
    assert after <= before
    lost = before - after
    assert all(contact.is_sold_to for contact in company if contact.key in lost)


@given(policies, account_facts, companies)
def test_nobody_who_declined_or_cannot_be_reached_receives(
    policy: Policy, account: AccountFacts, company: list[ContactFacts]
) -> None:
    by_key = {contact.key: contact for contact in company}
    for key in resolve(policy, account, company).recipients:
        contact = by_key[key]
        assert contact.is_active
        assert contact.has_address
        assert contact.suppression is None
        assert not contact.opted_out & {"all", policy.message_class.category.value}
        assert not contact.already_received
