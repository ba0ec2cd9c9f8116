"""
Whether a human or a machine opened a message or clicked a link.

No single sign is decisive; each rule below is one that scanners and proxies show and people do not. A hit that shows
none is human; where a sign is weak the verdict is unknown, and no journey acts on it. The verdicts are a pure
function of one delivery's hits by their instants: they come out the same in whatever order and however often the
hits arrive, and nothing later than a minute after a hit can change its verdict.
"""

from __future__ import annotations

import bisect
import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

RULE_VERSION = 1

JUDGED_AFTER = dt.timedelta(seconds=60)
# Nobody's mail program shows a message and nobody's finger finds a link sooner than this after it was sent.
TOO_SOON = dt.timedelta(seconds=2)
# Opens this early are mostly gateways; clicks this early, from somebody who did not open, too.
EARLY_OPEN = dt.timedelta(seconds=10)
EARLY_CLICK = dt.timedelta(seconds=60)
BURST_WINDOW = dt.timedelta(seconds=10)
BURST_LINKS = 3
PAIR_WINDOW = dt.timedelta(seconds=1)
# Shorter than the time to the verdict by the burst window, because a trap can bear on a click through a third one.
TRAP_WINDOW = dt.timedelta(seconds=45)


class HitKind(StrEnum):
    OPEN = "open"
    CLICK = "click"


class VerdictKind(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Hit:
    """One request for a message's pixel or for one of its links (`link` is the link's number, None for the pixel)."""

    id: int
    kind: HitKind
    occurred_at: dt.datetime
    link: int | None = None
    method: str = "GET"
    user_agent: str = ""
    ip_prefix: str | None = None
    is_honeypot: bool = False
    # What a browser says that it fetches ahead for: Sec-Purpose, Purpose, X-Moz and the like.
    purpose: str = ""

    @property
    def client(self) -> tuple[str | None, str]:
        return self.ip_prefix, self.user_agent


@dataclass(frozen=True, slots=True)
class Judged:
    id: int
    verdict: VerdictKind
    rule: str


# "cubot" is a make of telephone.
ROBOT = re.compile(
    r"(?<!cu)bot\b|crawler|spider|scanner|preview|headless|phantomjs|selenium|playwright|puppeteer"
    r"|^(?:curl|wget|python|go-http-client|java|okhttp|axios|node|libwww|apache-httpclient|ruby|php)\b"
    r"|barracuda|mimecast|proofpoint|safelinks|fireeye|symantec|trendmicro|ironport|zscaler|messagelabs"
    r"|facebookexternalhit|whatsapp",
    re.IGNORECASE,
)
# Apple's Mail Privacy Protection loads every image by proxy: bare, or WebKit without any browser's name.
APPLE_PROXY = re.compile(r"^Mozilla/5\.0(?: \([^)]*\) AppleWebKit/[\d.]+ \(KHTML, like Gecko\))?$")
# Gmail fetches images ahead under this name; its ordinary proxy loads them when the message is displayed.
GMAIL_PREFETCH = re.compile(r"Edge/12\.246 Mozilla/5\.0$")
PREFETCH = re.compile(r"prefetch|prerender|preview|instant", re.IGNORECASE)
DISPLAY_PROXY = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)


def judged_at(hit: Hit) -> dt.datetime:
    """Return when the hit's verdict can no longer change; until then it is shown as unknown."""
    return hit.occurred_at + JUDGED_AFTER


def judge(hits: Sequence[Hit], *, sent_at: dt.datetime) -> tuple[Judged, ...]:
    """
    Return a verdict and the name of the rule for each hit, in the order given.

    `hits` are all known hits of one delivery, `sent_at` is when it was handed over.
    """
    surroundings = _look_around(hits, sent_at)
    return tuple(_judge_one(hit, surroundings, sent_at) for hit in hits)


def _judge_one(hit: Hit, around: _Surroundings, sent_at: dt.datetime) -> Judged:
    rule = _lone_machine_rule(hit, sent_at) or _company_machine_rule(hit, around)
    if rule is not None:
        return Judged(hit.id, VerdictKind.MACHINE, rule)
    doubt = _doubt(hit, around, sent_at)
    if doubt is not None:
        return Judged(hit.id, VerdictKind.UNKNOWN, doubt)
    is_proxy = DISPLAY_PROXY.search(hit.user_agent) is not None
    return Judged(hit.id, VerdictKind.HUMAN, "displayed_by_mail_proxy" if is_proxy else "no_sign_of_a_machine")


