"""What an SMTP server's answer, or its silence, means for one delivery."""

from __future__ import annotations

import datetime as dt
import re
from enum import StrEnum

from contacts.consent.rules import Fault, our_fault


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
    ABOUT_US = "about_us"  # definitely not taken, and not for the recipient's sake: nothing more is sent in this name
    UNCERTAIN = "uncertain"  # may or may not have been taken; must not be tried again


def classify_reply(*, code: int | None, phase: Phase, text: str = "") -> ReplyMeaning:
    """
    Return what a reply means; the code None is a lost connection or no answer in time.

    After the final dot a lost answer is ambiguous (RFC 1047), a 421 is not: it says that the message was not taken.
    """
    if fault_in(code=code, phase=phase, text=text):
        return ReplyMeaning.ABOUT_US
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
        return ReplyMeaning.REFUSED
    # Nonsense before the dot means nothing was taken; after it, nobody knows.
    return ReplyMeaning.UNCERTAIN if phase == Phase.AFTER_DOT else ReplyMeaning.RETRY


def fault_in(*, code: int | None, phase: Phase, text: str) -> Fault | None:
    """
    Return what a refusal holds against us, or None for one that speaks of the recipient, of the message, or of later.

    Before the first word about a message, and at MAIL FROM, nothing was said of a recipient yet: a 5xx there is about
    us whatever its words. A 421 is a server that closes (RFC 5321), not a verdict.
    """
    if code is None or code // 100 not in (4, 5) or code == 421:
        return None
    if code in (530, 534, 535, 538):  # RFC 4954: sign in first, or differently
        return Fault.AUTHENTICATION
    if fault := our_fault(text):
        return fault
    if code // 100 == 5 and phase in (Phase.CONNECT, Phase.SENDER):
        return Fault.SENDER if phase == Phase.SENDER else Fault.RELAY
    return None


def breaker_of(fault: Fault, *, sender: str, server: str) -> tuple[str, str]:
    """Return (scope, key) of what is held after such a refusal: one sender, the sender's domain, or the mail server."""
    if fault in (Fault.AUTHENTICATION, Fault.RELAY):
        return "server", server
    if fault in (Fault.POLICY, Fault.REPUTATION):
        return "domain", sender.rpartition("@")[2]
    return "sender", sender


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


# "250 Ok: queued as XtM9AbCdR_qE0vVKsYuz8g" (SendGrid, Mailjet, Postmark), "250 Ok 0102018f-..." (Amazon SES, Resend),
# "250 2.0.0 OK 04/4E-23423-AB12CD34" (SparkPost). A relay's own queue id is shorter, and comes again.
GIVEN_ID = re.compile(r"(?:queued as|\bok|\bid)[:=]?\s+<?([A-Za-z0-9._@/+=-]{16,200})>?\s*$", re.IGNORECASE)


def provider_id_in(answer: str) -> str:
    """Return the id that a mail provider gave a message in its final answer, by which its webhooks name it, or ""."""
    found = GIVEN_ID.search(answer)
    return found[1] if found else ""
