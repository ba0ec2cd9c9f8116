from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from cs_platform.launcher import privileges, sentences

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
ORDINARY = SimpleNamespace(pw_uid=12345, pw_gid=12345, pw_name="nobody")


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


def test_without_capabilities_a_closed_folder_is_named(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "may_pass_capabilities", list)
    for folder in closed.parents[1:-1]:
        if not folder.stat().st_mode & 0o001:
            closed = folder / "x"

    with pytest.raises(sentences.CannotGoOn, match=f"may not enter {closed.parent};"):
        privileges.check_entrance(closed, ORDINARY)  # type: ignore[arg-type]


def test_with_capabilities_every_folder_is_open(closed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privileges, "may_pass_capabilities", lambda: [privileges.CAP_DAC_OVERRIDE])

    privileges.check_entrance(closed, ORDINARY)  # type: ignore[arg-type]
