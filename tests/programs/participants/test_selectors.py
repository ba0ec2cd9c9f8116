"""Who is in a program, and who is not."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Account, User
from contacts.models import Delivery
from programs.models import Participant, Program
from programs.participants import selectors
from programs.participants.selectors import Flow, ParticipantFilter
from tests import factories
from tests.factories import NOW
from tests.programs import world
from tests.programs.world import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def welcome(ada: User) -> Program:
    """Return a program with Grace inside, Linus through, and an account that nobody can be reached at."""
    factories.organisation()
    program = world.published(ada)
    linus = factories.person(first_name="Linus", last_name="Torvalds", email="linus@kernel.example")
    world.admin(world.customer(name="Kernel Works"), person=linus)
    world.live(NOW)
    for day in range(1, 5):
        world.live(NOW + day * DAY)
    grace = factories.person(first_name="Grace", last_name="Hopper", email="grace@navy.example")
    world.admin(world.customer(name="Navy Yard", contract_date=(NOW + 4 * DAY).date()), person=grace)
    world.customer(name="Lonely Ltd", contract_date=(NOW + 4 * DAY).date())
    world.live(NOW + 4 * DAY)
    return program


def accounts(program: Program, viewer: User, **wanted: str) -> list[str]:
    found = selectors.participants_of(program, viewer=viewer, wanted=ParticipantFilter(**wanted))
    return sorted(participant.account.name for participant in found)


def test_a_group_shows_who_is_inside_who_came_through_and_who_did_not_enter(welcome: Program, ada: User) -> None:
    assert accounts(welcome, ada, group="entered") == ["Kernel Works", "Navy Yard"]
    assert accounts(welcome, ada, group="inside") == ["Navy Yard"]
    assert accounts(welcome, ada, group="completed") == ["Kernel Works"]
    assert accounts(welcome, ada, group="rejected") == ["Lonely Ltd"]
    assert accounts(welcome, ada, group="left") == []


def test_every_group_is_counted_and_all_of_them_together(welcome: Program, ada: User) -> None:
    assert selectors.group_counts(welcome, viewer=ada) == {
        "": 3,
        "entered": 2,
        "inside": 1,
        "completed": 1,
        "left": 0,
        "rejected": 1,
    }


@pytest.mark.parametrize("words", ["grace hop", "GRACE@", "navy"])
def test_words_find_the_contact_and_the_account(welcome: Program, ada: User, words: str) -> None:
    assert accounts(welcome, ada, words=words) == ["Navy Yard"]


def test_a_reason_and_a_step_narrow_the_list(welcome: Program, ada: User) -> None:
    assert accounts(welcome, ada, reason="no_gitlab_admin_and_no_sold_to") == ["Lonely Ltd"]
    assert accounts(welcome, ada, step="mail-2", group="inside") == ["Navy Yard"]


def test_public_sector_accounts_are_for_those_who_may_see_them(welcome: Program, ben: User, eve: User) -> None:
    Account.objects.filter(name="Navy Yard").update(is_pubsec=True)

    assert accounts(welcome, ben) == ["Kernel Works", "Lonely Ltd"]
    assert selectors.group_counts(welcome, viewer=ben)["inside"] == 0
    assert accounts(welcome, eve) == []


def test_comings_and_goings_are_those_of_the_period(welcome: Program, ada: User) -> None:
    assert selectors.flow(welcome, viewer=ada, since=None, until=NOW + 9 * DAY) == Flow(entered=2, completed=1, left=0)
    assert selectors.flow(welcome, viewer=ada, since=NOW + DAY, until=NOW + 9 * DAY) == Flow(
        entered=1, completed=1, left=0
    )
    assert selectors.flow(welcome, viewer=ada, since=NOW - DAY, until=NOW + DAY) == Flow(entered=1, completed=0, left=0)


def test_who_leaves_is_counted_at_the_step_they_were_at(welcome: Program, ada: User) -> None:
    left = Participant.objects.filter(account__name="Navy Yard")
    left.update(state="exited", reason="inactive", finished_at=NOW + 5 * DAY)

    assert selectors.left_at_steps(welcome, viewer=ada, since=None, until=NOW + 9 * DAY) == {"mail-2": 1}
    assert selectors.left_at_steps(welcome, viewer=ada, since=NOW + 6 * DAY, until=NOW + 9 * DAY) == {}


def test_the_number_inside_is_walked_back_from_today(welcome: Program, ada: User) -> None:
    today = (NOW + 4 * DAY).date()

    days = selectors.inside_by_day(welcome, viewer=ada, inside_now=1, since=NOW.date() - DAY, today=today)

    # Linus came on the first day and was through on the fourth; Grace came on the fifth.
    assert days == [0, 1, 1, 1, 0, 1]


def test_decisions_about_an_entry_tell_of_the_other_contacts_too(welcome: Program) -> None:
    account = world.customer()
    world.admin(account)
    other = factories.membership(account=account)
    world.live(NOW)

    decisions = selectors.decisions_about(Participant.objects.get(account=account))

    assert {(d.is_positive, d.code) for d in decisions} == {(True, "is_gitlab_admin"), (False, "no_addressed_role")}
    (about_him,) = selectors.decisions_on([other], limit=5)
    assert about_him.code == "no_addressed_role"


def test_an_account_lists_its_programs(welcome: Program, ada: User, ben: User) -> None:
    account = Delivery.objects.order_by("pk").last().account
    assert [p.program for p in selectors.participations_at(account.pk, viewer=ada)] == [welcome]

    account.is_pubsec = True
    account.save()

    assert not selectors.participations_at(account.pk, viewer=ben).exists()


def test_a_participants_row_costs_no_query_of_its_own(welcome: Program, ada: User, django_assert_num_queries) -> None:
    ada.may("view")

    with django_assert_num_queries(1):
        rows = list(selectors.participants_of(welcome, viewer=ada))
        shown = [(r.account.csm, r.membership and r.membership.person.display_name, r.version.number) for r in rows]

    assert len(shown) == 3
    assert all(isinstance(row.changed_at, dt.datetime) for row in rows)
