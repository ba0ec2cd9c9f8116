"""Mail servers that are silent or slow: nobody is forgotten, nobody becomes uncertain who was never tried."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from contacts.delivery import operations as delivery
from contacts.delivery.models import State
from contacts.delivery.operations.sending import TURN
from contacts.delivery.operations.transports import Letter, SmtpPostman
from contacts.models import Delivery
from tests import mail
from tests.counting_smtp import counting_smtp
from tests.factories import NOW

SILENCE_SECONDS = 0.2


class Silent:
    """A server that takes connections and never says a word."""

    def __init__(self) -> None:
        self.calls: list[socket.socket] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                self.calls.append(self.listening.accept()[0])
            except OSError:
                return


@pytest.fixture
def silent() -> Iterator[Silent]:
    server = Silent()
    yield server
    server.listening.close()
    for call in server.calls:
        call.close()


def server_at(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "username": "", "password": "", "use_tls": False, "use_ssl": False}


def letters(number: int) -> list[Letter]:
    return [Letter(n, "ada@keel.example", f"p{n}@acme.example", 1, b"Hello\r\n", 1) for n in range(number)]


def test_a_silent_server_is_waited_for_once_and_the_others_are_not_tried(silent) -> None:
    postman = SmtpPostman(server_at(silent.listening.getsockname()[1]), now=NOW, silence_seconds=SILENCE_SECONDS)

    outcomes = postman.deliver(letters(5))

    assert [outcome.reason for outcome in outcomes] == ["server_said_later", *["not_tried"] * 4]
    assert {outcome.state for outcome in outcomes} == {"planned"}
    assert len(silent.calls) == 1


def test_a_server_that_answers_again_is_asked_again(silent) -> None:
    with counting_smtp() as (server, url):
        postman = SmtpPostman(server_at(silent.listening.getsockname()[1]), now=NOW, silence_seconds=SILENCE_SECONDS)
        postman.deliver(letters(2))
        postman.server = server_at(int(url.rpartition(":")[2]))

        assert [outcome.state for outcome in postman.deliver(letters(2))] == ["sent", "sent"]
        postman.close()
    assert sum(server.taken.values()) == 2


def test_a_slow_server_is_given_what_it_manages_in_its_time() -> None:
    with counting_smtp(delay=0.1) as (server, url):
        postman = SmtpPostman(server_at(int(url.rpartition(":")[2])), now=NOW, patience_seconds=0.25)

        states = [outcome.state for outcome in postman.deliver(letters(10))]
        postman.close()

    assert states == sorted(states, reverse=True)  # some are sent, then none is
    assert 1 <= states.count("sent") == sum(server.taken.values()) < 10


@pytest.mark.django_db
def test_a_try_that_was_none_is_not_counted(silent) -> None:
    rows = mail.deliveries(3)
    postman = SmtpPostman(server_at(silent.listening.getsockname()[1]), now=NOW, silence_seconds=SILENCE_SECONDS)

    delivery.send_due(worker="w1", limit=500, now=NOW, postman=postman, is_simulated=True, clock=lambda: NOW)

    tries = Delivery.objects.order_by("pk").values_list("state", "reason", "attempts")
    assert list(tries) == [("planned", "server_said_later", 1), *[("planned", "not_tried", 0)] * 2]
    assert all(row.due_at > NOW for row in Delivery.objects.filter(pk__in=[row.pk for row in rows]))


def ticking(step: dt.timedelta) -> Callable[[], dt.datetime]:
    ticks = count()
    return lambda: NOW + step * next(ticks)


@pytest.mark.django_db
def test_what_a_turn_has_no_time_for_is_put_back_before_its_lease_ends() -> None:
    mail.deliveries(150)
    postman = mail.NotingPostman()

    report = delivery.send_due(
        worker="w1", limit=500, now=NOW, postman=postman, is_simulated=True, clock=ticking(TURN * 0.4)
    )

    kept = Delivery.objects.filter(state=State.PLANNED, attempts=0, lease_until=None, due_at__lte=NOW)
    assert 0 < len(postman.carried) < 150
    assert kept.count() == 150 - len(postman.carried)
    assert report.is_cut_short
