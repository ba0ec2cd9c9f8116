"""
Who a customer is for good, drawn once from the seed and the customer's number, and how many people use what it bought.

Engagement has a modest effect on use: each of the first three human clicks of the last 90 days makes the first users
come 12 % sooner and the rest fill their seats 8 % faster.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from demo.world.rules import chance
from demo.world.rules.companies import COUNTRIES, INDUSTRIES, PUBLIC_SECTOR, Country

TECH_TOUCH, SCALE, CSM_MANAGED = "tech_touch", "scale", "csm_managed"
WEB_DIRECT, SALES_ASSISTED = "web_direct", "sales_assisted"
SAAS, SELF_MANAGED, DEDICATED = "saas", "self_managed", "dedicated"


class Reach(StrEnum):
    """Whom a program finds at the customer: the cases its recipients' rule has to tell apart."""

    ONE_ADMIN = "one_admin"
    SEVERAL_ADMINS = "several_admins"
    SOLD_TO_ONLY = "sold_to_only"
    INACTIVE_ADMIN = "inactive_admin"
    OPTED_OUT_ADMIN = "opted_out_admin"
    BILLING_ADMIN = "billing_admin"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Traits:
    """
    A customer's character.

    `fit` (0 to 1) is how well the product suits them: it sets how many seats they fill and whether they stay; `pace`
    (about 1) is how fast they roll out.
    """

    number: int
    country: Country
    industry: str
    segment: str
    market: str
    channel: str
    deployment: str
    is_pubsec: bool
    is_restricted: bool
    reach: Reach
    fit: float
    pace: float
    ci_share: float
    scanner_share: float
    is_child: bool
    has_two_subscriptions: bool
    has_agency: bool
    # Categories of mail that the customer as a whole does not want.
    switched_off: tuple[str, ...]


SEGMENTS = ((TECH_TOUCH, 65.0), (SCALE, 25.0), (CSM_MANAGED, 10.0))
MARKETS = {
    TECH_TOUCH: (("smb", 72.0), ("mid_market", 25.0), ("pubsec", 3.0)),
    SCALE: (("smb", 12.0), ("mid_market", 68.0), ("large", 12.0), ("pubsec", 8.0)),
    CSM_MANAGED: (("mid_market", 17.0), ("large", 68.0), ("pubsec", 15.0)),
}
CHANNEL_WEB = {"smb": 0.68, "mid_market": 0.18, "large": 0.0, "pubsec": 0.0}
DEPLOYMENTS = {
    "smb": ((SAAS, 80.0), (SELF_MANAGED, 20.0)),
    "mid_market": ((SAAS, 58.0), (SELF_MANAGED, 42.0)),
    "large": ((SAAS, 35.0), (SELF_MANAGED, 55.0), (DEDICATED, 10.0)),
    "pubsec": ((SAAS, 12.0), (SELF_MANAGED, 80.0), (DEDICATED, 8.0)),
}
# Who belongs to another customer is seldom as large as that one.
CHILDREN = {TECH_TOUCH: 0.12, SCALE: 0.09, CSM_MANAGED: 0.01}
# About one account in twenty-five cannot be written to at all.
REACH_WEB = (
    (Reach.ONE_ADMIN, 46.0), (Reach.SEVERAL_ADMINS, 5.0), (Reach.SOLD_TO_ONLY, 39.0), (Reach.INACTIVE_ADMIN, 2.0),
    (Reach.OPTED_OUT_ADMIN, 2.5), (Reach.BILLING_ADMIN, 2.0), (Reach.NOBODY, 3.5),
)  # fmt: skip
REACH_SALES = (
    (Reach.ONE_ADMIN, 58.0), (Reach.SEVERAL_ADMINS, 23.0), (Reach.SOLD_TO_ONLY, 9.0), (Reach.INACTIVE_ADMIN, 2.5),
    (Reach.OPTED_OUT_ADMIN, 2.0), (Reach.BILLING_ADMIN, 2.0), (Reach.NOBODY, 3.5),
)  # fmt: skip

# So that even a small world shows every case; numbers beyond these are left to chance.
SHOWN_CASES: dict[int, dict[str, object]] = {
    0: {"segment": CSM_MANAGED, "market": "large", "deployment": SAAS, "reach": Reach.SEVERAL_ADMINS},
    1: {"segment": TECH_TOUCH, "market": "smb", "channel": WEB_DIRECT, "deployment": SAAS, "reach": Reach.SOLD_TO_ONLY},
    2: {"segment": SCALE, "market": "pubsec", "deployment": SELF_MANAGED, "reach": Reach.ONE_ADMIN},
    3: {"segment": CSM_MANAGED, "market": "large", "scanner_share": 0.02, "reach": Reach.ONE_ADMIN},
    4: {"is_child": True, "has_two_subscriptions": True, "segment": SCALE, "market": "mid_market"},
    5: {"segment": CSM_MANAGED, "market": "large", "reach": Reach.SOLD_TO_ONLY},
    6: {"segment": SCALE, "market": "mid_market", "is_restricted": True},
    7: {"reach": Reach.NOBODY},
    8: {"reach": Reach.INACTIVE_ADMIN},
    9: {"reach": Reach.OPTED_OUT_ADMIN},
    10: {"reach": Reach.BILLING_ADMIN},
    11: {"segment": SCALE, "market": "mid_market", "deployment": SELF_MANAGED, "has_two_subscriptions": True},
    12: {"has_agency": True, "segment": TECH_TOUCH, "market": "smb"},
    13: {"has_agency": True, "segment": TECH_TOUCH, "market": "smb"},
}


