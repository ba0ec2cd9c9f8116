"""The ARR bridge and the reasons for churn and expansion, end to end: contract lines in, the handbook's numbers out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Account, FxRate
from metrics.facts.rules import month_ends
from metrics.population.selectors import Population
from metrics.retention.rules.changes import Bridge
from metrics.retention.rules.reasons import shown_percentages
from metrics.retention.selectors.bridges import Passage, bridge_by_month, bridges_by_account, over_all_months
from metrics.retention.selectors.reasons import losses_in_year_to, reasons_on
from tests import factories
from tests.metrics.worlds import END, ask, everybody, random_world, read

pytestmark = pytest.mark.django_db

MONTH = dt.date(2026, 2, 28)
Terms = tuple[str, int, int]  # product, seats, ARR
PREMIUM: Terms = ("Premium", 100, 22_800)


def changed(before: Terms | None, after: Terms | None, *, on: dt.date = dt.date(2026, 2, 10)) -> Account:
    """Return an account that held one thing up to a day and another from it on."""
    account = factories.account()
    subscription = factories.subscription(account=account)
    for terms, since, until in ((before, dt.date(2024, 1, 1), on), (after, on, None)):
        if terms is not None:
            product, seats, arr = terms
            factories.line(
                subscription=subscription, since=since, until=until, product=product, seats=seats, arr=Decimal(arr)
            )
    if after is None:
        factories.opportunity(
            account=account,
            subscription=subscription,
            order_type="6",
            stage="Closed Lost",
            is_closed=True,
            close_date=on,
        )
    return account


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        (("Premium", 100, 19_200), ("Premium", 80, 15_360), Bridge(seat=Decimal(-3_840))),
        (PREMIUM, ("Ultimate", 120, 142_560), Bridge(seat=Decimal(4_560), tier=Decimal(115_200))),
        (PREMIUM, None, Bridge(churn=Decimal(-22_800))),
        (PREMIUM, ("Premium", 100, 20_000), Bridge(price=Decimal(-2_800))),
        (None, PREMIUM, Bridge(new=Decimal(22_800))),
    ],
)
def test_the_month_splits_into_seat_price_and_tier(before: Terms | None, after: Terms | None, parts: Bridge) -> None:
    account = changed(before, after)

    (found,) = bridges_by_account(everybody(), ends=[MONTH])

    assert found[account.pk].parts == parts
    assert found[account.pk].beginning + parts.total == found[account.pk].ending


def test_a_true_up_passes_through_the_arr_and_is_no_reason_for_growth() -> None:
    account = changed(PREMIUM, PREMIUM)
    factories.line(
        subscription=account.subscriptions.get(),
        since=dt.date(2026, 2, 5),
        lane=2,
        category="true_up",
        seats=7,
        arr=Decimal(1_596),
    )

    (found,) = bridges_by_account(everybody(), ends=[MONTH])

    passage = found[account.pk]
    assert read(passage, "parts true_ups ending") == (Bridge(), 1_596, 24_396)
    assert reasons_on(everybody(), end=END).rows == ()


def total_of(passage: Passage) -> Decimal:
    return passage.beginning + sum(amount for _, amount in passage.amounts(False))


TOTALS = """
select coalesce(sum(l.arr * r.rate), 0) from accounts_line l
join (values ('USD', 1::numeric), ('EUR', %(eur)s), ('GBP', %(gbp)s)) r(currency, rate) using (currency)
where l.valid @> %(day)s::date and l.known @> %(known)s::timestamptz
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_beginning_and_parts_make_the_ending_for_every_account_and_month(seed: int) -> None:
    random_world(seed)
    ends, known = month_ends(dt.date(2025, 3, 1), END), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

    found = bridges_by_account(everybody(), ends=ends, as_known_at=known)

    for by_account in found:
        for passage in by_account.values():
            assert total_of(passage) == passage.ending
    months = bridge_by_month(everybody(), ends=ends, as_known_at=known)
    for month in months:
        assert total_of(month) == month.ending
    assert [month.beginning for month in months[1:]] == [month.ending for month in months[:-1]]
    rates = {
        currency.lower(): FxRate.objects.filter(currency=currency, date__lte=END).latest("date").rate
        for currency in ("EUR", "GBP")
    }
    assert months[-1].ending == ask(TOTALS, day=END, known=known, **rates)[0][0]
    assert any(month.parts.tier for month in months)


def test_an_account_without_a_change_has_no_passage_and_its_arr_counts_all_the_same() -> None:
    changed(PREMIUM, PREMIUM, on=dt.date(2024, 6, 1))
    moving = changed(PREMIUM, ("Premium", 80, 18_240))
    still = factories.line(account=moving, since=dt.date(2024, 1, 1), arr=Decimal(1_000))

    (found,) = bridges_by_account(everybody(), ends=[MONTH])
    (month,) = bridge_by_month(everybody(), ends=[MONTH])

    assert list(found) == [moving.pk]
    assert read(found[moving.pk], "beginning ending") == (22_800 + still.arr, 18_240 + still.arr)
    assert read(month, "beginning ending") == (2 * 22_800 + 1_000, 22_800 + 18_240 + 1_000)


