"""
Opportunities (first orders, renewals, growth, losses) and contracts as lines.

The base product is in lane 1, Duo Pro in lane 2, true-ups in lane 3.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange

from accounts.contracts.models import Category, Line, LossReason, Opportunity, OrderType
from accounts.contracts.operations import Deal, Term
from accounts.timeline.models import Entry, Kind
from cs_platform.common.bulk import update_rows
from demo.world.rules.beginnings import Beginning
from demo.world.rules.contracts import OPENED_BEFORE, contract_in_words, moment
from demo.world.rules.customers import WEB_DIRECT
from demo.world.rules.lives import Contract, Life, TruedUp
from demo.world.rules.renewals import DUO_PRO, Outcome
from demo.world.rules.worlds import World

WON, LOST, OPEN, MERGED = "Closed Won", "Closed Lost", "5-Negotiating", "Closed Merged"
FIELDS_OF_A_DECISION = ("order_type", "stage", "is_closed", "is_won", "amount", "close_date")


def deal(world: World, life: Life, contract: Contract, order_type: OrderType, day: dt.date, **fields: object) -> Deal:
    """Return a deal about the contract, won on `day` with all it is worth, except for what `fields` say."""
    said: dict[str, object] = {
        "account_id": world.accounts[life.number],
        "subscription_id": world.subscriptions[contract.key],
        "name": f"{life.name} - {order_type.label.partition('. ')[2]}"[:200],
        "order_type": order_type,
        "stage": WON,
        "is_closed": True,
        "is_won": True,
        "amount": contract.terms.total,
        "currency": contract.terms.currency,
        "close_date": day,
        "is_web_portal": life.traits.channel == WEB_DIRECT,
        **fields,
    }
    return Deal(**said)  # type: ignore[arg-type]


def open_renewal(world: World, life: Life, contract: Contract) -> Deal:
    """Return the renewal that is opened four months ahead: as much is asked for as there is to renew."""
    return deal(
        world, life, contract, OrderType.GROWTH, contract.until,
        name=f"{life.name} - Renewal"[:200], stage=OPEN, is_closed=False, is_won=False,
        available_to_renew=contract.terms.total,
    )  # fmt: skip


def order_type_of(outcome: Outcome, *, is_last: bool = True) -> OrderType:
    """Return the order type of a decided renewal; losing one of several subscriptions is a partial churn."""
    if outcome is Outcome.CANCELLED:
        return OrderType.CHURN_FINAL if is_last else OrderType.CHURN_PARTIAL
    if outcome is Outcome.CONTRACTED:
        return OrderType.CONTRACTION
    return OrderType.CHURN_PARTIAL if outcome is Outcome.DOWNGRADED else OrderType.GROWTH


def shares(reasons: Sequence[tuple[str, float]]) -> dict[str, Decimal]:
    return {reason: Decimal(str(share)) for reason, share in reasons}


def close_renewals(*, deals: Sequence[Deal]) -> list[Deal]:
    """Close the open renewal of each deal's subscription as the deal says; return the deals that had none open."""
    if not deals:
        return []
    opened = Opportunity.objects.filter(subscription__in=[each.subscription_id for each in deals], is_closed=False)
    by_subscription = {opportunity.subscription_id: opportunity for opportunity in opened}
    closed, reasons, unopened = [], [], []
    for each in deals:
        opportunity = by_subscription.get(each.subscription_id)
        if opportunity is None:
            unopened.append(each)
            continue
        for field in FIELDS_OF_A_DECISION:
            setattr(opportunity, field, getattr(each, field))
        closed.append(opportunity)
        reasons += [LossReason(opportunity=opportunity, reason=r, share=s) for r, s in each.reasons.items()]
    update_rows(closed, FIELDS_OF_A_DECISION)
    LossReason.objects.bulk_create(reasons)
    return unopened


