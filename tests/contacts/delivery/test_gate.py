"""What may not leave now is held or cancelled with its reason, and is never sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from importlib import import_module

import pytest
from django.db import connection

from accounts.models import Account
from contacts.delivery import operations as delivery
from contacts.delivery.models import State
from contacts.delivery.operations.transports import Letter, Outcome
from contacts.delivery.selectors import held_mail, resume_preview
from contacts.models import Bucket, Delivery, Mailing, Membership
from tests import factories, mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
PROGRAM = 7


@pytest.fixture
def program() -> list[Delivery]:
    """Return five planned messages of one program, which may all leave."""
    factories.organisation(is_safe_mode=False)
    rows = mail.deliveries(5)
    Mailing.objects.update(program_ref=PROGRAM)
    return rows


def send(*, now: dt.datetime = NOW, postman: mail.NotingPostman | None = None) -> list[str]:
    """Return the addresses written to in one turn of a worker."""
    carrier = postman or mail.NotingPostman()
    delivery.release_held(now=now)
    delivery.send_due(worker="w", limit=99, now=now, postman=carrier, is_simulated=False, clock=lambda: now)
    return carrier.carried


def ledger() -> set[tuple[str, str]]:
    return set(Delivery.objects.values_list("state", "reason"))


def test_what_was_planned_before_a_pause_is_held_at_once(program) -> None:
    assert delivery.pause_mailings(program_ref=PROGRAM, now=NOW) == 5

    assert ledger() == {("held", "program_paused")}
    assert send() == []


def test_what_is_planned_during_a_pause_is_held_too(program) -> None:
    delivery.pause_mailings(program_ref=PROGRAM, now=NOW)
    Delivery.objects.update(state=State.PLANNED)  # as by a worker that planned while the program was being paused

    assert send() == []
    assert ledger() == {("held", "program_paused")}


class PausingPostman(mail.NotingPostman):
    """Sees the program paused while it carries the first group."""

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        delivery.pause_mailings(program_ref=PROGRAM, now=NOW)
        return super().deliver(letters)


def test_a_pause_between_two_groups_of_one_claim_holds_the_second() -> None:
    factories.organisation(is_safe_mode=False)
    mail.deliveries(80)
    Mailing.objects.update(program_ref=PROGRAM)

    assert len(send(postman=PausingPostman())) == 64
    assert Delivery.objects.filter(state=State.HELD, reason="program_paused", attempts=0).count() == 16


def test_resuming_sends_in_the_order_in_which_messages_were_due(program) -> None:
    for place, row in enumerate(reversed(program)):
        Delivery.objects.filter(pk=row.pk).update(due_at=NOW + place * dt.timedelta(minutes=1))
    delivery.pause_mailings(program_ref=PROGRAM, now=NOW)

    assert delivery.resume_mailings(program_ref=PROGRAM, how="send", now=NOW + DAY) == 5
    first = delivery.claim(worker="w", limit=1, now=NOW + DAY).deliveries
    assert [claimed.id for claimed in first] == [program[-1].pk]


def test_resuming_shows_first_what_would_leave(program) -> None:
    Delivery.objects.filter(pk=program[0].pk).update(due_at=NOW - 2 * DAY)
    Delivery.objects.filter(pk=program[4].pk).update(due_at=NOW + DAY)
    delivery.pause_mailings(program_ref=PROGRAM, now=NOW)

    shown = resume_preview(program_ref=PROGRAM, now=NOW)

    assert (shown.number, shown.oldest_due_at, shown.later) == (4, NOW - 2 * DAY, 1)


def test_resuming_can_skip_what_is_overdue_and_keep_what_is_not(program) -> None:
    Delivery.objects.filter(pk=program[4].pk).update(due_at=NOW + DAY)
    delivery.pause_mailings(program_ref=PROGRAM, now=NOW)

    assert delivery.resume_mailings(program_ref=PROGRAM, how="skip", now=NOW) == 1
    assert ledger() == {("cancelled", "skipped_on_resume"), ("planned", "")}


def test_resuming_can_spread_what_is_overdue_over_days(program) -> None:
    delivery.pause_mailings(program_ref=PROGRAM, now=NOW)

    delivery.resume_mailings(program_ref=PROGRAM, how="spread", days=5, now=NOW + DAY)

    due = list(Delivery.objects.order_by("due_at").values_list("due_at", flat=True))
    assert due == [NOW + DAY + place * DAY for place in range(5)]
    with pytest.raises(ValueError, match="one day or more"):
        delivery.resume_mailings(program_ref=PROGRAM, how="spread", days=0, now=NOW)


def test_stopping_cancels_what_is_planned_and_what_is_held(program) -> None:
    Delivery.objects.filter(pk=program[0].pk).update(state=State.HELD, reason="safe_mode")

    assert delivery.stop_mailings(program_ref=PROGRAM, now=NOW) == 5
    assert ledger() == {("cancelled", "program_stopped")}
    Delivery.objects.update(state=State.PLANNED)
    assert send() == []
    assert ledger() == {("cancelled", "program_stopped")}


def test_a_mailing_can_be_put_on_hold_by_itself(program) -> None:
    delivery.hold_mailing(mailing_id=program[0].mailing_id, is_on_hold=True)
    assert send() == []
    assert ledger() == {("held", "mailing_on_hold")}

    delivery.hold_mailing(mailing_id=program[0].mailing_id, is_on_hold=False)
    assert len(send()) == 5


def test_what_is_held_longer_than_its_mailing_allows_is_cancelled(program) -> None:
    Mailing.objects.update(max_lateness=DAY)
    delivery.pause_mailings(program_ref=PROGRAM, now=NOW)

    assert delivery.release_held(now=NOW + DAY) == (0, 0)
    assert delivery.release_held(now=NOW + DAY + dt.timedelta(seconds=1)) == (0, 5)
    assert ledger() == {("cancelled", "too_late")}


def test_another_program_goes_on(program) -> None:
    delivery.pause_mailings(program_ref=8, now=NOW)
    delivery.stop_mailings(program_ref=9, now=NOW)

    assert len(send()) == 5


# Who may not be written to any more -----------------------------------------------------------------------------


def leave(member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).delete()


def deactivate(member: Membership) -> None:
    Membership.objects.filter(pk=member.pk).update(is_active=False)


def account(**fields: object) -> Callable[[Membership], None]:
    def change(member: Membership) -> None:
        Account.objects.filter(pk=member.account_id).update(**fields)

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (leave, "contact_gone"),
        (deactivate, "inactive"),
        (account(is_restricted=True), "restricted_account"),
        (account(stage="churned"), "account_churned"),
        (account(switched_off=["enablement"]), "account_switched_off"),
    ],
)
def test_who_is_out_of_reach_since_planning_gets_nothing(program, change, reason) -> None:
    membership = program[0].membership
    change(membership)

    send()

    gone = Delivery.objects.get(pk=program[0].pk)
    assert (gone.state, gone.reason, gone.attempts) == ("cancelled", reason, 0)


@pytest.mark.parametrize(
    ("fields", "allows"),
    [
        ({"is_restricted": True}, {"include_restricted": True}),
        ({"stage": "churned"}, {"includes_churned": True}),
    ],
)
def test_a_program_may_write_to_accounts_that_others_leave_out(program, fields, allows) -> None:
    Account.objects.update(**fields)
    Mailing.objects.update(**allows)

    assert len(send()) == 5


# Safe mode -------------------------------------------------------------------------------------------------------


def test_safe_mode_holds_what_is_not_on_the_list(program) -> None:
    listed = program[0]
    factories.organisation(is_safe_mode=True, allowed_addresses=[listed.address.upper()])

    assert send() == [listed.address]

    assert ledger() == {("sent", ""), ("held", "safe_mode")}
    assert Delivery.objects.exclude(pk=listed.pk).filter(sent_at=None, delivered_at=None, transport="").count() == 4
    assert [bucket.total for bucket in Bucket.objects.all()] == [1]


def test_before_set_up_nothing_leaves_the_house() -> None:
    mail.deliveries(1)

    assert send() == []
    assert ledger() == {("held", "safe_mode")}


def test_an_address_that_is_put_on_the_list_gets_what_was_held(program) -> None:
    factories.organisation(is_safe_mode=True)
    send()

    factories.organisation(is_safe_mode=True, allowed_addresses=[program[2].address])

    assert send() == [program[2].address]


def test_switching_safe_mode_off_asks_about_every_program_with_held_mail(program, ada) -> None:
    Delivery.objects.update(state=State.HELD, reason="safe_mode")
    other = mail.deliveries(2)
    Mailing.objects.filter(pk=other[0].mailing_id).update(program_ref=8)
    Delivery.objects.update(state=State.HELD, reason="safe_mode")

    with pytest.raises(delivery.UndecidedMail):
        delivery.switch_safe_mode(is_on=False, decisions={PROGRAM: "release"})

    assert delivery.switch_safe_mode(is_on=False, decisions={PROGRAM: "release", 8: "discard"}) == 5
    assert [(held.number, held.words) for held in held_mail(8, viewer=ada)] == []
    assert len(send()) == 5
    assert ledger() == {("sent", ""), ("cancelled", "discarded")}


def test_held_mail_of_which_nobody_decided_stays_held_when_the_mode_is_off(program, ada) -> None:
    Delivery.objects.update(state=State.HELD, reason="safe_mode")

    assert send() == []
    assert [(held.reason, held.number) for held in held_mail(PROGRAM, viewer=ada)] == [("safe_mode", 5)]


def test_what_safe_mode_had_called_sent_is_taken_out_of_the_figures(program) -> None:
    send()
    Delivery.objects.filter(pk=program[0].pk).update(reason="safe_mode", transport="outbox")
    migration = import_module("contacts.migrations.0022_kept_in_is_not_sent")

    with connection.cursor() as cursor:
        cursor.execute(migration.UNCOUNT)
        cursor.execute(migration.NOT_SENT)

    assert [bucket.total for bucket in Bucket.objects.all()] == [4]
    kept = Delivery.objects.get(pk=program[0].pk)
    assert (kept.state, kept.reason, kept.sent_at, kept.delivered_at) == ("cancelled", "discarded", None, None)
