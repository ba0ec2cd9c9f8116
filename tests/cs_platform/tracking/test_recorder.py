"""From the disk to the stream and out of the spool: what is deleted there has reached PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from redis.asyncio import Redis

from contacts.engagement.rules.stream import INCARNATION, STREAM
from cs_platform.tracking import spool
from cs_platform.tracking.links import DatabaseAway
from cs_platform.tracking.recorder import NotRecorded, Recorder

pytestmark = pytest.mark.usefixtures("clean_redis")


class Worker:
    """The ingest worker's place in the stream, as the recorder asks for it."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.is_away = False

    async def __call__(self) -> dict[str, str]:
        if self.is_away:
            raise DatabaseAway
        return self.places

    def has_read_all(self, client: redis.Redis) -> None:
        life = client.get(INCARNATION)
        assert isinstance(life, bytes)
        self.places[life.decode()] = stream_of(client)[-1][0].decode()


Story = Callable[[Recorder, Worker], Awaitable[None]]


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that runs a story on a recorder whose segments are closed at once."""
    monkeypatch.setattr(spool, "MOST_SECONDS", 0.0)

    async def play(story: Story, url: str) -> None:
        worker = Worker()
        client = Redis.from_url(url, socket_timeout=1)
        recorder = Recorder(client, tmp_path, worker)
        # The story itself says when a turn is due.
        recorder.tasks = [asyncio.create_task(recorder._write_forever())]
        try:
            await story(recorder, worker)
        finally:
            await recorder.stop()
            await client.aclose()

    def run(story: Story, url: str = settings.REDIS_URL) -> None:
        # In a thread of its own: the browser of other tests keeps this one's event loop running.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, play(story, url)).result()

    return run


def stream_of(client: redis.Redis) -> list[tuple[bytes, dict[bytes, bytes]]]:
    found: Any = client.xrange(STREAM)
    return list(found)


def keys(client: redis.Redis) -> list[bytes]:
    return [fields[b"x"] for _, fields in stream_of(client)]


def on_disk(folder: Path) -> list[Path]:
    return list(folder.glob(spool.PATTERN))


def test_a_hit_is_in_the_stream_when_it_is_acknowledged_and_on_disk_until_it_is_ingested(
    live, tmp_path: Path, clean_redis: redis.Redis
) -> None:
    async def story(recorder: Recorder, worker: Worker) -> None:
        await recorder.record({"x": "1"})
        assert keys(clean_redis) == [b"1"]

        await recorder.confirm()
        assert len(on_disk(tmp_path)) == 1

        worker.has_read_all(clean_redis)
        await recorder.confirm()
        assert on_disk(tmp_path) == []

    live(story)


def test_what_redis_lost_before_it_was_ingested_is_appended_again(
    live, tmp_path: Path, clean_redis: redis.Redis
) -> None:
    async def story(recorder: Recorder, worker: Worker) -> None:
        await recorder.record({"x": "1"})
        clean_redis.flushdb()
        await recorder.record({"x": "2"})
        worker.has_read_all(clean_redis)

        await recorder.confirm()
        await recorder.replay()
        assert sorted(set(keys(clean_redis))) == [b"1", b"2"]

        worker.has_read_all(clean_redis)
        await recorder.confirm()
        assert on_disk(tmp_path) == []

    live(story)


def test_a_redis_that_started_anew_is_given_again_what_is_not_known_to_be_ingested(
    live, tmp_path: Path, clean_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(recorder: Recorder, worker: Worker) -> None:
        await recorder.record({"x": "1"})
        clean_redis.xtrim(STREAM, maxlen=0)  # Its append-only file ended before the hit.

        async def another() -> str:
            return "another run"

        monkeypatch.setattr(recorder, "_run", another)
        await recorder.confirm()
        await recorder.replay()
        assert keys(clean_redis) == [b"1"]

    live(story)


def test_with_the_database_away_nothing_is_deleted(live, tmp_path: Path, clean_redis: redis.Redis) -> None:
    async def story(recorder: Recorder, worker: Worker) -> None:
        await recorder.record({"x": "1"})
        worker.has_read_all(clean_redis)
        worker.is_away = True
        with pytest.raises(DatabaseAway):
            await recorder.confirm()

    live(story)
    assert len(on_disk(tmp_path)) == 1


def test_a_thousand_at_once_are_all_written(live, clean_redis: redis.Redis) -> None:
    async def story(recorder: Recorder, worker: Worker) -> None:
        await asyncio.gather(*(recorder.record({"x": str(number)}) for number in range(1000)))

    live(story)
    assert sorted(keys(clean_redis)) == sorted(b"%d" % number for number in range(1000))


def test_a_line_that_cannot_be_read_is_kept_and_the_others_go_on(
    live, tmp_path: Path, clean_redis: redis.Redis
) -> None:
    (tmp_path / "hits-dead.jsonl").write_bytes(b'{"x": "1"}\n\x00\xff\n[1]\n{"x": "2"}\n{"x": "3')

    async def story(recorder: Recorder, worker: Worker) -> None:
        recorder.spool.adopt()
        await recorder.replay()

    live(story)
    assert keys(clean_redis) == [b"1", b"2"]
    assert (tmp_path / spool.UNREADABLE).read_bytes() == b'\x00\xff\n[1]\n{"x": "3\n'


@pytest.mark.parametrize("is_redis_there", [True, False])
def test_a_full_disk_is_told_of_only_when_redis_is_away_too(
    live, clean_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch, is_redis_there: bool
) -> None:
    async def story(recorder: Recorder, worker: Worker) -> None:
        def full(data: bytes) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(recorder.spool, "append", full)
        if is_redis_there:
            await recorder.record({"x": "1"})
        else:
            with pytest.raises(NotRecorded):
                await recorder.record({"x": "1"})

    live(story, settings.REDIS_URL if is_redis_there else "unix:///nowhere/redis.sock?db=0")
    assert keys(clean_redis) == [b"1"] * is_redis_there