def first_deals(world: World, beginning: Beginning, today: dt.date) -> Iterator[Deal]:
    """Yield first orders, the renewals decided before the world began, and those open now."""
    life = beginning.life
    for contract in life.contracts:
        pasts = [past for past in beginning.pasts if past.contract.key == contract.key]
        bought, *followed = [*(past.contract for past in pasts), contract]
        is_connected = beginning.parent is not None or contract.key[-2:] != ".1"
        order_type = OrderType.CONNECTED if is_connected else OrderType.FIRST_ORDER
        yield deal(world, life, bought, order_type, life.contract_date)
        for past, following in zip(pasts, followed, strict=True):
            yield deal(
                world, life, following, order_type_of(past.decision.outcome), past.contract.until,
                available_to_renew=past.contract.terms.total, reasons=shares(past.decision.reasons),
                name=f"{life.name} - Renewal"[:200],
            )  # fmt: skip
        if (contract.until - today).days < OPENED_BEFORE:
            yield open_renewal(world, life, contract)


def first_entries(world: World, beginning: Beginning, now: dt.datetime) -> Iterator[Entry]:
    life = beginning.life
    first = {contract.key: contract for contract in life.contracts}
    first |= {past.contract.key: past.contract for past in reversed(beginning.pasts)}
    for contract in first.values():
        yield contract_entry(world, life, life.contract_date, now, f"Contract signed: {contract_in_words(contract)}")
    for past in beginning.pasts:
        yield contract_entry(world, life, past.contract.until, now, f"Renewed: {past.decision.outcome.value}")


def contract_entry(world: World, life: Life, day: dt.date, now: dt.datetime, subject: str, body: str = "") -> Entry:
    return Entry(
        account_id=world.accounts[life.number],
        kind=Kind.CONTRACT,
        subject=subject[:250],
        body=body,
        occurred_at=moment(seed=world.seed, day=day, key=(life.number, subject), latest=now),
        actor="Salesforce",
    )


BASE_LANE, DUO_LANE, TRUE_UP_LANE = 1, 2, 3


def terms_of(contract: Contract, *, subscription: int) -> Iterator[Term]:
    """Yield what each lane of the subscription holds while the contract lasts."""
    terms, since, until = contract.terms, contract.since, contract.until
    yield Term(subscription, terms.product, terms.seats, terms.arr, since, until, BASE_LANE, currency=terms.currency)
    if terms.duo_seats:
        yield Term(
            subscription, DUO_PRO, terms.duo_seats, terms.duo_arr, since, until, DUO_LANE, Category.ADD_ON,
            terms.currency,
        )  # fmt: skip


def true_up_of(true_up: TruedUp, *, subscription: int, day: dt.date) -> Term:
    """Return the true-up as a line of the month it is charged in: MRR counts a twelfth of it there and nowhere else."""
    terms = true_up.contract.terms
    next_month = (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return Term(
        subscription, terms.product, true_up.seats, true_up.seats * terms.unit, day, next_month,
        currency=terms.currency, lane=TRUE_UP_LANE, category=Category.TRUE_UP,
    )  # fmt: skip


def first_terms(world: World, lives: Sequence[Life]) -> Iterator[Term]:
    for life in lives:
        for contract in life.contracts:
            yield from terms_of(contract, subscription=world.subscriptions[contract.key])


def write_past_lines(*, world: World, beginnings: Sequence[Beginning]) -> None:
    """Write all terms of founders' subscriptions, past and present, each known since it began."""
    Line.objects.bulk_create(
        (
            _line(term, dt.datetime.combine(term.since, dt.time(12), tzinfo=dt.UTC))
            for beginning in beginnings
            for contract in (*(past.contract for past in beginning.pasts), *beginning.life.contracts)
            for term in terms_of(contract, subscription=world.subscriptions[contract.key])
        ),
        batch_size=2000,
    )


def _line(term: Term, known_since: dt.datetime) -> Line:
    return Line(
        subscription_id=term.subscription_id,
        lane=term.lane,
        category=term.category,
        product=term.product,
        seats=term.seats,
        arr=Decimal(term.arr),
        currency=term.currency,
        valid=DateRange(term.since, term.until),
        known=DateTimeTZRange(known_since, None),
    )
