"""
How many people use what was bought.

Engagement has a modest effect: each of the first three human clicks of the last 90 days makes the first users come
12 % sooner and the rest fill their seats 8 % faster.
"""

from __future__ import annotations

from demo.world.rules import chance
from demo.world.rules.customers import SAAS, Traits

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