# Return what gives the hit away by itself, if anything.
def _lone_machine_rule(hit: Hit, sent_at: dt.datetime) -> str | None:
    if hit.is_honeypot:
        return "hidden_link"
    if hit.method.upper() not in ("GET", "POST"):
        return "no_body_asked_for"
    if PREFETCH.search(hit.purpose):
        return "fetched_ahead"
    if ROBOT.search(hit.user_agent):
        return "known_robot"
    if hit.occurred_at - sent_at < TOO_SOON:
        return "too_soon_after_sending"
    if hit.kind == HitKind.OPEN and APPLE_PROXY.search(hit.user_agent):
        return "apple_mail_privacy"
    if hit.kind == HitKind.OPEN and GMAIL_PREFETCH.search(hit.user_agent):
        return "gmail_prefetch"
    return None


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the other hits of the delivery say: ids of hits, and when somebody first read."""

    beside_a_trap: frozenset[int]
    in_a_burst: frozenset[int]
    amid_a_burst: frozenset[int]
    first_read_at: dt.datetime | None


def _look_around(hits: Sequence[Hit], sent_at: dt.datetime) -> _Surroundings:
    by_client: dict[tuple[str | None, str], list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (hit.occurred_at, hit.id)):
        by_client.setdefault(hit.client, []).append(hit)

    beside_a_trap: set[int] = set()
    in_a_burst: set[int] = set()
    for own in by_client.values():
        beside_a_trap |= _near_traps(own)
        clicks = [hit for hit in own if hit.kind == HitKind.CLICK]
        in_a_burst |= _bursts(clicks, PAIR_WINDOW, 2) | _bursts(clicks, BURST_WINDOW, BURST_LINKS)

    # A scanner that changes its name and network from link to link. Those already found out are left aside, so that
    # they cast no doubt on a person who clicks in the same seconds.
    found_out = beside_a_trap | in_a_burst
    others = [hit for hit in hits if hit.id not in found_out and _lone_machine_rule(hit, sent_at) is None]
    clicks = sorted((hit for hit in others if hit.kind == HitKind.CLICK), key=lambda hit: hit.occurred_at)
    readings = [hit.occurred_at for hit in others if hit.kind == HitKind.OPEN]
    late_enough = [instant for instant in readings if instant - sent_at >= EARLY_OPEN]
    return _Surroundings(
        beside_a_trap=frozenset(beside_a_trap),
        in_a_burst=frozenset(in_a_burst),
        amid_a_burst=frozenset(_bursts(clicks, BURST_WINDOW, BURST_LINKS)),
        first_read_at=min(late_enough, default=None),
    )


# Return the ids of one client's hits around its falling for a hidden link.
def _near_traps(hits: Sequence[Hit]) -> set[int]:
    traps = [hit.occurred_at for hit in hits if hit.is_honeypot]
    near = set()
    for hit in hits if traps else ():
        place = bisect.bisect_left(traps, hit.occurred_at)
        if any(abs(trap - hit.occurred_at) <= TRAP_WINDOW for trap in traps[max(place - 1, 0) : place + 1]):
            near.add(hit.id)
    return near


# Return the ids of clicks, in order of time, that lie in a window with clicks on so many distinct links.
def _bursts(clicks: Sequence[Hit], window: dt.timedelta, links: int) -> set[int]:
    found: set[int] = set()
    counts: Counter[int | None] = Counter()
    left = marked = 0
    for right, click in enumerate(clicks):
        counts[click.link] += 1
        while click.occurred_at - clicks[left].occurred_at > window:
            counts[clicks[left].link] -= 1
            if not counts[clicks[left].link]:
                del counts[clicks[left].link]
            left += 1
        if len(counts) >= links:
            found.update(hit.id for hit in clicks[max(left, marked) : right + 1])
            marked = right + 1
    return found


def _company_machine_rule(hit: Hit, around: _Surroundings) -> str | None:
    if hit.id in around.beside_a_trap:
        return "same_client_as_hidden_link"
    if hit.id in around.in_a_burst:
        return "several_links_at_once"
    return None


def _doubt(hit: Hit, around: _Surroundings, sent_at: dt.datetime) -> str | None:
    age = hit.occurred_at - sent_at
    if not hit.user_agent.strip():
        return "no_user_agent"
    if hit.kind == HitKind.OPEN:
        return "soon_after_sending" if age < EARLY_OPEN else None
    was_read = around.first_read_at is not None and around.first_read_at < hit.occurred_at
    if age < EARLY_CLICK and not was_read:
        return "soon_and_not_opened"
    return "amid_several_links_at_once" if hit.id in around.amid_a_burst else None


WHY: Mapping[str, str] = MappingProxyType(
    {
        "no_sign_of_a_machine": "no sign of a bot",
        "displayed_by_mail_proxy": "loaded through a mail proxy",
        "hidden_link": "clicked a hidden link",
        "no_body_asked_for": "requested headers only",
        "fetched_ahead": "prefetched by a browser",
        "known_robot": "known scanner",
        "too_soon_after_sending": "faster than anyone can read",
        "apple_mail_privacy": "Apple Mail Privacy Protection",
        "gmail_prefetch": "prefetched by Gmail",
        "same_client_as_hidden_link": "same client as a hidden-link click",
        "several_links_at_once": "several links at once",
        "no_user_agent": "no user agent",
        "soon_after_sending": "within seconds of sending",
        "soon_and_not_opened": "soon after sending, without an open",
        "amid_several_links_at_once": "during a burst of clicks",
    }
)


def rule_in_words(rule: str) -> str:
    """Return why a hit counts as it does; "" for a hit that has no verdict yet."""
    return WHY.get(rule, rule.replace("_", " "))
