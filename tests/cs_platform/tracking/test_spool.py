"""Segments of hits on disk: whole lines, one owner, and nothing deleted that may still be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cs_platform.tracking import spool
from cs_platform.tracking.spool import Segment, Spool
from launcher.places import ROOT


def drained(own: Spool, segment: Segment) -> list[bytes]:
    """Return what a segment still has to forward, as forwarding reads it."""
    found: list[bytes] = []
    while not segment.is_forwarded:
        lines, upto = own.read(segment)
        found += lines
        segment.note_forwarded(segment.forwarded, upto, run="r", incarnation="i", last_id="1-0")
    return found


def test_what_is_appended_is_read_back_in_order_however_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "CHUNK", 64)
    own = Spool(tmp_path)
    lines = [b"x" * number for number in (1, 10, 63, 64, 65, 500, 3)]

    for line in lines:
        segment, _ = own.append(line + b"\n")

    assert drained(own, segment) == lines


def test_a_line_torn_by_a_crash_hides_none_of_the_others(tmp_path: Path) -> None:
    (tmp_path / "hits-dead.jsonl").write_bytes(b'{"a": "1"}\n{"b": "2"}\n{"c": ')
    own = Spool(tmp_path)

    (segment,) = own.adopt()

    assert drained(own, segment) == [b'{"a": "1"}', b'{"b": "2"}', b'{"c": ']


def test_nobody_takes_over_a_segment_whose_owner_lives(tmp_path: Path) -> None:
    owner, other = Spool(tmp_path), Spool(tmp_path)
    owner.append(b"{}\n")

    assert other.adopt() == []
    assert owner.adopt() == []


def test_of_two_that_find_a_dead_owners_segment_one_takes_it(tmp_path: Path) -> None:
    (tmp_path / "hits-dead.jsonl").write_bytes(b"{}\n")
    first, second = Spool(tmp_path), Spool(tmp_path)

    assert (len(first.adopt()), len(second.adopt())) == (1, 0)


def test_a_killed_process_leaves_its_segment_to_the_next(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal; from cs_platform.tracking.spool import Spool;"
        f"Spool(pathlib.Path({str(tmp_path)!r})).append(b'{{}}\\n'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False)

    own = Spool(tmp_path)
    (segment,) = own.adopt()
    assert drained(own, segment) == [b"{}"]


def test_two_in_one_place_at_one_moment_have_names_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "keel")
    monkeypatch.setattr("os.getpid", lambda: 1)
    for number in range(20):
        Spool(tmp_path).append(b"%d\n" % number)

    assert len(list(tmp_path.glob(spool.PATTERN))) == 20


def test_deleting_one_segment_leaves_a_hit_that_came_meanwhile(tmp_path: Path) -> None:
    own = Spool(tmp_path)
    first, _ = own.append(b"1\n")
    own.close_current()
    second, _ = own.append(b"2\n")

    own.delete(first)

    assert drained(own, second) == [b"2"]
    assert [path.name for path in tmp_path.glob(spool.PATTERN)] == [second.path.name]


def test_a_file_of_an_older_version_that_grew_meanwhile_is_not_deleted(tmp_path: Path) -> None:
    old = tmp_path / "hits-77.jsonl"
    old.write_bytes(b"1\n")
    own = Spool(tmp_path)
    (segment,) = own.adopt()
    assert drained(own, segment) == [b"1"]
    with old.open("ab") as file:
        file.write(b"2\n")

    own.delete(segment)

    assert drained(own, segment) == [b"2"]


@pytest.mark.parametrize("kept", [0, 1])
def test_a_disk_that_refuses_is_told_of_and_leaves_no_half_of_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    own = Spool(tmp_path)
    if kept:
        own.append(b"kept\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full)
        with pytest.raises(OSError, match="No space"):
            own.append(b"refused\n")
    segment, start = own.append(b"later\n")

    assert (start, segment.is_open) == (0, True)
    contents = sorted(path.read_bytes() for path in tmp_path.glob(spool.PATTERN))
    assert contents == [b"kept\n"] * kept + [b"later\n"]


def test_a_segment_is_closed_when_it_is_large_and_otherwise_when_old_and_forwarded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Spool(tmp_path)
    segment, _ = own.append(b"{}\n")
    segment.opened_at -= 1000
    own.close_old()
    before = own.current

    drained(own, segment)
    own.close_old()
    assert (before, own.current) == (segment, None)

    monkeypatch.setattr(spool, "MOST_BYTES", 3)
    assert not own.append(b"{}\n")[0].is_open


def test_a_file_system_without_locks_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(descriptor: int, operation: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)

    with pytest.raises(OSError, match="No locks"):
        Spool(tmp_path).append(b"{}\n")
    assert list(tmp_path.glob(spool.PATTERN)) == []
