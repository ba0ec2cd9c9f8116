"""Where hits go: a Redis stream, or a file on this machine until Redis is back."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from contacts.engagement.rules.counters import STREAM

logger = logging.getLogger(__name__)

TRY_AGAIN_SECONDS = 2.0

Fields = dict[str, str]


class Recorder:
    """Appends hits; what it has acknowledged survives the death of any process."""

    def __init__(self, redis: Redis, folder: Path) -> None:
        self.redis = redis
        self.folder = folder

    async def record(self, fields: Fields) -> None:
        try:
            await self.redis.xadd(STREAM, cast("dict[object, object]", fields))  # type: ignore[arg-type]
        except (RedisError, OSError) as problem:
            logger.warning("Redis is away (%s): the hit goes to the spool", type(problem).__name__)
            await asyncio.to_thread(self._spool, fields)

    def _spool(self, fields: Fields) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"hits-{os.getpid()}.jsonl").open("a") as spool:
            spool.write(json.dumps(fields) + "\n")
            spool.flush()
            os.fsync(spool.fileno())

    async def replay_forever(self) -> None:
        """Bring spooled hits to Redis as soon as it answers, also those of processes that died."""
        while True:
            await asyncio.sleep(TRY_AGAIN_SECONDS)
            with suppress(RedisError, OSError):
                await self.replay()

    async def replay(self) -> int:
        """
        Append every spooled hit to the stream; return how many.

        A file is set aside first, so that hits spooled meanwhile go to a new one. A replay that dies halfway repeats
        some hits; they carry the same key and are counted once.
        """
        for spool in self.folder.glob("hits-*.jsonl"):
            spool.rename(spool.with_suffix(".replaying"))
        replayed = 0
        for spool in sorted(self.folder.glob("hits-*.replaying")):
            for line in spool.read_text().splitlines():
                with suppress(ValueError):  # A line torn by a crash was never acknowledged.
                    await self.redis.xadd(STREAM, json.loads(line))
                    replayed += 1
            spool.unlink()
        return replayed
