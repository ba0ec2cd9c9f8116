"""What contracts do in a year, written by the operations that imports and pages use, and what the figures say of it."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from accounts.contracts import operations as contracts
from accounts.contracts.operations import Term
from accounts.contracts.selectors import Level
from accounts.models import Account, FxRate, Subscription
from cs_platform.common import clock
from metrics.facts.rules import month_ends
from metrics.retention.rules.changes import NOTHING
from metrics.retention.rules.cohorts import Retention
from metrics.retention.selectors.bridges import bridges_by_account
from metrics.retention.selectors.cohorts import cohort_on
from metrics.retention.selectors.reasons import reasons_on
from tests import factories
from tests.metrics.worlds import END, everybody, read

pytestmark = pytest.mark.django_db

BOUGHT = dt.date(2024, 6, 1)
THEN = dt.datetime(2024, 6, 2, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def bought(
    arr: int | str = 22_800, *, account: Account | None = None, since: dt.date = BOUGHT, until: dt.date | None = None,
    seats: int = 100, product: str = "Premium", currency: str = "USD", now: dt.datetime = THEN,
) -> Subscription:  # fmt: skip
    """Return a subscription of an account, as known since `now`."""
    subscription = factories.subscription(account=account or factories.account(), started_date=since)
    term = Term(subscription.pk, product, seats, Decimal(arr), since, until, currency=currency)
    with clock.recording_at(now):
        contracts.record_lines(terms=[term])
    return subscription


def figure(level: Level = Level.ACCOUNT, *, end: dt.date = END, known: dt.datetime | None = None) -> Retention:
    return cohort_on(everybody(), end=end, level=level, as_known_at=known).retention


def test_an_upgrade_in_the_middle_of_a_term_is_expansion_by_product_and_seats() -> None:
    with clock.recording_at(LATER):
        contracts.amend_line(
            subscription=bought(), since=day("2025-09-15"), product="Ultimate", seats=120, arr=Decimal(142_560)
        )

    assert read(figure(), "before kept after gross") == (22_800, 22_800, 142_560, 1)
    (row,) = reasons_on(everybody(), end=END).rows
    assert read(row, "label amount") == ("Product Change/Seat Change Mix", 119_760)
    assert figure(known=THEN + dt.timedelta(days=300)).net == 1  # nobody knew of it yet


@pytest.mark.parametrize(("seats", "label"), [(80, "Downgrades"), (120, "Seat Expansion")])
def test_seats_alone_are_a_change_of_seats(seats: int, label: str) -> None:
    with clock.recording_at(LATER):
        contracts.amend_line(subscription=bought(), since=day("2025-09-15"), seats=seats, arr=Decimal(228 * seats))

    (row,) = reasons_on(everybody(), end=END).rows
    assert read(row, "label amount") == (label, 228 * (seats - 100))
    assert row.change.reason.value == "Seat Change"


def test_who_left_and_came_back_within_the_year_is_kept_by_what_they_pay_now() -> None:
    account = factories.account()
    subscription = bought(100, account=account)
    with clock.recording_at(LATER):
        contracts.cancel_lines(subscription=subscription, since=day("2025-06-10"))
    bought(80, account=account, since=day("2025-11-05"), now=LATER)

    assert read(figure(), "gross net logos logos_lost") == (Decimal("0.8"), Decimal("0.8"), 1, 0)
    assert read(figure(Level.SUBSCRIPTION), "gross logos logos_lost") == (0, 1, 1)
    months = bridges_by_account(everybody(), ends=month_ends(day("2025-06-01"), day("2025-11-30")))
    moved = {place: by[account.pk].parts for place, by in enumerate(months) if account.pk in by}
    assert {place: read(parts, "churn new") for place, parts in moved.items()} == {0: (-100, 0), 5: (0, 80)}


def test_subscriptions_that_become_one_on_a_date_are_one_lineage() -> None:
    account = factories.account()
    first, second = bought(40, account=account, seats=40), bought(60, account=account, seats=60)
    whole = bought(110, account=account, since=day("2025-12-01"), seats=110, now=LATER)
    for old in (first, second):
        with clock.recording_at(LATER):
            contracts.cancel_lines(subscription=old, since=day("2025-12-01"))
        contracts.supersede(subscription=old, by=whole)

    for level in Level:
        assert read(figure(level), "before kept after logos logos_lost") == (100, 100, 110, 1, 0), level
    (row,) = reasons_on(everybody(), end=END).rows
    assert read(row, "before after label") == (100, 110, "Seat Expansion")


def test_a_restatement_changes_the_figure_from_the_day_it_is_known() -> None:
    subscription = bought(100)
    with clock.recording_at(dt.datetime(2025, 10, 1, tzinfo=dt.UTC)):
        contracts.cancel_lines(subscription=subscription, since=day("2025-10-01"))
    known = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    before = figure(known=known)
    # It had been renewed at 90 after all, which Sales told us in March.
    term = Term(subscription.pk, "Premium", 90, Decimal(90), day("2025-10-01"))
    with clock.recording_at(LATER):
        contracts.record_lines(terms=[term])

    assert read(before, "gross logos_lost") == (0, 1)
    assert figure(known=known) == before
    assert read(figure(), "gross logos_lost") == (Decimal("0.9"), 0)


def test_a_correction_of_the_opening_amount_restates_both_ends() -> None:
    subscription = bought(100)
    with clock.recording_at(LATER):
        contracts.correct_line(line=subscription.lines.get(), arr=Decimal(120))

    assert read(figure(known=THEN), "before after") == (100, 100)
    assert read(figure(), "before after net") == (120, 120, 1)


def test_a_subscription_entered_late_was_there_all_along_once_it_is_known() -> None:
    bought(100)
    bought(50, since=day("2025-01-10"), now=LATER)

    assert read(figure(known=LATER - dt.timedelta(seconds=1)), "before logos") == (100, 1)
    assert read(figure(), "before after logos") == (150, 150, 2)


def test_a_customer_who_changes_currency_is_held_at_the_rate_of_the_start() -> None:
    for when, rate in (("2025-02-01", "1.25"), ("2026-02-01", "2.00")):
        contracts.set_rate(currency="EUR", date=day(when), rate=Decimal(rate))
    subscription = bought(100, currency="EUR")
    term = Term(subscription.pk, "Premium", 100, Decimal(125), day("2025-09-15"), currency="USD")
    with clock.recording_at(LATER):
        contracts.record_lines(terms=[term])

    assert read(figure(), "before after gross net") == (125, 125, 1, 1)
    assert reasons_on(everybody(), end=END).rows == ()


def test_the_organisations_own_currency_is_worth_one() -> None:
    factories.organisation(currency="EUR")
    FxRate.objects.create(currency="USD", date=day("2024-01-01"), rate=Decimal("0.8"))
    bought(100, currency="EUR")
    bought(100, currency="USD")

    assert figure().before == 180


def test_who_paid_nothing_at_the_start_is_in_neither_sum() -> None:
    account = factories.account()
    subscription = bought(0, account=account)
    with clock.recording_at(LATER):
        contracts.amend_line(subscription=subscription, since=day("2025-09-15"), arr=Decimal(500))
    bought(100)

    assert read(figure(), "before after logos net") == (100, 100, 1, 1)
    assert [row.account_id for row in reasons_on(everybody(), end=END).rows] == []


def test_a_credit_is_part_of_what_an_account_pays() -> None:
    account = factories.account()
    bought(100, account=account)
    bought(-30, account=account, since=day("2025-09-15"), product="Credit", seats=0, now=LATER)

    assert read(figure(), "before after gross data_errors") == (100, 70, Decimal("0.7"), ())


def test_a_negative_account_is_a_data_error_and_its_family_may_be_none() -> None:
    parent = factories.account()
    child = factories.account(parent=parent)
    bought(-30, account=child)
    bought(100, account=factories.account(parent=parent))
    bought(10)

    found = figure()
    assert read(found, "data_errors before logos") == ((child.pk,), 110, 2)
    assert read(figure(Level.PARENT), "data_errors before logos") == ((), 80, 2)


@pytest.mark.parametrize(
    ("end", "since", "until", "before", "after"),
    [
        ("2025-02-28", "2024-02-29", None, 100, 100),  # the last day of February is the leap day
        ("2025-02-28", "2024-03-01", None, 0, 100),
        ("2024-02-29", "2023-02-28", None, 100, 100),
        ("2024-02-29", "2023-02-28", "2024-02-29", 100, 0),  # it ended with the 28th
        ("2024-02-29", "2023-03-01", None, 0, 100),
        ("2026-02-28", "2025-02-28", "2026-03-01", 100, 100),  # in force to the last day
        ("2026-02-28", "2024-06-01", "2026-02-28", 100, 0),
    ],
)
def test_what_counts_is_the_last_day_of_a_month(
    end: str, since: str, until: str | None, before: int, after: int
) -> None:
    factories.organisation(renewal_grace_days=0)  # what ends is lost at once
    bought(100, since=day(since), until=day(until) if until else None)

    (holding,) = cohort_on(everybody(), end=day(end), level=Level.ACCOUNT).holdings

    assert read(holding, "before after") == (before, after)


def test_an_account_that_changed_its_parent_takes_its_money_along() -> None:
    first, second = factories.account(name="First"), factories.account(name="Second")
    child = factories.account(parent=first)
    bought(100, account=child), bought(40, account=first), bought(10, account=second)
    Account.objects.filter(pk=child.pk).update(parent=second)

    holdings = {h.key: h.before for h in cohort_on(everybody(), end=END, level=Level.PARENT).holdings}

    assert holdings == {first.pk: 40, second.pk: 110}


def parts_by_hand(before: tuple[str, int, int] | None, after: tuple[str, int, int] | None) -> dict[str, Fraction]:
    """Return the parts of a change as the handbook writes them: seat, price or tier; or all new, or all churn."""
    if before is None or after is None:
        old, new = (Fraction(each[2]) if each else Fraction(0) for each in (before, after))
        return {"new" if before is None else "churn": new - old}
    (product, seats, arr), (other, others_seats, others_arr) = before, after
    price, others_price = Fraction(arr, seats), Fraction(others_arr, others_seats)
    return {
        "seat": price * (others_seats - seats),
        "price" if product == other else "tier": others_seats * (others_price - price),
    }


@pytest.mark.parametrize("seed", range(3))
def test_every_month_of_random_contracts_splits_as_by_hand(seed: int) -> None:
    dice = random.Random(seed)
    factories.organisation(renewal_grace_days=0)  # what ends is lost at once
    ends = month_ends(day("2025-03-01"), END)
    expected: dict[tuple[int, int], dict[str, Fraction]] = {}
    for _ in range(15):
        account = factories.account()
        held: tuple[str, int, int] | None = None
        subscription = factories.subscription(account=account)
        for place, end in enumerate(ends):
            if dice.random() < 0.6:
                continue
            since, before = end.replace(day=dice.randint(1, 28)), held
            held = None
            if dice.random() < 0.85:
                held = (dice.choice(["Premium", "Ultimate"]), dice.randint(1, 300), dice.randint(1, 10**6))
                with clock.recording_at(THEN):
                    contracts.record_lines(terms=[Term(subscription.pk, *held[:2], Decimal(held[2]), since)])
            elif before:
                with clock.recording_at(THEN):
                    contracts.cancel_lines(subscription=subscription, since=since)
            if before or held:
                expected[place, account.pk] = parts_by_hand(before, held)

    months = bridges_by_account(everybody(), ends=ends)

    found = {(place, account): by[account].parts for place, by in enumerate(months) for account in by}
    changed = {key: parts for key, parts in expected.items() if any(parts.values())}
    assert {key for key, parts in found.items() if parts != NOTHING} == set(changed)
    for key, parts in changed.items():
        for name in ("new", "churn", "seat", "price", "tier"):
            assert abs(Fraction(getattr(found[key], name)) - parts.get(name, 0)) <= Fraction(1, 1000), (key, name)
