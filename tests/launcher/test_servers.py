from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis

from launcher import places, postgres, sentences, servers
from launcher.places import Home
from launcher.servers import Servers


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


def test_a_server_that_died_is_revived_and_that_is_said(running: Servers) -> None:
    broker = running.servers[1].process
    assert broker
    broker.send(signal.SIGKILL)
    broker.wait(20)
    said: list[str] = []

    running.revive(said.append)

    assert redis.Redis.from_url(running.environ["REDIS_URL"]).ping()
    assert said == [f"Redis was ended by SIGKILL; starting it again (log: {broker.log})."]


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
