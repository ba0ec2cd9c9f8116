"""Everything the world has to know to live another day, and the ids that other systems give to what is in it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo.world.rules.customers import CSM_MANAGED
from demo.world.rules.lives import Life

SEED = 1


@dataclass(slots=True)
class World:
    """
    The customers by their number, and the numbers of the rows that stand for them.

    The one thing here that changes: each day replaces the lives it touched. It can be forgotten and remembered again
    from the database (selectors.remember) between any two days.
    """

    seed: int = SEED
    scale: float = 1.0
    lives: dict[int, Life] = field(default_factory=dict)
    accounts: dict[int, int] = field(default_factory=dict)  # customer's number to account
    subscriptions: dict[str, int] = field(default_factory=dict)  # contract's key to subscription
    users: dict[str, int] = field(default_factory=dict)  # address to user
    parents: dict[int, int] = field(default_factory=dict)  # child's number to parent's
    domains: set[str] = field(default_factory=set)
    agents: dict[str, int] = field(default_factory=dict)  # address of an agency's consultant to person

    def next_number(self) -> int:
        return max(self.lives, default=-1) + 1

    def possible_parents(self) -> Mapping[int, str]:
        return {
            number: life.name
            for number, life in self.lives.items()
            if life.segment == CSM_MANAGED and life.contracts and number not in self.parents
        }


@dataclass(slots=True)
class DaySummary:
    """
    How often each kind of thing happened on `day`.

    Keys are signed, renewed, expanded, contracted, upgraded, downgraded, repriced, cancelled, grown, trued_up,
    corrected, consolidated, first_value, met, onboarding_closed, readings, roles_set, admins_left, handed_over.
    `accounts` are the accounts whose contracts, stage or CSM changed.
    """

    day: dt.date
    counts: Counter[str] = field(default_factory=Counter)
    accounts: set[int] = field(default_factory=set)


DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ACCOUNT, CONTACT, OPPORTUNITY = "001", "003", "006"
_FIRST_NUMBER = 62**5  # so that ids look like those of an org that has been used for years


def salesforce_15(prefix: str, number: int) -> str:
    """Return the case-sensitive id of 15 characters: a prefix for the kind of object, our org, and the number."""
    rest, digits = number + _FIRST_NUMBER, ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = DIGITS[digit] + digits
    return f"{prefix}Kl000{digits:0>7}"


def subscription_number(key: str) -> str:
    """Return the billing system's number of a contract: 12.1 is A-S00000121."""
    number, _, position = key.partition(".")
    return f"A-S{10 * int(number) + int(position):08d}"


def contract_key(number: str) -> str:
    """Return the key of a contract whose billing number is given; the other way of subscription_number."""
    whole = int(number.removeprefix("A-S"))
    return f"{whole // 10}.{whole % 10}"
