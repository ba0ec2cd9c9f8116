"""What goes wrong at a start, each as one plain sentence that says what to do. Standard library only."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

LOG_END = 20_000  # bytes
FULL = 50_000_000  # bytes free, below which a failure is the disk's


class CannotGoOn(Exception):
    """The launcher must stop; the message is the whole of what the person at the terminal needs to read."""


def disk_full(folder: Path) -> CannotGoOn:
    return CannotGoOn(f"The disk with {folder} is full; free some space and run the same command again.")


def little_space(folder: Path, free_bytes: int, needed_bytes: int) -> CannotGoOn:
    free, needed = (f"{size / 1e9:.1f} GB" for size in (free_bytes, needed_bytes))
    return CannotGoOn(
        f"Only {free} free on the disk with {folder}; the first start needs about {needed};"
        " free some space and run the same command again."
    )


def port_taken(port: int, free_port: int | None) -> CannotGoOn:
    other = free_port or port + 10
    return CannotGoOn(f"Port {port} is in use; choose another, such as `make demo PORT={other}`.")


def already_running(home: Path) -> CannotGoOn:
    return CannotGoOn(
        f"Keel is already running on the data in {home}; stop it first, or choose another folder"
        " with `make demo KEEL_HOME=/path PORT=8010`."
    )


def no_venv() -> CannotGoOn:
    return CannotGoOn(
        "This Python can't create virtual environments; install the package with the venv module"
        " (on Debian and Ubuntu: `apt install python3-venv`) and run the same command again."
    )


def not_ours(folder: Path) -> CannotGoOn:
    return CannotGoOn(
        f"The folder {folder} belongs to another user; start Keel as that user, or choose another folder"
        " with `make demo KEEL_HOME=/path`."
    )


def not_writable(folder: Path) -> CannotGoOn:
    return CannotGoOn(f"Keel can't write to {folder}; make the folder writable for your user, or choose another one.")


def no_folder(path: Path) -> CannotGoOn:
    return CannotGoOn(
        f"Keel needs a folder at {path}, but a file is there; choose another with `make demo KEEL_HOME=/path`."
    )


def root_is_weak() -> CannotGoOn:
    return CannotGoOn(
        "PostgreSQL can't run as root, and this root can't run it as another user either;"
        " start Keel as an ordinary user."
    )


def died(name: str, log: Path) -> CannotGoOn:
    """Return what to say of a program that ended; on a full disk it often could not even write why."""
    if tells_of_full_disk(log) or is_full(log.parent):
        return disk_full(log.parent)
    return CannotGoOn(f"{name} couldn't start; see its log, {log}.")


def is_full(folder: Path) -> bool:
    return folder.exists() and shutil.disk_usage(folder).free < FULL


def tells_of_full_disk(*logs: Path) -> bool:
    """Return whether a program complained of a full disk near the end of one of its logs."""
    ends = [log.read_bytes()[-LOG_END:] for log in logs if log.exists()]
    return any(b"No space left on device" in end or b"ENOSPC" in end for end in ends)


def from_os_error(error: OSError, folder: Path) -> CannotGoOn:
    """Return the sentence for an operating system error met while working in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(folder)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return not_writable(Path(error.filename or folder))
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        return no_folder(Path(error.filename or folder))
    return CannotGoOn(f"The operating system refused ({error}); fix that and run the same command again.")
