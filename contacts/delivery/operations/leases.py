"""A worker says that it lives, from a thread of its own, while the mail server keeps it waiting."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from django.db import DatabaseError, InterfaceError, connection

from contacts.delivery.operations.ledger import renew_leases

log = logging.getLogger(__name__)

BEAT_SECONDS = 10.0
"""Several times within a lease, so that one renewal may fail."""
STUCK_SECONDS = 600.0
"""Who has not come to a next group for so long counts as dead: longer than the slowest server is given for one."""


class Heartbeat:
    """Renews the leases of one worker until it is left, or until nobody calls `alive` any more."""

    def __init__(self, worker: str, *, beat_seconds: float = BEAT_SECONDS) -> None:
        self.worker, self.beat_seconds = worker, beat_seconds
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._beat, name=f"leases of {worker}", daemon=True)
        self.alive()

    def __enter__(self) -> Heartbeat:
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self.thread.join()

    def alive(self) -> None:
        """Say that the work goes on."""
        self.last_seen = time.monotonic()

    def _beat(self) -> None:
        try:
            while not self.stopped.wait(self.beat_seconds):
                if time.monotonic() - self.last_seen < STUCK_SECONDS:
                    self._renew()
        finally:
            connection.close()

    def _renew(self) -> None:
        try:
            renew_leases(worker=self.worker)
        except (DatabaseError, InterfaceError):
            log.warning("The leases of %s could not be renewed; trying again", self.worker, exc_info=True)
            connection.close()
