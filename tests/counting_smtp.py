"""An SMTP server that counts what it took, for whom; it may be slow."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller


class CountingServer:
    """
    Takes every message and counts it by recipient once its last dot has come; what it `refuses`, by recipient, it
    answers as told.
    """

    def __init__(self, *, delay: float = 0.0) -> None:
        self.delay = delay
        self.taken: Counter[str] = Counter()
        self.refuses: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd names it)
        self.taken.update(envelope.rcpt_tos)
        await asyncio.sleep(self.delay)
        return "250 Taken"


@contextmanager
def counting_smtp(*, delay: float = 0.0) -> Iterator[tuple[CountingServer, str]]:
    """Give a running server and its EMAIL_URL."""
    server = CountingServer(delay=delay)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield server, f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()
