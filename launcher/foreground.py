"""Run a command that shares the terminal with us."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import IO

from . import places, privileges

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
