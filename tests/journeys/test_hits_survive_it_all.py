"""What a reader was answered is kept, whatever dies: Redis, what Redis held, the tracking server."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.utils import timezone

from contacts.delivery.rules.tokens import seal, seal_unsubscribe
from contacts.delivery.selectors import tracking_key
from contacts.engagement.operations.stream import ingest_all
from contacts.engagement.selectors.counters import engagement
from contacts.models import Delivery, Event, Link, Membership
from launcher import places, ports
from launcher.places import Home
from launcher.processes import Process
from launcher.servers import Redis, redis_url
from tests import mail
from tests.processes import Start
from tests.traffic import Readers

pytestmark = pytest.mark.django_db(transaction=True)

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
    time.sleep(1)

    installation.kill_redis()
    for path in installation.unsubscribe_paths():
        time.sleep(1 if whole else 0.2)
        installation.readers.unsubscribe(path)
    time.sleep(5 if whole else 0)
    installation.start_redis()
    time.sleep(1)

    assert_all_arrived_once(installation)
    assert installation.readers.failed == 0
    assert len(installation.readers.unsubscribed) == 10


def test_a_killed_tracking_server_leaves_its_hits_to_the_next(installation: Installation) -> None:
    tracking = installation.start_tracking()
    installation.readers.click(installation.click_paths())
    installation.kill_redis()
    time.sleep(2)
    tracking.end_family()
    installation.start_redis()
    installation.start_tracking()

    assert_all_arrived_once(installation)


@pytest.mark.soak
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
