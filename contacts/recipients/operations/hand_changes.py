"""Changes by hand that make mail leave: what would leave is said, held for a grace time, and undone until then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.db import transaction

from accounts.team.selectors import organisation
from contacts.people.models import Membership, Source
from contacts.people.operations import set_roles
from contacts.people.selectors import picklist
from contacts.recipients.models import HeldChange
from contacts.recipients.rules import upcoming_in_words
from contacts.recipients.selectors.upcoming import Upcoming, addressed_roles, upcoming
from cs_platform.common import by_hand, outbox
from cs_platform.common.by_hand import HandChange

GRACE = 10
"""Minutes, before an organization has said how many."""


class NotHeld(Exception):
    """The change is not held any more: its grace time is over, or it was undone before."""


class _Foreseen(Exception):
    """Takes back a change that was only tried."""


@contextmanager
def hold_what_leaves(*, account_ids: Collection[int], actor: str, label: str, now: dt.datetime) -> Iterator[HandChange]:
    """
    Run a write in a transaction; what it makes leave is held until the grace time is over (common.by_hand).

    Programs are asked before and after what they would begin to send to these accounts: the difference is the
    change's doing.
    """
    with transaction.atomic():
        before = {one.key for one in upcoming(account_ids, now=now)}
        change = HandChange()
        yield change
        outbox.wake_on_commit()
        news = [one for one in upcoming(account_ids, now=now) if one.key not in before]
        if news:
            _hold(change, news, account_ids=account_ids, actor=actor, label=label, now=now)


def foresee_roles(*, membership: Membership, actor: str, now: dt.datetime) -> dict[str, list[Upcoming]]:
    """
    Return what giving a contact each role would make leave, by the role's key, without giving it.

    Only roles that programs send to are tried: each is given and taken back.
    """
    here = [membership.account_id]
    offered = set(picklist().values_list("key", flat=True)) & addressed_roles()
    wanted = sorted(offered - set(membership.roles))
    before = {one.key for one in upcoming(here, now=now)} if wanted else set()
    return {
        role: news
        for role in wanted
        if (news := [one for one in _tried(membership, role, actor, now) if one.key not in before])
    }


def _tried(membership: Membership, role: str, actor: str, now: dt.datetime) -> list[Upcoming]:
    found: list[Upcoming] = []
    try:
        with transaction.atomic():
            set_roles(
                membership=Membership.objects.get(pk=membership.pk),
                roles=[*membership.roles, role],
                actor=actor,
                source=Source.KEEL,
                now=now,
            )
            found = upcoming([membership.account_id], now=now)
            raise _Foreseen
    except _Foreseen:
        return found


@transaction.atomic
def undo_change(*, change_id: int, actor: str, now: dt.datetime) -> HeldChange:
    """
    Take back a change by hand whose mail is still held.

    :raises NotHeld: when the grace time is over or somebody undid it before.
    """
    change = HeldChange.objects.select_for_update().get(pk=change_id)
    if change.undone_at is not None or change.held_until <= now or not change.undo:
        raise NotHeld
    by_hand.undo({**change.undo, "actor": actor, "now": now})
    change.undone_at, change.undone_by = now, actor
    change.save(update_fields=["undone_at", "undone_by"])
    return change


def grace() -> dt.timedelta:
    """Return how long mail waits that a change by hand makes leave."""
    ours = organisation()
    return dt.timedelta(minutes=ours.grace_minutes if ours else GRACE)


def _hold(
    change: HandChange,
    news: list[Upcoming],
    *,
    account_ids: Collection[int],
    actor: str,
    label: str,
    now: dt.datetime,
) -> None:
    until = now + grace()
    held = HeldChange.objects.create(
        account_ids=sorted(account_ids),
        label=label[:250],
        actor=actor,
        upcoming=[one.as_json() for one in news],
        undo=change.undo,
        made_at=now,
        held_until=until,
    )
    change.id = held.pk
    change.words = upcoming_in_words(len(news), first=max(news[0].due_at, until))
