"""What a child does between fork and exec: die with its parent, and run as an unprivileged user below a root start."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from . import sentences

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
# Capabilities outlive the change of user, and count when PostgreSQL asks access(2) whether it may read its own files.
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAPABILITY_VERSION_3 = 0x20080522
# Either lets a process enter folders that are closed to its user; containers often grant only the first.
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return who runs PostgreSQL, which refuses to run as root; None when Keel itself is not run by root."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "daemon"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise sentences.CannotGoOn(
        "PostgreSQL never runs as root and there is no user nobody; start Keel as an ordinary user."
    )


def may_pass_capabilities() -> list[int]:
    """Return those capabilities to enter closed folders that this process can hand to a child."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return []
    permitted = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm")), 0)
    return [cap for cap in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH) if permitted >> cap & 1]


def check_entrance(path: Path, user: pwd.struct_passwd) -> None:
    """
    Stop with a sentence if `user` could not reach `path`.

    The permissions of parent folders are other people's decisions and stay as they are.
    """
    if may_pass_capabilities():
        return
    for folder in path.parents:
        found = folder.stat()
        if not (found.st_mode & 0o001 or (found.st_uid == user.pw_uid and found.st_mode & 0o100)):
            raise sentences.cannot_enter(folder, user.pw_name)


def before_exec(user: pwd.struct_passwd | None, death_signal: signal.Signals) -> Callable[[], None]:
    """Return the `preexec_fn` of a child that becomes `user` (if any) and gets `death_signal` when its parent dies."""
    capabilities = may_pass_capabilities() if user else []
    parent = os.getpid()

    def prepare_child() -> None:
        if user:
            _become(user, capabilities)
        # Becoming somebody else clears the death signal, so it is set last.
        if _libc:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os.kill(os.getpid(), death_signal)

    return prepare_child


def _become(user: pwd.struct_passwd, capabilities: list[int]) -> None:
    if _libc and capabilities:
        _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if _libc:
        # With an empty list this gives up what is left of root.
        mask = sum(1 << cap for cap in capabilities)
        data = (_CapData * 2)(_CapData(mask, mask, mask), _CapData(0, 0, 0))
        _libc.capset(ctypes.byref(_CapHeader(CAPABILITY_VERSION_3, 0)), ctypes.byref(data))
        for cap in capabilities:
            _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0)
