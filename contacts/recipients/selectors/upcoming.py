"""What would leave next because somebody changed something by hand, and what is held for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from contacts.recipients.models import HeldChange


@dataclass(frozen=True, slots=True)
class Upcoming:
    """A message that would leave: of which program, to whom, and when it is due. `key` names its occasion."""

    key: str
    program: str
    message: str
    recipient: str
    due_at: dt.datetime

    def as_json(self) -> dict[str, Any]:
        return {
            "program": self.program,
            "message": self.message,
            "recipient": self.recipient,
            "due_at": self.due_at.isoformat(),
        }


Source = Callable[[Collection[int], dt.datetime], list[Upcoming]]
Roles = Callable[[], set[str]]
# Programs live in a room above this one and say here what they would send next, and which roles they send to.
_source: list[tuple[Source, Roles]] = []


def register_upcoming(source: Source, *, roles: Roles) -> None:
    _source[:] = [(source, roles)]


def addressed_roles() -> set[str]:
    """Return the keys of the GitLab roles that some running program sends to."""
    return _source[0][1]() if _source else set()


def upcoming(account_ids: Collection[int], *, now: dt.datetime) -> list[Upcoming]:
    """Return the messages that programs would begin to send to these accounts if they looked now, soonest first."""
    found = _source[0][0](account_ids, now) if _source and account_ids else []
    return sorted(found, key=lambda one: (one.due_at, one.key))


def held_by_hand_sql(*, account: str, now: str) -> str:
    """Return SQL for whether mail to an account waits for the end of a grace time; both are SQL expressions."""
    return (
        "exists (select from contacts_heldchange held_change"
        f" where held_change.undone_at is null and held_change.held_until > {now}"
        f" and {account} = any(held_change.account_ids))"
    )


def held_changes(account_id: int, *, now: dt.datetime) -> QuerySet[HeldChange]:
    """Return the changes by hand whose mail is held at an account, the next to go first."""
    held = HeldChange.objects.filter(undone_at=None, held_until__gt=now, account_ids__contains=[account_id])
    return held.order_by("held_until", "pk")
