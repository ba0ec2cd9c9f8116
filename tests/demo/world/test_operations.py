from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.db import transaction
from django.db.models import F, Q

from accounts.contracts.selectors import Level, arr_on
from accounts.models import (
    Account,
    AccountSpan,
    CsmAssignment,
    Entry,
    ExternalId,
    Line,
    Opportunity,
    Organisation,
    Subscription,
    User,
)
from contacts.models import Membership, Person, RoleChange, Sender, SoldTo
from demo.world.operations.days import build_base, live_one_day
from demo.world.rules.worlds import DaySummary, World
from demo.world.selectors import remember
from metrics.models import Milestone, Reading

pytestmark = pytest.mark.django_db

START = dt.date(2025, 11, 20)
SCALE = 0.12
DAYS = 21
TODAY = START + dt.timedelta(days=DAYS - 1)


class Lived(NamedTuple):
    world: World
    summaries: list[DaySummary]


@pytest.fixture(scope="module")
def lived(django_db_setup, django_db_blocker) -> Iterator[Lived]:
    """A small world after three weeks; built once, read by every test of this module, and rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        world = build_base(start=START, password="a password", scale=SCALE)
        days = [START + dt.timedelta(days=n) for n in range(DAYS)]
        yield Lived(world, [live_one_day(world=world, day=day, now=evening(day), clicks={}) for day in days])
        transaction.set_rollback(True)


def evening(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(18), tzinfo=dt.UTC)


def test_the_house_has_its_people_and_its_sender(lived) -> None:
    assert Organisation.objects.get().name == "Northlight"
    assert Sender.objects.get(is_default=True).address.endswith(".example")
    bundles = dict(User.objects.values_list("email", "bundles__key"))
    assert bundles["pm@keel.example"] == "program_manager"
    assert bundles["exec@keel.example"] == "viewer"
    assert User.objects.get(email="csm@keel.example").check_password("a password")


def test_every_address_ends_in_example(lived) -> None:
    assert Person.objects.count() > 500
    assert not Person.objects.exclude(email=None).exclude(email__endswith=".example").exists()
    assert Person.objects.filter(email=None).exists()


def test_copied_down_arr_is_what_customers_pay(lived) -> None:
    by_account = {lived.world.accounts[life.number]: life for life in lived.world.lives.values()}
    for pk, arr in arr_on(TODAY, by=Level.ACCOUNT).items():
        life = by_account[pk]
        if life.traits.country.currency == "USD":
            paid = sum((c.terms.total for c in life.contracts if c.until > TODAY), Decimal(0))
            true_ups = Line.objects.filter(subscription__account=pk, category="true_up", valid__contains=TODAY)
            assert arr - sum(true_ups.values_list("arr", flat=True)) == paid
    assert dict(Account.objects.filter(arr__gt=0).values_list("pk", "seats")) == {
        pk: sum(c.terms.seats for c in life.contracts if c.until > TODAY)
        for pk, life in by_account.items()
        if any(c.until > TODAY for c in life.contracts)
    }


def test_retention_of_the_year_before_is_known_and_believable(lived) -> None:
    had = arr_on(START - dt.timedelta(days=364), rates_of=START)
    has = arr_on(START, rates_of=START)
    kept = [(arr, has.get(pk, Decimal(0))) for pk, arr in had.items() if arr]
    gross = sum(min(before, after) for before, after in kept) / sum(before for before, _ in kept)
    net = sum(after for _, after in kept) / sum(before for before, _ in kept)
    assert len(kept) > 50
    assert Decimal("0.82") < gross < Decimal("0.97")
    assert Decimal("0.95") < net < Decimal("1.25")


def test_what_is_remembered_is_what_was_lived(lived) -> None:
    remembered = remember(today=TODAY, scale=SCALE)
    assert remembered.lives == lived.world.lives
    assert remembered.accounts == lived.world.accounts
    assert remembered.parents == lived.world.parents
    assert remembered.domains == lived.world.domains
    assert remembered.agents == lived.world.agents
    running = {contract.key for life in lived.world.lives.values() for contract in life.contracts}
    assert {key: remembered.subscriptions[key] for key in running} == {
        key: lived.world.subscriptions[key] for key in running
    }


def test_a_restarted_world_lives_the_same_day(lived) -> None:
    tomorrow = TODAY + dt.timedelta(days=1)
    summaries = []
    for world in (lived.world, None):
        with transaction.atomic():
            kept = dict(lived.world.lives)
            summaries.append(
                live_one_day(world=world, day=tomorrow, now=evening(tomorrow), clicks={}, scale=SCALE).counts
            )
            transaction.set_rollback(True)
        lived.world.lives = kept
    assert summaries[0] == summaries[1]
    assert summaries[0]["readings"] > 0


def test_each_line_is_known_from_its_day_or_later(lived) -> None:
    known_late = Line.objects.filter(known__startswith__date__gt=F("valid__startswith"))
    assert known_late.exists()
    assert not Line.objects.filter(known__startswith__date__lt=F("valid__startswith")).exclude(
        Q(category="base") | Q(category="add_on")
    )


def test_corrections_leave_what_was_believed_before(lived) -> None:
    superseded = Line.objects.filter(known__upper_inf=False)
    assert superseded.exists()
    for line in superseded:
        again = Line.objects.filter(subscription=line.subscription, lane=line.lane, known__startswith=line.known.upper)
        assert again.exists()


def test_two_subscriptions_became_one_and_point_to_it(lived) -> None:
    merged = Subscription.objects.exclude(superseded_by=None).select_related("superseded_by")
    assert merged.exists()
    assert all(each.account_id == each.superseded_by.account_id for each in merged if each.superseded_by)


def test_a_child_has_a_parent_and_a_top(lived) -> None:
    children = Account.objects.exclude(parent=None)
    assert children.exists()
    assert not children.filter(top=None).exists()


def test_losses_say_why_and_shares_are_whole(lived) -> None:
    lost = Opportunity.objects.filter(stage="Closed Lost").prefetch_related("loss_reasons")
    assert lost.exists()
    for opportunity in lost:
        assert sum(reason.share for reason in opportunity.loss_reasons.all()) == 1
        assert opportunity.available_to_renew > 0


def test_churned_customers_hold_nothing(lived) -> None:
    churned = Account.objects.filter(stage="churned")
    assert churned.exists()
    assert not churned.filter(arr__gt=0).exists()


def test_sold_to_is_a_fact_beside_the_roles(lived) -> None:
    assert SoldTo.objects.exists()
    only_buyers = Account.objects.filter(purchase_channel="web_direct").exclude(
        memberships__roles__contains=["gitlab_admin"]
    )
    assert SoldTo.objects.filter(account__in=only_buyers).exists()
    assert not Membership.objects.filter(roles__contains=["sold_to"]).exists()


def test_every_role_held_was_set_by_somebody(lived) -> None:
    held = {(pk, role) for pk, roles in Membership.objects.values_list("pk", "roles") for role in roles}
    assert held <= set(RoleChange.objects.filter(is_added=True).values_list("membership", "role"))


def test_readings_are_weekly_in_the_shown_time(lived) -> None:
    read = Reading.objects.filter(measure="billable_users", date__gte=START)
    running = [c for life in lived.world.lives.values() for c in life.contracts if c.born < START and c.until > TODAY]
    for contract in running[:50]:
        assert read.filter(subscription_id=lived.world.subscriptions[contract.key]).count() == 3


def test_first_value_is_reached_once_a_tenth_of_the_seats_is_used(lived) -> None:
    for milestone in Milestone.objects.filter(kind="first_value", reached_date__gte=START):
        readings = Reading.objects.filter(
            subscription_id__in=milestone.account.subscriptions.values("pk"), date=milestone.reached_date
        )
        values = {(each.subscription_id, each.measure): each.value for each in readings}
        assert any(
            values[subscription, "billable_users"] * 10 >= values[subscription, "licensed_users"]
            for subscription, _ in values
        )


def test_everybody_with_an_onboarding_has_a_csm_and_tech_touch_has_neither(lived) -> None:
    assert not Account.objects.filter(segment="tech_touch").exclude(csm=None).exists()
    started = Milestone.objects.filter(kind="onboarding_started").values("account")
    assert not Account.objects.filter(pk__in=started).exclude(csm_history__isnull=False).exists()
    assert CsmAssignment.objects.filter(csm__email="csm@keel.example").exists()


def test_nothing_on_the_timeline_lies_in_the_future(lived) -> None:
    assert Entry.objects.filter(kind="call").exists()
    assert not Entry.objects.filter(occurred_at__gt=evening(TODAY)).exists()


def test_spans_begin_when_customers_came(lived) -> None:
    oldest = Account.objects.order_by("contract_date").first()
    assert oldest is not None
    assert oldest.contract_date is not None
    first = AccountSpan.objects.filter(account=oldest).order_by("valid").first()
    assert first is not None
    assert first.valid.lower is not None
    assert first.valid.lower.date() - oldest.contract_date <= dt.timedelta(days=93)


def test_everything_has_its_outside_name(lived) -> None:
    named = ExternalId.objects.filter(system="salesforce")
    assert named.filter(kind="account").count() == Account.objects.count()
    assert named.filter(kind="contact").count() == Membership.objects.count()
    assert named.filter(kind="opportunity").count() == Opportunity.objects.count()
    assert {len(name) for name in named.values_list("external_id", flat=True)} == {18}


def test_the_days_add_up(lived) -> None:
    signed = sum(summary.counts["signed"] for summary in lived.summaries)
    assert (
        signed == Account.objects.filter(pk__in=lived.world.accounts.values(), created_at__gte=evening(START)).count()
    )
