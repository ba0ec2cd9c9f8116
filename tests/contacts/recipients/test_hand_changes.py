"""A change by hand that makes mail leave is said, held for a grace time, and undone until then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import pytest

from contacts.models import HeldChange, Membership
from contacts.people.models import Source
from contacts.people.operations import set_roles
from contacts.recipients import selectors
from contacts.recipients.operations.hand_changes import NotHeld, foresee_roles, undo_change
from contacts.recipients.selectors import Upcoming, upcoming
from cs_platform.common.by_hand import by_hand
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

ADA = "ada@keel.example"
UNTIL = NOW + dt.timedelta(minutes=10)


@pytest.fixture(autouse=True)
def programs_that_send_to_admins(monkeypatch) -> None:
    """Every GitLab Admin would get a welcome at once, as a running program would have it."""

    def would_send(account_ids: Collection[int], now: dt.datetime) -> list[Upcoming]:
        found = Membership.objects.with_role("gitlab_admin").filter(account__in=account_ids, is_active=True)
        return [Upcoming(f"welcome:{one.pk}", "Onboarding", "Welcome", str(one.person), now) for one in found]

    monkeypatch.setitem(upcoming.__globals__, "_source", [(would_send, lambda: {"gitlab_admin"})])


def make_admin(membership: Membership, *, now: dt.datetime = NOW) -> HeldChange | None:
    with by_hand(account_ids=[membership.account_id], actor=ADA, label="Pat: GitLab roles", now=now) as change:
        edit = set_roles(membership=membership, roles=["gitlab_admin"], actor=ADA, source=Source.KEEL, now=now)
        change.undo = {"kind": "contact", "membership": membership.pk, "added": list(edit.added), "removed": []}
    return HeldChange.objects.filter(pk=change.id or 0).first()


def is_held(account_id: int, *, now: dt.datetime) -> bool:
    return selectors.held_changes(account_id, now=now).exists()


def test_what_a_role_makes_leave_is_held_for_the_grace_time() -> None:
    contact = factories.membership()

    held = make_admin(contact)

    assert held is not None
    assert (held.held_until, held.actor, held.upcoming[0]["message"]) == (UNTIL, ADA, "Welcome")
    assert (is_held(contact.account_id, now=NOW), is_held(contact.account_id, now=UNTIL)) == (True, False)


def test_a_change_that_makes_nothing_leave_is_held_by_nothing() -> None:
    contact = factories.membership(roles=["gitlab_admin"])

    assert make_admin(contact) is None
    assert HeldChange.objects.count() == 0


def test_the_organization_says_how_long(db) -> None:
    factories.organisation(grace_minutes=45)

    held = make_admin(factories.membership())

    assert held is not None
    assert held.held_until == NOW + dt.timedelta(minutes=45)


def test_an_undone_change_is_as_it_was_and_holds_nothing() -> None:
    contact = factories.membership(roles=[])
    held = make_admin(contact)
    assert held is not None

    undo_change(change_id=held.pk, actor="ben@keel.example", now=UNTIL - dt.timedelta(seconds=1))

    contact.refresh_from_db()
    held.refresh_from_db()
    assert (contact.roles, held.undone_by, is_held(contact.account_id, now=NOW)) == ([], "ben@keel.example", False)
    with pytest.raises(NotHeld):
        undo_change(change_id=held.pk, actor=ADA, now=NOW)


def test_after_the_grace_time_nothing_is_undone() -> None:
    contact = factories.membership()
    held = make_admin(contact)
    assert held is not None

    with pytest.raises(NotHeld):
        undo_change(change_id=held.pk, actor=ADA, now=UNTIL)

    contact.refresh_from_db()
    assert contact.roles == ["gitlab_admin"]


def test_what_a_role_would_send_is_foreseen_without_giving_it() -> None:
    contact = factories.membership(roles=["economic_buyer"])

    foreseen = foresee_roles(membership=contact, actor=ADA, now=NOW)

    assert [(role, [one.message for one in news]) for role, news in foreseen.items()] == [("gitlab_admin", ["Welcome"])]
    contact.refresh_from_db()
    assert (contact.roles, contact.role_changes.count()) == (["economic_buyer"], 0)
    assert upcoming([contact.account_id], now=NOW) == []
