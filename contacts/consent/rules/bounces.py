"""
What a bounce means and what it leads to.

A living address wrongly suppressed is lost for good without anybody noticing, a dead one costs a bounce more:
whatever is not plainly dead is soft.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class BounceClass(StrEnum):
    HARD = "hard"  # the address is dead
    SOFT = "soft"  # this message did not arrive; another may
    BLOCK = "block"  # the receiver objects to us, our set-up or our text, not to the address
    DELAYED = "delayed"  # not a bounce: the other side is still trying


class SuppressionReason(StrEnum):
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    ERASED = "erased"
    MANUAL = "manual"


# Mailbox or domain does not exist (RFC 3463): the only codes that say so without a doubt.
DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.6", "5.1.10"})

# Providers' own names, in lower case without punctuation, because their event types are alike for soft and hard.
DELAYED_TYPES = frozenset({"deferred", "deferral", "delay", "delayed", "deliverydelay", "deliverydelayed"})
SOFT_TYPES = frozenset(
    {"softbounce", "softbounced", "activitysoftbounced", "transient", "temporary", "dnserror", "undetermined"}
)
BLOCK_TYPES = frozenset(
    {"block", "blocked", "spamnotification", "dmarcpolicy", "policyrejection", "contentrejected", "spamblock"}
)
HARD_TYPES = frozenset(
    {"hardbounce", "hardbounced", "activityhardbounced", "bademailaddress", "invalidemail", "permanent", "badmailbox"}
)

STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
SES_TYPE = re.compile(r"^\s*(permanent|transient|undetermined)\b", re.IGNORECASE)
OBJECTION = re.compile(
    r"spam|black ?-?list|block ?-?list|blocked|reputation|\bpolicy\b|\bdmarc\b|\bspf\b|\bdkim\b|unsolicited"
    r"|content ?rejected|attachment ?rejected|rate limit|throttl|too many (?:messages|connections)",
    re.IGNORECASE,
)
NOBODY_THERE = re.compile(
    r"(?:user|recipient|mailbox|address|account) (?:is )?(?:unknown|not found|does not exist|doesn't exist)"
    r"|unknown (?:user|recipient)|no such (?:user|mailbox|recipient)|no mailbox (?:here )?by that name"
    # Microsoft's directory, Gmail's and Yahoo's closed accounts.
    r"|recipient address rejected: access denied"
    r"|(?:user|account|mailbox)\b[^.;]{0,60}\b(?:disabled|discontinued|deactivated|inactive|closed)\b",
    re.IGNORECASE,
)
# The mailbox is there and takes nothing for now, whatever code stands beside.
FULL = re.compile(
    r"(?<![\d.])[45]\.2\.2(?![\d.]*\d)|over ?quota|quota (?:is )?exceeded|exceeded (?:its |the |storage )*quota"
    r"|mailbox (?:is )?full|insufficient (?:system )?storage|temporar",
    re.IGNORECASE,
)


class Fault(StrEnum):
    """What a server holds against us, where its answer speaks of us and not of the recipient."""

    AUTHENTICATION = "authentication"  # our sign-in, or a certificate
    RELAY = "relay"  # this server does not send for us
    SENDER = "sender"  # the address we send as
    QUOTA = "quota"  # we sent too much
    POLICY = "policy"  # SPF, DKIM, DMARC, reverse DNS
    REPUTATION = "reputation"  # a list of blocked senders


# Microsoft's and Gmail's enhanced codes for a domain that is not set up (5.7.515; x.7.23 SPF and PTR to x.7.32 DMARC).
SET_UP_CODE = re.compile(r"(?<![\d.])(?:5\.7\.515|[45]\.7\.(?:23|25|26|27|30|32))(?![\d.]*\d)")
# A full mailbox (x.2.2) and a recipient who gets too much (4.2.1, Gmail) are the recipient's, whatever the words.
MAILBOX_CODE = re.compile(r"(?<![\d.])[45]\.2\.\d{1,3}(?![\d.]*\d)")
# In this order: a relay that asks for a password says both.
FAULTS: tuple[tuple[Fault, re.Pattern[str]], ...] = tuple(
    (fault, re.compile(pattern, re.IGNORECASE))
    for fault, pattern in (
        (
            Fault.AUTHENTICATION,
            r"authentication (?:is )?(?:required|failed|unsuccessful|credentials|needed)|not authenticated"
            r"|must (?:first )?(?:authenticate|log ?in|issue a starttls)|username and password not accepted"
            r"|invalid (?:login|credentials)",
        ),
        (
            Fault.RELAY,
            r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed)|prohibited)|unable to relay"
            r"|(?:do|does|will) not relay|not (?:permitted|allowed) to relay|relay not permitted",
        ),
        (
            Fault.SENDER,
            r"sender (?:address |domain )?(?:rejected|refused|denied|not allowed|not verified|unknown|blocked|invalid)"
            r"|sender verif\w+ failed"
            r"|(?:not allowed|not authorized|not permitted|no permission) to send (?:mail )?(?:as|from)"
            r"|send ?as ?denied|not owned by user|email address is not verified|identities failed the check"
            r"|from address (?:is )?(?:not|rejected|denied)|unverified (?:sender|from)",
        ),
        (
            Fault.QUOTA,
            r"(?:sending|send|daily|hourly|monthly|outgoing|outbound|account|message rate|mail rate) ?(?:\w+ ){0,3}"
            r"(?:quota|limit)s? (?:\w+ ){0,3}(?:exceeded|reached)"
            r"|exceeded (?:\w+ ){0,4}(?:sending|daily|hourly|monthly)"
            r"|too many (?:messages|e?-?mails|recipients) (?:\w+ ){0,3}(?:hour|day|minute|today)|rate limit|throttl"
            r"|maximum sending rate",
        ),
        (
            Fault.POLICY,
            r"\bdmarc\b|\bspf\b|\bdkim\b|reverse dns|\bno ptr\b|ptr record|cannot find your (?:reverse )?hostname",
        ),
        (
            Fault.REPUTATION,
            r"spamhaus|spamcop|barracuda|sorbs|\b(?:rbl|dnsbl|uribl)\b|black ?-?list|block ?-?list|reputation"
            r"|(?:\bip\b|client|host|network|server|sending domain)\S*(?: \S+){0,4} (?:is )?(?:blocked|listed|banned)",
        ),
    )
)


def our_fault(text: str) -> Fault | None:
    """Return what a server's answer holds against us, or None where it speaks of the recipient, or of the message."""
    if SET_UP_CODE.search(text):
        return Fault.POLICY
    if MAILBOX_CODE.search(text):
        return None
    return next((fault for fault, pattern in FAULTS if pattern.search(text)), None)


