"""One tick of GitLab Admin says what it sends, sends nothing for ten minutes, and can be undone until then."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts.models import Account, User
from contacts.models import Delivery, HeldChange, Membership
from cs_platform.common import clock
from programs.models import Participant
from programs.participants import operations as participants
from programs.participants.operations.enrollment import foresee_entries
from tests import factories
from tests.programs import world
from tests.programs.world import live

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def contact(ada: User) -> Membership:
    """Return a contact without a role at an account whose time for a program of two emails is today."""
    factories.organisation()
    world.published(ada)
    account = world.customer()
    Account.objects.filter(pk=account.pk).update(contract_date=clock.today())
    person = factories.person(first_name="Pat", last_name="Lee")
    return factories.membership(account=account, person=person)


@pytest.fixture
def ada_sees(browser_of, ada: User) -> Client:
    client: Client = browser_of(ada, htmx=True)
    return client


def tick(client: Client, contact: Membership) -> str:
    wanted = {"shown": "", "wanted": ["gitlab_admin"]}
    return client.post(f"/contacts/at/{contact.pk}/roles/", wanted).content.decode()


def test_the_picklist_says_beforehand_what_a_role_would_send(ada_sees: Client, contact: Membership) -> None:
    shown = ada_sees.post(f"/contacts/at/{contact.pk}/roles-foreseen/").content.decode()

    assert "GitLab Admin sends 2 emails" in shown
    assert "to Pat Lee" in shown
    assert (Participant.objects.count(), HeldChange.objects.count()) == (0, 0)


def test_nothing_leaves_before_the_grace_time_is_over_and_then_it_does(ada_sees: Client, contact: Membership) -> None:
    shown = tick(ada_sees, contact)
    assert ("2 emails will be sent" in shown, "Undo" in shown) == (True, True)

    now = clock.now()
    for minutes in (0, 5, 9):
        live(now + minutes * MINUTE)
        assert (Participant.objects.filter(state="rejected").exists(), Delivery.objects.count()) == (False, 0)

    live(now + 1 * dt.timedelta(days=1))
    assert Delivery.objects.count() > 0


def test_an_undone_tick_sends_nothing_ever(ada_sees: Client, contact: Membership) -> None:
    tick(ada_sees, contact)
    panel = ada_sees.get(f"/accounts/{contact.account_id}/recipients/").content.decode()
    held = HeldChange.objects.get()
    assert (f"/held-changes/{held.pk}/undo/" in panel, "Pat Lee: GitLab roles" in panel) == (True, True)

    ada_sees.post(f"/held-changes/{held.pk}/undo/")

    contact.refresh_from_db()
    assert contact.roles == []
    live(clock.now() + dt.timedelta(days=1))
    assert Delivery.objects.count() == 0


def test_who_may_not_edit_undoes_nothing(browser_of, ada_sees: Client, reader: User, contact: Membership) -> None:
    tick(ada_sees, contact)

    answer = browser_of(reader).post(f"/held-changes/{HeldChange.objects.get().pk}/undo/")

    assert answer.status_code == 403
    contact.refresh_from_db()
    assert contact.roles == ["gitlab_admin"]


def test_what_is_foreseen_is_what_a_run_lets_in(contact: Membership) -> None:
    Membership.objects.filter(pk=contact.pk).update(roles=["gitlab_admin"])
    now = clock.now()

    foreseen = {
        (one.membership_id, one.entry_key, one.due_at) for one in foresee_entries([contact.account_id], now=now)
    }
    participants.enroll_all(now=now)

    assert foreseen == set(Participant.objects.values_list("membership_id", "entry_key", "due_at"))


def test_a_change_by_import_waits_for_nothing(contact: Membership) -> None:
    Membership.objects.filter(pk=contact.pk).update(roles=["gitlab_admin"])

    participants.enroll_all(now=clock.now())

    assert Participant.objects.get().membership_id == contact.pk
