"""The write of results after a hand-over is not lost, whatever happens to the database or to other workers."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest
from django.db import OperationalError, connection, connections, transaction

from contacts.delivery import operations as delivery
from contacts.delivery.models import State
from contacts.delivery.operations.leases import Heartbeat
from contacts.delivery.operations.results import persist
from contacts.delivery.operations.transports import Letter, Outcome
from contacts.models import Bucket, Delivery, Suppression
from cs_platform.common.models import DeadLetter
from tests import mail
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def send(postman: mail.NotingPostman) -> delivery.SendReport:
    return delivery.send_due(
        worker="w", limit=99, now=NOW, postman=postman, is_simulated=True, clock=lambda: NOW, alive=lambda: None
    )


def end_my_session() -> None:
    """Do to this connection what a restart of the database does."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        (mine,) = cursor.fetchone()

    def terminate() -> None:
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", [mine])
        connection.close()

    beside = threading.Thread(target=terminate)
    beside.start()
    beside.join()


class LosingPostman(mail.NotingPostman):
    """Hands its letters over while the database goes away; then another worker takes this one for dead."""

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        end_my_session()
        connection.close()
        mail.let_leases_end()
        delivery.release_expired()
        end_my_session()
        return super().deliver(letters)


def test_results_outlive_a_restart_of_the_database_and_a_lease() -> None:
    mail.deliveries(3)
    postman = LosingPostman()

    send(postman)

    assert len(postman.carried) == 3
    assert set(Delivery.objects.values_list("state", "reason")) == {("sent", "")}
    assert [bucket.total for bucket in Bucket.objects.all()] == [3]


def test_a_hand_over_that_lost_its_connection_while_it_committed_is_handed_over_once(monkeypatch) -> None:
    mail.deliveries(3)
    postman = mail.NotingPostman()
    real = delivery.sending._hand_over
    lost: list[bool] = []

    def lose_once(*given: object) -> object:
        found = real(*given)  # type: ignore[arg-type]
        if not lost:
            lost.append(True)
            mail.let_leases_end()
            delivery.release_expired()
            raise OperationalError("server closed the connection unexpectedly")
        return found

    monkeypatch.setattr(delivery.sending, "_hand_over", lose_once)
    send(postman)

    assert sorted(postman.carried) == sorted(Delivery.objects.values_list("address", flat=True))
    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}


def test_a_write_is_given_up_only_when_the_database_stays_away() -> None:
    tries: list[int] = []

    def write() -> None:
        tries.append(1)
        raise OperationalError("the database system is starting up")

    with pytest.raises(OperationalError):
        persist(write, patience_seconds=0.2)
    assert len(tries) >= 3


class Counter(threading.Thread):
    """Counts in the order that deadlocks with a worker: the counter first, then the message."""

    def __init__(self, row: Delivery) -> None:
        super().__init__()
        self.row, self.has_counter = row, threading.Event()

    def run(self) -> None:
        try:
            with transaction.atomic():
                Bucket.objects.select_for_update().get()
                self.has_counter.set()
                Delivery.objects.filter(pk=self.row.pk).update(detail="counted")
        except OperationalError:
            pass  # the database chose this one
        finally:
            connections.close_all()


class CountedPostman(mail.NotingPostman):
    def __init__(self, counter: Counter) -> None:
        super().__init__()
        self.counter = counter

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_lock(1)")
        self.counter.start()
        self.counter.has_counter.wait(30)
        return super().deliver(letters)


@pytest.fixture
def quick_deadlocks() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("alter role current_user set deadlock_timeout = '50ms'")
    connection.close()
    yield
    with connection.cursor() as cursor:
        cursor.execute("alter role current_user reset deadlock_timeout")


def test_counting_what_was_sent_outlives_a_deadlock(quick_deadlocks) -> None:
    _, second = mail.deliveries(2)
    Delivery.objects.filter(pk=second.pk).update(state=State.HELD, reason="mailing_on_hold")
    send(mail.NotingPostman())
    Delivery.objects.filter(pk=second.pk).update(state=State.PLANNED)
    counter = Counter(second)

    send(CountedPostman(counter))
    counter.join()

    assert set(Delivery.objects.values_list("state", flat=True)) == {State.SENT}
    assert [bucket.total for bucket in Bucket.objects.all()] == [2]


class NulPostman(mail.NotingPostman):
    """Answers what no text of PostgreSQL holds."""

    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        outcomes = super().deliver(letters)
        return [Outcome(outcome.delivery_id, "sent", detail="250 \0", transport="smtp") for outcome in outcomes]


def test_an_answer_that_cannot_be_stored_loses_no_result() -> None:
    mail.deliveries(5)

    send(NulPostman())

    assert set(Delivery.objects.values_list("state", "detail")) == {("sent", "")}
    assert [bucket.total for bucket in Bucket.objects.all()] == [5]
    assert set(DeadLetter.objects.values_list("kind", flat=True)) == {"delivery.result"}


class RefusingPostman(mail.NotingPostman):
    def deliver(self, letters: Sequence[Letter]) -> list[Outcome]:
        answer = "550 5.1.1 User unknown"
        return [Outcome(each.delivery_id, "refused", "server_refused", answer, "smtp") for each in letters]


def test_a_dead_address_is_suppressed_in_the_write_that_says_so() -> None:
    mail.deliveries(2)

    send(RefusingPostman())

    assert list(Suppression.objects.values_list("reason", flat=True)) == ["hard_bounce"] * 2


def test_a_living_worker_keeps_its_claims_and_a_clock_that_is_hours_off_takes_none() -> None:
    mail.deliveries(2)
    delivery.claim(worker="ahead", limit=1, now=NOW, is_simulated=True)
    delivery.claim(worker="alive", limit=1, now=NOW, is_simulated=True)
    Delivery.objects.filter(worker="alive").update(lease_until=NOW)
    before = Delivery.objects.get(worker="alive").lease_until

    with Heartbeat("alive", beat_seconds=0.02):
        while Delivery.objects.get(worker="alive").lease_until == before:
            pass

    assert delivery.release_expired() == (0, 0)
    mail.let_leases_end()
    assert delivery.release_expired() == (2, 0)
