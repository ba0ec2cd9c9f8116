import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.contracts import operations, selectors
from accounts.contracts.models import Line, OrderType, Subscription
from accounts.models import Account
from cs_platform.common import clock
from tests import factories
from tests.factories import NOW, TODAY

pytestmark = pytest.mark.django_db

START = dt.date(2025, 4, 1)
END = dt.date(2026, 4, 1)
LATER = NOW + dt.timedelta(days=30)


def term(subscription, **changes: Any) -> operations.Term:
    plain = {"product": "Premium", "seats": 100, "arr": Decimal(22800), "since": START, "until": END}
    return operations.Term(subscription_id=subscription.pk, **{**plain, **changes})


def believed(subscription) -> list[tuple]:
    lines = Line.objects.filter(subscription=subscription, known__upper_inf=True).order_by("valid")
    return [(line.valid.lower, line.valid.upper, line.seats, line.arr) for line in lines]


def arr_of(account, day, as_known_at=None) -> Decimal:
    return selectors.arr_on(day, as_known_at=as_known_at).get(account.pk, Decimal(0))


@pytest.fixture
def subscription(db) -> Subscription:
    made = factories.subscription(started_date=START)
    with clock.recording_at(NOW):
        operations.record_lines(terms=[term(made)])
    return made


def test_recording_a_line_twice_changes_nothing(subscription) -> None:
    before = list(Line.objects.values())

    with clock.recording_at(LATER):
        assert operations.record_lines(terms=[term(subscription)]) == set()
    assert list(Line.objects.values()) == before


def test_an_amendment_holds_from_its_day_until_the_end_of_the_term(subscription) -> None:
    middle = dt.date(2025, 10, 1)

    with clock.recording_at(LATER):
        operations.amend_line(subscription=subscription, since=middle, seats=120, arr=Decimal(27360))

    assert believed(subscription) == [(START, middle, 100, Decimal(22800)), (middle, END, 120, Decimal(27360))]


def test_what_was_believed_before_an_amendment_stays_on_record(subscription) -> None:
    middle = dt.date(2025, 10, 1)
    with clock.recording_at(LATER):
        operations.amend_line(subscription=subscription, since=middle, seats=120, arr=Decimal(27360))

    assert arr_of(subscription.account, middle, NOW) == 22800
    assert arr_of(subscription.account, middle, LATER) == 27360
    assert arr_of(subscription.account, middle, NOW - dt.timedelta(days=1)) == 0


def test_a_cancelled_subscription_holds_nothing_from_that_day_on(subscription) -> None:
    middle = dt.date(2025, 10, 1)

    with clock.recording_at(LATER):
        operations.cancel_lines(subscription=subscription, since=middle)

    assert believed(subscription) == [(START, middle, 100, Decimal(22800))]
    with pytest.raises(operations.NothingInForce), clock.recording_at(LATER):
        operations.cancel_lines(subscription=subscription, since=middle)


def test_a_correction_changes_the_whole_period_and_keeps_the_old_belief(subscription) -> None:
    with clock.recording_at(LATER):
        operations.correct_line(line=Line.objects.get(), arr=Decimal(20000))

    assert believed(subscription) == [(START, END, 100, Decimal(20000))]
    assert arr_of(subscription.account, START, NOW) == 22800


def test_a_correction_at_the_same_instant_comes_after_what_it_corrects(subscription) -> None:
    with clock.recording_at(NOW):
        operations.correct_line(line=Line.objects.get(), seats=90)

    assert believed(subscription) == [(START, END, 90, Decimal(22800))]
    first, second = Line.objects.order_by("known")
    assert (first.seats, first.known.upper, second.seats) == (100, second.known.lower, 90)
    assert first.known.lower == NOW
    assert not first.known.isempty


def test_a_term_in_the_middle_leaves_both_ends_as_they_were(subscription) -> None:
    since, until = dt.date(2025, 6, 1), dt.date(2025, 7, 1)

    with clock.recording_at(LATER):
        operations.record_lines(terms=[term(subscription, since=since, until=until, seats=50)])

    assert [row[:3] for row in believed(subscription)] == [(START, since, 100), (since, until, 50), (until, END, 100)]


def test_a_lane_that_ends_earlier_than_believed_leaves_no_tail(subscription) -> None:
    shorter = term(subscription, until=dt.date(2025, 9, 1))

    with clock.recording_at(LATER):
        assert operations.continue_lanes(terms=[shorter]) == {subscription.pk}
    assert [row[:2] for row in believed(subscription)] == [(START, dt.date(2025, 9, 1))]
    with clock.recording_at(LATER):
        assert operations.continue_lanes(terms=[shorter]) == set()


def test_a_renewed_lane_keeps_its_earlier_terms(subscription) -> None:
    renewed = term(subscription, since=END, until=None, seats=120)

    with clock.recording_at(LATER):
        operations.continue_lanes(terms=[renewed])

    assert [row[:3] for row in believed(subscription)] == [(START, END, 100), (END, None, 120)]


