"""Who becomes reachable at an account that is inside already joins while the window is open, once."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from accounts.models import Account, User
from contacts.models import Delivery, Membership
from contacts.recipients.rules import DEFAULT_POLICIES, MessageClass
from contacts.recipients.selectors import people_of
from cs_platform.common import clock
from cs_platform.common.acting import acting
from programs.design.selectors import running_programs
from programs.models import Decision, EntryRun, Participant, Program
from programs.participants import operations as participants
from programs.participants.operations.candidates import accounts_to_recheck
from tests import factories
from tests.factories import NOW, TODAY
from tests.programs import world
from tests.programs.world import DAY, admin, live

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer(ada: User) -> Account:
    """Return an account in a program of two emails (days 0 and 3, window 0 to 2) with one reader inside."""
    factories.organisation()
    world.published(ada)
    with clock.recording_at(NOW - 2 * DAY):
        account = world.customer()
        admin(account)
    live(NOW)
    return account


def give(contact: Membership, *, at: dt.datetime, **facts: object) -> None:
    with acting(actor="ada"), clock.recording_at(at):
        Membership.objects.filter(pk=contact.pk).update(**facts)


def letters_to(contact: Membership) -> list[str]:
    found = Delivery.objects.filter(membership=contact, state="sent").order_by("pk")
    return [row.mailing.key.partition("/")[2] for row in found.select_related("mailing")]


def test_a_second_gitlab_admin_joins_from_the_first_step_on(customer: Account) -> None:
    late = factories.membership(account=customer)
    live(NOW)
    give(late, at=NOW + DAY, roles=["gitlab_admin"])

    for day in (1, 2, 3, 4):
        live(NOW + day * DAY)

    assert letters_to(late) == ["mail-1", "mail-2"]
    # One day late in, so the second email comes a day after that of the colleague.
    assert Participant.objects.get(membership=late).finished_at == NOW + 4 * DAY


def test_nobody_joins_twice_however_often_it_runs(customer: Account) -> None:
    late = admin(customer)

    for _ in range(3):
        live(NOW + DAY)
    give(late, at=NOW + 2 * DAY, is_active=False)
    live(NOW + 2 * DAY)
    give(late, at=NOW + 2 * DAY, is_active=True)
    live(NOW + 2 * DAY)

    assert Participant.objects.filter(membership=late).count() == 1
    assert letters_to(late) == ["mail-1"]


def test_nobody_joins_once_the_window_has_closed(customer: Account) -> None:
    late = admin(customer)

    live(NOW + 3 * DAY)

    assert not Participant.objects.filter(membership=late).exists()


def test_a_contact_who_wants_this_mail_again_joins(customer: Account) -> None:
    unwilling = admin(customer, opted_out=["enablement"])
    live(NOW)
    assert letters_to(unwilling) == []

    give(unwilling, at=NOW + DAY, opted_out=[])
    live(NOW + DAY)

    assert letters_to(unwilling) == ["mail-1"]
    codes = Decision.objects.filter(membership_id=unwilling.pk).order_by("decided_at", "id")
    assert [d.code for d in codes] == ["is_gitlab_admin"]


def test_the_first_gitlab_admin_takes_over_from_the_sold_to_contact(ada: User) -> None:
    factories.organisation()
    world.published(ada)
    account = world.customer()
    buyer, later = factories.membership(account=account), factories.membership(account=account)
    factories.sold_to(account=account, person=buyer.person)
    live(NOW)

    give(later, at=NOW + DAY, roles=["gitlab_admin"])
    for day in (1, 3, 4):
        live(NOW + day * DAY)

    assert (letters_to(buyer), letters_to(later)) == (["mail-1"], ["mail-1", "mail-2"])
    assert Participant.objects.get(membership=buyer).reason == "gitlab_admin_exists"


def test_the_sold_to_contact_steps_in_when_the_only_admin_leaves(customer: Account) -> None:
    buyer = factories.membership(account=customer)
    factories.sold_to(account=customer, person=buyer.person)
    live(NOW)
    assert letters_to(buyer) == []

    give(Membership.objects.with_role("gitlab_admin").get(), at=NOW + DAY, is_active=False)
    live(NOW + DAY)

    assert letters_to(buyer) == ["mail-1"]
    assert Participant.objects.get(membership=buyer).reason == "is_sold_to_fallback"


def test_a_sold_to_contact_does_not_join_a_survey(ada: User) -> None:
    factories.organisation()
    world.published_survey(ada)
    account = world.customer()
    admin(account)
    live(NOW)
    buyer = factories.membership(account=account)
    factories.sold_to(account=account, person=buyer.person)

    live(NOW + DAY)

    assert not Participant.objects.filter(membership=buyer).exists()


def test_an_account_that_left_the_audience_takes_nobody_along(customer: Account) -> None:
    late = admin(customer)
    Account.objects.update(segment="csm_managed")

    live(NOW + DAY)

    assert not Participant.objects.filter(membership=late).exists()


def test_an_account_that_somebody_joins_is_not_counted_again(customer: Account) -> None:
    admin(customer)

    assert participants.enroll_all(now=NOW + DAY) == 0

    run = EntryRun.objects.get()
    assert (run.candidates, run.entered, run.rejected) == (1, 1, 0)
    assert Participant.objects.count() == 2


def test_only_an_account_whose_contacts_changed_is_rechecked(customer: Account) -> None:
    def touch(at: dt.datetime) -> list[int]:
        with acting(actor="ada"), clock.recording_at(at):
            Membership.objects.update(source="keel")
        return [
            c.account_id
            for c in accounts_to_recheck(running_programs(), today=(NOW + DAY).date(), now=NOW + DAY).get(
                program.pk, []
            )
        ]

    program = Program.objects.get()
    assert touch(NOW - DAY) == []
    assert touch(NOW + DAY) == [customer.pk]


def test_however_many_programs_ask_there_is_one_look_back(
    customer: Account, ada: User, django_assert_num_queries
) -> None:
    running = [*running_programs(), *running_programs()]

    with django_assert_num_queries(1):
        accounts_to_recheck(running, today=TODAY, now=NOW)


def who_receives(account: Account, now: dt.datetime) -> set[int]:
    found = people_of([account.pk], now=now)[account.pk].resolve(DEFAULT_POLICIES[MessageClass.ONBOARDING])
    return set(found.recipients)


def change_something(dice: random.Random, contacts: list[Membership], now: dt.datetime) -> None:
    contact = dice.choice(contacts)
    facts: dict[str, object] = dice.choice(
        [{"roles": ["gitlab_admin"]}, {"roles": []}, {"is_active": False}, {"is_active": True}, {"opted_out": ["all"]}]
    )
    give(contact, at=now, **facts)


@pytest.mark.parametrize("seed", range(6))
def test_inside_is_everybody_who_could_be_reached_at_some_run_of_the_window(seed: int, ada: User) -> None:
    dice = random.Random(seed)
    factories.organisation()
    program: Program = world.published(ada)
    account = world.customer()
    contacts = [factories.membership(account=account) for _ in range(5)]
    factories.sold_to(account=account, person=contacts[0].person)
    expected: set[int] = set()

    for hour in range(0, 100, 7):
        now = NOW + dt.timedelta(hours=hour)
        change_something(dice, contacts, now)
        if (now.date() - NOW.date()).days <= 2:
            expected |= who_receives(account, now)
        live(now)

    inside = Participant.objects.filter(program=program, membership__isnull=False)
    assert set(inside.values_list("membership_id", flat=True)) == expected
    keys = list(Delivery.objects.values_list("mailing", "person"))
    assert len(keys) == len(set(keys))
