"""What the world remembers of a customer, and the things that can happen to one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from demo.world.rules.customers import Traits
from demo.world.rules.renewals import Decision, Terms

ONBOARDING, IMPLEMENTATION, ADOPTION, OPTIMIZE = "onboarding", "implementation", "adoption", "optimize"
WILL_CHURN, CHURNED = "will_churn", "churned"


@dataclass(frozen=True, slots=True)
class Contract:
    """
    A subscription in force from `since` until `until` (exclusive); 12.1 is the key of customer 12's first.

    `born` is when the customer's first contract began: chance goes by age, not by date.
    """

    key: str
    born: dt.date
    terms: Terms
    since: dt.date
    until: dt.date
    users: int = 0

    @property
    def term(self) -> int:
        """Return how many years old the customer is when the term ends."""
        return round((self.until - self.born).days / 365.25)

    def age(self, day: dt.date) -> int:
        return (day - self.born).days

    @property
    def utilisation(self) -> float:
        return self.users / self.terms.seats


@dataclass(frozen=True, slots=True)
class Life:
    """
    One customer as of now.

    `onboarding_since` is set while an onboarding with a CSM is open; Tech Touch has none. `csm` is an address.
    """

    traits: Traits
    name: str
    segment: str
    stage: str
    contract_date: dt.date
    contracts: tuple[Contract, ...]
    csm: str | None = None
    onboarding_since: dt.date | None = None
    has_met: bool = False
    has_first_value: bool = False

    @property
    def number(self) -> int:
        return self.traits.number

    @property
    def priority(self) -> int:
        """Pr1 and Pr2 belong to CSMs (new customers begin as Pr1), Pr3 are unmanaged children, Pr4 is digital."""
        if self.csm is None:
            return 3 if self.traits.is_child else 4
        return 1 if self.stage == ONBOARDING or self.traits.fit < 0.4 else 2

    def with_contract(self, contract: Contract) -> Life:
        return replace(self, contracts=tuple(contract if each.key == contract.key else each for each in self.contracts))

    def has_ended(self, key: str) -> bool:
        return all(each.key != key for each in self.contracts)

    def without(self, *keys: str) -> Life:
        return replace(self, contracts=tuple(each for each in self.contracts if each.key not in keys))


@dataclass(frozen=True, slots=True)
class Read:
    """Usage was reported for a subscription."""

    contract: Contract
    pipeline_users: int
    scanner_users: int | None


@dataclass(frozen=True, slots=True)
class FirstValue:
    """A tenth of a subscription's seats is used for the first time: the product notes it the same day."""


@dataclass(frozen=True, slots=True)
class Met:
    """A call or meeting took place."""

    kind: str
    subject: str
    body: str
    sentiment: str


@dataclass(frozen=True, slots=True)
class OnboardingClosed:
    """All onboarding tasks are done."""


@dataclass(frozen=True, slots=True)
class StageMoved:
    stage: str


@dataclass(frozen=True, slots=True)
class Graduated:
    """The customer grew out of its segment."""

    segment: str
    csm: str | None


@dataclass(frozen=True, slots=True)
class RenewalOpened:
    contract: Contract


@dataclass(frozen=True, slots=True)
class Renewed:
    """`before` ended and `after` began at `before.until`, whenever that was recorded."""

    before: Contract
    after: Contract
    decision: Decision


@dataclass(frozen=True, slots=True)
class Grown:
    """Seats were added in the middle of a term, from today on."""

    before: Contract
    after: Contract


@dataclass(frozen=True, slots=True)
class TruedUp:
    """Users beyond the license were paid for afterwards."""

    contract: Contract
    seats: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """The order was typed wrong: `after` was true all along."""

    before: Contract
    after: Contract


@dataclass(frozen=True, slots=True)
class Consolidated:
    """Two subscriptions became one, on one date."""

    before: tuple[Contract, Contract]
    after: Contract


@dataclass(frozen=True, slots=True)
class Cancelled:
    contract: Contract
    reasons: tuple[tuple[str, float], ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Another CSM took the customer over."""

    csm: str


Happening = (
    Read | FirstValue | Met | OnboardingClosed | StageMoved | Graduated | RenewalOpened | Renewed | Grown | TruedUp
    | Corrected | Consolidated | Cancelled | HandedOver
)  # fmt: skip
