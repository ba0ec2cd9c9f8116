"""Periods, money, and the vocabulary of opportunities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, localcontext
from enum import StrEnum
from types import MappingProxyType

# Enough for any product of an amount (18 digits, 4 of them decimals) and a rate (18 digits) without rounding.
PRECISION = 60


def in_force(valid_from: dt.date, valid_to: dt.date | None, day: dt.date) -> bool:
    """Say whether a line is in force on a day: from its first day up to, not including, its end; None is open."""
    return valid_from <= day and (valid_to is None or day < valid_to)


def renewal_window(renewal: dt.date, *, earliest: int, latest: int) -> tuple[dt.date, dt.date]:
    """
    Return the first and last day of a window around a renewal, both included.

    Offsets are in days, negative before the renewal: -125 and -115 for "about 120 days before". A window rather than
    a day, so that a missed night loses nobody.
    """
    if earliest > latest:
        raise ValueError("The window ends before it begins.")
    return renewal + dt.timedelta(days=earliest), renewal + dt.timedelta(days=latest)


def in_renewal_window(renewal: dt.date, day: dt.date, *, earliest: int, latest: int) -> bool:
    first, last = renewal_window(renewal, earliest=earliest, latest=latest)
    return first <= day <= last


def convert(amount: Decimal, rate: Decimal) -> Decimal:
    """Return an amount in the organisation's currency, unrounded; rounding happens on the screen."""
    with localcontext(prec=PRECISION):
        return amount * rate


def mrr(arr: Decimal) -> Decimal:
    """Return ARR / 12, unrounded."""
    with localcontext(prec=PRECISION):
        return arr / 12


class OrderType(StrEnum):
    """Salesforce's `Order Type 2.0` by its number."""

    FIRST_ORDER = "1"
    CONNECTED = "2"
    GROWTH = "3"
    CONTRACTION = "4"
    CHURN_PARTIAL = "5"
    CHURN_FINAL = "6"


ORDER_TYPE_LABELS: Mapping[OrderType, str] = MappingProxyType(
    {
        OrderType.FIRST_ORDER: "1. New - First Order",
        OrderType.CONNECTED: "2. New - Connected",
        OrderType.GROWTH: "3. Growth",
        OrderType.CONTRACTION: "4. Contraction",
        OrderType.CHURN_PARTIAL: "5. Churn - Partial",
        OrderType.CHURN_FINAL: "6. Churn - Final",
    }
)


def churn_or_contraction(order_type: OrderType) -> str | None:
    """Return what a lost amount of an order type is called: 4 and 5 contraction, 6 churn, others nothing."""
    if order_type in (OrderType.CONTRACTION, OrderType.CHURN_PARTIAL):
        return "Contraction"
    return "Churn" if order_type == OrderType.CHURN_FINAL else None


SALES_STAGES = (
    "0-Pending Acceptance",
    "1-Discovery",
    "2-Scoping",
    "3-Technical Evaluation",
    "4-Proposal",
    "5-Negotiating",
    "6-Awaiting Signature",
    "7-Closing",
    "Closed Won",
    "8-Closed Lost",
    "9-Unqualified",
    "10-Duplicate",
)
APPROVAL = "Submit for Approval"

# Steps an opportunity takes only when the account can be reached: a proposal and all after it, up to the signature.
NEEDS_GITLAB_ADMIN_FROM = frozenset(
    {"4-Proposal", "5-Negotiating", "6-Awaiting Signature", "7-Closing", "Closed Won", APPROVAL}
)
ORDERS_THAT_NEED_GITLAB_ADMIN = frozenset(
    {OrderType.FIRST_ORDER, OrderType.CONNECTED, OrderType.GROWTH, OrderType.CONTRACTION}
)


def may_leave_stage(*, order_type: OrderType, is_web_portal: bool, stage: str, has_gitlab_admin: bool) -> bool:
    """
    Say whether an opportunity may leave for `stage` (one of SALES_STAGES, or APPROVAL).

    GitLab handbook, Go-To-Market technical documentation (GitLab Admin contact required): order types 1 to 4 need a
    GitLab Admin on the account from stage 4 on and for approval; web-portal purchases and churn orders do not. A lost
    or discarded opportunity can always be closed.
    """
    if has_gitlab_admin or is_web_portal or order_type not in ORDERS_THAT_NEED_GITLAB_ADMIN:
        return True
    return stage not in NEEDS_GITLAB_ADMIN_FROM


class LossGroup(StrEnum):
    """What reasons for loss come down to after clean-up."""

    PRODUCT_VALUE = "Product Value / Gaps"
    ENGAGEMENT = "Lack of Engagement / Sponsor"
    BUDGET = "Loss of Budget"
    QUALITY = "Product Quality / Availability"
    MERGED = "Merged Opp"
    AUTO_CLOSED = "No Progression - Auto-close"
    UNKNOWN = "Unknown"


_RAW_REASONS: Mapping[LossGroup, tuple[str, ...]] = MappingProxyType(
    {
        LossGroup.PRODUCT_VALUE: ("Missing Feature", "Stayed with Community Edition", "Budget/Value Unperceived"),
        LossGroup.ENGAGEMENT: ("Went Silent", "Evangelist Left"),
        LossGroup.BUDGET: ("No budget",),
        LossGroup.MERGED: ("Merged into another opportunity",),
        LossGroup.AUTO_CLOSED: ("Stale Opportunity",),
        LossGroup.UNKNOWN: ("Do Nothing", "Other", "Competitive Loss", "Operational Silos", ""),
    }
)
GROUP_OF_REASON: Mapping[str, LossGroup] = MappingProxyType(
    {group.value.casefold(): group for group in LossGroup}
    | {raw.casefold(): group for group, raws in _RAW_REASONS.items() for raw in raws}
)


def loss_group(raw: str) -> str:
    """Return the group of a reason as Salesforce has it; a reason that is in no group stays as it is."""
    reason = raw.strip()
    group = GROUP_OF_REASON.get(reason.casefold())
    return reason if group is None else group.value
