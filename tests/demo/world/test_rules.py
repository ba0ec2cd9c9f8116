from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from contacts.consent.rules import normalise_address
from demo.world.rules import chance, customers, renewals
from demo.world.rules.beginnings import Beginning, founders, newcomer
from demo.world.rules.companies import domain
from demo.world.rules.contracts import is_mistyped, is_reading_day, moment
from demo.world.rules.customers import SHOWN_CASES, Reach, traits
from demo.world.rules.days import dollars, live
from demo.world.rules.lives import (
    Cancelled,
    Consolidated,
    Happening,
    Life,
    Read,
    Renewed,
    StageMoved,
    TruedUp,
)
from demo.world.rules.people import ADMIN, BILLING, Contact, roster
from demo.world.rules.renewals import ULTIMATE
from demo.world.rules.worlds import ACCOUNT, contract_key, salesforce_15, subscription_number

SEED = 1
BEGAN = dt.date(2024, 11, 20)


@pytest.fixture(scope="module")
def begun() -> list[Beginning]:
    return founders(seed=SEED, today=BEGAN, scale=0.5)


def contacts_of(life: Life) -> list[Contact]:
    return roster(life.traits, seed=SEED, company=life.name)


def lived(lives: dict[int, Life], *, days: int, clicks: int = 0) -> dict[int, list[tuple[dt.date, Happening]]]:
    """Return what happened to each customer in so many days, and how they ended."""
    happened: dict[int, list[tuple[dt.date, Happening]]] = {number: [] for number in lives}
    for number, life in lives.items():
        after = life
        for day in (BEGAN + dt.timedelta(days=n + 1) for n in range(days)):
            after, today = live(after, seed=SEED, day=day, clicks=clicks)
            happened[number] += [(day, happening) for happening in today]
        lives[number] = after
    return happened


def test_chance_does_not_depend_on_the_process_that_draws() -> None:
    code = "from demo.world.rules import chance; print(chance.share(1, 'a', 2), chance.dice(1, 'b').random())"
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": hash_seed}
        )
        assert done.stdout.split() == [str(chance.share(1, "a", 2)), str(chance.dice(1, "b").random())]


def test_the_same_seed_gives_the_same_customers(begun) -> None:
    assert founders(seed=SEED, today=BEGAN, scale=0.5) == begun
    assert founders(seed=SEED + 1, today=BEGAN, scale=0.5) != begun


def test_the_same_seed_gives_the_same_days(begun) -> None:
    first, second = ({b.life.number: b.life for b in begun[:40]} for _ in range(2))
    assert lived(first, days=60) == lived(second, days=60)
    assert first == second


def test_a_world_that_began_on_another_date_is_the_same_but_for_the_dates(begun) -> None:
    later = founders(seed=SEED, today=BEGAN + dt.timedelta(days=3), scale=0.5)
    assert [(b.life.name, b.life.contracts[0].terms.arr) for b in later] == [
        (b.life.name, b.life.contracts[0].terms.arr) for b in begun
    ]


def test_every_domain_is_one_company_and_nobodys(begun) -> None:
    domains = [domain(beginning.life.name) for beginning in begun]
    assert len(set(domains)) == len(domains)
    assert all(name.endswith(".example") for name in domains)


def test_every_address_can_be_written_to_and_ends_in_example(begun) -> None:
    for beginning in begun:
        addresses = [contact.email for contact in contacts_of(beginning.life)]
        assert len(set(addresses)) == len(addresses)
        for address in addresses:
            assert normalise_address(address) == address
            assert address.endswith(".example")


def test_the_cases_are_shown_even_in_the_smallest_world() -> None:
    lives = [beginning.life for beginning in founders(seed=SEED, today=BEGAN, scale=0.01)]
    assert len(lives) == len(SHOWN_CASES)
    assert {life.traits.deployment for life in lives} >= {"saas", "self_managed"}
    assert {life.traits.reach for life in lives} == set(Reach)
    assert any(life.traits.is_pubsec for life in lives)
    assert any(life.traits.is_restricted for life in lives)
    assert sum(life.traits.has_two_subscriptions for life in lives) >= 2
    assert any(life.contracts[0].terms.product == ULTIMATE and life.traits.scanner_share < 0.05 for life in lives)


