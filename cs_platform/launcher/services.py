"""PostgreSQL and Redis together, and the variables by which every other process finds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from . import places, postgres, redis_server
from .places import Home


@contextmanager
def running(home: Home, *, durable: bool = True) -> Iterator[dict[str, str]]:
    """
    Run both services of `home`, alone, and yield their URLs as environment variables.

    :raises CannotGoOn: if another supervisor runs them, or one does not start.
    """
    places.make(home)
    with places.held(home):
        servers = [postgres.Postgres(home, durable=durable), redis_server.Redis(home, durable=durable)]
        started: list[postgres.Postgres | redis_server.Redis] = []
        try:
            for server in servers:
                server.start()
                started.append(server)
            for server in started:
                server.wait()
            yield {
                "KEEL_HOME": str(home.root),
                "SECRET_KEY": places.kept_secrets(home)["SECRET_KEY"],
                "DATABASE_URL": postgres.url(home),
                "REDIS_URL": redis_server.url(home),
            }
        finally:
            for server in reversed(started):
                server.stop()
