from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from launcher import watch
from launcher.places import ROOT
from launcher.processes import Process, stop_together
from launcher.watch import Watch

SLEEP = "import time; time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
# A supervisor in small: it starts one process, says which, and is then killed.
SUPERVISOR = """
import sys, time
from pathlib import Path
from typing import Any
from launcher.processes import Process
process = Process("child", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1]), Path("/"))
process.start()
print(process.child.pid, flush=True)
time.sleep(60)
"""

Make = Callable[..., Process]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def make_process(code: str, **options: Any) -> Process:
        log = tmp_path / f"{len(list(tmp_path.iterdir()))}.log"
        log.touch()
        return Process("thing", [sys.executable, "-c", code], log, tmp_path, **options)

    return make_process


def eventually(is_so: Callable[[], object]) -> bool:
    until = time.monotonic() + 20
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def look(watching: Watch) -> bool:
    watching.look()
    return True


def is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_process_writes_into_its_log(make: Make) -> None:
    process = make("import sys; print('said'); print('complained', file=sys.stderr)")
    process.start()

    assert process.wait(20)
    assert sorted(process.log.read_text().split()) == ["complained", "said"]


def test_a_process_that_does_not_listen_is_ended_all_the_same(make: Make) -> None:
    process = make(STUBBORN)
    process.start()
    assert eventually(lambda: "up" in process.log.read_text())

    stop_together([process], seconds=0.2)

    assert process.ending() == "was ended by SIGKILL"


def test_a_process_that_lingers_is_reminded(make: Make) -> None:
    process = make(STUBBORN, hurry_signal=signal.SIGQUIT)
    process.start()
    assert eventually(lambda: "up" in process.log.read_text())

    stop_together([process], seconds=10)

    assert process.ending() == "was ended by SIGQUIT"


def test_what_a_process_started_ends_with_it(make: Make) -> None:
    process = make(PARENT)
    process.start()
    assert eventually(lambda: process.log.read_text().strip())

    stop_together([process], seconds=5)

    assert eventually(lambda: is_gone(int(process.log.read_text())))


def test_a_process_dies_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISOR, str(tmp_path / "log")]
    supervisor = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with supervisor:
        assert supervisor.stdout
        child = int(supervisor.stdout.readline())
        assert not is_gone(child)
        supervisor.kill()

    assert eventually(lambda: is_gone(child))


def test_ctrl_c_in_the_terminal_does_not_reach_a_process(make: Make) -> None:
    process = make(SLEEP)
    process.start()

    assert process.child
    assert os.getpgid(process.child.pid) != os.getpgrp()
    stop_together([process], seconds=5)


def test_a_process_that_died_is_started_again_and_that_is_said(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FIRST_PAUSE", 0.05)
    said: list[str] = []
    watching = Watch(said.append)
    process = make(SLEEP)
    watching.start([process])
    first = process.child
    assert first
    first.kill()
    first.wait()

    assert eventually(lambda: look(watching) and process.is_alive and process.child is not first)
    assert said == [f"The thing was ended by SIGKILL; starting it again (log: {process.log})."]
    assert watching.hopeless() is None
    watching.stop(seconds=5)


def test_a_process_that_dies_at_once_again_and_again_is_hopeless(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FIRST_PAUSE", 0.01)
    watching = Watch(print)
    process = make("raise SystemExit(3)")
    watching.start([process])

    assert eventually(lambda: look(watching) and watching.hopeless())
    assert watching.hopeless() is process
    assert process.ending() == "ended with status 3"
    watching.stop(seconds=5)


def test_each_death_in_a_row_doubles_the_pause_up_to_half_a_minute() -> None:
    assert [watch.pause(deaths) for deaths in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert watch.pause(50) == 30