def test_a_term_cannot_end_before_it_begins(subscription) -> None:
    with pytest.raises(operations.BadTerm, match="cannot end"), clock.recording_at(NOW):
        operations.record_lines(terms=[term(subscription, until=START)])


def test_a_term_needs_a_currency_whose_rate_is_known(subscription) -> None:
    with pytest.raises(operations.BadTerm, match="CHF"), clock.recording_at(NOW):
        operations.record_lines(terms=[term(subscription, currency="CHF")])


def test_amounts_are_added_up_in_the_currency_of_the_organisation() -> None:
    factories.organisation(currency="EUR")
    operations.set_rate(currency="USD", date=dt.date(2026, 1, 1), rate=Decimal("0.9"))
    operations.set_rate(currency="USD", date=dt.date(2026, 3, 1), rate=Decimal("0.8"))
    account = factories.account()
    factories.line(account=account, arr=Decimal(1000), currency="USD")
    factories.line(account=account, arr=Decimal(500), currency="EUR")

    assert selectors.arr_on(dt.date(2026, 3, 2))[account.pk] == Decimal(1300)
    assert selectors.arr_on(dt.date(2026, 3, 2), rates_of=dt.date(2026, 2, 1))[account.pk] == Decimal(1400)


def test_arr_is_added_up_by_subscription_by_account_and_by_parent() -> None:
    parent = factories.account()
    child = factories.account(parent=parent, top=parent)
    first, second = factories.line(account=child, arr=100), factories.line(account=child, arr=50)
    factories.line(account=parent, arr=7)

    assert selectors.arr_on(TODAY, by=selectors.Level.SUBSCRIPTION)[first.subscription_id] == 100
    assert selectors.arr_on(TODAY, by=selectors.Level.ACCOUNT) == {parent.pk: 7, child.pk: 150}
    assert selectors.arr_on(TODAY, by=selectors.Level.PARENT) == {parent.pk: 157}
    assert selectors.arr_on(TODAY, account_ids=[parent.pk]) == {parent.pk: 7}
    assert second.subscription_id != first.subscription_id


def test_the_copies_follow_from_the_lines() -> None:
    account = factories.account()
    factories.line(account=account, product="Premium", seats=40, arr=480, until=dt.date(2026, 9, 1))
    factories.line(account=account, product="Duo", seats=40, arr=120, category="add_on", lane=2)

    assert operations.denormalise_contracts(account_ids=[account.pk], today=TODAY) == 1
    account.refresh_from_db()

    assert (account.arr, account.seats) == (Decimal(600), 40)
    assert (account.renewal_date, account.products) == (dt.date(2026, 9, 1), ["Duo", "Premium"])
    assert operations.denormalise_contracts(account_ids=None, today=TODAY) == 0


def test_a_renewal_signed_ahead_moves_the_renewal_date(subscription) -> None:
    renewal = term(subscription, since=END, until=dt.date(2027, 4, 1))
    with clock.recording_at(LATER):
        operations.record_lines(terms=[renewal])
    operations.denormalise_contracts(account_ids=None, today=TODAY)

    assert Account.objects.get().renewal_date == dt.date(2027, 4, 1)


def test_an_account_whose_contract_ended_has_no_renewal_and_no_arr(subscription) -> None:
    operations.denormalise_contracts(account_ids=None, today=TODAY)
    operations.denormalise_contracts(account_ids=None, today=END)
    account = Account.objects.get()

    assert (account.arr, account.seats) == (Decimal(0), 0)
    assert (account.renewal_date, account.products) == (None, [])


def test_products_that_were_typed_in_stay_where_there_is_no_contract() -> None:
    account = factories.account(products=["Ultimate"])

    assert operations.denormalise_contracts(account_ids=None, today=TODAY) == 0
    account.refresh_from_db()
    assert account.products == ["Ultimate"]


def test_a_trial_brings_no_seats_and_no_renewal() -> None:
    trial = factories.subscription(is_trial=True)
    factories.line(subscription=trial, arr=0, seats=25, until=dt.date(2026, 4, 1))
    operations.denormalise_contracts(account_ids=None, today=TODAY)
    account = Account.objects.get()

    assert (account.seats, account.renewal_date, account.products) == (0, None, ["Premium"])


def test_the_reasons_of_a_loss_total_one() -> None:
    account = factories.account()
    half = {"Product Value / Gaps": Decimal("0.5")}
    loss = operations.Deal(
        account_id=account.pk,
        name="Churn",
        order_type=OrderType.CHURN_FINAL,
        stage="Closed Lost",
        close_date=TODAY,
        is_closed=True,
        reasons=half,
    )
    with pytest.raises(operations.SharesAreNotWhole, match=r"0\.5"):
        operations.record_deals(deals=[loss])

    whole = {**half, "Loss of Budget": Decimal("0.5")}
    operations.record_deals(deals=[operations.Deal(**{**_as_dict(loss), "reasons": whole})])

    lost = selectors.losses_between(TODAY, TODAY).get()
    assert {reason.reason: reason.share for reason in lost.loss_reasons.all()} == whole


def _as_dict(deal: operations.Deal) -> dict:
    return {name: getattr(deal, name) for name in deal.__slots__}