def test_a_passage_over_many_months_begins_with_the_first_and_ends_with_the_last() -> None:
    account = changed(PREMIUM, ("Premium", 80, 18_240))
    factories.line(account=account, since=dt.date(2026, 1, 5), arr=Decimal(500))
    passages = bridges_by_account(everybody(), ends=[dt.date(2026, 1, 31), MONTH])

    whole = over_all_months(passages)[account.pk]

    assert read(whole, "beginning ending") == (22_800, 18_740)
    assert whole.parts == Bridge(new=Decimal(500), seat=Decimal(-4_560))


def test_reasons_carry_the_handbooks_names_and_add_up() -> None:
    changed(PREMIUM, ("Ultimate", 120, 142_560))
    changed(("Premium", 100, 19_200), ("Premium", 80, 15_360))
    changed(PREMIUM, None)
    changed(None, PREMIUM)
    changed(PREMIUM, PREMIUM)

    found = reasons_on(everybody(), end=END)

    assert [(row.change.reason.value, *read(row, "label amount")) for row in found.rows] == [
        ("Product Change/Seat Change Mix", "Product Change/Seat Change Mix", 119_760),
        ("Cancelled", "Cancellation", -22_800),
        ("Seat Change", "Downgrades", -3_840),
    ]
    assert [share.label for share in found.shares.churn] == ["Cancellation", "Downgrades"]
    assert sum(shown_percentages(found.shares.churn)) == sum(shown_percentages(found.shares.expansion)) == 100


def test_a_consolidation_is_one_change_with_its_seats_added_up() -> None:
    account = changed(("Premium", 60, 6_000), None, on=dt.date(2025, 9, 1))
    one = account.subscriptions.get()
    two, new = factories.subscription(account=account), factories.subscription(account=account)
    factories.line(subscription=two, since=dt.date(2024, 1, 1), until=dt.date(2025, 9, 1), seats=40, arr=Decimal(4_000))
    factories.line(subscription=new, since=dt.date(2025, 9, 1), seats=110, arr=Decimal(11_000))
    account.subscriptions.filter(pk__in=[one.pk, two.pk]).update(superseded_by=new)

    (row,) = reasons_on(everybody(), end=END).rows

    assert (row.change.key, *read(row, "label before after")) == (new.pk, "Seat Expansion", 10_000, 11_000)


def test_losses_are_weighted_by_what_was_there_to_renew_and_split_over_their_reasons() -> None:
    FxRate.objects.create(currency="EUR", date=dt.date(2025, 1, 1), rate=Decimal("1.5"))
    lost: dict[str, Any] = {
        "order_type": "6",
        "stage": "Closed Lost",
        "is_closed": True,
        "close_date": dt.date(2025, 12, 1),
    }
    split = [("No budget", "0.6"), ("Missing Feature", "0.4")]
    factories.opportunity(available_to_renew=Decimal(1_000), reasons=split, **lost)
    factories.opportunity(available_to_renew=Decimal(2_000), currency="EUR", **lost)
    contraction = {**lost, "order_type": "4", "stage": "Closed Won", "is_won": True}
    factories.opportunity(
        available_to_renew=Decimal(900), amount=Decimal(400), reasons=[("Loss of Budget", "1")], **contraction
    )
    factories.opportunity(available_to_renew=Decimal(5_000), **{**lost, "close_date": dt.date(2025, 2, 28)})  # before

    shares = losses_in_year_to(everybody(), END, is_grouped=True).shares

    assert [read(share, "label amount") for share in shares] == [
        ("Unknown", 3_000),
        ("Loss of Budget", 1_100),
        ("Product Value / Gaps", 400),
    ]
    assert sum(share.share for share in shares) == 1
    as_given = losses_in_year_to(everybody(), END).shares
    assert [read(share, "label amount") for share in as_given] == [
        ("Unknown", 3_000),
        ("No budget", 600),
        ("Loss of Budget", 500),
        ("Missing Feature", 400),
    ]


def test_reasons_and_losses_leave_out_what_the_viewer_may_not_see(ben, eve) -> None:
    hidden = changed(PREMIUM, None)
    Account.objects.filter(pk=hidden.pk).update(is_pubsec=True)
    factories.opportunity(
        account=hidden, order_type="6", is_closed=True, close_date=END, available_to_renew=Decimal(22_800)
    )

    for user in (ben, eve):
        assert reasons_on(Population(user), end=END).rows == ()
        assert losses_in_year_to(Population(user), END).rows == ()
        assert bridges_by_account(Population(user), ends=[MONTH]) == [{}]
