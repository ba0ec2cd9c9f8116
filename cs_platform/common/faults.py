"""Whose fault an error is, and what of it may be kept."""

from __future__ import annotations

import errno
import re

import psycopg2
import redis
from billiard.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError

from cs_platform.common.text import clean

LONGEST_ERROR = 300

# Connection, resources, operator, system; rights and tables that a migration has yet to make.
NO_ROW = ("08", "40", "53", "55", "57P", "58", "42501", "42P01", "42703", "42883")
NO_ROW_ERRORS = (
    ConnectionError,
    TimeoutError,
    SoftTimeLimitExceeded,
    InterfaceError,
    psycopg2.InterfaceError,
    redis.ConnectionError,
    redis.TimeoutError,
)
NO_ROW_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EROFS, errno.EIO})

SECRETS = (
    (re.compile(r"(?i)\b([a-z]+://)[^/\s@]+@"), r"\1…@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+\S+"), r"\1 …"),
    (re.compile(r"(?i)\b(password|passwd|secret|token|api[-_ ]?key|authorization)(\s*[:=]\s*)\S+"), r"\1\2…"),
    (re.compile(r"\b(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{32,}\b"), "…"),
)


def is_row_fault(error: BaseException) -> bool:
    """Return whether a row may be to blame, so that halving finds it; False for connections, locks and machines."""
    if isinstance(error, NO_ROW_ERRORS) or not isinstance(error, Exception):
        return False
    if isinstance(error, OSError) and error.errno in NO_ROW_ERRNOS:
        return False
    state = sqlstate(error)
    if isinstance(error, OperationalError | psycopg2.OperationalError) and state is None:
        return False
    return state is None or not state.startswith(NO_ROW)


def sqlstate(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, psycopg2.Error):
            state: str | None = error.pgcode
            return state
        error = error.__cause__
    return None


def error_text(error: BaseException) -> str:
    """Return an error in one short line: its class and message, without row contents that the database adds."""
    cause = error.__cause__ if isinstance(error.__cause__, psycopg2.Error) else error
    message = (getattr(getattr(cause, "diag", None), "message_primary", None) or str(error)).strip()
    for pattern, instead in SECRETS:
        message = pattern.sub(instead, message)
    line = " ".join(clean(message).split())
    text = f"{type(error).__name__}: {line}" if line else type(error).__name__
    return text if len(text) <= LONGEST_ERROR else text[: LONGEST_ERROR - 1] + "…"
