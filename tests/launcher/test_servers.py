from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from launcher import places, postgres, processes, sentences, servers
from launcher.places import Home
from launcher.processes import Server, Watch
from launcher.servers import Redis, Servers


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("servers") / "a home with spaces")


@pytest.fixture
def running(home: Home) -> Iterator[Servers]:
    with servers.running(home, durable=False) as started:
        yield started


def ask(running: Servers, question: str) -> str:
    connection = psycopg2.connect(running.environ["DATABASE_URL"])
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(question)
        row = cursor.fetchone() if cursor.description else None
    connection.close()
    return str(row[0]) if row else ""


def test_both_answer_at_the_announced_addresses(running: Servers) -> None:
    assert ask(running, "SHOW server_version").startswith("18")
    assert redis.Redis.from_url(running.environ["REDIS_URL"]).ping()


def test_neither_listens_on_a_port(running: Servers) -> None:
    assert ask(running, "SHOW listen_addresses") == ""
    assert redis.Redis.from_url(running.environ["REDIS_URL"]).config_get("port") == {"port": "0"}


def test_nothing_is_evicted(running: Servers) -> None:
    client = redis.Redis.from_url(running.environ["REDIS_URL"])

    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_text_is_unicode_and_sorts_the_same_everywhere(running: Servers) -> None:
    assert ask(running, "SHOW server_encoding") == "UTF8"
    assert ask(running, "SELECT lower('ÄÉÎ')") == "äéî"


def test_a_second_supervisor_is_refused(running: Servers, home: Home) -> None:
    with pytest.raises(sentences.CannotGoOn, match="already running"), servers.running(home):
        pass


def test_data_outlives_a_killed_server(home: Home) -> None:
    with servers.running(home) as first:
        ask(first, "CREATE TABLE IF NOT EXISTS kept (word text)")
        ask(first, "INSERT INTO kept VALUES ('here')")
        database = first.servers[0].process
        assert database
        database.send(signal.SIGKILL)
        database.wait(20)

    with servers.running(home) as second:
        assert ask(second, "SELECT word FROM kept") == "here"


def kill(server: Server) -> None:
    assert server.process
    server.process.send(signal.SIGKILL)
    server.process.wait(20)


def look_until(watch: Watch, is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        watch.look()
        time.sleep(0.01)


def is_new(server: Server, dead: object) -> bool:
    return server.is_alive and server.process is not dead


def answers(running: Servers) -> bool:
    try:
        return bool(redis.Redis.from_url(running.environ["REDIS_URL"]).ping()) and ask(running, "SELECT 1") == "1"
    except (redis.RedisError, psycopg2.OperationalError):
        return False


@pytest.mark.parametrize("number", [0, 1], ids=["PostgreSQL", "Redis"])
def test_a_server_that_dies_while_it_starts_is_started_again_and_the_other_is_left_alone(
    running: Servers, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.02)
    said: list[str] = []
    watch = running.watched(said.append)
    server, other = running.servers[number], running.servers[1 - number].process
    for _ in range(3):
        dead = server.process
        kill(server)
        # It is killed again before it can answer.
        look_until(watch, partial(is_new, server, dead))
    kill(server)

    look_until(watch, lambda: answers(running))

    assert said == 4 * [f"{server.name} was killed by SIGKILL; restarting it (log: {server.log})."]
    assert running.servers[1 - number].process is other
    assert other
    assert other.is_alive


def test_a_server_that_cannot_be_started_is_tried_again_later(
    running: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.02)
    troubles = [sentences.disk_full(running.home.root), OSError("Too many open files.")]
    start, broker = Redis.start, running.servers[1]

    def start_at_last(self: Redis) -> None:
        if troubles:
            raise troubles.pop()
        start(self)

    monkeypatch.setattr(Redis, "start", start_at_last)
    said: list[str] = []
    watch = running.watched(said.append)
    kill(broker)

    look_until(watch, lambda: not troubles and broker.is_alive and answers(running))

    assert [line.partition(":")[0] for line in said[1:]] == 2 * ["Redis couldn't be started"]


def test_a_backend_that_outlived_its_server_ends_before_the_next_one_starts(running: Servers) -> None:
    busy = psycopg2.connect(running.environ["DATABASE_URL"])
    backend = busy.info.backend_pid
    work = threading.Thread(target=give_up_at_last, args=[busy, "SELECT count(*) FROM generate_series(1, 10000000000)"])
    work.start()
    kill(running.servers[0])
    assert psutil.pid_exists(backend)

    running.servers[0].start()
    running.servers[0].wait()

    assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE
    assert ask(running, "SELECT 1") == "1"
    work.join()


def give_up_at_last(connection: psycopg2.extensions.connection, question: str) -> None:
    with suppress(psycopg2.OperationalError), connection.cursor() as cursor:
        cursor.execute(question)


def test_a_pid_of_long_ago_does_not_hinder_a_start(home: Home) -> None:
    # This test's own process: alive, and no PostgreSQL.
    (home.root / "postgres" / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{home.root}\n0\n5432\n")

    with servers.running(home, durable=False) as started:
        assert ask(started, "SELECT 1") == "1"


def test_a_start_that_was_killed_half_way_is_begun_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.root / "postgres" / "new").mkdir(parents=True)
    (home.root / "postgres" / "new" / "PG_VERSION").write_text("18\n")

    with servers.running(home, durable=False) as started:
        assert ask(started, "SELECT 1") == "1"


def test_nothing_is_left_when_both_have_stopped(home: Home) -> None:
    with servers.running(home, durable=False) as started:
        children = [server.process for server in started.servers]

    assert [child.is_alive for child in children if child] == [False, False]
    assert not home.sockets.exists()
    assert not places.is_held(home)


def test_memory_is_shared_out_by_what_the_machine_has() -> None:
    assert postgres.tuning(1 * 2**30, durable=True)["shared_buffers"] == "256MB"
    assert postgres.tuning(64 * 2**30, durable=True)["shared_buffers"] == "512MB"


def test_only_tests_trade_durability_for_speed() -> None:
    assert "fsync" not in postgres.tuning(2**30, durable=True)
    assert postgres.tuning(2**30, durable=False)["fsync"] == "off"
