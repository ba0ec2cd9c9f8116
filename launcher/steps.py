"""Run the steps of a preparation side by side, but not those whose files have not changed. Standard library only."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import sentences

HEARTBEAT = 10  # seconds between signs of life


@dataclass(frozen=True)
class Step:
    """Something to make from files of this folder, by one or more commands in a row."""

    name: str
    commands: Sequence[Sequence[str | Path]]
    makes: Path
    inputs: Iterable[Path] = ()
    extra: str = ""
    needs: Sequence[Step] = ()
    cwd: Path = Path()
    environ: Mapping[str, str] = field(default_factory=dict)
    cure: str = "check the connection to the package registries and run the same command again"

    @property
    def slug(self) -> str:
        return self.name.lower().replace(" ", "-")

    @cached_property
    def digest(self) -> str:
        """Return what this step's result depends on: its files, its commands and the steps before it."""
        digest = hashlib.sha256(f"{self.extra} {self.commands}".encode())
        for path in self.inputs:
            digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
        for step in self.needs:
            digest.update(step.digest.encode())
        return digest.hexdigest()


class Stamps:
    """Remembers in a folder what each step was last made from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def is_fresh(self, step: Step) -> bool:
        stamp = self.folder / step.slug
        return step.makes.exists() and stamp.exists() and stamp.read_text() == step.digest

    def forget(self, step: Step) -> None:
        (self.folder / step.slug).unlink(missing_ok=True)

    def remember(self, step: Step) -> None:
        (self.folder / step.slug).write_text(step.digest)

    def log(self, step: Step) -> Path:
        return self.folder / f"{step.slug}.log"


@dataclass
class Running:
    """A step on its way: the command it is at, and when it began."""

    step: Step
    remaining: list[Sequence[str | Path]]
    child: subprocess.Popen[bytes]
    since: float


def run(steps: Sequence[Step], stamps: Stamps) -> None:
    """
    Bring every step up to date, as many at once as their needs allow, with a line for each that ran.

    :raises CannotGoOn: with one sentence, when a step fails.
    """
    todo = [step for step in steps if not stamps.is_fresh(step)]
    running: list[Running] = []
    spoken = time.monotonic()
    try:
        while todo or running:
            for step in [step for step in todo if not _waits(step, todo, running)]:
                todo.remove(step)
                stamps.forget(step)
                stamps.log(step).unlink(missing_ok=True)
                running.append(
                    Running(step, list(step.commands[1:]), _begin(step, step.commands[0], stamps), time.monotonic())
                )
            for item in running[:]:
                if _has_ended(item, stamps):
                    running.remove(item)
                    stamps.remember(item.step)
                    _say(f"{item.step.name + ' ':.<28} {time.monotonic() - item.since:5.1f} s")
                    spoken = time.monotonic()
            if time.monotonic() - spoken > HEARTBEAT:
                _say("  still at: " + ", ".join(f"{i.step.name} ({time.monotonic() - i.since:.0f} s)" for i in running))
                spoken = time.monotonic()
            time.sleep(0.05)
    finally:
        for item in running:
            with suppress(ProcessLookupError):
                os.killpg(item.child.pid, signal.SIGKILL)


def _waits(step: Step, todo: Sequence[Step], running: Sequence[Running]) -> bool:
    unfinished = [*todo, *(item.step for item in running)]
    return any(need in unfinished for need in step.needs)


def _begin(step: Step, command: Sequence[str | Path], stamps: Stamps) -> subprocess.Popen[bytes]:
    with stamps.log(step).open("ab") as log:
        return subprocess.Popen(  # noqa: S603 (our own commands)
            [str(word) for word in command],
            cwd=step.cwd,
            env={**os.environ, **step.environ},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


# Return whether all commands of the step are done, after starting the next one if it is its turn.
def _has_ended(item: Running, stamps: Stamps) -> bool:
    status = item.child.poll()
    if status is None:
        return False
    if status:
        raise _why(item.step, stamps)
    if item.remaining:
        item.child = _begin(item.step, item.remaining.pop(0), stamps)
        return False
    return True


def _why(step: Step, stamps: Stamps) -> sentences.CannotGoOn:
    log = stamps.log(step)
    if sentences.tells_of_full_disk(log):
        return sentences.disk_full(stamps.folder.parent)
    return sentences.CannotGoOn(f"{step.name} couldn't be prepared: {step.cure} (log: {log}).")


def _say(line: str) -> None:
    print(line, flush=True, file=sys.stdout)
