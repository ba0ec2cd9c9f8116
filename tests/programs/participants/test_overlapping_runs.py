"""Two runs at once, and rows that raise: nobody is counted or written to twice, and neighbors go on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import Account, User
from contacts.models import Delivery
from contacts.recipients.selectors import AccountPeople
from cs_platform.common.models import DeadLetter
from programs.models import Decision, EntryRun, Participant
from programs.participants import operations as participants
from programs.participants.operations import advancing, enrollment
from tests import factories, mail
from tests.factories import NOW
from tests.programs import world
from tests.programs.world import DAY

ACCOUNTS = 24


def at_the_same_time(first: Callable[[], int], second: Callable[[], int]) -> tuple[int, int]:
    """Run `second` in a transaction of its own while that of `first` is open; return what both gave back."""
    results: list[int] = []

    def elsewhere() -> None:
        try:
            results.append(second())
        finally:
            connection.close()

    with transaction.atomic():
        mine = first()
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), "The second run waits for the first."
    return mine, results[0]


@pytest.mark.django_db(transaction=True)
def test_of_two_overlapping_runs_one_enrolls_and_counts() -> None:
    world.published(factories.user(bundle="program_manager"))
    for _ in range(ACCOUNTS):
        world.admin()

    entered = at_the_same_time(lambda: participants.enroll_all(now=NOW), lambda: participants.enroll_all(now=NOW))

    assert entered == (ACCOUNTS, 0)
    [run] = EntryRun.objects.all()
    assert (run.candidates, run.entered, run.rejected) == (ACCOUNTS, ACCOUNTS, 0)
    assert Participant.objects.count() == Decision.objects.filter(is_positive=True).count() == ACCOUNTS


@pytest.mark.django_db(transaction=True)
def test_two_overlapping_advances_write_one_text_once_to_somebody_at_two_accounts() -> None:
    factories.organisation()
    program = world.published(factories.user(bundle="program_manager"), plain_step())
    person = factories.person()
    for _ in range(2):
        world.admin(person=person)
    participants.enroll_all(now=NOW)
    is_first_done = threading.Event()

    def second() -> None:
        is_first_done.wait(5)
        participants.advance(now=NOW, limit=1)
        connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    with transaction.atomic():
        participants.advance(now=NOW, limit=1)
        is_first_done.set()
        # The other worker has its participant by now and waits for this one's word.
        thread.join(0.5)
    thread.join(20)

    assert not thread.is_alive()
    assert Delivery.objects.filter(mailing__program_ref=program.pk).count() == 1
    assert Participant.objects.filter(state="completed").count() == 2


def plain_step() -> Any:
    """Return a step whose text says nothing of the account."""
    text = mail.email(blocks=[{"type": "text", "text": 'Hello {{ contact.first_name | default("there") }}.'}])
    return world.rules.Step("plain", "email", "Plain", 0, text.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(("days_apart", "is_plain", "messages"), [(0, True, 1), (1, True, 1), (0, False, 2)])
def test_somebody_at_two_accounts_gets_a_text_once_unless_it_differs(
    ada: User, days_apart: int, is_plain: bool, messages: int
) -> None:
    factories.organisation()
    world.published(ada, plain_step() if is_plain else world.step(1, day=0))
    person = factories.person()
    for days in (0, days_apart):
        world.admin(world.customer(contract_date=NOW.date() + days * DAY), person=person)

    for day in range(2):
        world.live(NOW + day * DAY)

    assert Delivery.objects.filter(person=person).count() == messages
    assert Decision.objects.filter(code="already_received").count() == 2 - messages


@pytest.fixture
def poisoned(ada: User, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Return an account whose rows raise wherever recipients are resolved, among nine that do not."""
    factories.organisation()
    world.published(ada)
    for _ in range(9):
        world.admin()
    bad = world.customer(name="Poisoned")
    world.admin(bad)
    sound = AccountPeople.resolve

    def resolve(self: AccountPeople, policy: Any) -> Any:
        if POISON & self.by_membership().keys():
            raise ZeroDivisionError("poisoned")
        return sound(self, policy)

    POISON.clear()
    POISON.update(bad.memberships.values_list("pk", flat=True))
    monkeypatch.setattr(AccountPeople, "resolve", resolve)
    return bad


POISON: set[int] = set()


@pytest.mark.django_db
def test_an_account_that_raises_does_not_keep_its_neighbors_from_entering(poisoned: Account) -> None:
    for _ in range(4):
        participants.enroll_all(now=NOW)

    assert Participant.objects.count() == 9
    assert not Participant.objects.filter(account=poisoned).exists()
    letter = DeadLetter.objects.get(kind="programs.enroll")
    assert (letter.key.partition(":")[2], letter.attempts) == (str(poisoned.pk), 3)
    assert letter.set_aside_at is not None
    [run] = EntryRun.objects.all()
    assert (run.candidates, run.entered) == (9, 9)


@pytest.mark.django_db
def test_a_participant_who_raises_does_not_keep_the_others_from_moving(poisoned: Account) -> None:
    key = set(POISON)
    POISON.clear()
    participants.enroll_all(now=NOW)
    POISON.update(key)

    for _ in range(4):
        participants.advance_all(now=NOW)

    assert Delivery.objects.count() == 9
    [stuck] = Participant.objects.filter(state="queued")
    assert stuck.account_id == poisoned.pk
    assert DeadLetter.objects.get(kind="programs.advance").key == str(stuck.pk)


@pytest.mark.django_db
def test_a_program_that_cannot_be_read_stops_no_other(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.organisation()
    broken = world.published(ada, key="broken")
    world.published(ada)
    world.admin()
    sound = enrollment.candidates_of

    def candidates_of(running: Any, **given: Any) -> Any:
        if running.program == broken:
            raise KeyError("audience")
        return sound(running, **given)

    monkeypatch.setattr(enrollment, "candidates_of", candidates_of)

    assert participants.enroll_all(now=NOW) == 1
    assert DeadLetter.objects.get(kind="programs.candidates").key == str(broken.pk)


def test_what_was_set_aside_is_not_due() -> None:
    assert "common_deadletter" in advancing.DUE