def test_a_web_direct_customer_may_have_nobody_but_the_buyer() -> None:
    (buyer,) = [contact for contact in contacts_of(newborn(1)) if contact.is_sold_to]
    assert ADMIN not in buyer.roles
    assert traits(seed=SEED, number=1).channel == "web_direct"


def newborn(number: int) -> Life:
    return newcomer(seed=SEED, number=number, day=BEGAN, domains=(), parents={}).life


@pytest.mark.parametrize(
    ("number", "is_so"),
    [
        (5, lambda contacts: not any(ADMIN in contact.roles for contact in contacts)),
        (7, lambda contacts: not any(ADMIN in contact.roles or contact.is_sold_to for contact in contacts)),
        (8, lambda contacts: not any(ADMIN in contact.roles and contact.is_active for contact in contacts)),
        (9, lambda contacts: all(contact.opted_out for contact in contacts if ADMIN in contact.roles)),
        (10, lambda contacts: all(BILLING in contact.roles for contact in contacts if ADMIN in contact.roles)),
        (0, lambda contacts: sum(ADMIN in contact.roles for contact in contacts) > 1),
    ],
)
def test_a_shown_customer_has_the_contacts_of_its_case(number, is_so) -> None:
    assert is_so(contacts_of(newborn(number)))


def test_a_consultant_works_for_several_customers_under_one_address() -> None:
    first, second = ({c.email for c in contacts_of(newborn(number)) if c.is_agent} for number in (12, 13))
    assert first
    assert first == second


def test_only_saas_customers_have_users_with_access(begun) -> None:
    for beginning in begun:
        if beginning.life.traits.deployment == "self_managed":
            assert not any(contact.access for contact in contacts_of(beginning.life))
    owners = [c for b in begun for c in contacts_of(b.life) if c.access == "owner"]
    assert owners


def test_about_one_customer_in_twenty_five_has_neither_admin_nor_buyer(begun) -> None:
    def is_unreachable(life: Life) -> bool:
        return not any(ADMIN in contact.roles or contact.is_sold_to for contact in contacts_of(life))

    share = sum(is_unreachable(beginning.life) for beginning in begun) / len(begun)
    assert 0.02 < share < 0.06


def test_segments_and_prices_are_mixed_as_intended(begun) -> None:
    segments = Counter(beginning.life.segment for beginning in begun)
    assert 0.55 < segments["tech_touch"] / len(begun) < 0.72
    assert 0.19 < segments["scale"] / len(begun) < 0.32
    assert 0.06 < segments["csm_managed"] / len(begun) < 0.15
    assert {contract.terms.currency for b in begun for contract in b.life.contracts} == {"USD", "EUR", "GBP"}


def retention(before: dict[int, float], after: dict[int, float]) -> tuple[float, float]:
    """Return gross and net dollar retention by definition: sums of minima and of what is left, over what there was."""
    had = sum(before.values())
    kept = {number: after.get(number, 0.0) for number in before}
    return sum(min(before[n], kept[n]) for n in before) / had, sum(kept.values()) / had


def test_a_year_without_clicks_keeps_about_nine_dollars_in_ten(begun) -> None:
    lives = {beginning.life.number: beginning.life for beginning in begun}
    before = {number: dollars(life) for number, life in lives.items()}
    happened = lived(lives, days=365)
    gross, net = retention(before, {number: dollars(life) for number, life in lives.items()})
    assert 0.86 < gross < 0.95
    assert 1.0 < net < 1.13
    lost = sum(isinstance(each, Cancelled) and each.is_last for days in happened.values() for _, each in days)
    assert 0.05 < lost / len(before) < 0.14


def test_a_year_brings_every_kind_of_end_and_change(begun) -> None:
    lives = {beginning.life.number: beginning.life for beginning in begun}
    kinds = Counter(type(each) for days in lived(lives, days=365).values() for _, each in days)
    assert {Cancelled, Consolidated, Renewed, StageMoved, TruedUp} <= set(kinds)


