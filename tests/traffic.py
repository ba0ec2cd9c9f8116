"""Readers who click, open and unsubscribe at a tracking server, and remember what was acknowledged."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

ONE_CLICK = b"List-Unsubscribe=One-Click"


class Readers:
    """
    Ask for paths at a steady rate until stopped.

    Each hit has a name of its own as its user agent, so that it can be found again among the events.
    """

    def __init__(self, port: int, *, rate: float) -> None:
        self.port = port
        self.rate = rate
        self.numbers = itertools.count()
        self.acknowledged: set[str] = set()
        self.unsubscribed: set[str] = set()
        self.failed = 0
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(32)
        self._threads: list[threading.Thread] = []

    def click(self, paths: Sequence[str]) -> None:
        """Follow these paths in turn, from now on."""
        places = itertools.cycle(paths)
        self._begin(lambda: self._pool.submit(self._hit, next(places)))

    def _hit(self, path: str) -> None:
        name = f"Reader {next(self.numbers)}"
        status = self._ask("GET", path, {"User-Agent": name})
        if status in (200, 302):
            self.acknowledged.add(name)
        else:
            self.failed += 1

    def unsubscribe(self, path: str) -> None:
        """Send a one-click unsubscribe, and again until it is acknowledged, as mail providers do."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        while self._ask("POST", path, form, ONE_CLICK) != 200:
            time.sleep(0.2)
        self.unsubscribed.add(path)

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, headers)
            with connection.getresponse() as answer:
                return answer.status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _begin(self, act: Callable[[], object]) -> None:
        def go_on() -> None:
            while not self._stopping.wait(1 / self.rate):
                act()

        self._threads.append(threading.Thread(target=go_on, daemon=True))
        self._threads[-1].start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()