def traits(*, seed: int, number: int) -> Traits:
    shown = SHOWN_CASES.get(number, {})
    dice = chance.dice(seed, "customer", number)
    segment = str(shown.get("segment") or chance.weighted(dice.random(), SEGMENTS))
    market = str(shown.get("market") or chance.weighted(dice.random(), MARKETS[segment]))
    is_web = dice.random() < CHANNEL_WEB[market]
    drawn: dict[str, object] = {
        "country": chance.weighted(dice.random(), [(country, country.weight) for country in COUNTRIES]),
        "industry": chance.weighted(dice.random(), INDUSTRIES) if market != "pubsec" else PUBLIC_SECTOR,
        "segment": segment,
        "market": market,
        "channel": WEB_DIRECT if is_web else SALES_ASSISTED,
        "deployment": chance.weighted(dice.random(), DEPLOYMENTS[market]),
        "is_pubsec": market == "pubsec",
        "reach": chance.weighted(dice.random(), REACH_WEB if is_web else REACH_SALES),
        **_drawn_character(segment, market, dice),
    }
    return Traits(number=number, **{**drawn, **shown})  # type: ignore[arg-type]


def _drawn_character(segment: str, market: str, dice: random.Random) -> dict[str, object]:
    return {
        "is_restricted": dice.random() < 0.008,
        "fit": dice.betavariate(3.2, 2.0),
        "pace": chance.spread(dice, median=1.0, factor=1.45, low=0.35, high=2.6),
        "ci_share": dice.betavariate(2.4, 2.2),
        "scanner_share": dice.betavariate(1.4, 4.0),
        "is_child": market in {"large", "mid_market"} and dice.random() < CHILDREN[segment],
        "has_two_subscriptions": segment != TECH_TOUCH and dice.random() < 0.09,
        "has_agency": segment == TECH_TOUCH and dice.random() < 0.035,
        "switched_off": ("newsletter",) if dice.random() < 0.012 else (),
    }


FIRST_VALUE_SHARE = 0.1
FULL_SHARE = 0.8
COUNTED_CLICKS = 3
DAYS_BETWEEN_READINGS = 7


PTC_STEPS = (0.3, 0.45, 0.6, 0.75)


def ptc_score(utilisation: float) -> int:
    """Return the propensity to churn that goes with a share of seats in use: 1, the highest, to 5."""
    return 1 + sum(utilisation >= step for step in PTC_STEPS)


def ceiling(traits: Traits, *, seed: int, year: int) -> float:
    """Return the share of its seats that the customer fills in its year 0, 1, ...: more with a better fit."""
    mood = 0.14 * (chance.share(seed, "mood", traits.number, year) - 0.5)
    return min(max(0.34 + 0.66 * traits.fit + mood, 0.18), 1.04)


def settled_users(traits: Traits, *, seed: int, seats: int, year: int) -> int:
    """Return how many use it once they have had it for long."""
    return max(round(seats * ceiling(traits, seed=seed, year=year) * 0.96), 1)


def next_users(traits: Traits, *, seed: int, key: str, age: int, seats: int, users: int, clicks: int) -> int:
    """Return the users of contract `key` when the customer is `age` days old, given those at the reading before."""
    engaged = min(clicks, COUNTED_CLICKS)
    if users < FIRST_VALUE_SHARE * seats:
        return _before_first_value(traits, seed, key, age, seats, users, engaged)
    goal = seats * ceiling(traits, seed=seed, year=age // 365)
    rate = 0.075 * traits.pace * (1 + 0.08 * engaged)
    noise = 0.012 * seats * (chance.share(seed, "noise", key, age) - 0.5)
    moved = users + rate * (goal - users) + noise
    return max(chance.whole(moved, chance.share(seed, "round", key, age)), 0)


def _before_first_value(traits: Traits, seed: int, key: str, age: int, seats: int, users: int, engaged: int) -> int:
    ready = 0.21 * traits.pace * (1.0 if traits.deployment == SAAS else 0.8) * (1 + 0.12 * engaged)
    draw = chance.share(seed, "launch", key, age)
    if draw < min(ready, 0.85):
        return max(round(seats * (0.1 + 0.2 * draw / ready)), 1)
    # A few administrators look around before anybody else is let in.
    return min(users + 1, int(FIRST_VALUE_SHARE * seats * 0.6))
