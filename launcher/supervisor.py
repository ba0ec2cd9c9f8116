"""
The one program that starts, watches and stops PostgreSQL, Redis and Keel's processes.

    python -m launcher.supervisor demo
    python -m launcher.supervisor test -- [pytest arguments]
    python -m launcher.supervisor soak -- [pytest arguments]
    python -m launcher.supervisor bench -- [name]
    python -m launcher.supervisor manage -- migrate
    python -m launcher.supervisor run -- COMMAND
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from . import demo, places, servers
from .processes import Stop, listen_for_stops, run_in_foreground
from .sentences import CannotGoOn

CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# Each has a browser of its own at times.
MOST_AT_ONCE = 4

# What the caller's shell may hold for a product of its own, and must not change what a test or a measurement sees.
PRODUCT_VARIABLES = {
    "ALLOWED_HOSTS",
    "BASE_URL",
    "EMAIL_URL",
    "KEEL_DEMO",
    "KEEL_DEMO_PASSWORD",
    "LOG_LEVEL",
    "TRACKING_URL",
    "TRUST_PROXY",
}


def apart(names: Sequence[str], command: Sequence[str], *, durable: bool) -> int:
    """
    Run a command with services of its own, in folders of the data directory that the product does not use.

    With several names there are as many services. KEEL_TEST_SERVERS holds the variables of each, and the first of them
    are set.
    """
    clean = {variable: value for variable, value in os.environ.items() if variable not in PRODUCT_VARIABLES}
    with ExitStack() as stack:
        homes = [places.home(str(places.home().root / name)) for name in names]
        environs = [stack.enter_context(servers.running(home, durable=durable)).environ for home in homes]
        return run_in_foreground(command, {**clean, **environs[0], "KEEL_TEST_SERVERS": json.dumps(environs)})


def test(arguments: Sequence[str]) -> int:
    """Run the tests: all of them in as many processes as there are cores, or in one those that are asked for."""
    return pytest([], arguments)


def soak(arguments: Sequence[str]) -> int:
    """Run the big randomised tests whole; `make test` takes a sample of each."""
    os.environ["HYPOTHESIS_PROFILE"] = "whole"
    return pytest(["-m", "soak or hypothesis"], arguments)


def pytest(kind: Sequence[str], asked_for: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", *kind]
    if asked_for:
        return apart(["test"], [*command, *asked_for], durable=False)
    names = [f"test/{number}" for number in range(min(CORES, MOST_AT_ONCE))]
    side_by_side = ["-p", "tests.workers", "-n", str(len(names)), "--dist", "loadfile", "--no-loadscope-reorder"]
    return apart(names, [*command, *side_by_side], durable=False)


def bench(arguments: Sequence[str]) -> int:
    return apart(["bench"], [sys.executable, "-m", "bench", *arguments], durable=True)


def run(arguments: Sequence[str]) -> int:
    """Run a command with the services up: those of the running product, else started for the while it takes."""
    home = places.home()
    if places.is_held(home):
        return run_in_foreground(arguments, {**os.environ, "KEEL_HOME": str(home.root)})
    with servers.running(home) as running:
        return run_in_foreground(arguments, {**os.environ, **running.environ})


def manage(arguments: Sequence[str]) -> int:
    return run([sys.executable, str(places.ROOT / "manage.py"), *arguments])


def start_demo(arguments: Sequence[str]) -> int:
    demo.demo()
    return 0


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "bench": bench,
    "demo": start_demo,
    "manage": manage,
    "run": run,
    "soak": soak,
    "test": test,
}


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    listen_for_stops()
    command, *rest = arguments
    try:
        return COMMANDS[command](rest[1:] if rest[:1] == ["--"] else rest)
    except CannotGoOn as reason:
        print(reason, file=sys.stderr)
        return 1
    except Stop:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
