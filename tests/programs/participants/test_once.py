"""Whoever was written to because of an event is not written to because of it again, whatever day it has."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.contracts import operations as contracts
from accounts.contracts.operations import Term
from accounts.models import Account, CsmAssignment, Opportunity, Subscription, User
from contacts.models import Delivery
from contacts.recipients.rules import MessageClass
from programs.design import operations as design
from programs.design import rules
from programs.models import AnchorEvent, Participant, Program
from programs.participants import operations as participants
from surveys.models import Invitation
from tests import factories
from tests.factories import NOW, TODAY
from tests.programs import world
from tests.programs.world import DAY, live

pytestmark = pytest.mark.django_db

YEAR = dt.timedelta(days=365)


@pytest.fixture(autouse=True)
def house() -> None:
    factories.organisation()


@pytest.fixture
def customer() -> Account:
    account = world.customer()
    world.admin(account)
    return account


@pytest.fixture
def welcome(ada: User) -> Program:
    """Two emails, on the contract date (or up to 60 days after) and three days later."""
    return publish(ada, "contract_start", (0, 60), world.step(1, day=0), world.step(2, day=3))


def publish(owner: User, anchor: str, window: tuple[int, int], *steps: rules.Step, **fields: Any) -> Program:
    program = world.program(owner, key=anchor)
    document = replace(world.document_of(*steps, **fields), trigger=rules.Trigger(anchor, *window))
    design.publish(program=program, document=document, by=owner, now=NOW)
    return program


def publish_nps(owner: User) -> Program:
    """NPS from 30 days before the renewal to 30 days after it."""
    return publish(owner, "renewal", (-30, 30), replace(world.survey_step(), day=-30), message_class=MessageClass.NPS)


def correct(account: Account, day: dt.date) -> None:
    Account.objects.filter(pk=account.pk).update(contract_date=day)


def sign(subscription: Subscription, since: dt.date, until: dt.date, *, today: dt.date = TODAY) -> None:
    """Say the term as an export does: what came before `since` stays, what comes after is replaced."""
    term = Term(subscription.pk, "Premium", 10, Decimal(1200), since, until)
    contracts.continue_lanes(terms=[term])
    contracts.denormalise_contracts(account_ids=[subscription.account_id], today=today)


def renewing(until: dt.date, *, account: Account | None = None) -> Subscription:
    subscription = factories.subscription(account=account or world.customer(), started_date=until - YEAR)
    sign(subscription, until - YEAR, until)
    return subscription


def assign(account: Account, csm: User, since: dt.date) -> None:
    CsmAssignment.objects.create(account=account, csm=csm, during=DateRange(since, None))


def mails() -> list[str]:
    found = Delivery.objects.order_by("pk").select_related("mailing")
    return [row.mailing.key.partition("/")[2] for row in found]


CORRECTIONS = [
    pytest.param([1], id="a day"),
    pytest.param([-1], id="a day back"),
    pytest.param([40], id="40 days"),
    pytest.param([1, 0, -1, 0], id="forth and back"),
    pytest.param([-2, -61, 29], id="across months and years"),
]


@pytest.mark.parametrize("moves", CORRECTIONS)
def test_a_corrected_contract_date_sends_nothing_again(welcome: Program, customer: Account, moves: list[int]) -> None:
    live(NOW)
    live(NOW + 3 * DAY)
    assert mails() == ["mail-1", "mail-2"]

    for hour, days in enumerate(moves, start=1):
        correct(customer, TODAY + days * DAY)
        live(NOW + 3 * DAY + hour * dt.timedelta(hours=1))
        live(NOW + (10 + hour) * DAY)
    live(NOW + 45 * DAY)

    assert mails() == ["mail-1", "mail-2"]
    assert AnchorEvent.objects.count() == Participant.objects.count() == 1


@pytest.mark.parametrize("days", [1, 40])
def test_a_correction_after_the_first_mail_moves_the_second(welcome: Program, customer: Account, days: int) -> None:
    live(NOW)
    correct(customer, TODAY + days * DAY)
    live(NOW + DAY)

    waiting = Participant.objects.get()
    assert waiting.anchor_date == TODAY + days * DAY
    assert waiting.due_at is not None
    assert waiting.due_at.date() == TODAY + (days + 3) * DAY
    live(NOW + (days + 2) * DAY)
    assert mails() == ["mail-1"]
    live(NOW + (days + 3) * DAY)
    assert mails() == ["mail-1", "mail-2"]


def test_the_second_mail_keeps_its_distance_when_the_date_moves_back(welcome: Program, customer: Account) -> None:
    live(NOW)
    correct(customer, TODAY - 40 * DAY)

    live(NOW + DAY)
    assert mails() == ["mail-1"]
    live(NOW + 3 * DAY)
    assert mails() == ["mail-1", "mail-2"]


def test_whoever_is_queued_waits_for_the_corrected_day(welcome: Program, customer: Account) -> None:
    participants.enroll_all(now=NOW)
    correct(customer, TODAY + 5 * DAY)

    live(NOW + dt.timedelta(minutes=1))
    assert mails() == []
    live(NOW + 5 * DAY)
    assert mails() == ["mail-1"]


def test_a_planned_mail_waits_for_the_corrected_day(welcome: Program, customer: Account) -> None:
    participants.enroll_all(now=NOW)
    participants.advance_all(now=NOW)
    correct(customer, TODAY + 5 * DAY)
    participants.enroll_all(now=NOW)

    planned = Delivery.objects.get()
    assert (planned.state, planned.due_at.date()) == ("planned", TODAY + 5 * DAY)
    assert Participant.objects.get().due_at.date() == TODAY + 8 * DAY
    live(NOW + 5 * DAY)
    assert Delivery.objects.get().state == "sent"


@pytest.mark.parametrize("is_paused", [False, True])
def test_a_mail_that_waits_for_a_corrected_day_waits_no_more_when_that_was_wrong(
    welcome: Program, customer: Account, is_paused: bool
) -> None:
    participants.enroll_all(now=NOW)
    participants.advance_all(now=NOW)
    if is_paused:
        participants.pause(program=welcome, now=NOW)
    for days, hours in ((40, 1), (0, 2)):
        correct(customer, TODAY + days * DAY)
        participants.enroll_all(now=NOW + dt.timedelta(hours=hours))
    if is_paused:
        participants.resume(program=welcome, now=NOW + dt.timedelta(hours=3))

    live(NOW + dt.timedelta(hours=4))
    live(NOW + 3 * DAY)

    assert mails() == ["mail-1", "mail-2"]
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize("moves", CORRECTIONS)
def test_a_corrected_renewal_date_asks_nobody_again(ada: User, moves: list[int]) -> None:
    publish_nps(ada)
    until = TODAY + 10 * DAY
    subscription = renewing(until)
    world.admin(subscription.account)
    live(NOW)

    for hour, days in enumerate(moves, start=1):
        sign(subscription, until - YEAR, until + days * DAY)
        live(NOW + hour * dt.timedelta(hours=1))
        live(NOW + (7 + hour) * DAY)
    live(NOW + 35 * DAY)

    assert Invitation.objects.count() == Delivery.objects.count() == 1


def test_the_renewal_of_the_next_year_is_asked_about_anew(ada: User) -> None:
    publish_nps(ada)
    until = TODAY + 10 * DAY
    subscription = renewing(until)
    world.admin(subscription.account)
    live(NOW)

    sign(subscription, until, until + YEAR)
    live(NOW + DAY)
    assert Invitation.objects.count() == 1
    sign(subscription, until, until + YEAR + DAY)
    live(NOW + 5 * DAY)
    for day in (0, 20, 40):
        live(NOW + YEAR + day * DAY)

    assert Invitation.objects.count() == Delivery.objects.count() == 2
    assert AnchorEvent.objects.filter(source="renewal").count() == 2


def test_a_term_that_grew_by_a_year_is_renewed(ada: User) -> None:
    publish_nps(ada)
    until = TODAY + 10 * DAY
    subscription = renewing(until)
    world.admin(subscription.account)
    live(NOW)

    sign(subscription, until - YEAR, until + YEAR)
    live(NOW + YEAR)

    assert Invitation.objects.count() == 2


def test_an_amended_term_is_the_same_renewal(ada: User) -> None:
    publish_nps(ada)
    until = TODAY + 20 * DAY
    subscription = renewing(until)
    world.admin(subscription.account)
    live(NOW)

    sign(subscription, TODAY - 90 * DAY, until + DAY)
    live(NOW + DAY)

    assert Invitation.objects.count() == 1


def test_a_successor_goes_on_with_its_predecessors_renewal(ada: User) -> None:
    publish_nps(ada)
    until = TODAY + 10 * DAY
    old = renewing(until)
    world.admin(old.account)
    live(NOW)

    new = factories.subscription(account=old.account, started_date=TODAY)
    contracts.cancel_lines(subscription=old, since=TODAY)
    contracts.supersede(subscription=old, by=new)
    sign(new, TODAY, until + 12 * DAY)
    live(NOW + DAY)

    assert Invitation.objects.count() == 1


def test_two_lineages_renew_once_each(ada: User) -> None:
    publish_nps(ada)
    account = world.customer()
    world.admin(account)
    first, second = TODAY + 5 * DAY, TODAY + 25 * DAY
    one, other = renewing(first, account=account), renewing(second, account=account)
    live(NOW)
    assert Invitation.objects.count() == 1

    sign(one, first - YEAR, first + DAY)
    live(NOW + DAY)
    assert Invitation.objects.count() == 1
    sign(one, first + DAY, first + DAY + YEAR)
    live(NOW + 2 * DAY)
    assert Invitation.objects.count() == 2
    sign(other, second - YEAR, second + DAY)
    live(NOW + 3 * DAY)
    assert Invitation.objects.count() == 2


def test_a_second_lineage_of_one_beginning_welcomes_nobody_again(welcome: Program, customer: Account) -> None:
    factories.subscription(account=customer, started_date=TODAY)
    live(NOW)
    factories.subscription(account=customer, started_date=TODAY + 30 * DAY)
    correct(customer, TODAY + 31 * DAY)

    live(NOW + 35 * DAY)

    assert mails().count("mail-1") == 1


def test_contracts_that_become_known_later_welcome_nobody_again(welcome: Program, customer: Account) -> None:
    live(NOW)
    factories.subscription(account=customer, started_date=TODAY + DAY)
    old = factories.subscription(account=customer, started_date=TODAY - 2 * YEAR)
    live(NOW + DAY)
    correct(customer, TODAY + 2 * DAY)
    live(NOW + 3 * DAY)
    Subscription.objects.filter(pk=old.pk).update(superseded_by=Subscription.objects.exclude(pk=old.pk).get())
    correct(customer, TODAY + 3 * DAY)
    live(NOW + 4 * DAY)
    live(NOW + 6 * DAY)

    assert mails() == ["mail-1", "mail-2"]


def test_whoever_comes_back_after_years_is_welcomed_again(welcome: Program, customer: Account) -> None:
    factories.subscription(account=customer, started_date=TODAY)
    live(NOW)
    factories.subscription(account=customer, started_date=TODAY + 2 * YEAR)
    correct(customer, TODAY + 2 * YEAR)

    live(NOW + 2 * YEAR)

    assert mails().count("mail-1") == 2


def test_a_won_renewal_is_known_by_its_row_whatever_its_close_date(ada: User, customer: Account) -> None:
    publish(ada, "last_renewal", (0, 30), world.step(1, day=0))
    won = factories.opportunity(account=customer, is_closed=True, is_won=True, available_to_renew=100)
    live(NOW)

    for days in (-1, -20, 0):
        Opportunity.objects.filter(pk=won.pk).update(close_date=TODAY + days * DAY)
        live(NOW + DAY)
    assert len(mails()) == 1
    factories.opportunity(
        account=customer, is_closed=True, is_won=True, available_to_renew=100, close_date=TODAY + 9 * DAY
    )
    live(NOW + 9 * DAY)
    assert len(mails()) == 2


def test_the_first_csm_is_assigned_once(ada: User, customer: Account) -> None:
    publish(ada, "csm_assigned", (0, 30), world.step(1, day=0))
    assign(customer, ada, TODAY)
    live(NOW)

    customer.csm_history.all().delete()
    assign(customer, ada, TODAY + 3 * DAY)
    live(NOW + 3 * DAY)

    assert len(mails()) == 1


def test_an_installation_that_is_upgraded_repeats_nothing(welcome: Program, customer: Account) -> None:
    live(NOW)
    AnchorEvent.objects.all().delete()
    known = import_module("programs.migrations.0006_known_events").KNOWN
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute(known)
    correct(customer, TODAY + DAY)

    live(NOW + DAY)
    live(NOW + 4 * DAY)

    assert mails() == ["mail-1", "mail-2"]
    assert AnchorEvent.objects.get().key == str(TODAY)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.lists(st.tuples(st.sampled_from(["contract", "renewal", "run"]), st.integers(-80, 80)), min_size=3, max_size=9)
)
def test_nobody_gets_a_mailing_twice_for_one_event(ada: User, history: list[tuple[str, int]]) -> None:
    Delivery.objects.all().delete()
    Participant.objects.all().delete()
    AnchorEvent.objects.all().delete()
    if not Program.objects.exists():
        publish(ada, "contract_start", (0, 60), world.step(1, day=0), world.step(2, day=3))
        publish(ada, "renewal", (-30, 30), world.step(3, day=-30))
    Account.objects.update(contract_date=None, renewal_date=None)
    subscription = renewing(TODAY + 10 * DAY)
    world.admin(subscription.account)
    now = NOW

    for what, days in [*history, ("run", 1)]:
        if what == "contract":
            correct(subscription.account, TODAY + days * DAY)
        elif what == "renewal":
            sign(subscription, TODAY - YEAR, TODAY + (10 + days) * DAY, today=TODAY - 100 * DAY)
        else:
            now += dt.timedelta(hours=abs(days))
            live(now)

    sent = list(Delivery.objects.values_list("mailing", "person"))
    assert len(sent) == len(set(sent))
