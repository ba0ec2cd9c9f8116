"""One child process: started with a log file, dies with the supervisor, stopped by its own signal."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import privileges, sentences

LOG_LIMIT = 20_000_000  # bytes kept of the run before


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
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
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

    def ask_to_stop(self) -> None:
        if self.child and self.is_alive:
            self.child.send_signal(self.stop_signal)

    def wait(self, seconds: float) -> None:
        """Wait for its end, and end it the hard way after `seconds`, together with what it started."""
        if not self.child:
            return
        try:
            self.child.wait(max(seconds, 0))
        except subprocess.TimeoutExpired:
            try:
                os.killpg(self.child.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.child.wait()

    def stop(self, seconds: float = 5) -> None:
        self.ask_to_stop()
        self.wait(seconds)


def stop_together(processes: Sequence[Process], seconds: float = 5) -> None:
    """Ask all of them to stop, then wait `seconds` for the last."""
    for process in processes:
        process.ask_to_stop()
    until = time.monotonic() + seconds
    for process in processes:
        process.wait(until - time.monotonic())
