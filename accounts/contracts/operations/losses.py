"""Take in losses by their outside names, many at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from accounts.book.models import ExternalId
from accounts.book.operations import outside
from accounts.contracts.models import LossReason, Opportunity
from accounts.contracts.operations.arrivals import AtAccounts
from accounts.contracts.operations.opportunities import FIELDS, Deal, record_deals
from accounts.team.models import User
from cs_platform.common.bulk import update_rows
from cs_platform.common.outcomes import Outcome, apply_rows


@dataclass(frozen=True, slots=True)
class LossRow:
    """A loss as the outside knows it; `deal.account_id` is filled in from `account`, an external id."""

    external_id: str
    account: str
    deal: Deal


def upsert_losses(*, system: str, rows: Sequence[LossRow], viewer: User | None) -> list[Outcome]:
    """Add or change losses by external id, with their reasons, and return what became of each row, in order."""
    return apply_rows(lambda: _Losses(system, rows, viewer).run())


class _Losses(AtAccounts):
    def __init__(self, system: str, rows: Sequence[LossRow], viewer: User | None) -> None:
        super().__init__(system, ExternalId.Kind.CHURN_EVENT, [(row.external_id, row.account) for row in rows], viewer)
        self.rows = rows

    def run(self) -> list[Outcome]:
        found = Opportunity.objects.select_for_update().prefetch_related("loss_reasons").order_by("pk")
        ours = found.in_bulk(list(self.known.values()))
        self.refuse_moved({pk: opportunity.account_id for pk, opportunity in ours.items()})
        deals = {i: replace(self.rows[i].deal, account_id=self.accounts[i]) for i in outside.standing(self.outcomes)}
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
