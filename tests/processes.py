"""Real processes of the product, working on the database of the test that starts them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings
from django.db import connection

from launcher.places import ROOT
from launcher.processes import Process, stop_together

START_SECONDS = 60

Start = Callable[..., Process]


@pytest.fixture
def clean_redis() -> Iterator[redis.Redis]:
    """Return a client of an empty Redis; what a test leaves in it is removed."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()


@pytest.fixture
def product_environ(transactional_db: None) -> dict[str, str]:
    """Return the variables of a process that works on this test's database."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return {**os.environ, "DATABASE_URL": url.geturl(), "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def start(product_environ: dict[str, str], clean_redis: redis.Redis, tmp_path: Path) -> Iterator[Start]:
    """
    Return a function that starts `python ARGUMENTS...` and waits until its output holds `ready`.

    Whatever is still running at the end of the test is stopped.
    """
    started: list[Process] = []

    def start_process(*arguments: str, ready: str, **variables: str) -> Process:
        log = tmp_path / f"process-{len(started)}.log"
        command = [sys.executable, *arguments]
        process = Process(arguments[-1], command, log, ROOT, {**product_environ, **variables})
        started.append(process)
        process.start()
        wait_for(lambda: ready in log.read_text(), lambda: process.is_alive, log)
        return process

    yield start_process
    stop_together(started, seconds=6)


@pytest.fixture
def worker(start: Start) -> Callable[[str], Process]:
    """Return a function that starts a worker of the given queues, separated by commas."""

    def start_worker(queues: str) -> Process:
        celery = [
            "-m",
            "celery",
            "-A",
            "cs_platform",
            "worker",
            "-Q",
            queues,
            "--concurrency",
            "1",
            "-n",
            f"{queues}@%h",
        ]
        return start(*celery, "--loglevel", "INFO", ready=" ready.")

    return start_worker


def wait_for(is_so: Callable[[], bool], is_alive: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while not is_so():
        assert is_alive(), f"it ended: {tail(log)}"
        assert time.monotonic() < until, f"it is not ready: {tail(log)}"
        time.sleep(0.05)


def tail(log: Path) -> str:
    lines: Sequence[str] = log.read_text().splitlines()
    return "\n".join(lines[-20:])
