"""
What was acknowledged, on this machine's disk: append-only segments of one JSON line a hit, each with one owner.

The owner holds an advisory lock on each of its segments for as long as it lives, so whoever gets the lock owns a dead
process's segment and may replay it. A segment is deleted by its owner alone, when all of its hits are in PostgreSQL.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

logger = logging.getLogger(__name__)

PATTERN = "hits-*"
UNREADABLE = "unreadable.jsonl"
# A segment is closed when it is this large, or this old and in Redis already.
MOST_BYTES = 8 * 1024 * 1024
MOST_SECONDS = 10.0
# Each takes a file descriptor for its lock.
MOST_HELD = 32
CHUNK = 256 * 1024


@dataclass(eq=False)
class Segment:
    """A file of hits that we hold the lock of; `length` is how much of it is on disk for certain."""

    path: Path
    descriptor: int
    is_open: bool
    is_taken_over: bool = False
    length: int = 0
    opened_at: float = field(default_factory=time.monotonic)
    # How far it has been appended to the Redis stream, and its last id there by run and incarnation of Redis.
    forwarded: int = 0
    last_ids: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def is_forwarded(self) -> bool:
        return self.forwarded >= self.length

    def note_forwarded(self, since: int, upto: int, *, run: str, incarnation: str, last_id: str) -> None:
        if self.forwarded != since:
            return  # Forgotten, or done by somebody else, while this was on its way.
        self.forwarded = upto
        if last_id:
            self.last_ids[run, incarnation] = last_id

    def forget_forwarded(self) -> None:
        self.forwarded = 0
        self.last_ids.clear()


class Spool:
    """The segments that this process owns, in a folder that it may share with other processes and containers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: list[Segment] = []
        self.current: Segment | None = None

    def append(self, data: bytes) -> tuple[Segment, int]:
        """
        Write whole lines and return when they are on disk: the segment, and where in it they begin.

        :raises OSError: when they may not be; nothing is appended to that segment again.
        """
        segment = self.current or self._begin()
        start = segment.length
        try:
            written = 0
            while written < len(data):
                written += os.write(segment.descriptor, data[written:])
            os.fdatasync(segment.descriptor)
        except OSError:
            # After a failed fsync nobody knows what is on disk (https://lwn.net/Articles/752063/).
            self.close_current()
            self._drop_tail(segment)
            raise
        segment.length += len(data)
        if segment.length >= MOST_BYTES:
            self.close_current()
        return segment, start

    def close_current(self) -> None:
        """Append no more to the current segment; the next hit begins another."""
        if self.current is not None:
            self.current.is_open = False
            self.current = None

    def close_old(self) -> None:
        """Close the current segment if it is old and forwarded, so that it can be confirmed and deleted."""
        segment = self.current
        if segment is None or not segment.is_forwarded or len(self.held) >= MOST_HELD:
            return
        if segment.length and time.monotonic() - segment.opened_at >= MOST_SECONDS:
            self.close_current()

    def read(self, segment: Segment) -> tuple[list[bytes], int]:
        """Return the next lines of a segment that are not forwarded yet, and where they end; at most some hundred."""
        size = CHUNK
        while True:
            wanted = min(size, segment.length - segment.forwarded)
            data = os.pread(segment.descriptor, wanted, segment.forwarded)
            end = data.rfind(b"\n") + 1
            if len(data) < wanted or segment.forwarded + len(data) >= segment.length:
                end = len(data)  # The last line, whole or torn by a crash.
            if end:
                return [line for line in data[:end].splitlines() if line.strip()], segment.forwarded + end
            if not data:
                return [], segment.length
            size *= 2

    def adopt(self) -> list[Segment]:
        """Take over segments whose owners are dead; return those taken now."""
        taken = []
        ours = {segment.path for segment in self.held}
        for path in sorted(self.folder.glob(PATTERN)) if self.folder.is_dir() else []:
            if len(self.held) >= MOST_HELD:
                break
            if path not in ours and (segment := _locked(path)) is not None:
                self.held.append(segment)
                taken.append(segment)
        if taken:
            logger.warning("Took over %s segments of hits from processes that ended", len(taken))
        return taken

    def delete(self, segment: Segment) -> None:
        """Delete a segment whose hits are all written; one that grew under an older version is kept."""
        size = os.fstat(segment.descriptor).st_size
        if segment.is_taken_over and size > segment.length:
            segment.length = size
            return
        segment.path.unlink(missing_ok=True)
        self.held.remove(segment)
        os.close(segment.descriptor)

    def set_aside(self, line: bytes) -> None:
        """Keep a line that cannot be read, out of the way of the others."""
        with suppress(OSError), (self.folder / UNREADABLE).open("ab") as file:
            file.write(line + b"\n")

    # Leave nothing of a write that failed: its hits were not acknowledged, or went another way.
    def _drop_tail(self, segment: Segment) -> None:
        with suppress(OSError):
            os.ftruncate(segment.descriptor, segment.length)
        if not segment.length:
            self.delete(segment)

    def _begin(self) -> Segment:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Containers that share a volume may share host names and process ids as well.
        host = re.sub(r"[^A-Za-z0-9.]+", "", socket.gethostname())[:40] or "host"
        while True:
            path = self.folder / f"hits-{host}-{os.getpid()}-{secrets.token_hex(8)}.jsonl"
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                if _lock(descriptor, path):
                    break
            except OSError:
                path.unlink(missing_ok=True)
                os.close(descriptor)
                raise
            os.close(descriptor)  # Another process adopted the empty file in the meantime.
        _sync_folder(self.folder)
        self.current = Segment(path, descriptor, is_open=True)
        self.held.append(self.current)
        return self.current


# Lock a file, and see that it is still the one of that name: its former owner may just have deleted it. A file system
# without locks raises.
def _lock(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False


def _locked(path: Path) -> Segment | None:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        is_ours = _lock(descriptor, path)
    except OSError:
        is_ours = False
    if not is_ours:
        os.close(descriptor)
        return None
    return Segment(path, descriptor, is_open=False, is_taken_over=True, length=os.fstat(descriptor).st_size)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
