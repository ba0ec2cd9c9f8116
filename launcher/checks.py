"""`make check`: everything that can be said about the code without running the product."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO

from .places import ROOT

AT_ONCE = 2

# A real installation as `check --deploy` wants to see one; nothing connects to these.
DEPLOYED = {
    "SECRET_KEY": "a-key-for-checking-alone-that-is-long-and-varied-0123456789-abcdefghijklm",
    "DATABASE_URL": "postgresql://keel@/keel?host=/nonexistent",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "BASE_URL": "https://keel.example.com",
    "TRACKING_URL": "https://t.keel.example.com",
    "EMAIL_URL": "smtp+tls://keel:secret@mail.example.com:587",
    "ALLOWED_HOSTS": "keel.example.com",
    "KEEL_DEMO": "0",
    "ANYMAIL_WEBHOOK_SECRET": "webhook:a-secret-for-checking-alone",
    "TRUST_PROXY": "1",
}
PYTHON = [sys.executable, "-m"]
MANAGE = [sys.executable, "manage.py"]
GUARDS = ["tests/architecture/test_locks.py", "tests/architecture/test_tidiness.py"]
COMPOSE = ["check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]


@dataclass
class Check:
    """A command whose status says whether all is well."""

    name: str
    command: Sequence[str]
    output: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    child: subprocess.Popen[bytes] | None = None
    since: float = 0

    def start(self) -> None:
        self.since = time.monotonic()
        self.child = subprocess.Popen(  # noqa: S603 (our own commands)
            self.command,
            cwd=ROOT,
            env={
                **os.environ,
                **DEPLOYED,
                "PYTHONWARNINGS": "ignore:Got an error checking a consistent migration history",
            },
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=subprocess.STDOUT,
        )

    def said(self) -> str:
        self.output.seek(0)
        return self.output.read().decode(errors="replace")


def all_checks() -> list[Check]:
    return [
        Check("types", [*PYTHON, "mypy", "."]),
        Check("lint", [*PYTHON, "ruff", "check", "."]),
        Check("format", [*PYTHON, "ruff", "format", "--check", "."]),
        Check(
            "import contracts",
            [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()"],
        ),
        Check("missing migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"]),
        Check("check --deploy", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"]),
        Check("compose file", [*PYTHON, *COMPOSE]),
        Check("locks, sizes, templates", [*PYTHON, "pytest", "-q", "-p", "no:cacheprovider", *GUARDS]),
    ]


def main() -> int:
    waiting, running, failed = all_checks(), list[Check](), 0
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.append(waiting.pop(0))
            running[-1].start()
        for check in [check for check in running if check.child and check.child.poll() is not None]:
            running.remove(check)
            failed += report(check)
        time.sleep(0.05)
    print(f"{failed} checks failed." if failed else "All checks passed.", flush=True)
    return 1 if failed else 0


def report(check: Check) -> bool:
    broken = bool(check.child and check.child.returncode)
    took = time.monotonic() - check.since
    print(f"{check.name + ' ':.<28} {'FAILED' if broken else 'ok':<6} {took:5.1f} s", flush=True)
    if broken:
        print(check.said(), flush=True)
    return broken


if __name__ == "__main__":
    sys.exit(main())