def classify_bounce(
    *,
    esp_event_type: str | None = None,
    status_code: str | None = None,
    action: str | None = None,
    description: str | None = None,
) -> BounceClass:
    """
    Return what a bounce means, from whatever a provider or a delivery report gives.

    `esp_event_type` is the provider's own name for the event (not Anymail's, which calls several soft bounces
    bounced), `status_code` and `action` are RFC 3464's, `description` is the server's answer or any other text.
    Objections come before dead addresses: a fault of ours must not suppress anybody.
    """
    text = description or ""
    kind = _provider_type(esp_event_type, text)
    status = _status(status_code, text)
    if (action or "").strip().lower() == "delayed" or kind in DELAYED_TYPES:
        return BounceClass.DELAYED
    if kind in BLOCK_TYPES or (kind not in SOFT_TYPES and (our_fault(text) or _is_objection(status, text))):
        return BounceClass.BLOCK
    if kind in SOFT_TYPES or status.startswith("4.") or FULL.search(text):
        # "Failed" with 4.x.x gave up after retries; nobody said that the address is dead.
        return BounceClass.SOFT
    is_dead = status in DEAD_ADDRESS or kind in HARD_TYPES or NOBODY_THERE.search(text) is not None
    return BounceClass.HARD if is_dead else BounceClass.SOFT


def _provider_type(esp_event_type: str | None, text: str) -> str:
    if esp_event_type:
        return re.sub(r"[^a-z]", "", esp_event_type.lower())
    # Amazon SES tells the type at the head of the description alone.
    found = SES_TYPE.match(text)
    return found.group(1).lower() if found else ""


def _status(status_code: str | None, text: str) -> str:
    found = STATUS.search(status_code or "") or STATUS.search(text)
    return found.group(1) if found else ""


def _is_objection(status: str, text: str) -> bool:
    if status in DEAD_ADDRESS:
        return False
    return status.split(".")[1:2] == ["7"] or OBJECTION.search(text) is not None


SOFT_BOUNCES_TO_HOLD = 3
SOFT_WINDOW = dt.timedelta(days=7)
HOLD = dt.timedelta(days=14)
HOLDS_TO_SUPPRESS = 2
# An address that is written to once a week never bounces three times within seven days, and yet nobody reads there.
SOFT_BOUNCES_TO_SUPPRESS = 10
SOFT_PATIENCE = dt.timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an address's bounces lead to: written to (no reason), held until a day, or suppressed for good."""

    reason: SuppressionReason | None = None
    held_until: dt.date | None = None

    @property
    def is_suppressed(self) -> bool:
        return self.reason is not None and self.held_until is None

    @property
    def is_held(self) -> bool:
        return self.held_until is not None

    @property
    def may_be_written_to(self) -> bool:
        return self.reason is None


def suppression_after(history: Iterable[tuple[BounceClass, dt.date]], *, now: dt.datetime) -> Standing:
    """
    Return where an address stands after its bounces up to now (UTC days), in whatever order they came.

    One hard bounce suppresses. Soft bounces on three different days within seven hold the address for fourteen
    days; the second hold suppresses, and so do ten soft bounces on different days within half a year. Blocks and
    delays never count: they are about us or about nothing yet. Bounces during a hold are of messages already on
    their way and do not count.
    """
    today = now.astimezone(dt.UTC).date()
    known = [(kind, day) for kind, day in history if day <= today]
    if any(kind is BounceClass.HARD for kind, _ in known):
        return Standing(SuppressionReason.HARD_BOUNCE)

    days = sorted({day for kind, day in known if kind is BounceClass.SOFT})
    holds = _hold_starts(days)
    if len(holds) >= HOLDS_TO_SUPPRESS or _are_too_many([day for day in days if not _is_within(day, holds)]):
        return Standing(SuppressionReason.SOFT_BOUNCES)
    if holds and today < holds[-1] + HOLD:
        return Standing(SuppressionReason.SOFT_BOUNCES, held_until=holds[-1] + HOLD)
    return Standing()


# The day a hold starts is the day of a bounce that counts.
def _is_within(day: dt.date, holds: list[dt.date]) -> bool:
    return any(start < day < start + HOLD for start in holds)


def _are_too_many(days: list[dt.date]) -> bool:
    last = SOFT_BOUNCES_TO_SUPPRESS - 1
    return any(later - earlier < SOFT_PATIENCE for earlier, later in zip(days, days[last:], strict=False))


def _hold_starts(days: list[dt.date]) -> list[dt.date]:
    holds: list[dt.date] = []
    counted: list[dt.date] = []
    for day in days:
        if holds and day < holds[-1] + HOLD:
            continue
        counted = [*(other for other in counted if day - other < SOFT_WINDOW), day]
        if len(counted) >= SOFT_BOUNCES_TO_HOLD:
            holds.append(day)
            counted = []
    return holds
