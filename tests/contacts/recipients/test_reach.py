"""Who can be reached is kept, and is always what the rules say of the facts as they stand."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.book.models import Account
from contacts.consent import operations as consent
from contacts.consent.models import Suppression
from contacts.models import AccountReach, Membership, Person, Reach, SoldTo
from contacts.recipients import selectors
from contacts.recipients.operations import reach as operations
from contacts.recipients.rules import DEFAULT_POLICIES
from cs_platform.common import clock, dead_letters, outbox
from cs_platform.common.models import DeadLetter, Outbox
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

Kept = dict[tuple[int, str], tuple[list[int], dict[int, str], str]]


def now() -> dt.datetime:
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        found: dt.datetime = cursor.fetchone()[0]
    return found


def kept() -> Kept:
    return {
        (row.account_id, row.message_class): (
            row.recipients,
            dict(zip(row.contacts, row.reasons, strict=True)),
            row.reason,
        )
        for row in Reach.objects.all()
    }


def resolved() -> Kept:
    """What the rules say of the facts right now."""
    found: Kept = {}
    people = selectors.people_of(list(Account.objects.values_list("pk", flat=True)), now=now())
    for number, there in people.items():
        for message_class, policy in DEFAULT_POLICIES.items():
            answer = there.resolve(policy)
            reasons = {decision.key: decision.reason.value for decision in answer.decisions}
            unreached = answer.unreached.value if answer.unreached else ""
            found[number, message_class.value] = (list(answer.recipients), reasons, unreached)
    return found


def reachable() -> set[int]:
    return set(Account.objects.filter(selectors.reachable()).values_list("pk", flat=True))


# One random change each, as any writer may make it ----------------------------------------------------------------


def change_role(dice: random.Random) -> None:
    one = dice.choice(Membership.objects.order_by("pk"))
    one.roles = dice.choice([[], ["gitlab_admin"], ["billing_procurement"], ["executive_sponsor", "gitlab_admin"]])
    one.save(update_fields=["roles"])


def change_contact(dice: random.Random) -> None:
    one = dice.choice(Membership.objects.order_by("pk"))
    values: dict[str, Any] = dice.choice(
        [{"is_active": False}, {"is_active": True}, {"access": "owner"}, {"opted_out": ["all"]}]
    )
    Membership.objects.filter(pk=one.pk).update(**values)


def change_address(dice: random.Random) -> None:
    one = dice.choice(Person.objects.order_by("pk"))
    Person.objects.filter(pk=one.pk).update(email=dice.choice([None, f"p{one.pk}@new.example", f"p{one.pk}@x.example"]))


def change_account(dice: random.Random) -> None:
    one = dice.choice(Account.objects.order_by("pk"))
    values: dict[str, Any] = dice.choice(
        [
            {"segment": "csm_managed"},
            {"segment": "scale"},
            {"purchase_channel": "web_direct"},
            {"deployment": "saas"},
            {"is_restricted": dice.random() < 0.5},
            {"stage": dice.choice(["churned", "adoption"])},
            {"switched_off": dice.choice([[], ["survey"], ["all"]])},
        ]
    )
    Account.objects.filter(pk=one.pk).update(**values)


def suppress(dice: random.Random) -> None:
    one = dice.choice(Person.objects.order_by("pk"))
    reason = dice.choice(list(Suppression.Reason))
    ends = dice.choice([None, now() + dt.timedelta(days=3)])
    if one.email:
        consent.suppress(addresses=[one.email], reason=reason, source="test", now=now(), expires_at=ends)


def lift(dice: random.Random) -> None:
    first = list(Suppression.objects.order_by("pk").values_list("pk", flat=True)[:2])
    Suppression.objects.filter(pk__in=first).delete()


def order(dice: random.Random) -> None:
    one = dice.choice(Membership.objects.order_by("pk"))
    if dice.random() < 0.3:
        SoldTo.objects.filter(account=one.account_id).delete()
    elif not SoldTo.objects.filter(account=one.account_id, person=one.person_id).exists():
        factories.sold_to(account=one.account, person=one.person)


def move(dice: random.Random) -> None:
    one = dice.choice(Membership.objects.order_by("pk"))
    other = dice.choice(Account.objects.order_by("pk"))
    if not Membership.objects.filter(person=one.person_id, account=other).exists():
        Membership.objects.filter(pk=one.pk).update(account=other)


def arrive(dice: random.Random) -> None:
    account = dice.choice([None, *Account.objects.order_by("pk")]) or factories.account()
    factories.membership(account=account, roles=dice.choice([[], ["gitlab_admin"]]))


def leave(dice: random.Random) -> None:
    if Membership.objects.count() > 3:
        dice.choice(Membership.objects.order_by("pk")).delete()


CHANGES = (
    change_role, change_contact, change_address, change_account, suppress, lift, order, move, arrive, leave,
)  # fmt: skip


@settings(max_examples=12)
@given(seed=st.integers(0, 2**32), changes=st.lists(st.sampled_from(CHANGES), min_size=3, max_size=12))
def test_what_is_kept_is_what_the_rules_say_after_any_changes(seed: int, changes: list[Any]) -> None:
    dice = random.Random(seed)
    if Membership.objects.count() < 4:
        for _ in range(4):
            factories.membership(account=factories.account())
    for change in changes:
        change(dice)

    can_be_reached = reachable()

    found = kept()
    assert found == resolved()
    assert can_be_reached == {account for (account, _), (recipients, *_) in found.items() if recipients}
    operations.refresh_all()
    assert kept() == found


# What counts as reachable ------------------------------------------------------------------------------------------


def test_an_account_is_reached_through_an_admin_or_through_whoever_bought(ada) -> None:
    with_admin, with_buyer, without = (factories.account(name=name) for name in ("Admin", "Buyer", "Nobody"))
    factories.membership(account=with_admin, roles=["gitlab_admin"])
    buyer = factories.membership(account=with_buyer)
    factories.sold_to(account=with_buyer, person=buyer.person)
    factories.membership(account=without, roles=["economic_buyer"])

    assert list(selectors.unreachable_accounts(ada)) == [without]
    assert selectors.coverage(ada) == selectors.Coverage(reached=2, total=3)


@pytest.mark.parametrize("lost", [{"is_active": False}, {"person__email": None}, {"person__erased_at": NOW}])
def test_an_admin_who_cannot_be_written_to_reaches_nobody(ada, lost) -> None:
    person = {name.removeprefix("person__"): value for name, value in lost.items() if name.startswith("person__")}
    own = {name: value for name, value in lost.items() if not name.startswith("person__")}
    factories.membership(person=factories.person(**person), roles=["gitlab_admin"], **own)

    assert selectors.coverage(ada) == selectors.Coverage(reached=0, total=1)


def test_accounts_that_left_are_not_counted(ada) -> None:
    factories.account(stage="churned")

    assert selectors.coverage(ada) == selectors.Coverage(reached=0, total=0)


def test_public_sector_accounts_are_counted_for_those_who_may_see_them(ada, ben, eve) -> None:
    factories.account(is_pubsec=True)

    assert [selectors.coverage(user).total for user in (ada, ben, eve)] == [1, 0, 0]


@pytest.mark.parametrize("reason", list(Suppression.Reason))
def test_an_admin_whose_address_is_suppressed_is_not_reachable(ada, reason) -> None:
    admin = factories.membership(roles=["gitlab_admin"])
    assert selectors.coverage(ada).reached == 1

    consent.suppress(addresses=[admin.person.email or ""], reason=reason, source="test", now=NOW)

    assert selectors.coverage(ada).reached == 0
    assert list(selectors.why_unreachable([admin.account_id])) == [admin.account_id]


def test_an_admin_who_opted_out_is_reachable_for_what_they_still_want(ada) -> None:
    admin = factories.membership(roles=["gitlab_admin"])

    consent.opt_out(membership=admin, category="newsletter", source="test", now=NOW)
    reached = {one.message_class for one in selectors.who_would_receive(admin.account_id) if one.recipients}
    assert ("newsletter" in reached, "onboarding" in reached, selectors.coverage(ada).reached) == (False, True, 1)

    consent.opt_out(membership=admin, category="all", source="test", now=NOW)
    assert selectors.coverage(ada).reached == 0


def test_a_suppression_that_expires_makes_somebody_reachable_without_any_change(ada) -> None:
    admin = factories.membership(roles=["gitlab_admin"])
    ends = now() + dt.timedelta(days=14)
    consent.suppress(
        addresses=[admin.person.email or ""],
        reason=Suppression.Reason.SOFT_BOUNCES,
        source="t",
        now=NOW,
        expires_at=ends,
    )
    assert selectors.coverage(ada).reached == 0
    assert AccountReach.objects.get().stale_at == ends

    clock.move_to(ends + dt.timedelta(seconds=1))

    assert selectors.coverage(ada).reached == 1
    assert AccountReach.objects.get().stale_at is None


def test_the_api_says_of_a_contact_what_the_gate_would_say(ada, caller) -> None:
    admin = factories.membership(roles=["gitlab_admin"])
    api = caller(ada)
    assert api.get(f"/api/v1/contacts/{admin.uuid}").json()["is_reachable"] is True

    consent.suppress(
        addresses=[admin.person.email or ""], reason=Suppression.Reason.HARD_BOUNCE, source="test", now=NOW
    )

    assert api.get(f"/api/v1/contacts/{admin.uuid}").json()["is_reachable"] is False


# The drain ---------------------------------------------------------------------------------------------------------


def test_the_drain_works_off_everything_once_and_again_changes_nothing() -> None:
    factories.membership(roles=["gitlab_admin"])

    assert outbox.drain() > 0
    before = kept()
    assert (outbox.drain(), Outbox.objects.filter(done_at=None).count()) == (0, 0)

    Outbox.objects.update(done_at=None)
    outbox.drain()
    assert kept() == before


def test_an_account_that_cannot_be_resolved_is_set_aside_and_its_neighbors_are_resolved(monkeypatch) -> None:
    admins = [factories.membership(roles=["gitlab_admin"]) for _ in range(5)]
    poisoned = admins[2].account_id
    people_of = operations.people_of

    def poisonous(account_ids: Any, **options: Any) -> Any:
        if poisoned in account_ids:
            raise ValueError("a row nobody thought of")
        return people_of(account_ids, **options)

    monkeypatch.setattr(operations, "people_of", poisonous)
    for _ in range(dead_letters.TRIES):
        operations.refresh(account_ids=[one.account_id for one in admins])

    assert reachable() == {one.account_id for one in admins} - {poisoned}
    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.key, letter.set_aside_at is not None) == ("recipients.reach", str(poisoned), True)


def test_a_row_whose_reaction_fails_is_set_aside_and_the_others_go_through(monkeypatch) -> None:
    done: list[int] = []

    def react(payloads: Any) -> None:
        if any(payload["number"] == 2 for payload in payloads):
            raise ValueError("poison")
        done.extend(payload["number"] for payload in payloads)

    monkeypatch.setitem(outbox._reactions, "test.kind", react)
    for number in range(4):
        Outbox.objects.create(kind="test.kind", payload={"number": number}, created_at=NOW)

    for _ in range(dead_letters.TRIES + 1):
        outbox.drain_turn(["test.kind"])

    assert sorted(done) == [0, 1, 3]
    waiting = Outbox.objects.get(kind="test.kind", done_at=None)
    assert (waiting.payload, DeadLetter.objects.get().key) == ({"number": 2}, str(waiting.pk))
