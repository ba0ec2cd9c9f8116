"""SMTP servers for tests: one that counts what it took, for whom, and may be slow; one that follows a script."""

from __future__ import annotations

import asyncio
import socket
import threading
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


class ScriptedServer:
    """
    Answers each stage as `says` has it, and takes what is left; `taken` are the recipients in order.

    Stages are greeting, EHLO, AUTH, MAIL, RCPT, DATA and DOT; a stage may have an answer for some words alone.
    """

    GRANTS = {"greeting": "220 ready", "EHLO": "250-here\r\n250 AUTH PLAIN LOGIN", "DATA": "354 go on"}

    def __init__(self, says: dict[str, str] | None = None) -> None:
        self.says = dict(says or {})
        self.taken: list[str] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]
        self.settings = {"host": "127.0.0.1", "port": self.port, "use_tls": False, "use_ssl": False}
        self.settings |= {"username": "", "password": ""}
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                call = self.listening.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._talk, args=[call], daemon=True).start()

    def _talk(self, call: socket.socket) -> None:
        with call, call.makefile("rwb") as line:

            def say(stage: str) -> bool:
                answer = self.says.get(stage, self.GRANTS.get(stage, "250 OK"))
                line.write(answer.encode("utf-8", "surrogateescape") + b"\r\n")
                line.flush()
                return answer[0] in "23"

            if not say("greeting"):
                return
            recipient = ""
            for raw in line:
                verb = raw[:4].decode().upper()
                if verb == "RCPT":
                    recipient = raw.decode().partition("<")[2].partition(">")[0]
                if verb == "QUIT" or not say(verb) or verb != "DATA":
                    continue
                while line.readline() not in (b".\r\n", b""):
                    pass
                if say("DOT"):
                    self.taken.append(recipient)

    def close(self) -> None:
        self.listening.close()
