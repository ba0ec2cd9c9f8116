from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from email import message_from_bytes, policy

import pytest

from contacts.consent import operations as consent
from contacts.delivery import operations as delivery
from contacts.delivery.models import State
from contacts.delivery.operations.transports import Letter, Outcome
from contacts.models import Bucket, Delivery, Suppression
from tests import factories, mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


def send(postman: mail.NotingPostman, *, now: dt.datetime = NOW, worker: str = "w1") -> delivery.SendReport:
    return delivery.send_due(worker=worker, limit=500, now=now, postman=postman, is_simulated=True, clock=lambda: now)


def test_a_due_delivery_is_sent_once_and_counted() -> None:
    (row,) = mail.deliveries(1)
    postman = mail.NotingPostman()

    send(postman)
    send(postman)

    row.refresh_from_db()
    assert postman.carried == [row.address]
    assert (row.state, row.sent_at, row.delivered_at, row.attempts) == (State.SENT, NOW, NOW, 1)
    assert [(b.kind, b.total) for b in Bucket.objects.all()] == [("sent", 1)]


def test_the_message_is_complete_and_its_links_are_ours() -> None:
    mail.deliveries(1)
    postman = mail.NotingPostman()

    send(postman)

    message = message_from_bytes(postman.contents[0], policy=policy.default)
    html = message.get_body(("html",)).get_content()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"].endswith("@127.0.0.1>") or "@" in message["Message-ID"]
    assert "docs.example" not in html
    assert html.count("/c/") >= 3  # two links and the one no human sees
    assert "Pat" in html


def test_planning_the_same_message_twice_plans_it_once() -> None:
    member = factories.membership()
    said = mail.planned(member, mailing=mail.mailing(), sender=mail.sender(), email=mail.email())

    assert delivery.plan([said], now=NOW) == [said]
    assert delivery.plan([said, said], now=NOW) == []
    assert Delivery.objects.count() == 1


def test_another_occurrence_is_another_message() -> None:
    member, said, by, what = factories.membership(), mail.mailing(), mail.sender(), mail.email()
    rows = [
        mail.planned(member, mailing=said, sender=by, email=what, occurrence=f"renewal:{year}-03-02")
        for year in (2026, 2027)
    ]

    assert delivery.plan(rows, now=NOW) == rows


def test_what_is_not_due_stays_planned() -> None:
    member, said = factories.membership(), mail.mailing()
    row = mail.planned(member, mailing=said, sender=mail.sender(), email=mail.email(), due_at=NOW + MINUTE)
    delivery.plan([row], now=NOW)

    assert send(mail.NotingPostman()).claimed == 0
    assert send(mail.NotingPostman(), now=NOW + MINUTE).claimed == 1


def test_an_address_suppressed_after_planning_gets_nothing() -> None:
    (row,) = mail.deliveries(1)
    consent.suppress(addresses=[row.address], reason=Suppression.Reason.COMPLAINT, source="test", now=NOW)
    postman = mail.NotingPostman()

    send(postman)

    row.refresh_from_db()
    assert postman.carried == []
    assert (row.state, row.reason) == (State.CANCELLED, "suppressed_complaint")


def test_a_contact_who_opted_out_after_planning_gets_nothing() -> None:
    (row,) = mail.deliveries(1)
    assert row.membership is not None
    consent.opt_out(membership=row.membership, category="enablement", source="test", now=NOW)

    send(mail.NotingPostman())

    row.refresh_from_db()
    assert (row.state, row.reason) == (State.CANCELLED, "opted_out")


class DyingPostman(mail.NotingPostman):
    """Hands some letters over and dies before anybody hears of it."""

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        super().deliver(letters)
        raise KeyboardInterrupt


def test_what_a_dying_worker_had_handed_over_becomes_uncertain_and_is_never_sent_again() -> None:
    mail.deliveries(3)
    dying, other = DyingPostman(), mail.NotingPostman()
    with pytest.raises(KeyboardInterrupt):
        send(dying)

    mail.let_leases_end()
    assert delivery.release_expired() == (0, 3)
    send(other)

    assert len(dying.carried) == 3
    assert other.carried == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.UNCERTAIN}


def test_what_a_dying_worker_had_only_claimed_is_planned_again() -> None:
    mail.deliveries(3)
    delivery.claim(worker="dead", limit=10, now=NOW, is_simulated=True)

    assert delivery.release_expired() == (0, 0)
    mail.let_leases_end()
    assert delivery.release_expired() == (3, 0)
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.PLANNED}


def test_a_person_settles_what_is_uncertain_once() -> None:
    arrived, lost = mail.deliveries(2)
    Delivery.objects.update(state=State.UNCERTAIN)

    delivery.resolve_uncertain(delivery=arrived, arrived=True, by="ada@keel.example", now=NOW)
    delivery.resolve_uncertain(delivery=lost, arrived=False, by="ada@keel.example", now=NOW)

    arrived.refresh_from_db()
    lost.refresh_from_db()
    assert (arrived.state, lost.state) == (State.SENT, State.PLANNED)
    with pytest.raises(delivery.NotUncertain):
        delivery.resolve_uncertain(delivery=arrived, arrived=True, by="ada@keel.example", now=NOW)


def sent_counted(mailing: int) -> list[tuple[str, int]]:
    return list(Bucket.objects.filter(mailing=mailing).values_list("kind", "total"))


def test_what_a_person_settles_as_arrived_counts_as_sent() -> None:
    (row,) = mail.deliveries(1)
    Delivery.objects.update(state=State.UNCERTAIN, handed_over_at=NOW)
    assert sent_counted(row.mailing_id) == []

    delivery.resolve_uncertain(delivery=row, arrived=True, by="ada@keel.example", now=NOW + dt.timedelta(days=1))

    row.refresh_from_db()
    assert row.sent_at == NOW
    assert sent_counted(row.mailing_id) == [("sent", 1)]


def test_what_is_heard_of_has_left_and_is_counted_once() -> None:
    heard, silent = mail.deliveries(2)
    Delivery.objects.update(state=State.UNCERTAIN, handed_over_at=NOW)

    assert delivery.settle_heard_of(delivery_ids=[heard.pk]) == 1
    assert delivery.settle_heard_of(delivery_ids=[heard.pk]) == 0

    heard.refresh_from_db()
    silent.refresh_from_db()
    assert (heard.state, silent.state) == (State.SENT, State.UNCERTAIN)
    assert sent_counted(heard.mailing_id) == [("sent", 1)]


def test_a_text_with_a_hole_is_cancelled_and_says_what_is_missing() -> None:
    member = factories.membership(person=factories.person(first_name="Kim"))
    holed = mail.email(blocks=[{"type": "text", "text": "Your manager is {{ csm.name }}."}])
    delivery.plan([mail.planned(member, mailing=mail.mailing(), sender=mail.sender(), email=holed)], now=NOW)

    send(mail.NotingPostman())

    row = Delivery.objects.get()
    assert (row.state, row.reason) == (State.CANCELLED, "cannot_be_written")
    assert "csm.name" in row.detail
