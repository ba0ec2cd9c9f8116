"""What has to be made before each command of the Makefile can run, and `make clean`. Standard library only."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from . import places, ports, recipe, sentences, steps
from .places import ROOT

STAMPS = ROOT / ".stamps"
FIRST_START_NEEDS = 1_500_000_000  # bytes: packages, node and what npm keeps
DEMO_NEEDS = 1_000_000_000  # bytes: the demo's database and its write-ahead log
GOALS = ("demo", "test", "check", "bench", "soak", "clean")


def check_machine(goal: str) -> None:
    """Say at once what would otherwise go wrong after minutes."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise sentences.no_venv()
    if goal == "demo":
        ports.check_free(ports.wanted())
    if not (STAMPS / "static-files").exists():
        check_space(ROOT, FIRST_START_NEEDS)
    home = places.home().root
    if goal == "demo" and not (home / "postgres" / "data").exists():
        check_space(home, DEMO_NEEDS)


def check_space(folder: Path, needed: int) -> None:
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise sentences.little_space(folder, free, needed)


@contextmanager
def alone() -> Iterator[None]:
    """Let one preparation at a time work in this folder, since two products may start from it side by side."""
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that is preparing this folder.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def readable() -> Iterator[None]:
    """Let others read what root makes: PostgreSQL's unprivileged user runs from it."""
    usual = os.umask(0o022)
    os.umask(usual & ~0o055 if os.geteuid() == 0 else usual)
    try:
        yield
    finally:
        os.umask(usual)


def prepare(goal: str) -> None:
    check_machine(goal)
    began = time.monotonic()
    with readable(), alone():
        stamps = steps.Stamps(STAMPS)
        wanted = recipe.all_steps(goal)
        if not stamps.is_fresh(wanted[0]):
            forget_packages(STAMPS)
        if any(not stamps.is_fresh(step) for step in wanted):
            print(f"Preparing {ROOT}", flush=True)
            steps.run(wanted, stamps)
            print(f"{'Prepared in ':.<28} {time.monotonic() - began:5.1f} s", flush=True)


def follow(goal: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that does what was asked for, once everything is prepared."""
    supervisor = [str(recipe.PYTHON), "-m", "launcher.supervisor"]
    only = os.environ.get("ONLY", "")
    if goal == "demo":
        return [*supervisor, "demo"]
    if goal == "check":
        return [str(recipe.PYTHON), "-m", "launcher.checks"]
    if goal == "bench":
        return [*supervisor, "bench", "--", *([only] if only else [])]
    if goal == "soak":
        return [*supervisor, "soak", "--", *(["-k", only] if only else []), *arguments]
    return [*supervisor, "test", "--", *arguments]


def main(arguments: Sequence[str]) -> int:
    goal = arguments[0] if arguments else ""
    if goal not in GOALS:
        print(f"usage: prepare.py {'|'.join(GOALS)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background is deaf to it
    os.chdir(ROOT)
    try:
        if goal == "clean":
            return clean()
        prepare(goal)
        become(follow(goal, arguments[1:]))
    except sentences.CannotGoOn as reason:
        print(reason, file=sys.stderr)
        return 1
    except OSError as error:
        print(sentences.from_os_error(error, ROOT), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def become(command: list[str]) -> NoReturn:
    """Go on as `command`, in this very process, so that whoever started us still can stop us."""
    os.environ["KEEL_HOME"] = str(places.home().root)
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 (our own command)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


MADE = (".venv", "frontend/node_modules", "frontend/dist", "tests/browser/node_modules", "staticfiles", ".stamps")
CACHES = (".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache")


def forget_packages(stamps: Path) -> None:
    """Forget what was installed into a virtual environment that is about to be made anew."""
    for stamp in stamps.iterdir():
        if stamp.name != "lock":
            stamp.unlink()


def clean() -> int:
    """
    Remove everything that was made here, with the demo in var/.

    An installation that began empty stays: what is in it was typed, and nothing makes that again. So do other data
    directories.
    """
    home = places.home(str(ROOT / "var"))
    for lock in home.root.glob("**/run/lock"):
        with places.held(places.home(str(lock.parent.parent))):
            pass
    is_typed = places.read(home.root / "installation.json").get("customers") == "none"
    for name in (*MADE, *CACHES, *([] if is_typed else ["var"])):
        if (ROOT / name).exists():
            shutil.rmtree(ROOT / name)
            print(f"Removed {name}", flush=True)
    if is_typed:
        print("Kept var: it holds your own installation. Delete it yourself if you no longer need it.", flush=True)
    return 0
