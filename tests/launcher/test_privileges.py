from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from launcher import privileges, sentences

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Return a file in a folder that only its owner may enter."""
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o700)
    (folder / "file").write_text("content")
    (folder / "file").chmod(0o644)
    return folder / "file"


@AS_ROOT
def test_a_child_of_root_becomes_an_ordinary_user() -> None:
    user = privileges.unprivileged_user()
    assert user

    said = subprocess.check_output(["id", "-u"], preexec_fn=privileges.before_exec(user, signal.SIGTERM), text=True)

    assert said.strip() == str(user.pw_uid) != "0"


@AS_ROOT
def test_that_child_may_enter_a_closed_folder(closed: Path) -> None:
    user = privileges.unprivileged_user()

    command = ["sh", "-c", 'test -r "$1" && cat "$1"', "sh", str(closed)]
    assert (
        subprocess.check_output(command, preexec_fn=privileges.before_exec(user, signal.SIGTERM), text=True)
        == "content"
    )


@AS_ROOT
def test_that_child_keeps_no_other_power_of_root(tmp_path: Path) -> None:
    user = privileges.unprivileged_user()
    (tmp_path / "file").touch()

    status = subprocess.call(
        ["chown", "0", str(tmp_path / "file")],
        preexec_fn=privileges.before_exec(user, signal.SIGTERM),
        stderr=subprocess.DEVNULL,
    )

    assert status != 0


def test_an_ordinary_user_stays_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert privileges.unprivileged_user() is None


@AS_ROOT
@pytest.mark.parametrize("missing", privileges.NEEDED.values(), ids=privileges.NEEDED)
def test_a_root_without_its_powers_is_told_to_be_an_ordinary_user(
    missing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = sum(1 << number for number in privileges.NEEDED.values() if number != missing)
    monkeypatch.setattr(privileges, "capabilities", lambda: others)

    with pytest.raises(sentences.CannotGoOn, match="start Keel as an ordinary user"):
        privileges.unprivileged_user()
