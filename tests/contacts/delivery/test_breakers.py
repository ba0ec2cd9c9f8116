"""A refusal that speaks of us refuses no recipient: it holds what goes out in that name until it is accepted again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings

from contacts.delivery import operations as delivery
from contacts.delivery.operations.transports import SmtpPostman
from contacts.models import Breaker, Delivery, Suppression
from tests import factories, mail
from tests.counting_smtp import ScriptedServer
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
OUR_SENDER = "550 5.1.1 <programs@keel.example>: User unknown"


@pytest.fixture
def server(settings: LazySettings) -> Iterator[ScriptedServer]:
    factories.organisation(is_safe_mode=False)
    found = ScriptedServer()
    settings.EMAIL = found.settings
    yield found
    found.close()


def turn(now: dt.datetime = NOW) -> None:
    """Let a worker come by once."""
    postman = SmtpPostman(now=now, silence_seconds=5)
    delivery.release_held(now=now)
    delivery.send_due(worker="w", limit=99, now=now, postman=postman, is_simulated=False, clock=lambda: now)
    postman.close()


def ledger() -> list[tuple[str, str, int]]:
    return sorted(Delivery.objects.values_list("state", "reason", "attempts"))


STAGES = [
    ("greeting", "554 5.7.1 No SMTP service for you", "server"),
    ("AUTH", "535 5.7.8 Username and password not accepted", "server"),
    ("MAIL", OUR_SENDER, "sender"),
    ("MAIL", "452 4.3.1 Daily sending quota exceeded", "sender"),
    ("RCPT", "550 5.7.1 Relaying denied", "server"),
    ("RCPT", "550 5.1.1 too many recipients this hour", "sender"),
    ("DATA", "554 5.7.1 Client host blocked using zen.spamhaus.org", "domain"),
    ("DOT", "550 5.7.26 Unauthenticated email from keel.example is not accepted due to its DMARC policy", "domain"),
]


@pytest.mark.parametrize(("stage", "answer", "scope"), STAGES)
def test_at_whatever_stage_it_comes_it_holds_the_run_and_suppresses_nobody(
    server: ScriptedServer, stage: str, answer: str, scope: str
) -> None:
    mail.deliveries(5)
    server.says[stage] = answer
    server.settings["username"] = "keel" if stage == "AUTH" else ""

    turn()

    assert ledger() == [("held", "breaker_open", 0)] * 5
    assert not Suppression.objects.exists()
    breaker = Breaker.objects.get()
    assert (breaker.scope, breaker.closed_at, breaker.retry_at) == (scope, None, NOW + MINUTE)
    assert answer in breaker.answer
    assert server.taken == []


def test_it_is_tried_again_with_one_message_and_ever_more_seldom(server: ScriptedServer) -> None:
    mail.deliveries(3)
    server.says["MAIL"] = OUR_SENDER
    asked: list[int] = []
    turn()

    for minutes in (0, 1, 2, 5, 6, 7, 21, 22):
        before = Breaker.objects.get().tries
        turn(NOW + minutes * MINUTE)
        asked += [minutes] if Breaker.objects.get().tries > before else []

    assert asked == [1, 6, 21]
    assert ledger() == [("held", "breaker_open", 0)] * 3


def test_what_was_held_leaves_once_the_server_accepts_mail_again(server: ScriptedServer) -> None:
    rows = mail.deliveries(3)
    server.says["MAIL"] = OUR_SENDER
    turn()
    del server.says["MAIL"]

    turn(NOW + MINUTE)
    turn(NOW + MINUTE)

    assert server.taken == [row.address for row in rows]
    assert Breaker.objects.get().closed_at == NOW + MINUTE


def test_another_sender_goes_on(server: ScriptedServer) -> None:
    mail.deliveries(2)
    server.says["MAIL"] = OUR_SENDER
    turn()
    del server.says["MAIL"]
    mail.deliveries(2)

    turn(NOW + dt.timedelta(seconds=1))

    assert ledger() == [("held", "breaker_open", 0)] * 2 + [("sent", "", 1)] * 2


def mend_the_address(row: Delivery) -> None:
    delivery.save_sender(sender=row.sender, name="Programs", address="mended@keel.example")


def ask_for_a_retry(row: Delivery) -> None:
    delivery.retry_now(breaker_id=Breaker.objects.get().pk, now=NOW)


@pytest.mark.parametrize("mend", [mend_the_address, ask_for_a_retry])
def test_who_mends_the_cause_need_not_wait(server: ScriptedServer, mend: Callable[[Delivery], None]) -> None:
    row = mail.deliveries(1)[0]
    server.says["MAIL"] = OUR_SENDER
    turn()
    del server.says["MAIL"]

    mend(row)
    turn()

    assert server.taken == [row.address]


@pytest.mark.parametrize(
    ("stage", "answer", "suppresses"),
    [
        ("RCPT", "550 5.1.1 User unknown", True),
        ("RCPT", "552 5.2.2 Over quota", False),
        ("DOT", "554 5.7.1 Message content rejected as spam", False),
    ],
)
def test_a_refusal_of_the_recipient_or_the_message_holds_nobody_else(
    server: ScriptedServer, stage: str, answer: str, suppresses: bool
) -> None:
    mail.deliveries(2)
    server.says[stage] = answer

    turn()

    assert ledger() == [("refused", "server_refused", 1)] * 2
    assert Suppression.objects.exists() is suppresses
    assert not Breaker.objects.exists()


def test_a_long_answer_to_a_message_that_was_taken_is_no_refusal(server: ScriptedServer) -> None:
    mail.deliveries(2)
    server.says["DOT"] = "250-" + "queued " * 3_000 + "\r\n250 " + "x" * 9_000

    turn()

    assert ledger() == [("sent", "", 1)] * 2


def test_an_answer_with_nul_bytes_is_kept_without_them(server: ScriptedServer) -> None:
    mail.deliveries(1)
    server.says["DOT"] = "250 queued\0 as 1"

    turn()

    assert Delivery.objects.get().detail == "250 queued as 1"
