"""Which ports the product listens on, all on 127.0.0.1. Standard library only."""

from __future__ import annotations

import os
import socket
from collections.abc import Container

from . import places, sentences
from .places import Home

HOST = "127.0.0.1"
LAST = 65535


def wanted() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= LAST:
        raise sentences.CannotGoOn(f"PORT must be a whole number from 1 to {LAST}, not {given!r}.")
    return int(given)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers do it: a port whose connections of a moment ago still linger counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def check_free(port: int) -> None:
    if port < 1024 and os.geteuid() != 0 and not is_free(port):
        raise sentences.CannotGoOn(
            f"Only root can use port {port}; choose one above 1023, such as `make demo PORT=8000`."
        )
    if not is_free(port):
        raise sentences.port_taken(port, next((other for other in range(port + 10, LAST) if is_free(other)), None))


def choose(preferred: int, taken: Container[int] = ()) -> int:
    """Return `preferred` if it is free, else a free port near it, else any."""
    for port in range(preferred, min(preferred + 200, LAST)):
        if port not in taken and is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def kept(home: Home, web: int) -> dict[str, int]:
    """
    Return the ports of tracking and of the mail catcher.

    Tracking keeps its port from start to start, so that links in mails that were sent stay good.
    """
    path = home.root / "ports.json"
    known = {name: int(port) for name, port in places.read(path).items()}
    tracking = choose(known.get("tracking", web + 1000), taken=[web])
    chosen = {"tracking": tracking, "mail": choose(known.get("mail", web + 2000), taken=[web, tracking])}
    if chosen != known:
        places.write_private(path, {name: str(port) for name, port in chosen.items()})
    return chosen