def test_terms_follow_each_other_without_gap_or_overlap(begun) -> None:
    lives = {beginning.life.number: beginning.life for beginning in begun}
    for days in lived(lives, days=400).values():
        for day, each in days:
            if isinstance(each, Renewed):
                assert each.after.since == each.before.until <= day


def test_a_subscription_reports_once_a_week(begun) -> None:
    life = begun[0].life
    reads = [day for day, each in lived({0: life}, days=70)[0] if isinstance(each, Read)]
    assert len(reads) == 10
    assert all(is_reading_day(life.contracts[0], day) for day in reads)


def test_the_cases_shown_do_not_leave(begun) -> None:
    shown = {beginning.life.number: beginning.life for beginning in begun if beginning.life.number in SHOWN_CASES}
    lived(shown, days=730)
    assert all(life.contracts for life in shown.values())


def test_clicks_lower_the_chance_of_leaving_by_nine_percent_each_up_to_three() -> None:
    hazards = [renewals.hazard(segment="scale", utilisation=0.6, clicks=clicks) for clicks in range(5)]
    assert hazards == sorted(hazards, reverse=True)
    assert hazards[1] == pytest.approx(hazards[0] * 0.91)
    assert hazards[4] == hazards[3] == pytest.approx(hazards[0] * 0.73)


def test_clicks_fill_seats_sooner() -> None:
    who = traits(seed=SEED, number=20)
    users = {
        clicks: [
            customers.next_users(who, seed=SEED, key=f"{n}.1", age=90, seats=1000, users=300, clicks=clicks)
            for n in range(200)
        ]
        for clicks in (0, 3)
    }
    assert sum(users[3]) > sum(users[0])


def test_whoever_has_not_begun_stays_below_first_value() -> None:
    who = replace(traits(seed=SEED, number=20), pace=0.0)
    assert customers.next_users(who, seed=SEED, key="20.1", age=7, seats=1000, users=50, clicks=0) < 100


def test_a_mistyped_order_is_one_in_fifty_and_never_a_small_one(begun) -> None:
    contracts = [contract for beginning in begun for contract in beginning.life.contracts]
    assert not any(is_mistyped(contract, seed=SEED) for contract in contracts if contract.terms.seats <= 40)
    born = contracts[0].born
    ages = [
        replace(contracts[0], terms=contracts[0].terms.with_seats(500), since=born + dt.timedelta(days=n))
        for n in range(2000)
    ]
    assert 0.01 < sum(is_mistyped(contract, seed=SEED) for contract in ages) / len(ages) < 0.03


def test_loss_reasons_share_the_whole_loss() -> None:
    for number in range(300):
        reasons = renewals.loss_reasons(chance.dice(SEED, "reasons", number))
        assert sum(share for _, share in reasons) == pytest.approx(1)
        assert len({reason for reason, _ in reasons}) == len(reasons)


def test_a_billing_number_leads_back_to_its_contract() -> None:
    assert subscription_number("12.1") == "A-S00000121"
    assert contract_key(subscription_number("1203.3")) == "1203.3"


def test_salesforce_ids_have_fifteen_characters_and_are_all_different() -> None:
    ids = {salesforce_15(ACCOUNT, number) for number in range(2000)}
    assert len(ids) == 2000
    assert {len(each) for each in ids} == {15}
    assert all(each.startswith("001") and each.isalnum() for each in ids)


@pytest.mark.parametrize(
    ("recorded", "happened"),
    [
        (dt.datetime(2026, 3, 3, 18, tzinfo=dt.UTC), dt.date(2026, 3, 3)),
        (dt.datetime(2026, 3, 3, 1, tzinfo=dt.UTC), dt.date(2026, 3, 2)),
    ],
)
def test_what_is_recorded_at_night_happened_on_the_working_day_before(recorded: dt.datetime, happened: dt.date) -> None:
    moments = [moment(seed=SEED, day=dt.date(2026, 3, 3), key=key, latest=recorded) for key in range(50)]
    assert {each.date() for each in moments} == {happened}
    assert all(8 <= each.hour < 17 and each <= recorded for each in moments)


def test_mondays_night_run_tells_of_friday() -> None:
    monday = dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)
    assert moment(seed=SEED, day=monday.date(), key=1, latest=monday).date() == dt.date(2026, 2, 27)
