"""What an SMTP server's answer, or its silence, means for one delivery."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum


class Phase(StrEnum):
    """How far the conversation had come when the answer was due."""

    CONNECT = "connect"  # connection, greeting, TLS, sign-in: nothing of this delivery was said yet
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    AFTER_DOT = "after_dot"  # the whole message has been handed over


class ReplyMeaning(StrEnum):
    ACCEPTED = "accepted"
    GO_ON = "go_on"  # this phase is done, the next may begin
    RETRY = "retry"  # definitely not taken; may be tried again
    REFUSED = "refused"
    UNCERTAIN = "uncertain"  # may or may not have been taken; must not be tried again


def classify_reply(*, code: int | None, phase: Phase) -> ReplyMeaning:
    """
    Return what a reply code means; None is a lost connection or no answer in time.

    After the final dot a lost answer is ambiguous (RFC 1047), a 421 is not: it says that the message was not taken.
    A refusal before the first word about this delivery is about our access, so the delivery may be tried again.
    """
    if code is None:
        return ReplyMeaning.UNCERTAIN if phase == Phase.AFTER_DOT else ReplyMeaning.RETRY
    kind = code // 100
    if kind == 2:
        return ReplyMeaning.ACCEPTED if phase == Phase.AFTER_DOT else ReplyMeaning.GO_ON
    if kind == 3 and phase in (Phase.CONNECT, Phase.DATA):
        return ReplyMeaning.GO_ON
    if kind == 4:
        return ReplyMeaning.RETRY
    if kind == 5:
        return ReplyMeaning.RETRY if phase == Phase.CONNECT else ReplyMeaning.REFUSED
    # Nonsense before the dot means nothing was taken; after it, nobody knows.
    return ReplyMeaning.UNCERTAIN if phase == Phase.AFTER_DOT else ReplyMeaning.RETRY


# Microsoft's and Gmail's ways to say that our domain's set-up is at fault: alarm and pause, suppress nobody.
OUR_FAULT = re.compile(r"(?<![\d.])(?:5\.7\.515|[45]\.7\.(?:23|25|26|27|30|32))(?![\d.]*\d)")


def blames_sender(text: str) -> bool:
    """Say whether an answer blames our authentication or set-up rather than the recipient."""
    return OUR_FAULT.search(text) is not None


BACK_OFF = (
    dt.timedelta(minutes=1),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=15),
    dt.timedelta(hours=1),
    dt.timedelta(hours=4),
    dt.timedelta(hours=8),
    dt.timedelta(hours=12),
    dt.timedelta(hours=24),
)
# Spread by a tenth either way, so that what failed together is not tried together.
SPREAD = 0.1
GOLDEN = 2_654_435_769  # Knuth's multiplicative hash: neighbouring ids fall far apart


def retry_after(attempts: int, *, key: int = 0) -> dt.timedelta | None:
    """
    Return how long to wait after so many attempts (1 or more), or None to give up; within 72 hours in all.

    `key`, such as the delivery's id, spreads the waits; the same key always waits as long.
    """
    if attempts < 1:
        raise ValueError("Nothing was attempted yet.")
    if attempts > len(BACK_OFF):
        return None
    place = (key * GOLDEN + attempts) % 2**32 / 2**32
    return BACK_OFF[attempts - 1] * (1 - SPREAD + 2 * SPREAD * place)
