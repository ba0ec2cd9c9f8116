"""One child process: started with a log file, dies with the supervisor, stopped by its own signal."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from . import privileges, sentences


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
            return f"was ended by {signal.Signals(-status).name}"
        return f"ended with status {status}"


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
