"""
A mail server that keeps what it is given instead of passing it on.

`python -m launcher.mailcatcher PORT FOLDER`
It writes the newest messages as .eml files into FOLDER, and how many it ever took into FOLDER/received.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

KEEP = 500


class Keeper:
    """Takes every message. Its folder holds the newest ones, numbered in the order they came."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        counter = folder / "received"
        self.received = int(counter.read_text() or 0) if counter.exists() else 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        self.keep(content, envelope.mail_from or "", envelope.rcpt_tos)
        return "250 OK"

    def keep(self, content: bytes, sender: str, recipients: Sequence[str]) -> None:
        self.received += 1
        head = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n".encode()
        self._path(self.received).write_bytes(head + content)
        self._path(self.received - KEEP).unlink(missing_ok=True)
        (self.folder / "received").write_text(str(self.received))

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:08d}.eml"


async def serve(port: int, folder: Path) -> None:
    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True), "127.0.0.1", port)
    ended = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
