"""Subscriptions: begun one by one, or taken in by their external ids, many at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.book.models import Account, ExternalId
from accounts.book.operations.external_ids import RowsAtAccounts
from accounts.contracts.models import FxRate, Subscription
from accounts.contracts.operations.lines import Term, continue_lanes
from accounts.team.models import User
from accounts.team.selectors import reporting_currency
from cs_platform.common.bulk import update_rows
from cs_platform.common.outcomes import Outcome, accepted, apply_rows


def add_subscription(
    *,
    account: Account,
    number: str,
    started_date: dt.date,
    is_trial: bool = False,
    does_auto_renew: bool = False,
) -> Subscription:
    """Begin a contract lineage; what it holds is said by record_lines."""
    return Subscription.objects.create(
        account=account, number=number, started_date=started_date, is_trial=is_trial, does_auto_renew=does_auto_renew
    )


def supersede(*, subscription: Subscription, by: Subscription) -> None:
    """Say that another subscription goes on where this one ends (a consolidation), so that it is no loss."""
    Subscription.objects.filter(pk=subscription.pk).update(superseded_by=by)
    subscription.superseded_by = by


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """
    A subscription as the outside knows it: one term of its base product. None stays as it is.

    `account` is an external id of the same system; `until` is the first day it no longer holds, None if it is open.
    """

    external_id: str
    account: str
    since: dt.date
    product: str
    seats: int
    arr: Decimal
    until: dt.date | None = None
    currency: str | None = None
    number: str | None = None
    is_trial: bool | None = None
    does_auto_renew: bool | None = None


def upsert_subscriptions(*, system: str, rows: Sequence[SubscriptionRow], viewer: User | None) -> list[Outcome]:
    """
    Add or change subscriptions by external id, say what they hold, and return what became of each row, in order.

    Terms before the one of the row stay on record (lines.continue_lanes). A subscription does not move to another
    account. Copies on accounts are not refreshed here.
    """
    return apply_rows(lambda: _Subscriptions(system, rows, viewer).run())


class _Subscriptions(RowsAtAccounts):
    def __init__(self, system: str, rows: Sequence[SubscriptionRow], viewer: User | None) -> None:
        super().__init__(system, ExternalId.Kind.SUBSCRIPTION, [(row.external_id, row.account) for row in rows], viewer)
        self.rows = rows
        self.currency = reporting_currency()

    def run(self) -> list[Outcome]:
        ours = Subscription.objects.select_for_update().order_by("pk").in_bulk(list(self.known.values()))
        self.refuse_moved({pk: subscription.account_id for pk, subscription in ours.items()})
        self._refuse_bad_terms()
        by_position: dict[int, Subscription] = {}
        for index in accepted(self.outcomes):
            number = self.number_of(index)
            if number is not None:
                by_position[index] = ours[number]
        self._change(by_position)
        new = {index: self._made(index) for index in accepted(self.outcomes) if index not in by_position}
        Subscription.objects.bulk_create(new.values())
        self.name(new)
        terms = [self._term(index, subscription) for index, subscription in (by_position | new).items()]
        moved = continue_lanes(terms=terms)
        for index, subscription in by_position.items():
            self.outcomes[index].is_changed |= subscription.pk in moved
        return self.outcomes

    def _refuse_bad_terms(self) -> None:
        currencies = {self.currency, *FxRate.objects.values_list("currency", flat=True).distinct()}
        for row, outcome in zip(self.rows, self.outcomes, strict=True):
            if row.until is not None and row.until <= row.since:
                outcome.refuse("term", "The end date must be after the start date.", "until")
            if row.currency not in {None, *currencies}:
                outcome.refuse("unknown_currency", f"No exchange rate for {row.currency}.", "currency")

    def _change(self, by_position: Mapping[int, Subscription]) -> None:
        changed = []
        for index, subscription in by_position.items():
            row, outcome = self.rows[index], self.outcomes[index]
            facts = {
                "number": row.number,
                "is_trial": row.is_trial,
                "does_auto_renew": row.does_auto_renew,
                "started_date": min(row.since, subscription.started_date),
            }
            different = {n: v for n, v in facts.items() if v is not None and getattr(subscription, n) != v}
            for name, value in different.items():
                setattr(subscription, name, value)
            if different:
                changed.append(subscription)
            outcome.pk, outcome.uuid, outcome.is_changed = subscription.pk, subscription.uuid, bool(different)
        update_rows(changed, ["number", "is_trial", "does_auto_renew", "started_date"])

    def _made(self, index: int) -> Subscription:
        row = self.rows[index]
        return Subscription(
            account_id=self.accounts[index],
            number=row.number or self.outcomes[index].external_id[:60],
            started_date=row.since,
            is_trial=bool(row.is_trial),
            does_auto_renew=bool(row.does_auto_renew),
        )

    def _term(self, index: int, subscription: Subscription) -> Term:
        row = self.rows[index]
        return Term(
            subscription_id=subscription.pk,
            product=row.product,
            seats=row.seats,
            arr=row.arr,
            since=row.since,
            until=row.until,
            currency=row.currency or self.currency,
        )
