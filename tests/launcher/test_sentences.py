from __future__ import annotations

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from launcher import sentences

HOME = Path("/srv/keel data")
EVERY_SENTENCE = [
    sentences.disk_full(HOME),
    sentences.little_space(HOME, 120_000_000, 1_500_000_000),
    sentences.port_taken(8000, 8010),
    sentences.already_running(HOME),
    sentences.no_venv(),
    sentences.not_ours(HOME),
    sentences.not_writable(HOME),
    sentences.no_folder(HOME),
    sentences.root_is_weak(),
    sentences.died("PostgreSQL", HOME / "logs/postgres.log"),
]


@pytest.mark.parametrize("reason", EVERY_SENTENCE, ids=str)
def test_a_reason_is_one_sentence_on_one_line(reason: sentences.CannotGoOn) -> None:
    said = str(reason)

    assert "\n" not in said
    assert said.endswith(".")
    assert said.count(". ") == 0


def test_a_taken_port_names_one_that_is_free() -> None:
    assert "make demo PORT=8017" in str(sentences.port_taken(8000, 8017))


def test_little_space_says_how_much_there_is_and_how_much_is_needed() -> None:
    assert "Only 0.1 GB" in str(sentences.little_space(HOME, 120_000_000, 1_500_000_000))
    assert "about 1.5 GB" in str(sentences.little_space(HOME, 120_000_000, 1_500_000_000))


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EDQUOT, "is full"),
        (errno.EACCES, "can't write to"),
        (errno.EROFS, "can't write to"),
        (errno.EEXIST, "a file is there"),
        (errno.ENOTDIR, "a file is there"),
    ],
)
def test_an_error_of_the_system_becomes_a_sentence(number: int, said: str) -> None:
    assert said in str(sentences.from_os_error(OSError(number, "no"), HOME))


def test_an_error_nobody_foresaw_keeps_its_own_words() -> None:
    assert "Too many open files" in str(sentences.from_os_error(OSError(errno.EMFILE, "Too many open files"), HOME))


@pytest.mark.parametrize("said", ["could not extend file: No space left on device", "npm error ENOSPC: write"])
def test_a_full_disk_is_seen_in_a_log(tmp_path: Path, said: str) -> None:
    log = tmp_path / "log"
    log.write_text(f"lines before\n{said}\nlines after")

    assert sentences.tells_of_full_disk(tmp_path / "no log", log)


def test_a_program_that_ends_on_a_full_disk_need_not_have_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "see its log" in str(sentences.died("Redis", tmp_path / "redis.log"))

    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=sentences.FULL - 1))
    assert "is full" in str(sentences.died("Redis", tmp_path / "redis.log"))


def test_other_troubles_are_no_full_disk(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("syntax error")

    assert not sentences.tells_of_full_disk(log)
