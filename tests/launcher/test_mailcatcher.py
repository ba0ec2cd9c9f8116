from __future__ import annotations

import email
import smtplib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher import mailcatcher, ports, programs
from launcher.places import ROOT
from launcher.processes import Process, stop_together

MESSAGE = "Subject: A greeting\r\n\r\nGood morning.\r\n"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = ports.choose(26_000)
    command = [sys.executable, *programs.mail_catcher(port, tmp_path / "mail")]
    process = Process("mail catcher", command, tmp_path / "log", ROOT)
    process.start()
    until = time.monotonic() + 30
    while ports.is_free(port):
        assert process.is_alive, (tmp_path / "log").read_text()
        assert time.monotonic() < until
        time.sleep(0.05)
    yield port
    stop_together([process], seconds=5)


def test_it_takes_a_message_and_shows_it_as_a_file(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP(ports.HOST, port) as client:
        client.sendmail("keel@keel.example", ["ann@acme.example"], MESSAGE)
        client.sendmail("keel@keel.example", ["bob@acme.example"], MESSAGE)

    first, second = sorted((tmp_path / "mail").glob("*.eml"))
    assert email.message_from_bytes(first.read_bytes())["Subject"] == "A greeting"
    assert email.message_from_bytes(second.read_bytes())["X-Envelope-To"] == "bob@acme.example"
    assert (tmp_path / "mail" / "received").read_text() == "2"


def test_it_keeps_the_newest_and_counts_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailcatcher, "KEEP", 3)
    keeper = mailcatcher.Keeper(tmp_path)
    for number in range(5):
        keeper.keep(f"Subject: {number}\r\n\r\n".encode(), "a@keel.example", ["b@acme.example"])

    assert [path.name for path in sorted(tmp_path.glob("*.eml"))] == ["00000003.eml", "00000004.eml", "00000005.eml"]
    assert (tmp_path / "received").read_text() == "5"


def test_it_goes_on_counting_after_a_restart(tmp_path: Path) -> None:
    mailcatcher.Keeper(tmp_path).keep(b"\r\n", "a@keel.example", ["b@acme.example"])

    assert mailcatcher.Keeper(tmp_path).received == 1
