"""
Programs we start: each with a log file, dying with the supervisor, stopped by its own signal, restarted when it dies.

Beside them, a command that shares the terminal with us.
"""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO, Protocol

from . import places, privileges, sentences


@dataclass
class Process:
    """A program that runs as long as the supervisor does."""

    name: str
    command: Sequence[str]
    log: Path
    cwd: Path
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    user: pwd.struct_passwd | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # What is sent when half of the time to stop has passed.
    hurry_signal: signal.Signals | None = None
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        try:
            with self.log.open("ab") as log:
                self.child = subprocess.Popen(  # noqa: S603 (our own commands)
                    self.command,
                    cwd=self.cwd,
                    env=self.environ,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=privileges.before_exec(self.user, self.stop_signal),  # noqa: PLW1509 (no threads here)
                )
        except OSError as error:
            raise sentences.from_os_error(error, self.log.parent) from error

    @property
    def is_alive(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def send(self, number: signal.Signals) -> None:
        if self.child and self.is_alive:
            self.child.send_signal(number)

    def wait(self, seconds: float) -> bool:
        """Wait for its end and return whether it has ended."""
        if self.child:
            with suppress(subprocess.TimeoutExpired):
                self.child.wait(max(seconds, 0))
        return not self.is_alive

    def end_family(self) -> None:
        """End it the hard way, together with what it started and may have left behind."""
        if self.child:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def ending(self) -> str:
        status = self.child.returncode if self.child else 0
        if status < 0:
            return f"was killed by {signal.Signals(-status).name}"
        return f"exited with status {status}"


def stop_together(processes: Sequence[Process], seconds: float) -> None:
    """Ask all of them to stop, remind them half-way, and after `seconds` end what is left."""
    began = time.monotonic()
    for process in processes:
        process.send(process.stop_signal)
    for process in processes:
        process.wait(began + seconds / 2 - time.monotonic())
    for process in processes:
        if process.hurry_signal:
            process.send(process.hurry_signal)
    for process in processes:
        process.wait(began + seconds - time.monotonic())
        process.end_family()


FIRST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 30.0
STEADY = 60.0  # alive this long, a process starts with the first pause again
HOPELESS = 4  # deaths in a row before the product was ever ready


class Startable(Protocol):
    """What can be watched: a Process, or a server that has something to do before its process starts."""

    name: str
    log: Path

    def start(self) -> None: ...

    @property
    def is_alive(self) -> bool: ...

    def end_family(self) -> None: ...

    def ending(self) -> str: ...


class Server:
    """A server of ours: how its process is started is its own matter, and what becomes of it is told by the process."""

    name = ""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.process: Process | None = None

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.is_alive

    def end_family(self) -> None:
        if self.process:
            self.process.end_family()

    def ending(self) -> str:
        return self.process.ending() if self.process else "did not start"


@dataclass
class Watched:
    """A process, when it was last started, and when it is due to be started again."""

    process: Startable
    started: float
    deaths: int = 0
    due: float | None = None


def pause(deaths: int) -> float:
    """Return the seconds to wait before the next start of a process that died so many times in a row."""
    return float(min(FIRST_PAUSE * 2 ** (deaths - 1), LONGEST_PAUSE))


class Watch:
    """Starts processes in order, restarts what dies, stops them in the opposite order."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.watched: list[Watched] = []

    def start(self, processes: Sequence[Process]) -> None:
        for process in processes:
            process.start()
            self.keep(process)

    def keep(self, process: Startable) -> None:
        """Watch a process that runs already."""
        self.watched.append(Watched(process, started=time.monotonic()))

    def look(self) -> None:
        """
        Notice deaths, and start again what has waited long enough.

        It waits for nothing and raises nothing: whatever becomes of one process, the others are looked after.
        """
        now = time.monotonic()
        for one in self.watched:
            if one.due is not None and now >= one.due:
                one.started, one.due = now, None
                try:
                    one.process.start()
                except (sentences.CannotGoOn, OSError) as reason:
                    wait = self._put_off(one, now)
                    self.say(f"{_called(one)} couldn't be started: {reason} Trying again in {wait:.0f} s.")
            elif one.due is None and not one.process.is_alive:
                self._put_off(one, now)
                # Its own children may have outlived it, and would work beside those of its successor.
                one.process.end_family()
                self.say(f"{_called(one)} {one.process.ending()}; restarting it (log: {one.process.log}).")

    def _put_off(self, one: Watched, now: float) -> float:
        one.deaths = 1 if now - one.started > STEADY else one.deaths + 1
        one.due = now + pause(one.deaths)
        return pause(one.deaths)

    def hopeless(self) -> Startable | None:
        return next((one.process for one in self.watched if one.deaths >= HOPELESS), None)

    def stop(self, seconds: float) -> None:
        stop_together([one.process for one in reversed(self.watched) if isinstance(one.process, Process)], seconds)


def _called(one: Watched) -> str:
    return one.process.name if isinstance(one.process, Server) else f"The {one.process.name}"


REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody asked us to stop, by Ctrl-C or by a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def listen_for_stops() -> None:
    """
    Turn Ctrl-C, SIGTERM and the closing of the terminal into Stop.

    Under nohup the terminal may close. A shell that starts us in the background makes us deaf to Ctrl-C, and then
    nobody could stop us by its signal; so that is heard again.
    """
    for number in REQUESTS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop)


def finish_in_peace() -> None:
    """From now on ignore further requests to stop: we are stopping."""
    for number in REQUESTS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off requests to stop while something is being put away."""
    usual = {number: signal.getsignal(number) for number in REQUESTS}
    finish_in_peace()
    yield
    for number, handler in usual.items():
        signal.signal(number, handler)


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stop(number)


def run_in_foreground(command: Sequence[str], environ: Mapping[str, str], errors: IO[bytes] | None = None) -> int:
    """
    Run a command to its end, its errors written to `errors` if given, and return its status.

    Ctrl-C in a terminal reaches it directly; a Stop meanwhile ends it too.
    """
    child = subprocess.Popen(  # noqa: S603 (our own commands)
        command,
        cwd=places.ROOT,
        env=environ,
        stderr=errors,
        preexec_fn=privileges.before_exec(None, signal.SIGTERM),  # noqa: PLW1509
    )
    try:
        return child.wait()
    except Stop as stop:
        if stop.number != signal.SIGINT or not _ends(child, 5):
            child.terminate()
        if not _ends(child, 5):
            child.kill()
        raise


def _ends(child: subprocess.Popen[bytes], seconds: float) -> bool:
    with suppress(subprocess.TimeoutExpired):
        child.wait(seconds)
    return child.poll() is not None
