"""
The whole installation under random kill -9: send workers, ingest, beat, Redis, PostgreSQL, with readers clicking.

`make soak ONLY=everything` runs it at its full size: 12,000 due messages, 48 kills over five minutes. `make test` takes
a sample of the same (test_a_send_survives_it_all.py), on the servers that the tests have anyway.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from contacts.delivery import operations as delivery
from contacts.delivery.operations.results import persist
from contacts.delivery.rules import seal
from contacts.delivery.selectors import tracking_key
from contacts.models import Delivery, Event, Link, Membership, Person
from launcher import places, ports, programs
from launcher.places import Home
from launcher.processes import Process, stop_together
from launcher.sentences import CannotGoOn
from launcher.servers import Servers
from tests import factories, mail
from tests.counting_smtp import counting_smtp
from tests.traffic import Readers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]

MESSAGES = 12_000
KILLS = 48
SECONDS = 300
HITS_A_SECOND = 12
SECONDS_A_MESSAGE = 0.03
PATIENCE_SECONDS = 600
MOST_UNCERTAIN_A_KILL = 64
ON_THEIR_WAY = ("planned", "claimed", "handed_over", "held")
VICTIMS = ("send 1", "send 2", "ingest", "beat", "Redis", "PostgreSQL")


class Installation:
    """Servers of its own, two send workers, ingest, beat and tracking; each may be killed and comes back."""

    def __init__(self, home: Home, email_url: str) -> None:
        self.home = home
        self.servers = Servers(home, durable=True)
        self.port = ports.choose(29_500)
        here = f"http://127.0.0.1:{self.port}"
        self.environ = programs_environ(self.servers, EMAIL_URL=email_url, TRACKING_URL=here)
        self.processes: dict[str, Process] = {}
        self.kills: Counter[str] = Counter()

    def start(self) -> None:
        worker = programs.WORKER.split()
        commands = {
            "send 1": [*worker, "-Q", "send", "-n", "send1@%h"],
            "send 2": [*worker, "-Q", "send", "-n", "send2@%h"],
            "ingest": [*worker, "-Q", "ingest", "-n", "ingest@%h"],
            "beat": [*programs.BEAT.split(), "--schedule", str(self.home.root / "beat")],
            "tracking": programs.tracking(self.port),
        }
        for name, command in commands.items():
            self.processes[name] = programs.process(name, command, self.home, self.environ)
            self.processes[name].start()

    def kill(self, name: str, down: float) -> None:
        """Kill -9, and start again after so many seconds."""
        self.kills[name] += 1
        if name in self.processes:
            self.processes[name].end_family()
            time.sleep(down)
            self.processes[name].start()
            return
        server = self.servers.servers[name == "Redis"]
        assert server.process
        server.process.end_family()
        time.sleep(down)
        start_until_it_stands(server)

    def stop(self) -> None:
        stop_together(list(self.processes.values()), seconds=10)
        self.servers.stop()


def start_until_it_stands(server: Any) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        # The sessions of a killed server may take a moment to notice.
        with suppress(CannotGoOn):
            server.start()
            server.wait()
            return
        assert time.monotonic() < until
        time.sleep(0.5)


def programs_environ(servers: Servers, **more: str) -> dict[str, str]:
    ours = {**servers.environ, "SECRET_KEY": settings.SECRET_KEY, "KEEL_DEMO": "0", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **ours, **more}


@contextmanager
def working_on(home: Home) -> Iterator[None]:
    """Let this process read and write the installation's database instead of the test's."""
    connection.close()
    before = dict(connection.settings_dict)
    connection.settings_dict.update(HOST=str(home.sockets), PORT="", NAME="keel", USER="keel", PASSWORD="")
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    places.make(made)
    places.make_sockets(made)
    yield made
    places.remove_sockets(made)


def plan_messages(number: int) -> None:
    account, mailing, sender, email = factories.account(), mail.mailing(), mail.sender(), mail.email()
    named = [Person(email=f"reader{n}@soak.example", first_name="Pat", last_name=str(n)) for n in range(number)]
    people = Person.objects.bulk_create(named, batch_size=2000)
    members = Membership.objects.bulk_create([Membership(person=each, account=account) for each in people], 2000)
    now = timezone.now()
    parts: dict[str, Any] = {"mailing": mailing, "sender": sender, "email": email, "due_at": now}
    delivery.plan([mail.planned(member, **parts) for member in members], now=now)


def click_paths() -> list[str]:
    """Return links in ten messages that were sent yesterday."""
    rows = mail.deliveries(10)
    yesterday = timezone.now() - timedelta(days=1)
    ours = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    ours.update(state="sent", sent_at=yesterday, delivered_at=yesterday, planned_at=yesterday)
    link = Link.objects.filter(version=rows[0].template_version_id, number=1).get()
    return [f"/c/{seal(tracking_key(), row.pk, link.pk)}" for row in rows]


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not persist(is_so):
        assert time.monotonic() < until
        time.sleep(1)


def states(mailing: int) -> Counter[str]:
    return Counter(Delivery.objects.filter(mailing=mailing).values_list("state", flat=True))


def heard() -> Counter[str]:
    return Counter(Event.objects.filter(kind="clicked").values_list("user_agent", flat=True))


def test_48_kills_over_five_minutes_lose_nothing_and_repeat_nothing(home: Home, whole: bool, capsys: Any) -> None:
    if not whole:
        pytest.skip("make soak rolls these dice")
    dice = random.Random(48)
    with counting_smtp(delay=SECONDS_A_MESSAGE) as (server, email_url):
        made = Installation(home, email_url)
        made.servers.start()
        with working_on(home):
            try:
                call_command("migrate", verbosity=0)
                factories.organisation(is_safe_mode=False)
                paths = click_paths()
                plan_messages(MESSAGES)
                mailing = Delivery.objects.latest("pk").mailing_id
                made.start()
                readers = Readers(made.port, rate=HITS_A_SECOND)
                readers.click(paths)
                for _ in range(KILLS):
                    time.sleep(dice.uniform(0.5, 1.5) * SECONDS / KILLS * 0.85)
                    made.kill(dice.choice(VICTIMS), down=dice.uniform(0, 2))
                readers.stop()
                wait_until(lambda: not set(states(mailing)) & set(ON_THEIR_WAY))
                wait_until(lambda: readers.acknowledged <= set(heard()))
                found, hits = states(mailing), heard()
                lost = Delivery.objects.filter(mailing=mailing, state="uncertain")
                who_died = set(lost.values_list("worker", flat=True))
                sent = set(Delivery.objects.filter(mailing=mailing, state="sent").values_list("address", flat=True))
            finally:
                made.stop()
    taken = Counter({address: number for address, number in server.taken.items() if address.startswith("reader")})
    send_kills = made.kills["send 1"] + made.kills["send 2"]
    with capsys.disabled():
        print(f"\nkills {dict(made.kills)}; ledger {dict(found)}; taken by the mail server {sum(taken.values())},")  # noqa: T201
        print(f"by one address at most {max(taken.values())}; hits acknowledged {len(readers.acknowledged)},")  # noqa: T201
        print(f"kept {len(hits)}, refused while tracking could not be reached {readers.failed}")  # noqa: T201

    assert max(taken.values()) == 1
    assert set(found) <= {"sent", "uncertain"}
    assert sent <= set(taken)
    assert found["sent"] + found["uncertain"] == MESSAGES
    assert len(who_died) <= send_kills
    assert found["uncertain"] <= MOST_UNCERTAIN_A_KILL * send_kills
    assert readers.acknowledged <= set(hits)
    assert set(hits.values()) == {1}
