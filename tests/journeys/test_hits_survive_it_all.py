"""What a reader was answered is kept, whatever dies: Redis, what Redis held, the tracking server."""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis
from django.utils import timezone

from contacts.delivery.rules.tokens import seal, seal_unsubscribe
from contacts.delivery.selectors import tracking_key
from contacts.engagement.operations.stream import ingest_all
from contacts.engagement.selectors.counters import engagement
from contacts.models import Delivery, Event, Link, Membership
from launcher import places, ports, programs
from launcher.places import ROOT, Home
from launcher.processes import Process, stop_together
from launcher.servers import Redis, Servers, redis_url
from launcher.servers import running as servers_running
from tests import mail
from tests.processes import Start, wait_for
from tests.traffic import Readers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]

logger = logging.getLogger(__name__)

PATIENCE_SECONDS = 30


class Installation:
    """A Redis that may die, a tracking server that may die, and the readers of ten messages."""

    def __init__(self, home: Home, start: Start, *, durable: bool) -> None:
        self.home, self.start = home, start
        self.redis = Redis(home, durable=durable)
        self.port = ports.choose(29_000)
        self.rows = sent_to_ten()
        self.readers = Readers(self.port, rate=10)

    def start_redis(self) -> None:
        self.redis.start()
        self.redis.wait()

    def kill_redis(self) -> None:
        assert self.redis.process
        self.redis.process.end_family()

    def start_tracking(self) -> Process:
        server = ("-m", "uvicorn", "--port", str(self.port), "cs_platform.tracking:app")
        here = {"KEEL_HOME": str(self.home.root), "REDIS_URL": redis_url(self.home)}
        return self.start(*server, ready="Uvicorn running on", **here)

    def ingest(self) -> int:
        client = redis.Redis.from_url(redis_url(self.home))
        return ingest_all(redis=client, moved=timedelta(), now=timezone.now())

    def click_paths(self) -> list[str]:
        key = tracking_key()
        links = Link.objects.filter(version__in=[row.template_version_id for row in self.rows], number__gt=0)
        by_version = {link.version_id: link.pk for link in links}
        return [f"/c/{seal(key, row.pk, by_version[row.template_version_id])}" for row in self.rows]

    def unsubscribe_paths(self) -> list[str]:
        return [f"/u/{seal_unsubscribe(tracking_key(), row.pk)}" for row in self.rows]

    def acknowledge(self, more: int) -> None:
        """Wait until so many more hits are acknowledged."""
        wanted, until = len(self.readers.acknowledged) + more, time.monotonic() + PATIENCE_SECONDS
        while len(self.readers.acknowledged) < wanted:
            assert time.monotonic() < until, "the tracking server does not answer"
            time.sleep(0.05)

    def arrive(self) -> None:
        """Ingest until nothing that was acknowledged is missing."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self.missing() or Membership.objects.filter(opted_out=["enablement"]).count() < len(
            self.readers.unsubscribed
        ):
            assert time.monotonic() < until, f"{len(self.missing())} hits are missing"
            self.ingest()
            time.sleep(0.2)

    def missing(self) -> set[str]:
        return self.readers.acknowledged - set(self.heard())

    def heard(self) -> Counter[str]:
        return Counter(Event.objects.filter(kind="clicked").values_list("user_agent", flat=True))


def sent_to_ten() -> list[Delivery]:
    rows = mail.deliveries(10)
    yesterday = timezone.now() - timedelta(days=1)
    Delivery.objects.update(state="sent", sent_at=yesterday, delivered_at=yesterday, planned_at=yesterday)
    return list(rows)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path / "home")
    places.make(made)
    places.make_sockets(made)
    yield made
    places.remove_sockets(made)


@pytest.fixture
def installation(home: Home, start: Start) -> Iterator[Installation]:
    made = Installation(home, start, durable=True)
    made.start_redis()
    try:
        yield made
    finally:
        made.readers.stop()
        made.kill_redis()


def assert_all_arrived_once(made: Installation) -> None:
    made.readers.stop()
    made.arrive()
    made.ingest()
    assert set(made.heard().values()) == {1}
    assert len(made.readers.acknowledged) > 10
    mailings = {row.mailing_id for row in made.rows}
    total = engagement(mailings).unknown_clicked.total
    assert total == sum(made.heard().values())


def test_hits_and_one_clicks_answered_while_redis_is_away_all_arrive(installation: Installation, whole: bool) -> None:
    installation.start_tracking()
    installation.readers.click(installation.click_paths())
    installation.acknowledge(5)

    installation.kill_redis()
    for path in installation.unsubscribe_paths():
        time.sleep(1 if whole else 0.2)
        installation.readers.unsubscribe(path)
    time.sleep(5 if whole else 0)
    installation.acknowledge(5)
    installation.start_redis()
    installation.acknowledge(5)

    assert_all_arrived_once(installation)
    assert installation.readers.failed == 0
    assert len(installation.readers.unsubscribed) == 10


def test_a_killed_tracking_server_leaves_its_hits_to_the_next(installation: Installation) -> None:
    tracking = installation.start_tracking()
    installation.readers.click(installation.click_paths())
    installation.acknowledge(5)
    installation.kill_redis()
    installation.acknowledge(10)
    tracking.end_family()
    installation.start_redis()
    installation.start_tracking()

    assert_all_arrived_once(installation)


def test_nothing_is_lost_or_counted_twice_however_often_either_dies(installation: Installation, whole: bool) -> None:
    if not whole:
        pytest.skip("make soak rolls these dice")
    dice = random.Random(7)
    tracking = installation.start_tracking()
    installation.readers.click(installation.click_paths())
    for _ in range(12):
        time.sleep(dice.uniform(0.2, 3))
        if dice.random() < 0.2:
            # As a restart before the append-only file reached the disk.
            redis.Redis.from_url(redis_url(installation.home)).flushall()
        elif dice.random() < 0.5:
            installation.kill_redis()
            time.sleep(dice.uniform(0, 2))
            installation.start_redis()
        else:
            tracking.end_family()
            tracking = installation.start_tracking()
        if dice.random() < 0.5:
            installation.ingest()

    assert_all_arrived_once(installation)


PREPARE = """
import json
from datetime import timedelta
from django.utils import timezone
from contacts.delivery.rules.tokens import seal, seal_unsubscribe
from contacts.delivery.selectors import tracking_key
from contacts.models import Delivery, Link
from tests import mail
rows, key, past = mail.deliveries(40), tracking_key(), timezone.now() - timedelta(days=1)
Delivery.objects.update(state="sent", sent_at=past, delivered_at=past, planned_at=past)
links = {link.version_id: link.pk for link in Link.objects.filter(number=1)}
clicks = [f"/c/{seal(key, row.pk, links[row.template_version_id])}" for row in rows]
print(json.dumps([clicks, [f"/u/{seal_unsubscribe(key, row.pk)}" for row in rows]]))
"""
HEARD = "select user_agent, count(*) from contacts_event where kind = 'clicked' group by 1"
COUNTED = "select coalesce(sum(total), 0) from contacts_bucket where kind = 'clicked' and link_ref = 0"
DECLINED = "select count(*) from contacts_membership where opted_out <> '{}'"


class Whole:
    """PostgreSQL, Redis, tracking, the ingest worker and beat: everything that a hit passes, and everything may die."""

    def __init__(self, servers: Servers, folder: Path) -> None:
        self.servers, self.folder = servers, folder
        self.port = ports.choose(29_100)
        here = f"http://{ports.HOST}:{self.port}"
        self.environ = {
            **os.environ,
            **servers.environ,
            "BASE_URL": here,
            "TRACKING_URL": here,
            "PYTHONUNBUFFERED": "1",
        }
        commands = {"tracking": programs.tracking(self.port), "ingest": programs.worker("ingest worker")}
        commands["beat"] = programs.BEAT.split()
        self.processes = {
            name: Process(name, [sys.executable, *words], folder / f"{name}.log", ROOT, self.environ)
            for name, words in commands.items()
        }

    def manage(self, *words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=self.environ, check=True, capture_output=True, text=True).stdout

    def ask(self, question: str) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.environ["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall())

    def kill(self, name: str, pause: float) -> None:
        server = {"postgres": 0, "redis": 1}.get(name)
        if server is None:
            self.processes[name].end_family()
            time.sleep(pause)
            self.processes[name].start()
        else:
            dead = self.servers.servers[server]
            assert dead.process
            dead.process.end_family()
            time.sleep(pause)
            dead.start()
            dead.wait()


def test_nothing_acknowledged_is_lost_or_counted_twice_whatever_is_killed_under_load(
    tmp_path: Path, whole: bool
) -> None:
    if not whole:
        pytest.skip("make soak rolls these dice")
    dice = random.Random(11)
    with servers_running(Home(tmp_path / "home"), durable=True) as servers:
        made = Whole(servers, tmp_path)
        made.manage("migrate", "--noinput", "-v0")
        clicks, unsubscribes = json.loads(made.manage("shell", "-v0", "-c", PREPARE).splitlines()[-1])
        for process in made.processes.values():
            process.start()
        wait_for(lambda: "Uvicorn running" in log.read_text(), lambda: True, log := tmp_path / "tracking.log")
        readers = Readers(made.port, rate=12)
        readers.click(clicks)
        for turn in range(24):
            made.kill(dice.choice(["redis", "postgres", "tracking", "ingest"]), dice.uniform(0, 4))
            readers.unsubscribe(unsubscribes[turn])
            time.sleep(dice.uniform(0, 3))
        readers.stop()
        until = time.monotonic() + 120
        while True:
            heard = dict(made.ask(HEARD))
            missing = readers.acknowledged - set(heard)
            declined = made.ask(DECLINED)[0][0]
            if not missing and declined >= 24:
                break
            assert time.monotonic() < until, (
                f"{len(missing)} of {len(readers.acknowledged)} missing, {declined} declined"
            )
            time.sleep(1)
        time.sleep(5)
        heard = dict(made.ask(HEARD))
        counted = made.ask(COUNTED)[0][0]
        stop_together(list(made.processes.values()), seconds=8)
    acknowledged = len(readers.acknowledged)
    logger.info("%s acknowledged, %s not answered, %s events", acknowledged, readers.failed, sum(heard.values()))
    assert set(heard.values()) == {1}
    assert counted == sum(heard.values())
    assert acknowledged > 500
