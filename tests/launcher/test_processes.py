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

from launcher import processes
from launcher.places import ROOT
from launcher.processes import Process, Watch, stop_together

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

    assert process.ending() == "was killed by SIGKILL"


def test_a_process_that_lingers_is_reminded(make: Make) -> None:
    process = make(STUBBORN, hurry_signal=signal.SIGQUIT)
    process.start()
    assert eventually(lambda: "up" in process.log.read_text())

    stop_together([process], seconds=10)

    assert process.ending() == "was killed by SIGQUIT"


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
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.05)
    said: list[str] = []
    watching = Watch(said.append)
    process = make(SLEEP)
    watching.start([process])
    first = process.child
    assert first
    first.kill()
    first.wait()

    assert eventually(lambda: look(watching) and process.is_alive and process.child is not first)
    assert said == [f"The thing was killed by SIGKILL; restarting it (log: {process.log})."]
    assert watching.hopeless() is None
    watching.stop(seconds=5)


def test_a_process_that_dies_at_once_again_and_again_is_hopeless(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FIRST_PAUSE", 0.01)
    watching = Watch(print)
    process = make("raise SystemExit(3)")
    watching.start([process])

    assert eventually(lambda: look(watching) and watching.hopeless())
    assert watching.hopeless() is process
    assert process.ending() == "exited with status 3"
    watching.stop(seconds=5)


def test_each_death_in_a_row_doubles_the_pause_up_to_half_a_minute() -> None:
    assert [processes.pause(deaths) for deaths in (1, 2, 3, 4)] == [0.5, 1, 2, 4]
    assert processes.pause(50) == 30


# A product in small: it waits for a request to stop, and says which one came.
WAITING = """
import time
from launcher.processes import Stop, listen_for_stops
listen_for_stops()
try:
    print("up", flush=True)
    time.sleep(60)
except Stop as stop:
    print("stopped by", stop.number, flush=True)
"""


def answer_to(number: signal.Signals, *, ignored: bool) -> str:
    """Return what the product says to a signal; `ignored` is how a shell starts what runs in the background."""

    def as_in_the_background() -> None:
        signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)

    product = subprocess.Popen(
        [sys.executable, "-c", WAITING],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=as_in_the_background,  # noqa: PLW1509 (no threads here)
    )
    assert product.stdout
    with product, product.stdout:
        product.stdout.readline()
        product.send_signal(number)
        if ignored and number == signal.SIGHUP:
            product.send_signal(signal.SIGTERM)
        return product.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_request_to_stop_is_heard(number: signal.Signals) -> None:
    assert answer_to(number, ignored=False) == f"stopped by {number.value}"


def test_a_product_in_the_background_of_a_script_can_be_stopped_by_the_signal_of_ctrl_c() -> None:
    assert answer_to(signal.SIGINT, ignored=True) == f"stopped by {signal.SIGINT.value}"


def test_a_product_that_was_told_to_outlive_its_terminal_does() -> None:
    assert answer_to(signal.SIGHUP, ignored=True) == f"stopped by {signal.SIGTERM.value}"
