"""
Where links of ours lead, and what else tracking asks of the database.

Targets of all links are copied from the database every few seconds and kept on this machine's disk, so a click finds
its way while PostgreSQL is away and after a restart meanwhile. The few that differ by person carry their target in the
link, sealed; those are looked up only where a message of an older version has them without.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 (it is a class)
from psycopg2.extensions import cursor as Cursor  # noqa: N812 (it is a class)

from contacts.content.rules import evaluate_url
from contacts.engagement.rules.stream import STREAM

logger = logging.getLogger(__name__)

T = TypeVar("T")

MOST_REMEMBERED = 100_000
COPY_SECONDS = 5.0
OVERLAP = 1000
# Whoever waits for a page waits no longer than this for the database.
ANSWER_SECONDS = 2.0
THREADS = 4

FIND = """
select l.url, d.merge from contacts_link l
join contacts_delivery d on d.template_version_id = l.version_id
where l.id = %s and d.id = %s
"""
NEWER = "select id, url from contacts_link where id > %s order by id desc limit %s"
PLACES = "select incarnation, position from contacts_cursor where stream = %s and shard = 0"


class DatabaseAway(Exception):
    """PostgreSQL does not answer, or not in time."""


class Database:
    """A few questions to PostgreSQL, none of which waits for long, whatever the server does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        self.local = threading.local()
        self.asking = 0

    async def ask(self, question: Callable[[Cursor], T]) -> T:
        """
        Return what `question` makes of a cursor; asked again on a fresh connection when the old one broke.

        :raises DatabaseAway: when there is no answer in time, or all threads wait for one.
        """
        if self.asking >= THREADS:
            raise DatabaseAway("all connections wait")
        self.asking += 1
        answer = asyncio.get_running_loop().run_in_executor(self.threads, self._ask, question)
        answer.add_done_callback(self._answered)
        try:
            return await asyncio.wait_for(asyncio.shield(answer), ANSWER_SECONDS)
        except (psycopg2.Error, TimeoutError) as problem:
            raise DatabaseAway(repr(problem)) from problem

    def _answered(self, answer: asyncio.Future[Any]) -> None:
        self.asking -= 1
        if not answer.cancelled():
            answer.exception()  # Nobody may be waiting for it any more.

    def _ask(self, question: Callable[[Cursor], T]) -> T:
        try:
            return self._ask_once(question)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.local.connection = None
            return self._ask_once(question)

    def _ask_once(self, question: Callable[[Cursor], T]) -> T:
        connection: Connection | None = getattr(self.local, "connection", None)
        if connection is None:
            connection = psycopg2.connect(self.url, connect_timeout=2)
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("set statement_timeout = 5000")
            self.local.connection = connection
        with connection.cursor() as cursor:
            return question(cursor)

    async def places(self) -> dict[str, str]:
        """Return how far the ingest worker has come in each incarnation of the stream."""

        def question(cursor: Cursor) -> dict[str, str]:
            cursor.execute(PLACES, [STREAM])
            return dict(cursor.fetchall())

        return await self.ask(question)


class Links:
    """Answers where link `link_id` of delivery `delivery_id` leads; "" for the hidden link."""

    def __init__(self, database: Database, file: Path) -> None:
        self.database = database
        self.file = file
        self.known: dict[int, str] = {}
        self.newest = 0
        self.is_fresh = False
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Copy all links, or load what the disk has while the database is away; then go on copying."""
        try:
            await self.copy()
        except DatabaseAway as problem:
            logger.warning("PostgreSQL is away (%s): links lead where they led when it was last seen", problem)
            self.load()
        self.task = asyncio.create_task(self._copy_forever())

    def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()

    async def find(self, delivery_id: int, link_id: int) -> str | None:
        """
        Return the target, or None for a link that is not in that message.

        :raises DatabaseAway: when it is not known here and the database does not answer.
        """
        url = self.known.get(link_id)
        if url is not None and "{{" not in url:
            return url

        def question(cursor: Cursor) -> tuple[str, Mapping[str, Any]] | None:
            cursor.execute(FIND, [link_id, delivery_id])
            row = cursor.fetchone()
            return (row[0], row[1]) if row else None

        found = await self.database.ask(question)
        if found is None:
            return None
        url, merge = found
        return evaluate_url(url, merge) if "{{" in url else url

    def load(self) -> None:
        """Read the copy on disk; one that cannot be read is made anew when the database is back."""
        with suppress(OSError, ValueError, TypeError, AttributeError):
            kept = json.loads(self.file.read_text())
            self._learn({int(number): str(url) for number, url in kept.items()})

    async def copy(self) -> int:
        """
        Learn the links made since the last time; return how many. The first copy forgets what the disk said.

        :raises DatabaseAway: when the database does not answer.
        """
        # Numbers are committed out of order.
        since = self.newest - OVERLAP if self.is_fresh else 0

        def question(cursor: Cursor) -> dict[int, str]:
            cursor.execute(NEWER, [since, MOST_REMEMBERED])
            return dict(cursor.fetchall())

        found = await self.database.ask(question)
        if not self.is_fresh:
            self.known, self.newest, self.is_fresh = {}, 0, True
        new = {number: url for number, url in found.items() if number not in self.known}
        if new:
            self._learn(new)
            await asyncio.get_running_loop().run_in_executor(None, self._save)
        return len(new)

    def _learn(self, found: dict[int, str]) -> None:
        self.known |= found
        self.newest = max(self.newest, *found) if found else self.newest
        for number in sorted(self.known)[: max(len(self.known) - MOST_REMEMBERED, 0)]:
            del self.known[number]

    def _save(self) -> None:
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            new = self.file.with_name(f"{self.file.name}.{os.getpid()}")
            new.write_text(json.dumps(self.known))
            new.replace(self.file)
        except OSError as problem:
            logger.warning("The copy of the links cannot be kept on disk: %s", problem)

    async def _copy_forever(self) -> None:
        while True:
            try:
                await self.copy()
            except DatabaseAway as problem:
                logger.debug("The links were not copied: %s", problem)
            except Exception:
                logger.exception("The links could not be copied; the next turn tries again")
            await asyncio.sleep(COPY_SECONDS)
