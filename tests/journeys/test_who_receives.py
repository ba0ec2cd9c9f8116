"""The facts about recipients, from the rows of a customer to the messages in the ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from accounts.models import Account, User
from contacts.consent import operations as consent
from contacts.models import Delivery, Membership, Suppression
from contacts.people.models import Source
from contacts.people.operations import set_roles
from contacts.recipients.rules import (
    ALL_CUSTOMER_CSAT,
    DEFAULT_POLICIES,
    MessageClass,
    Policy,
    Reason,
)
from programs.design import operations as design
from programs.design import rules
from programs.models import Decision, Participant, Program
from surveys.design.operations import NewQuestion, publish_survey
from surveys.models import Invitation
from tests import factories, mail
from tests.factories import NOW, TODAY
from tests.programs.world import DAY, live

pytestmark = pytest.mark.django_db

EVERYBODY = {"all": [{"field": "segment", "op": "in", "value": ["tech_touch", "scale", "csm_managed"]}]}
ENABLEMENT = DEFAULT_POLICIES[MessageClass.ENABLEMENT]
NEWSLETTER = DEFAULT_POLICIES[MessageClass.NEWSLETTER]
TO_SAAS_USERS = replace(ENABLEMENT, saas_owners=True, saas_maintainers=True)
ACCESS_LEVELS = ("owner", "maintainer", "developer", "reporter", "guest")


@pytest.fixture(autouse=True)
def house() -> None:
    factories.organisation()


def publish(owner: User, policy: Policy, *, key: str = "program", window: tuple[int, int] = (0, 2)) -> Program:
    """Return a program of one step to everybody whom this policy addresses; a survey where it speaks of one."""
    program = Program.objects.create(key=key, name=key, category="enablement", owner=owner, changed_at=NOW)
    kind = policy.message_class
    survey = None
    if kind.is_survey:
        asked = [NewQuestion("satisfied", "csat5" if kind == MessageClass.CSAT else "nps", "How are we doing?", True)]
        survey = publish_survey(key=key, name=key, kind=kind.value, questions=asked, now=NOW).pk
    step = rules.Step("only", "survey" if survey else "email", "Only", 0, mail.email().pk, survey)
    document = rules.Document(
        audience=EVERYBODY,
        trigger=rules.Trigger("contract_start", *window),
        recipients=policy,
        sender=mail.sender().pk,
        steps=(step,),
        send_hour=0,
    )
    design.publish(program=program, document=document, by=owner, now=NOW)
    return program


def customer(**fields: Any) -> Account:
    return factories.account(**{"contract_date": TODAY, "deployment": "saas", "segment": "scale", **fields})


def contact(account: Account, *roles: str, **fields: Any) -> Membership:
    return factories.membership(account=account, roles=roles, **fields)


def buyer(account: Account, *roles: str, **fields: Any) -> Membership:
    made = contact(account, *roles, **fields)
    factories.sold_to(account=account, person=made.person)
    return made


def received() -> list[int]:
    """Return the contacts to whom a message was sent, by number."""
    return sorted(Delivery.objects.filter(state="sent").values_list("membership_id", flat=True))


def why(member: Membership) -> str:
    return Decision.objects.filter(membership_id=member.pk).latest("decided_at").code


@pytest.mark.parametrize(
    "policy", [DEFAULT_POLICIES[MessageClass.NPS], DEFAULT_POLICIES[MessageClass.CSAT], ALL_CUSTOMER_CSAT]
)
@pytest.mark.parametrize("segment", ["tech_touch", "scale", "csm_managed"])
def test_fact_1_a_sold_to_contact_is_never_surveyed(ada: User, policy: Policy, segment: str) -> None:
    account = customer(segment=segment, purchase_channel="web_direct")
    plain, sponsor, owner = buyer(account), buyer(account, "executive_sponsor"), buyer(account, access="owner")
    publish(ada, policy)

    live(NOW)

    assert received() == []
    assert not Invitation.objects.exists()
    assert {why(each) for each in (plain, sponsor, owner)} == {"sold_to_never_surveyed"}
    assert (Participant.objects.get().state, Participant.objects.get().membership) == ("rejected", None)


def test_fact_1_holds_for_the_buyer_beside_an_admin_and_not_for_an_admin_who_bought(ada: User) -> None:
    account = customer()
    both, only_bought = buyer(account, "gitlab_admin"), buyer(account)
    publish(ada, DEFAULT_POLICIES[MessageClass.NPS])

    live(NOW)

    assert received() == [both.pk]
    assert why(only_bought) == "sold_to_never_surveyed"


@pytest.mark.parametrize("message_class", sorted(set(MessageClass) - {MessageClass.NPS, MessageClass.CSAT}))
def test_fact_2_every_admin_receives_and_the_buyer_does_not(ada: User, message_class: MessageClass) -> None:
    account = customer()
    admins = [contact(account, "gitlab_admin") for _ in range(4)]
    sold_to = buyer(account)
    publish(ada, DEFAULT_POLICIES[message_class])

    live(NOW)

    assert received() == sorted(each.pk for each in admins)
    assert why(sold_to) == "gitlab_admin_exists"


@pytest.mark.parametrize(
    ("segment", "channel"),
    [("tech_touch", "sales_assisted"), ("scale", "sales_assisted"), ("csm_managed", "web_direct")],
)
@pytest.mark.parametrize("message_class", [MessageClass.ONBOARDING, MessageClass.ENABLEMENT])
def test_fact_3_without_an_admin_the_buyer_receives(
    ada: User, message_class: MessageClass, segment: str, channel: str
) -> None:
    account = customer(segment=segment, purchase_channel=channel)
    contact(account, "decision_maker")
    first, second = buyer(account), buyer(account)
    publish(ada, DEFAULT_POLICIES[message_class])

    live(NOW)

    assert received() == [first.pk, second.pk]
    assert why(first) == "is_sold_to_fallback"


@pytest.mark.parametrize("others", [["security_lead"], ["economic_buyer", "executive_sponsor", "champion_influencer"]])
def test_fact_4_an_admin_with_other_roles_is_an_admin(ada: User, others: list[str]) -> None:
    member = contact(customer())
    set_roles(membership=member, roles={*others, "gitlab_admin"}, actor="pm@keel.example", source=Source.KEEL, now=NOW)
    publish(ada, ENABLEMENT)

    live(NOW)

    assert (received(), why(member)) == ([member.pk], "is_gitlab_admin")


@pytest.mark.parametrize(("deployment", "reached"), [("saas", 2), ("self_managed", 0), ("dedicated", 0)])
def test_fact_5_owners_and_maintainers_exist_on_saas_alone(ada: User, deployment: str, reached: int) -> None:
    account = customer(deployment=deployment)
    users = {level: contact(account, access=level) for level in ACCESS_LEVELS}
    publish(ada, TO_SAAS_USERS)

    live(NOW)

    assert received() == [users[level].pk for level in ACCESS_LEVELS[:reached]]
    if not reached:
        assert {why(users["owner"]), why(users["maintainer"])} == {"saas_roles_only_on_saas"}


def test_fact_5_an_account_that_moves_to_saas_has_them_from_then_on(ada: User) -> None:
    account = customer(deployment="self_managed")
    owner = contact(account, access="owner")
    publish(ada, TO_SAAS_USERS)
    live(NOW)
    assert received() == []

    Account.objects.update(deployment="saas")
    live(NOW + DAY)

    assert received() == [owner.pk]


def test_fact_6_maintainers_are_taught_and_never_surveyed(ada: User) -> None:
    account = customer()
    users = {level: contact(account, access=level) for level in ACCESS_LEVELS}
    publish(ada, TO_SAAS_USERS, key="teaches")
    publish(ada, replace(ALL_CUSTOMER_CSAT, saas_maintainers=True), key="asks")

    live(NOW)

    by_program = {"teaches": ["owner", "maintainer"], "asks": ["owner"]}
    for key, levels in by_program.items():
        sent = Delivery.objects.filter(mailing__key__startswith=key, state="sent")
        assert set(sent.values_list("membership_id", flat=True)) == {users[level].pk for level in levels}


def test_fact_7_a_billing_persona_is_never_asked_for_csat(ada: User) -> None:
    account = customer()
    billing_admin = contact(account, "gitlab_admin", "billing_procurement")
    billing_owner = contact(account, "billing_procurement", access="owner")
    admin = contact(account, "gitlab_admin")
    publish(ada, ALL_CUSTOMER_CSAT)

    live(NOW)

    assert received() == [admin.pk]
    assert why(billing_admin) == why(billing_owner) == "billing_never_surveyed"


@pytest.mark.parametrize(("days", "asked_again"), [(1, False), (55, False), (56, True)])
def test_fact_8_nobody_is_asked_for_csat_twice_within_eight_weeks(ada: User, days: int, asked_again: bool) -> None:
    account = customer()
    contact(account, "gitlab_admin")
    publish(ada, DEFAULT_POLICIES[MessageClass.CSAT], key="first")
    live(NOW)
    publish(ada, DEFAULT_POLICIES[MessageClass.CSAT], key="second", window=(days, days))

    live(NOW + days * DAY)

    assert len(received()) == 1 + asked_again
    if not asked_again:
        assert Participant.objects.get(program__key="second").reason == "nobody_reachable"


def test_fact_8_no_account_is_asked_more_than_twice_a_year_whoever_is_asked(ada: User) -> None:
    account = customer()
    for number, days in enumerate((0, 60, 120, 400)):
        # Somebody else each time, so that the rest of eight weeks says nothing.
        Membership.objects.update(is_active=False)
        contact(account, "gitlab_admin")
        publish(ada, DEFAULT_POLICIES[MessageClass.CSAT], key=f"csat-{number}", window=(days, days))
        live(NOW + days * DAY)

    third = Participant.objects.get(program__key="csat-2")
    assert (third.state, third.reason) == ("rejected", "account_surveyed_twice_this_year")
    assert len(received()) == 3  # the fourth comes a year after the first


def test_fact_8_two_admins_of_one_survey_count_as_one_asking(ada: User) -> None:
    account = customer()
    contact(account, "gitlab_admin"), contact(account, "gitlab_admin")
    publish(ada, DEFAULT_POLICIES[MessageClass.CSAT], key="first")
    publish(ada, DEFAULT_POLICIES[MessageClass.CSAT], key="second", window=(60, 60))

    live(NOW)
    live(NOW + 60 * DAY)

    assert len(received()) == 4


@pytest.mark.parametrize("message_class", MessageClass)
def test_fact_9_a_restricted_account_gets_no_program_mail(ada: User, message_class: MessageClass) -> None:
    account = customer(is_restricted=True)
    contact(account, "gitlab_admin"), buyer(account), contact(account, access="owner")
    publish(ada, DEFAULT_POLICIES[message_class])

    live(NOW)

    assert received() == []
    assert Participant.objects.get().reason == "restricted_account"


def test_fact_9_an_account_restricted_in_the_middle_of_a_series_gets_no_more_of_it(ada: User) -> None:
    contact(customer(), "gitlab_admin")
    program = publish(ada, ENABLEMENT)
    live(NOW)
    document = rules.from_json(program.versions.get().document)
    later = rules.Step("later", "email", "Later", 3, mail.email().pk)
    Participant.objects.all().delete()
    Delivery.objects.all().delete()
    design.publish(program=program, document=replace(document, steps=(*document.steps, later)), by=ada, now=NOW)
    live(NOW)
    Account.objects.update(is_restricted=True)

    live(NOW + 3 * DAY)

    assert len(received()) == 1
    left = Participant.objects.get()
    assert (left.state, left.reason) == ("exited", "restricted_account")


def test_fact_10_one_anchor_brings_a_program_once_and_the_next_brings_it_again(ada: User) -> None:
    account = customer(renewal_date=TODAY)
    member = contact(account, "gitlab_admin")
    publish(ada, ENABLEMENT, window=(0, 5))
    for hours in (0, 0, 1, 30, 80):
        live(NOW + dt.timedelta(hours=hours))
    assert received() == [member.pk]

    leap = dt.date(2028, 2, 29)
    Account.objects.update(contract_date=leap)
    for day in (0, 1):
        live(dt.datetime.combine(leap, dt.time(9), dt.UTC) + day * DAY)

    assert received() == [member.pk, member.pk]
    assert {row.occurrence for row in Delivery.objects.all()} == {
        f"contract_start:{TODAY}:a{account.pk}",
        f"contract_start:2028-02-29:a{account.pk}",
    }


def test_fact_10_somebody_at_two_customers_hears_about_each_once(ada: User) -> None:
    person = factories.person()
    both = [contact(customer(), "gitlab_admin", person=person) for _ in range(2)]
    publish(ada, ENABLEMENT)

    live(NOW)
    live(NOW + DAY)

    assert received() == sorted(each.pk for each in both)


def test_fact_11_public_sector_accounts_get_the_newsletter_and_no_csm_intro(ada: User) -> None:
    member = contact(customer(segment="csm_managed", is_pubsec=True), "gitlab_admin")
    publish(ada, NEWSLETTER, key="newsletter")
    publish(ada, DEFAULT_POLICIES[MessageClass.INTRO], key="intro")

    live(NOW)

    assert [row.mailing.key for row in Delivery.objects.select_related("mailing")] == ["newsletter/only"]
    assert Participant.objects.get(program__key="intro").reason == "pubsec_excluded"
    assert received() == [member.pk]


@pytest.mark.parametrize(
    ("segment", "channel", "reads"),
    [
        ("tech_touch", "sales_assisted", ["buyer", "owner"]),
        ("scale", "web_direct", ["buyer", "owner"]),
        ("csm_managed", "sales_assisted", ["owner"]),
        ("csm_managed", "web_direct", ["owner"]),
    ],
)
def test_fact_12_the_newsletter_without_an_admin(ada: User, segment: str, channel: str, reads: list[str]) -> None:
    account = customer(segment=segment, purchase_channel=channel)
    people = {"buyer": buyer(account), "owner": contact(account, access="owner")}
    contact(account, access="maintainer")
    publish(ada, NEWSLETTER)

    live(NOW)

    assert received() == sorted(people[name].pk for name in reads)


def test_fact_12_a_csm_managed_account_without_admin_and_owner_reads_nothing(ada: User) -> None:
    account = customer(segment="csm_managed", deployment="self_managed")
    contact(account, access="owner"), buyer(account)
    publish(ada, NEWSLETTER)

    live(NOW)

    assert received() == []
    assert Participant.objects.get().reason == "csm_managed_no_fallback"


@pytest.mark.parametrize("policy", [ENABLEMENT, NEWSLETTER, DEFAULT_POLICIES[MessageClass.NPS]])
def test_fact_13_an_opt_out_blocks_its_kind_and_inactive_contacts_are_skipped(ada: User, policy: Policy) -> None:
    account = customer()
    kind = policy.message_class.category.value
    by_kind, by_all = (contact(account, "gitlab_admin", opted_out=[each]) for each in (kind, "all"))
    retired, left = contact(account, "gitlab_admin", is_active=False), contact(account, "gitlab_admin")
    publish(ada, policy)

    live(NOW)

    assert received() == [left.pk]
    assert [why(each) for each in (by_kind, by_all, retired)] == ["opted_out", "opted_out", "inactive"]


def test_fact_13_an_address_that_unsubscribed_by_link_is_not_written_to_at_another_customer(ada: User) -> None:
    person = factories.person(email="mira@agency.example")
    contact(customer(), "gitlab_admin", person=person)
    consent.suppress(addresses=["mira@agency.example"], reason=Suppression.Reason.COMPLAINT, source="test", now=NOW)
    publish(ada, ENABLEMENT)

    live(NOW)

    assert received() == []
    assert Decision.objects.get().code == Reason.SUPPRESSED_COMPLAINT
