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
# What a child of root keeps: it may pass folders that are closed to its user, such as those below /root.
CAP_DAC_OVERRIDE = 1
NEEDED = {
    "CAP_CHOWN": 0,
    "CAP_DAC_OVERRIDE": CAP_DAC_OVERRIDE,
    "CAP_KILL": 5,
    "CAP_SETGID": 6,
    "CAP_SETUID": 7,
    "CAP_SETPCAP": 8,
}

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class _CapHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _CapData(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def unprivileged_user() -> pwd.struct_passwd | None:
    """
    Return who runs PostgreSQL, which refuses to run as root; None when Keel itself is not run by root.

    :raises CannotGoOn: if this root may not run anything as somebody else, as in a container without capabilities.
    """
    if os.geteuid() != 0:
        return None
    try:
        user = pwd.getpwnam("nobody")
    except KeyError:
        raise sentences.root_is_weak() from None
    if not _libc or any(not capabilities() >> number & 1 for number in NEEDED.values()):
        raise sentences.root_is_weak()
    return user


def capabilities() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm"))


def before_exec(user: pwd.struct_passwd | None, death_signal: signal.Signals) -> Callable[[], None]:
    """Return the `preexec_fn` of a child that becomes `user` (if any) and gets `death_signal` when its parent dies."""
    parent = os.getpid()

    def prepare_child() -> None:
        if user:
            _become(user)
        # Becoming somebody else clears the death signal, so it is set last.
        if _libc:
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os.kill(os.getpid(), death_signal)

    return prepare_child


# Become `user`, with one power of root left: the permissions of folders are other people's to change.
def _become(user: pwd.struct_passwd) -> None:
    if _libc:
        _libc.prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    if _libc:
        mask = 1 << CAP_DAC_OVERRIDE
        data = (_CapData * 2)(_CapData(mask, mask, mask), _CapData(0, 0, 0))
        _libc.capset(ctypes.byref(_CapHeader(CAPABILITY_VERSION_3, 0)), ctypes.byref(data))
        _libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0)
