"""Subscriptions, sales and losses, and what a currency is worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction

from accounts.book.models import Account
from accounts.contracts.models import FxRate, LossReason, Opportunity, OrderType, Subscription


class SharesAreNotWhole(ValueError):
    """The shares of a loss's reasons do not total 1."""


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
class Deal:
    """
    A sale, a renewal or a loss to be recorded; `reasons` are a loss's reasons with their shares, which total 1.

    Web-direct purchases are `is_web_portal`: they went past Sales.
    """

    account_id: int
    name: str
    order_type: OrderType
    stage: str
    close_date: dt.date
    subscription_id: int | None = None
    is_web_portal: bool = False
    is_closed: bool = False
    is_won: bool = False
    amount: Decimal = Decimal(0)
    available_to_renew: Decimal = Decimal(0)
    currency: str = "USD"
    notes: str = ""
    reasons: Mapping[str, Decimal] = field(default_factory=dict)


FIELDS = (
    "account_id", "name", "order_type", "stage", "close_date", "subscription_id", "is_web_portal", "is_closed",
    "is_won", "amount", "available_to_renew", "currency", "notes",
)  # fmt: skip


def record_deals(*, deals: Sequence[Deal]) -> list[Opportunity]:
    """
    Record opportunities with their loss reasons, in the order given.

    :raises SharesAreNotWhole: when the shares of a deal's reasons do not total 1.
    """
    for deal in deals:
        if deal.reasons and sum(deal.reasons.values()) != 1:
            raise SharesAreNotWhole(f"The reasons of {deal.name} total {sum(deal.reasons.values())}, not 1.")
    with transaction.atomic():
        made = Opportunity.objects.bulk_create(
            Opportunity(**{name: getattr(deal, name) for name in FIELDS}) for deal in deals
        )
        LossReason.objects.bulk_create(
            LossReason(opportunity=opportunity, reason=reason, share=share)
            for opportunity, deal in zip(made, deals, strict=True)
            for reason, share in deal.reasons.items()
        )
    return made


def set_rate(*, currency: str, date: dt.date, rate: Decimal) -> None:
    """Say what one unit of a currency was worth in the organisation's currency on a day."""
    FxRate.objects.update_or_create(currency=currency, date=date, defaults={"rate": rate})
