"""Everything the world has to know to live another day."""

from __future__ import annotations

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
