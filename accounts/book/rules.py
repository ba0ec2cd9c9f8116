"""Salesforce ids, priorities, the tree of accounts and the stages of a customer's life."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

CHECKSUM_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
SHORT, LONG = 15, 18


class BadSalesforceId(ValueError):
    """This is no Salesforce id; the message says why, in words for the person who typed it."""


def to_salesforce_18(raw: str) -> str:
    """
    Return the 18-character form of a Salesforce id given in 15 or 18 characters.

    The last three characters encode which of the first fifteen are capitals, five a character. Ids that differ by
    case alone are different records, so a spreadsheet that changed the case is found out here.

    :raises BadSalesforceId: naming what is wrong.
    """
    given = raw.strip()
    if not given:
        raise BadSalesforceId("The Salesforce ID is empty.")
    for character in given:
        if not (character.isascii() and character.isalnum()):
            raise BadSalesforceId(
                f"The Salesforce ID {given} contains {character!r}; only letters and digits are allowed."
            )
    if len(given) not in (SHORT, LONG):
        raise BadSalesforceId(f"The Salesforce ID {given} has {len(given)} characters; expected {SHORT} or {LONG}.")

    short = given[:SHORT]
    full = short + _checksum(short)
    if len(given) == LONG and given != full:
        raise BadSalesforceId(
            f"The Salesforce ID {given} ends in {given[SHORT:]} but should end in {full[SHORT:]}: "
            "a character is wrong, or upper and lower case were changed."
        )
    return full


def _checksum(short: str) -> str:
    letters = ""
    for start in range(0, SHORT, 5):
        capitals = (character.isupper() for character in short[start : start + 5])
        letters += CHECKSUM_LETTERS[sum(1 << place for place, is_capital in enumerate(capitals) if is_capital)]
    return letters


def display_priority(priority: int | None) -> str:
    """Return a priority as the handbook writes it: Pr1 to Pr4."""
    return "Not set" if priority is None else f"Pr{priority}"


class HierarchyLoop(ValueError):
    """An account is its own ancestor."""


def would_cycle(parent_of: Mapping[int, int | None], child: int, parent: int) -> bool:
    """Say whether giving the child this parent would close a circle in the tree."""
    seen: set[int] = set()
    above: int | None = parent
    while above is not None and above not in seen:
        if above == child:
            return True
        seen.add(above)
        above = parent_of.get(above)
    return False


def ultimate_parent(parent_of: Mapping[int, int | None], account: int) -> int:
    """
    Return the topmost account above this one, itself when it has no parent.

    :raises HierarchyLoop: when there is no top.
    """
    seen = {account}
    top = account
    while (above := parent_of.get(top)) is not None:
        if above in seen:
            raise HierarchyLoop(f"Account {above} is its own ancestor.")
        seen.add(above)
        top = above
    return top


class LifecycleStage(StrEnum):
    """Stages of a customer's life (GitLab handbook, Customer Success vision)."""

    ONBOARDING = "onboarding"
    IMPLEMENTATION = "implementation"
    ADOPTION = "adoption"
    OPTIMIZE = "optimize"
    WILL_CHURN = "will_churn"
    CHURNED = "churned"


# Forward one or more steps; back to Adoption after a partial loss or when a customer was won back. A churned customer
# who buys again starts anew.
NEXT_STAGES: Mapping[LifecycleStage, frozenset[LifecycleStage]] = MappingProxyType(
    {
        LifecycleStage.ONBOARDING: frozenset(
            {
                LifecycleStage.IMPLEMENTATION,
                LifecycleStage.ADOPTION,
                LifecycleStage.WILL_CHURN,
                LifecycleStage.CHURNED,
            }
        ),
        LifecycleStage.IMPLEMENTATION: frozenset(
            {LifecycleStage.ADOPTION, LifecycleStage.WILL_CHURN, LifecycleStage.CHURNED}
        ),
        LifecycleStage.ADOPTION: frozenset(
            {LifecycleStage.OPTIMIZE, LifecycleStage.WILL_CHURN, LifecycleStage.CHURNED}
        ),
        LifecycleStage.OPTIMIZE: frozenset(
            {LifecycleStage.ADOPTION, LifecycleStage.WILL_CHURN, LifecycleStage.CHURNED}
        ),
        LifecycleStage.WILL_CHURN: frozenset({LifecycleStage.ADOPTION, LifecycleStage.CHURNED}),
        LifecycleStage.CHURNED: frozenset({LifecycleStage.ONBOARDING}),
    }
)


def may_change_stage(before: LifecycleStage, after: LifecycleStage) -> bool:
    return after in NEXT_STAGES[before]
