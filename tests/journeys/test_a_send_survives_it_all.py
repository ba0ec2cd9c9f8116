"""Two send workers killed at random, Redis emptied, a mail server with moods: nobody twice, nobody forgotten."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from aiosmtpd.controller import Controller
from django.utils import timezone

from contacts import tasks
from contacts.delivery import operations as delivery
from contacts.models import Delivery
from launcher import ports
from launcher.processes import Process
from tests import factories, mail
from tests.counting_smtp import CountingServer
from tests.processes import Start

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]

CELERY = ("-m", "celery", "-A", "cs_platform", "worker", "-Q", "send", "--concurrency", "1", "--loglevel", "INFO")
PATIENCE_SECONDS = 120
ON_THEIR_WAY = ("planned", "claimed", "handed_over")


class Moody(CountingServer):
    """Says later to some and no to others, and hangs up on a few, before or after it took the message."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__(delay=0.002)
        self.dice = dice

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 (aiosmtpd names it)
        mood = self.dice.random()
        if mood < 0.05:
            return "451 4.3.0 Later, please"
        if mood < 0.06:
            return "550 5.2.2 Mailbox full"
        if mood < 0.08:
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 Go on"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd names it)
        if self.dice.random() < 0.02:
            server.transport.close()
        return await super().handle_DATA(server, session, envelope)


@contextmanager
def moody(dice: random.Random) -> Iterator[tuple[Moody, str]]:
    server, port = Moody(dice), ports.choose(28_000)
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def send_what_waits() -> None:
    """Ask two workers to send, and let nothing wait for its time or for the end of a lease."""
    mail.let_leases_end()
    delivery.release_expired()
    Delivery.objects.filter(state="planned").update(due_at=timezone.now())
    tasks.send_due.delay()
    tasks.send_due.delay()


def addresses(*states: str) -> set[str]:
    return set(Delivery.objects.filter(state__in=states).values_list("address", flat=True))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_nobody_gets_anything_twice_and_nobody_is_forgotten_whatever_dies(
    start: Start, clean_redis: redis.Redis, seed: int, whole: bool
) -> None:
    if seed > 1 and not whole:
        pytest.skip("make soak rolls these dice")
    dice = random.Random(seed)
    factories.organisation(is_safe_mode=False)
    rows = mail.deliveries(600 if whole else 200)
    with moody(dice) as (server, email_url):

        def worker() -> Process:
            name = f"w{dice.randrange(10**9)}@%h"
            return start(*CELERY, "-n", name, ready=" ready.", EMAIL_URL=email_url)

        workers = [worker(), worker()]
        for kill in range(8 if whole else 2):
            send_what_waits()
            time.sleep(dice.uniform(0.1, 1.5))
            workers.pop(dice.randrange(2)).end_family()
            if kill % 3 == 1:
                clean_redis.flushdb()
            workers.append(worker())
        settle()

    assert max(server.taken.values()) == 1
    assert addresses("sent") <= set(server.taken) <= addresses("sent", "uncertain")
    assert {row.address for row in rows} == addresses("sent", "uncertain", "refused", "cancelled")


def settle() -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while Delivery.objects.filter(state__in=ON_THEIR_WAY).exists():
        assert time.monotonic() < until
        send_what_waits()
        time.sleep(2)
