"""
The one program that starts, watches and stops PostgreSQL, Redis and Keel's processes.

    python -m cs_platform.launcher.supervisor demo
    python -m cs_platform.launcher.supervisor test -- [pytest arguments]
    python -m cs_platform.launcher.supervisor manage -- migrate
    python -m cs_platform.launcher.supervisor run -- python -m bench.run
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import FrameType

from . import places, services
from .sentences import CannotGoOn

# Variables of the caller's shell that would change what a test sees.
PRODUCT_VARIABLES = ("BASE_URL", "TRACKING_URL", "EMAIL_URL", "ALLOWED_HOSTS", "KEEL_DEMO", "LOG_LEVEL", "TRUST_PROXY")


def run_in_foreground(command: Sequence[str], environ: dict[str, str]) -> int:
    """Run a command that shares the terminal, and return its status; Ctrl-C reaches it directly."""
    child = subprocess.Popen(command, cwd=places.ROOT, env=environ)  # noqa: S603 (our own commands)
    try:
        return child.wait()
    except KeyboardInterrupt:
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def test(arguments: Sequence[str]) -> int:
    """Run pytest against services of its own, in a data directory beside the product's."""
    home = places.home(str(places.home().root / "test"))
    clean = {name: value for name, value in os.environ.items() if name not in PRODUCT_VARIABLES}
    with services.running(home, durable=False) as found:
        return run_in_foreground([sys.executable, "-m", "pytest", *arguments], {**clean, **found})


def run(arguments: Sequence[str]) -> int:
    """Run a command with the services up: those of the running product, else started for the while it takes."""
    home = places.home()
    if home.announcement.exists():
        return run_in_foreground(arguments, {**os.environ, "KEEL_HOME": str(home.root)})
    with services.running(home) as found:
        return run_in_foreground(arguments, {**os.environ, **found})


def manage(arguments: Sequence[str]) -> int:
    return run([sys.executable, str(places.ROOT / "manage.py"), *arguments])


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {"test": test, "run": run, "manage": manage}


def main(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _stop)
    command, *rest = arguments
    try:
        return COMMANDS[command](rest[1:] if rest[:1] == ["--"] else rest)
    except CannotGoOn as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
