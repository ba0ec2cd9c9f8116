"""Sales, renewals and losses with their reasons, and what a currency is worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db import connection, transaction

from accounts.book.models import ExternalId
from accounts.book.operations.external_ids import RowsAtAccounts
from accounts.contracts.models import LossReason, Opportunity, OrderType
from accounts.team.models import User
from cs_platform.common.bulk import update_rows
from cs_platform.common.outcomes import Outcome, accepted, apply_rows


class SharesAreNotWhole(ValueError):
    """The shares of a loss's reasons do not total 1."""


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


# A belief that began at this very instant was never held.
SAY_RATE = """
with said as (select %(currency)s::varchar as currency, %(date)s::date as date, %(rate)s::numeric(18,8) as rate),
held as (
  select f.id, f.rate, lower(f.known) as since from accounts_fxrate f join said using (currency, date)
  where upper_inf(f.known) for update of f
),
ended as (
  update accounts_fxrate f
  set known = tstzrange(h.since, greatest(keel_recorded_at(), h.since + interval '1 microsecond'))
  from held h, said s where f.id = h.id and h.rate <> s.rate
  returning upper(f.known) as since
)
insert into accounts_fxrate (currency, date, rate, known)
select s.currency, s.date, s.rate, tstzrange(coalesce((select since from ended), keel_recorded_at()), null) from said s
where not exists (select from held h where h.rate = s.rate)
"""


@transaction.atomic
def set_rate(*, currency: str, date: dt.date, rate: Decimal) -> None:
    """Say what one unit of a currency was worth in the organization's currency on a day; earlier beliefs stay."""
    with connection.cursor() as cursor:
        # One word on a rate at a time: the row that is ended and the row that follows meet in one unique index.
        cursor.execute("select pg_advisory_xact_lock(hashtext('keel_rate'), hashtext(%s))", [f"{currency} {date}"])
        cursor.execute(SAY_RATE, {"currency": currency, "date": date, "rate": rate})


@dataclass(frozen=True, slots=True)
class LossRow:
    """A loss as the outside knows it; `deal.account_id` is filled in from `account`, an external id."""

    external_id: str
    account: str
    deal: Deal


def upsert_losses(*, system: str, rows: Sequence[LossRow], viewer: User | None) -> list[Outcome]:
    """Add or change losses by external id, with their reasons, and return what became of each row, in order."""
    return apply_rows(lambda: _Losses(system, rows, viewer).run())


class _Losses(RowsAtAccounts):
    def __init__(self, system: str, rows: Sequence[LossRow], viewer: User | None) -> None:
        super().__init__(system, ExternalId.Kind.CHURN_EVENT, [(row.external_id, row.account) for row in rows], viewer)
        self.rows = rows

    def run(self) -> list[Outcome]:
        found = Opportunity.objects.select_for_update().prefetch_related("loss_reasons").order_by("pk")
        ours = found.in_bulk(list(self.known.values()))
        self.refuse_moved({pk: opportunity.account_id for pk, opportunity in ours.items()})
        deals = {i: replace(self.rows[i].deal, account_id=self.accounts[i]) for i in accepted(self.outcomes)}
        known = {i: ours[number] for i in deals if (number := self.number_of(i)) is not None}
        self._change(known, deals)
        new = {index: deal for index, deal in deals.items() if index not in known}
        made = record_deals(deals=list(new.values()))
        self.name(dict(zip(new, made, strict=True)))
        return self.outcomes

    def _change(self, known: Mapping[int, Opportunity], deals: Mapping[int, Deal]) -> None:
        changed, rereasoned = [], {}
        for index, opportunity in known.items():
            deal, outcome = deals[index], self.outcomes[index]
            different = [name for name in FIELDS if getattr(opportunity, name) != getattr(deal, name)]
            for name in different:
                setattr(opportunity, name, getattr(deal, name))
            if different:
                changed.append(opportunity)
            if {r.reason: r.share for r in opportunity.loss_reasons.all()} != dict(deal.reasons):
                rereasoned[opportunity.pk] = deal.reasons
            outcome.pk, outcome.uuid = opportunity.pk, opportunity.uuid
            outcome.is_changed = bool(different) or opportunity.pk in rereasoned
        update_rows(changed, [name.removesuffix("_id") for name in FIELDS])
        LossReason.objects.filter(opportunity__in=rereasoned).delete()
        LossReason.objects.bulk_create(
            LossReason(opportunity_id=pk, reason=reason, share=share)
            for pk, reasons in rereasoned.items()
            for reason, share in reasons.items()
        )
