"""The states of a delivery and the ways between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class DeliveryState(StrEnum):
    PLANNED = "planned"
    CLAIMED = "claimed"  # a worker prepares it under a lease; nothing has left
    HANDED_OVER = "handed_over"  # the intent to hand over is committed; it may or may not have left
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"  # the worker or the answer was lost after handing over
    CANCELLED = "cancelled"


ALLOWED: Mapping[DeliveryState, frozenset[DeliveryState]] = MappingProxyType(
    {
        DeliveryState.PLANNED: frozenset({DeliveryState.CLAIMED, DeliveryState.CANCELLED}),
        # Back to planned when the lease ran out or the message must wait: nothing has left.
        DeliveryState.CLAIMED: frozenset(
            {DeliveryState.PLANNED, DeliveryState.HANDED_OVER, DeliveryState.CANCELLED},
        ),
        # Back to planned on a definite "not now" (4xx) alone.
        DeliveryState.HANDED_OVER: frozenset(
            {DeliveryState.SENT, DeliveryState.REFUSED, DeliveryState.UNCERTAIN, DeliveryState.PLANNED}
        ),
        DeliveryState.UNCERTAIN: frozenset({DeliveryState.SENT, DeliveryState.REFUSED}),
        DeliveryState.SENT: frozenset(),
        DeliveryState.REFUSED: frozenset(),
        DeliveryState.CANCELLED: frozenset(),
    }
)
BY_A_PERSON = frozenset({DeliveryState.PLANNED, DeliveryState.CANCELLED})

FINAL = frozenset(state for state, ways in ALLOWED.items() if not ways)

# People whose deliveries are claimed under one advisory lock; a number in the database, so it does not change lightly.
PERSON_SHARDS = 64


def allowed_from(
    state: DeliveryState, *, by_person: bool = False, has_idempotency_key: bool = False
) -> frozenset[DeliveryState]:
    """
    Return the states a delivery may move to.

    An uncertain delivery is never resent blindly: evidence settles it as sent or refused, the provider's
    idempotency key makes handing it over again harmless, or a person decides to plan it again or to drop it.
    """
    ways = ALLOWED[state]
    if state == DeliveryState.UNCERTAIN and by_person:
        ways |= BY_A_PERSON
    if state == DeliveryState.UNCERTAIN and has_idempotency_key:
        ways |= {DeliveryState.HANDED_OVER}
    return ways


def may_move(
    before: DeliveryState, after: DeliveryState, *, by_person: bool = False, has_idempotency_key: bool = False
) -> bool:
    return after in allowed_from(before, by_person=by_person, has_idempotency_key=has_idempotency_key)


def shard_of(person_id: int, shards: int = PERSON_SHARDS) -> int:
    """Return the shard a person's claims are locked under; the same as `person_id % shards` in SQL."""
    if person_id < 0:
        raise ValueError("A person's id is never negative.")  # where SQL and Python would differ
    return person_id % shards
