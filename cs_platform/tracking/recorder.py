"""
Where hits go: to this machine's disk, from there to a Redis stream, and from that into PostgreSQL by the ingest worker.

A hit is acknowledged when it is on disk. Redis only carries: it may lose what it took, as one that restarts without its
last second does. So a segment of the spool is kept until the ingest worker's place in the stream has passed its last
hit in the very run of Redis that took it; otherwise it is appended again. Each hit carries the key it was given when it
came, and is counted once however often it is appended.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from contacts.engagement.rules.stream import BEGINNING, INCARNATION, STREAM, is_behind, new_incarnation
from cs_platform.tracking.links import DatabaseAway
from cs_platform.tracking.spool import Segment, Spool

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
ADOPT_SECONDS = 5.0
MOST_AT_ONCE = 500

T = TypeVar("T")
Fields = dict[str, str]
# How far the ingest worker has come in each incarnation of the stream.
Places = Callable[[], Awaitable[dict[str, str]]]


class NotRecorded(Exception):
    """Neither the disk nor Redis took the hit."""


class Recorder:
    """Keeps hits; what it has acknowledged survives the death of any process and the loss of all that is in Redis."""

    def __init__(self, redis: Redis, folder: Path, places: Places) -> None:
        self.redis = redis
        self.places = places
        self.spool = Spool(folder)
        self.waiting: list[tuple[Fields, asyncio.Future[None]]] = []
        self.wake = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.is_redis_away = False
        self.run = ""
        # A thread of its own: a database that hangs must not keep hits from the disk.
        self.disk = ThreadPoolExecutor(1, thread_name_prefix="spool")

    async def record(self, fields: Fields) -> None:
        """
        Return when a hit is acknowledged: on disk, and in the Redis stream unless Redis is away.

        :raises NotRecorded: when the disk refuses it and Redis is away.
        """
        self.start()
        taken = asyncio.get_running_loop().create_future()
        self.waiting.append((fields, taken))
        self.wake.set()
        await taken

    def start(self) -> None:
        """Begin to write and to replay, unless that is going on."""
        if not self.tasks:
            self.tasks = [asyncio.create_task(work) for work in (self._write_forever(), self._replay_forever())]

    async def stop(self) -> None:
        """Write what waits. What is not confirmed by now stays for the next process."""
        while self.waiting:
            await self._write_group()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks = []
        await self._on_disk_thread(self.spool.close_current)
        with suppress(RedisError, DatabaseAway, OSError):
            await self.replay()
            await self.confirm()
        self.disk.shutdown()

    async def _write_forever(self) -> None:
        while True:
            await self.wake.wait()
            self.wake.clear()
            while self.waiting:
                await self._write_group()

    # Write all that waits with one fsync: under load each takes its company along.
    async def _write_group(self) -> None:
        group, self.waiting = self.waiting[:MOST_AT_ONCE], self.waiting[MOST_AT_ONCE:]
        lines = [json.dumps(fields).encode() for fields, _ in group]
        problem: Exception | None = None
        try:
            await self._keep(lines)
        except Exception as found:
            logger.exception("%s hits were not recorded", len(lines))
            problem = found
        for _, taken in group:
            if taken.done():  # Whoever asked has gone.
                continue
            if problem is None:
                taken.set_result(None)
            else:
                taken.set_exception(NotRecorded(str(problem)))

    async def _keep(self, lines: Sequence[bytes]) -> None:
        try:
            segment, start = await self._on_disk_thread(self.spool.append, b"\n".join(lines) + b"\n")
        except OSError as problem:
            logger.error("The spool cannot be written (%s): hits go to Redis alone", problem)
            await self._add(lines)
            return
        end = start + sum(len(line) + 1 for line in lines)
        if segment.forwarded >= end:
            return  # The replay was faster.
        if self.is_redis_away or segment.forwarded != start:
            self.is_redis_away = True  # The replay catches up first.
            return
        try:
            await self._forward(segment, lines, upto=end)
        except (RedisError, OSError) as problem:
            self._lose_redis(problem)

    def _lose_redis(self, problem: Exception) -> None:
        if not self.is_redis_away:
            logger.warning("Redis is away (%s): hits wait in the spool", type(problem).__name__)
        self.is_redis_away, self.run = True, ""

    async def _forward(self, segment: Segment, lines: Sequence[bytes], *, upto: int) -> None:
        if not self.run:
            self.run = await self._run()
        run, since = self.run, segment.forwarded
        incarnation, last_id = await self._add(lines)
        segment.note_forwarded(since, upto, run=run, incarnation=incarnation, last_id=last_id)

    # Append lines to the stream; return its incarnation and the last id.
    async def _add(self, lines: Sequence[bytes]) -> tuple[str, str]:
        hits = [fields for line in lines if (fields := self._readable(line)) is not None]
        async with self.redis.pipeline(transaction=True) as pipeline:
            pipeline.set(INCARNATION, new_incarnation(), nx=True)
            pipeline.get(INCARNATION)
            for fields in hits:
                pipeline.xadd(STREAM, cast(Any, fields))
            _, incarnation, *ids = await pipeline.execute()
        return incarnation.decode(), ids[-1].decode() if ids else ""

    def _readable(self, line: bytes) -> Fields | None:
        try:
            fields = json.loads(line)
            return {str(name): str(value) for name, value in fields.items()}
        except (ValueError, AttributeError):
            # Torn by a crash, and then never acknowledged; or damaged.
            logger.warning("A line of the spool cannot be read; it is kept in %s", self.spool.folder)
            self.spool.set_aside(line)
            return None

    # Which start of Redis this is. A service that does not say is taken for one that loses nothing.
    async def _run(self) -> str:
        try:
            told = await self.redis.info("server")
        except ResponseError:
            return "unknown"
        return str(told.get("run_id", "unknown"))

    async def _replay_forever(self) -> None:
        adopts_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                if loop.time() >= adopts_at:
                    adopts_at = loop.time() + ADOPT_SECONDS
                    await self._on_disk_thread(self.spool.adopt)
                await self.replay()
                await self.confirm()
            except (RedisError, DatabaseAway, OSError) as problem:
                logger.debug("The spool waits: %r", problem)
            except Exception:
                logger.exception("The spool could not be replayed; the next turn tries again")
            await asyncio.sleep(TICK_SECONDS)

    async def _on_disk_thread(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.disk, work, *arguments)

    async def replay(self) -> int:
        """
        Append to the stream what is not there yet, of our own segments and those taken over; return how many lines.

        :raises RedisError: when Redis is still away.
        """
        replayed = 0
        try:
            for segment in list(self.spool.held):
                # The segment that is being written is forwarded as it grows, unless Redis was away.
                while not segment.is_forwarded and (self.is_redis_away or not segment.is_open):
                    lines, upto = await self._on_disk_thread(self.spool.read, segment)
                    await self._forward(segment, lines, upto=upto)
                    replayed += len(lines)
        except (RedisError, OSError) as problem:
            self._lose_redis(problem)
            raise
        if all(segment.is_forwarded for segment in self.spool.held):
            self.is_redis_away = False
        return replayed

    async def confirm(self) -> None:
        """Delete the segments whose hits are all in PostgreSQL; forward again what a lost Redis took with it."""
        await self._on_disk_thread(self.spool.close_old)
        closed = [segment for segment in self.spool.held if not segment.is_open and segment.is_forwarded]
        for segment in [segment for segment in closed if not segment.length]:
            await self._on_disk_thread(self.spool.delete, segment)
            closed.remove(segment)
        if not closed:
            return
        places = await self.places()
        # Asked after the places: what the worker has passed there was not lost in between.
        self.run, incarnation = await self._run(), await self._incarnation()
        for segment in closed:
            waits = [
                (run, life)
                for (run, life), last in segment.last_ids.items()
                if is_behind(places.get(life, BEGINNING), last)
            ]
            if any(run != self.run for run, _ in segment.last_ids) or any(life != incarnation for _, life in waits):
                segment.forget_forwarded()  # Redis began anew, perhaps without its last second.
            elif not waits:
                await self._on_disk_thread(self.spool.delete, segment)

    async def _incarnation(self) -> str:
        found = await self.redis.get(INCARNATION)
        return cast(bytes, found).decode() if found else ""
