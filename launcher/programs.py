"""The processes of the product: what is run, in the order of its start."""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from . import ports
from .places import ROOT, Home
from .processes import Process

# Sending and ingesting have workers of their own: no long import or roll-up delays a message, or hides a click.
# Imports take minutes, and what is due goes on beside them.
QUEUES = {"worker": "journeys,metrics", "ingest worker": "ingest", "send worker": "send", "import worker": "sync"}


WEB = "-m gunicorn cs_platform.wsgi:application --workers 1 --worker-class gthread --threads 8 --timeout 120"
TRACKING = "-m uvicorn cs_platform.tracking:app --no-access-log --timeout-graceful-shutdown 3"
WORKER = "-m celery -A cs_platform worker --concurrency 1 --loglevel INFO --without-gossip --without-mingle"
BEAT = "-m celery -A cs_platform beat --pidfile= --loglevel INFO"
MAIL_CATCHER = "-m launcher.mailcatcher"


def web(port: int) -> list[str]:
    # Its control socket would lie in the home directory, one for all products of a user.
    return [*WEB.split(), "--bind", f"{ports.HOST}:{port}", "--graceful-timeout", "3", "--no-control-socket"]


def tracking(port: int) -> list[str]:
    return [*TRACKING.split(), "--host", ports.HOST, "--port", str(port)]


def worker(name: str) -> list[str]:
    return [*WORKER.split(), "-Q", QUEUES[name], "-n", f"{name.partition(' ')[0]}@%h"]


def mail_catcher(port: int, folder: Path) -> list[str]:
    return [*MAIL_CATCHER.split(), str(port), str(folder)]


def all_of(home: Home, environ: Mapping[str, str], chosen: Mapping[str, int], web_port: int) -> list[Process]:
    """Return the product's processes, not yet started; the last to start is the first to stop."""
    commands = {"web server": web(web_port), **{name: worker(name) for name in QUEUES}, "beat": BEAT.split()}
    if has_tracking():
        commands = {"tracking server": tracking(chosen["tracking"]), **commands}
    if environ["EMAIL_URL"] == mail_url(chosen["mail"]):
        commands = {"mail catcher": mail_catcher(chosen["mail"], home.root / "mail"), **commands}
    return [process(name, command, home, environ) for name, command in commands.items()]


def process(name: str, command: Sequence[str], home: Home, environ: Mapping[str, str]) -> Process:
    log = home.logs / f"{name.replace(' ', '-')}.log"
    # A worker told to stop finishes its task; told so by SIGQUIT it hands the task back and goes at once.
    hurry = signal.SIGQUIT if "worker" in command else None
    return Process(name, [sys.executable, *command], log, ROOT, environ, hurry_signal=hurry)


def mail_url(port: int) -> str:
    return f"smtp://{ports.HOST}:{port}"


def has_tracking() -> bool:
    """Return whether there is a tracking server; the web server answers for it otherwise."""
    return find_spec("cs_platform.tracking") is not None
