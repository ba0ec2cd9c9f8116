"""
How the demo's people react to mail: plain functions of a person, a delivery and a seed.

The probabilities are stated beside the code that uses them. Of all messages a third is opened by people whose mail
program shows it, a tenth clicked by people and a fifth by machines; surveys are answered by one in six who are asked,
with an NPS near +35.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, replace
from enum import StrEnum
from zoneinfo import ZoneInfo

from demo.comments import COMMENTS
from demo.world.rules import chance
from demo.world.rules.worlds import SEED


class Client(StrEnum):
    PLAIN = "plain"
    APPLE_MPP = "apple_mpp"
    OUTLOOK_SCANNER = "outlook_scanner"


class Kind(StrEnum):
    OPEN = "open"
    CLICK = "click"
    BOUNCE = "bounce"
    UNSUBSCRIBE = "unsubscribe"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Temperament:
    """
    A person's habits, each a probability: to open a message; of one that was opened, to click, to answer a survey and
    to unsubscribe; of any message, to bounce softly. A dead address always bounces hard. `mood` (0 to 1) is how they
    score us.
    """

    client: Client
    opens: float
    clicks: float
    answers: float
    unsubscribes: float
    bounces: float
    has_dead_address: bool
    mood: float
    user_agent: str
    network: str


@dataclass(frozen=True, slots=True)
class SimHit:
    """
    One thing that reaches us. `link_number` counts from 1 and is None for the pixel and for a click on a `score`, which
    an answer has too, with its `comment`; `bounce_class` is "hard" or "soft".
    """

    kind: Kind
    at: dt.datetime
    link_number: int | None = None
    user_agent: str = ""
    network: str = ""
    method: str = "GET"
    score: int | None = None
    comment: str = ""
    bounce_class: str = ""


CLIENTS = ((Client.PLAIN, 54.0), (Client.APPLE_MPP, 27.0), (Client.OUTLOOK_SCANNER, 19.0))
DEAD_ADDRESSES = 0.012
SOFT_BOUNCES = 0.006
# A few people hardly ever open anything; the rest open more than half.
HARDLY_OPEN = 0.3

BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:129.0) Gecko/20100101 Firefox/129.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5"
    " Mobile/15E148 Safari/604.1",
)
APPLE_PROXY = "Mozilla/5.0"
SCANNER = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/104.0.0.0 Safari/537.36"
)
# Networks reserved for documentation (RFC 5737): nobody's.
APPLE_NETWORK, SCANNER_NETWORK, OFFICE_NETWORK = "198.51.100.0", "203.0.113.0", "192.0.2.0"

PROMOTERS, PASSIVES = 0.52, 0.83  # shares of moods, from the happiest down


def temperament(person_id: int, *, seed: int = SEED) -> Temperament:
    """Return the habits of a person, the same every time."""
    dice = chance.dice(seed, "temperament", person_id)
    hardly = dice.random() < HARDLY_OPEN
    return Temperament(
        client=chance.weighted(dice.random(), CLIENTS),
        opens=dice.betavariate(1.2, 9.0) if hardly else dice.betavariate(5.0, 3.6),
        clicks=dice.betavariate(1.5, 5.2),
        answers=dice.betavariate(2.2, 3.4),
        unsubscribes=0.0 if dice.random() < 0.8 else 0.02,
        bounces=SOFT_BOUNCES,
        has_dead_address=dice.random() < DEAD_ADDRESSES,
        mood=dice.random(),
        user_agent=dice.choice(BROWSERS),
        network=OFFICE_NETWORK,
    )


def reactions_to(
    *,
    delivery_id: int,
    sent_at: dt.datetime,
    temperament: Temperament,
    n_links: int,
    is_survey: bool,
    seed: int = SEED,
    zone: str = "UTC",
) -> list[SimHit]:
    """
    Return what one message of `n_links` links brings about, in the order of time; often nothing.

    Machines come first, within seconds. People read in the working hours of their `zone`, mostly on the same or the
    next working day. What is answered was clicked (the link of its score), what was clicked was opened; Apple's proxy
    hides the later opens of its users.
    """
    dice = chance.dice(seed, "reaction", delivery_id)
    if temperament.has_dead_address or dice.random() < temperament.bounces:
        bounce_class = "hard" if temperament.has_dead_address else "soft"
        return [SimHit(Kind.BOUNCE, _later(sent_at, dice.uniform(2, 90)), bounce_class=bounce_class)]
    hits = _machine_hits(temperament, sent_at, n_links, dice)
    if dice.random() < temperament.opens:
        hits += _human_hits(temperament, sent_at, n_links, dice, is_survey=is_survey, zone=zone)
    return sorted(hits, key=lambda hit: hit.at)


def _later(moment: dt.datetime, seconds: float) -> dt.datetime:
    return moment + dt.timedelta(seconds=round(seconds, 3))


def _machine_hits(temperament: Temperament, sent_at: dt.datetime, n_links: int, dice: random.Random) -> list[SimHit]:
    if temperament.client is Client.APPLE_MPP:
        at = _later(sent_at, dice.uniform(1.0, 3.0) if dice.random() < 0.6 else dice.uniform(30, 5400))
        return [SimHit(Kind.OPEN, at, user_agent=APPLE_PROXY, network=APPLE_NETWORK)]
    if temperament.client is Client.PLAIN:
        return []
    began = dice.uniform(1.0, 2.4)
    method = "HEAD" if dice.random() < 0.3 else "GET"
    scan = [SimHit(Kind.OPEN, _later(sent_at, began), user_agent=SCANNER, network=SCANNER_NETWORK)]
    for number in range(1, n_links + 1):
        at = _later(sent_at, began + 0.08 * number + dice.uniform(0, 0.05))
        scan.append(SimHit(Kind.CLICK, at, number, SCANNER, SCANNER_NETWORK, method))
    return scan


def _human_hits(
    temperament: Temperament, sent_at: dt.datetime, n_links: int, dice: random.Random, *, is_survey: bool, zone: str
) -> list[SimHit]:
    opened = _when_read(sent_at, dice, zone)
    seen = SimHit(Kind.OPEN, opened, user_agent=temperament.user_agent, network=temperament.network)
    hits = [] if temperament.client is Client.APPLE_MPP else [seen]
    if hits and dice.random() < 0.18:
        hits.append(replace(seen, at=_later(opened, dice.uniform(3600, 200_000))))
    if is_survey:
        return hits + (_answer(temperament, opened, dice) if dice.random() < temperament.answers else [])
    if n_links and dice.random() < temperament.clicks:
        hits += _clicks(temperament, opened, n_links, dice)
    if dice.random() < temperament.unsubscribes:
        hits.append(replace(seen, kind=Kind.UNSUBSCRIBE, at=_later(opened, dice.uniform(8, 60)), method="POST"))
    return hits


# Return one click, mostly on the first link, and sometimes another on a second.
def _clicks(temperament: Temperament, opened: dt.datetime, n_links: int, dice: random.Random) -> list[SimHit]:
    first = 1 if dice.random() < 0.62 else dice.randint(1, n_links)
    at = _later(opened, dice.uniform(15, 240))
    hits = [SimHit(Kind.CLICK, at, first, temperament.user_agent, temperament.network)]
    if n_links > 1 and dice.random() < 0.22:
        second = first % n_links + 1
        later = _later(at, dice.uniform(40, 900))
        hits.append(SimHit(Kind.CLICK, later, second, temperament.user_agent, temperament.network))
    return hits


def _answer(temperament: Temperament, opened: dt.datetime, dice: random.Random) -> list[SimHit]:
    at = _later(opened, dice.uniform(10, 120))
    score = score_of(temperament.mood + dice.uniform(-0.12, 0.12))
    clicked = SimHit(Kind.CLICK, at, None, temperament.user_agent, temperament.network, score=score)
    comment = dice.choice(COMMENTS[band(score)]) if dice.random() < 0.55 else ""
    return [clicked, replace(clicked, kind=Kind.ANSWER, at=_later(at, dice.uniform(15, 160)), comment=comment)]


def score_of(mood: float) -> int:
    """Return 0 to 10 for a mood, 0 the happiest: half are promoters, a third passive, a sixth detractors."""
    mood = mood % 1.0 if 0 <= mood < 1 else abs(mood) if mood < 0 else 2 - mood
    if mood < PROMOTERS:
        return 10 if mood < 0.3 else 9
    if mood < PASSIVES:
        return 8 if mood < 0.69 else 7
    return max(6 - int((mood - PASSIVES) / (1 - PASSIVES) * 6.2), 0)


def band(score: int) -> str:
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


# Return when somebody reads a message: nearly half within two hours, a third within a day, some much later.
def _when_read(sent_at: dt.datetime, dice: random.Random, zone: str) -> dt.datetime:
    draw = dice.random()
    hours = dice.expovariate(1 / 0.8) if draw < 0.45 else dice.uniform(2, 26) if draw < 0.8 else dice.uniform(26, 130)
    read = sent_at + dt.timedelta(seconds=max(round(hours * 3600, 1), 45))
    if dice.random() < 0.14:
        return read  # in the evening, on a Sunday, on the train
    local = read.astimezone(ZoneInfo(zone))
    while local.weekday() > 4 or not 7 <= local.hour < 19:
        morning = dt.datetime.combine(local.date(), dt.time(7), tzinfo=local.tzinfo)
        days = 0 if local.hour < 7 and local.weekday() < 5 else 1
        local = morning + dt.timedelta(days=days, minutes=dice.uniform(10, 170))
    return local.astimezone(dt.UTC)
