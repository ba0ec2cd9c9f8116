"""PostgreSQL and Redis together, and the variables by which every other process finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from . import places, postgres, processes, redis_server, sentences
from .places import Home
from .processes import stop_together


class Servers:
    """Both servers of one Home."""

    def __init__(self, home: Home, *, durable: bool) -> None:
        self.home = home
        self.servers = (postgres.Postgres(home, durable=durable), redis_server.Redis(home, durable=durable))

    @property
    def environ(self) -> dict[str, str]:
        return {
            "KEEL_HOME": str(self.home.root),
            "SECRET_KEY": places.kept_secrets(self.home)["SECRET_KEY"],
            "DATABASE_URL": postgres.url(self.home),
            "REDIS_URL": redis_server.url(self.home),
        }

    def start(self) -> None:
        for server in self.servers:
            server.start()
        for server in self.servers:
            server.wait()

    def revive(self, say: Callable[[str], None]) -> None:
        for server in self.servers:
            if server.process and not server.process.is_alive:
                say(f"{server.process.name} {server.process.ending()}; starting it again (log: {server.process.log}).")
                server.start()
                server.wait()

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
