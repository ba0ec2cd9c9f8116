"""What docker-compose.yml, the Dockerfile and .env.example promise, as far as it can be tried without Docker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher import ports, programs
from launcher.places import ROOT
from launcher.processes import Process, stop_together
from tests.processes import wait_for

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "keel"}
LASTING = {name: service for name, service in SERVICES.items() if service.get("restart") != "no"}
EXAMPLE = (ROOT / ".env.example").read_text()
VARIABLES = dict(re.findall(r"^([A-Z_]+)=(.*)$", EXAMPLE, flags=re.MULTILINE))
CODE = [path for folder in ("cs_platform", "demo") for path in (ROOT / folder).rglob("*.py")]
READ = {
    name
    for path in CODE
    for name in re.findall(r"(?:env\.\w+|environ\.get|url|text)\(\s*\"([A-Z_]+)\"", path.read_text())
}
# Of Django, of the database's container, and of `make demo`.
OTHERS = {"DJANGO_SETTINGS_MODULE", "POSTGRES_PASSWORD", "KEEL_DEMO_PASSWORD"}


@pytest.fixture
def environ(product_environ: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return the variables of .env.example, with the addresses of this machine."""
    here = {name: product_environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    system = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    (tmp_path / "run").mkdir()
    mine = {"SECRET_KEY": "x" * 60, "KEEL_HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    return {**system, **VARIABLES, **here, **mine}


@pytest.fixture
def start(environ: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str, list[str]], Process]]:
    started: list[Process] = []

    def start_service(name: str, command: list[str]) -> Process:
        log = tmp_path / f"{name}.log"
        log.touch()
        started.append(Process(name, [sys.executable, *command[1:]], log, ROOT, environ))
        started[-1].start()
        return started[-1]

    yield start_service
    stop_together(started, seconds=8)


def moved(command: list[str], port: int) -> list[str]:
    """Return the command of a service that listens, on a port of this machine's own address."""
    words = [
        re.sub(r"^0\.0\.0\.0(:8000)?$", f"{ports.HOST}:{port}" if "--bind" in command else ports.HOST, word)
        for word in command
    ]
    return [str(port) if word == "8001" else word for word in words]


def wait_until_it_passes(check: str, process: Process) -> None:
    command = [sys.executable, "-c", check]
    wait_for(lambda: subprocess.call(command, stderr=subprocess.DEVNULL) == 0, lambda: process.is_alive, process.log)


def wait_until_it_says(sign: str, process: Process) -> None:
    wait_for(lambda: sign in process.log.read_text(), lambda: process.is_alive, process.log)


def test_every_variable_that_is_read_is_explained() -> None:
    assert READ - set(VARIABLES) - OTHERS == set()


def test_every_variable_that_is_explained_is_read() -> None:
    assert set(VARIABLES) - READ - OTHERS == set()


def test_every_variable_has_a_sentence_above_it() -> None:
    lines = EXAMPLE.splitlines()

    bare = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if re.match("[A-Z_]+=", line) and before[:2] != "# "
    ]
    assert bare == []


def test_no_secret_has_a_value_that_would_work() -> None:
    assert VARIABLES["SECRET_KEY"] == ""


def test_every_queue_has_a_service() -> None:
    queues = {
        command[command.index("-Q") + 1] for command in (s["command"] for s in SERVICES.values()) if "-Q" in command
    }

    assert queues == {queue for queues in programs.QUEUES.values() for queue in queues.split(",")}


@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name != "migrate"])
def test_every_lasting_service_says_how_it_is(name: str) -> None:
    assert COMPOSE["services"][name]["healthcheck"]["test"]


@pytest.mark.parametrize("name", LASTING)
def test_every_service_waits_for_the_schema(name: str) -> None:
    assert LASTING[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_no_data_lies_in_a_container() -> None:
    mounted = {
        volume.split(":")[0] for service in COMPOSE["services"].values() for volume in service.get("volumes", [])
    }

    assert mounted == set(COMPOSE["volumes"])


def test_the_migrating_service_ends_well(environ: dict[str, str]) -> None:
    command = [sys.executable, *SERVICES["migrate"]["command"][1:]]

    assert subprocess.call(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL) == 0


def test_the_web_service_answers_its_health_check(start: Callable[[str, list[str]], Process]) -> None:
    port = ports.choose(27_000)
    check = LASTING["web"]["healthcheck"]["test"][-1].replace(":8000", f":{port}")

    web = start("web", moved(LASTING["web"]["command"], port))

    wait_until_it_passes(check, web)


def test_the_tracking_service_answers_its_health_check(start: Callable[[str, list[str]], Process]) -> None:
    port = ports.choose(28_000)
    check = LASTING["tracking"]["healthcheck"]["test"][-1].replace("8001", str(port))

    tracking = start("tracking", moved(LASTING["tracking"]["command"], port))

    wait_until_it_passes(check, tracking)


def test_the_workers_and_the_timetable_start(start: Callable[[str, list[str]], Process]) -> None:
    working = {name: service for name, service in LASTING.items() if "celery" in service["command"]}
    started = [
        start(name, [*service["command"], "-n", f"{name}@%h"] if "worker" in service["command"] else service["command"])
        for name, service in working.items()
    ]

    for process in started:
        wait_until_it_says("beat: Starting" if process.name == "beat" else " ready.", process)
    assert len(started) == 6


def test_the_image_installs_by_content_hash() -> None:
    installs = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if "pip install" in line]

    assert len(installs) == 2
    assert all("--require-hashes --only-binary :all:" in line for line in installs)


def test_the_url_of_the_health_check_is_allowed() -> None:
    assert "127.0.0.1" in VARIABLES["ALLOWED_HOSTS"].split(",")
    assert urllib.request.Request(LASTING["web"]["healthcheck"]["test"][-1].split("'")[1]).host == "127.0.0.1:8000"
