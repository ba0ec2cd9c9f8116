"""Programs that usage starts, at the edges of their conditions: readings in, messages out."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import Account, User
from contacts.models import Delivery
from demo.catalogue import PROGRAMS, DemoProgram
from metrics.models import Milestone
from metrics.usage.models import Measure
from metrics.usage.operations import record_readings
from metrics.usage.rules import Measured
from metrics.value.operations import note_first_values
from programs.design import operations as design
from programs.design import rules
from programs.models import Participant, Program
from surveys.models import Invitation
from tests import factories, mail
from tests.factories import NOW, TODAY
from tests.programs.world import DAY, admin, live, survey_step

pytestmark = pytest.mark.django_db

BY_KEY = {program.key: program for program in PROGRAMS}


@pytest.fixture(autouse=True)
def house() -> None:
    factories.organisation()


def publish(described: DemoProgram, owner: User, *steps: rules.Step) -> Program:
    """Return a program of the catalogue, with its own audience, window and recipients, and one step."""
    program = Program.objects.create(
        key=described.key, name=described.name, category=described.category, owner=owner, changed_at=NOW
    )
    first, last = described.window
    document = rules.Document(
        audience=described.audience,
        trigger=rules.Trigger(described.anchor, first, last),
        recipients=described.policy,
        sender=mail.sender().pk,
        steps=steps or (rules.Step("only", "email", "Only", first, mail.email().pk),),
        send_hour=0,
    )
    design.publish(program=program, document=document, by=owner, now=NOW)
    return program


def measure(account: Account, on: dt.date, **values: int) -> None:
    subscription = account.subscriptions.first() or factories.subscription(account=account)
    readings = [Measured(subscription.pk, Measure[name.upper()], on, value) for name, value in values.items()]
    record_readings(readings=readings, source="test")


def readers() -> int:
    return Delivery.objects.filter(state="sent").count()


@pytest.mark.parametrize(
    ("age", "used", "market", "is_enrolled"),
    [
        (100, 749, "smb", True),
        (100, 750, "smb", False),
        (89, 749, "smb", False),
        (90, 749, "smb", True),
        (150, 749, "smb", True),
        (151, 749, "smb", False),
        (100, 749, "mid_market", False),
    ],
)
def test_low_utilisation_is_for_small_customers_below_75_percent_from_day_90_to_150(
    ada: User, age: int, used: int, market: str, is_enrolled: bool
) -> None:
    publish(BY_KEY["low_license_utilization"], ada)
    account = factories.account(contract_date=TODAY - age * DAY, market=market, segment="tech_touch")
    admin(account)
    measure(account, TODAY - 3 * DAY, licensed_users=1000, billable_users=used)

    live(NOW)

    assert readers() == is_enrolled


def test_low_utilisation_that_nobody_reported_enrolls_nobody(ada: User) -> None:
    publish(BY_KEY["low_license_utilization"], ada)
    account = factories.account(contract_date=TODAY - 100 * DAY, market="smb", segment="tech_touch")
    admin(account)
    measure(account, TODAY - 61 * DAY, licensed_users=1000, billable_users=10)  # stale

    live(NOW)

    assert readers() == 0


@pytest.mark.parametrize(
    ("score", "days_ahead", "segment", "is_enrolled"),
    [
        (2, 240, "scale", True),
        (1, 180, "tech_touch", True),
        (3, 240, "scale", False),
        (2, 150, "scale", False),
        (2, 271, "scale", False),
        (2, 240, "csm_managed", False),
    ],
)
def test_high_ptc_is_for_a_score_of_1_or_2_six_to_nine_months_ahead(
    ada: User, score: int, days_ahead: int, segment: str, is_enrolled: bool
) -> None:
    publish(BY_KEY["high_ptc"], ada)
    account = factories.account(renewal_date=TODAY + days_ahead * DAY, segment=segment)
    admin(account)
    measure(account, TODAY - 5 * DAY, ptc_score=score)

    live(NOW)

    assert readers() == is_enrolled


def test_the_subscription_that_is_worst_off_decides(ada: User) -> None:
    publish(BY_KEY["high_ptc"], ada)
    account = factories.account(renewal_date=TODAY + 240 * DAY, segment="scale")
    admin(account)
    for score in (5, 1, 4):
        subscription = factories.subscription(account=account)
        record_readings(readings=[Measured(subscription.pk, Measure.PTC_SCORE, TODAY, score)], source="test")

    live(NOW)

    assert readers() == 1


def asked_on(ada: User, account: Account, *, reported: dict[int, int], until: int) -> list[int]:
    """Return the days of the contract on which its admin was asked, when usage (of 100) is reported on these days."""
    publish(BY_KEY["nps_post_onboarding"], ada, survey_step())
    admin(account)
    for day in range(until):
        now = NOW + day * DAY
        if day in reported:
            measure(account, now.date(), licensed_users=100, billable_users=reported[day])
        note_first_values(now=now)
        live(now)
    return [(row.invited_at - NOW).days for row in Invitation.objects.order_by("invited_at")]


@pytest.mark.parametrize(
    ("reported", "day"),
    [
        ({5: 9, 12: 10, 20: 60}, 13),  # the day after a tenth
        ({}, 90),
        ({95: 50}, 90),
        ({89: 10}, 90),
        ({0: 10}, 1),
    ],
)
def test_the_first_survey_fires_once_on_the_earlier_of_first_value_and_day_90(
    ada: User, reported: dict[int, int], day: int
) -> None:
    account = factories.account(contract_date=TODAY, segment="scale")

    assert asked_on(ada, account, reported=reported, until=100) == [day]


def test_usage_that_is_reported_weeks_later_asks_once_it_is_known(ada: User) -> None:
    account = factories.account(contract_date=TODAY, segment="scale")
    publish(BY_KEY["nps_post_onboarding"], ada, survey_step())
    admin(account)
    live(NOW + 27 * DAY)
    measure(account, TODAY + 8 * DAY, licensed_users=100, billable_users=40)

    note_first_values(now=NOW + 28 * DAY)
    live(NOW + 28 * DAY)

    assert Invitation.objects.count() == 1
    assert Milestone.objects.get().reached_date == TODAY + 8 * DAY
    assert Participant.objects.filter(state="completed").count() == 1
