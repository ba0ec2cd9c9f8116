"""What each kind of happening means in rows, written nowhere here but for the one subscription that replaces two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from accounts.book.models import ExternalId, Stage
from accounts.contracts import operations as contracts
from accounts.contracts.models import OrderType, Subscription
from accounts.timeline.models import Entry
from accounts.timeline.models import Kind as EntryKind
from demo.world.operations.arrivals import BILLING_SYSTEM, ONBOARDING, subscription_row
from demo.world.operations.contracts import (
    LOST,
    MERGED,
    contract_entry,
    deal,
    open_renewal,
    order_type_of,
    shares,
    terms_of,
    true_up_of,
)
from demo.world.operations.daybook import Daybook
from demo.world.rules import chance, lives
from demo.world.rules.contracts import contract_in_words, moment, money, seats_in_words
from demo.world.rules.customers import SELF_MANAGED
from demo.world.rules.lives import Happening, Life, Met
from demo.world.rules.renewals import Outcome
from demo.world.rules.team import FIRST_BODY, FIRST_SUBJECTS
from demo.world.rules.worlds import World
from metrics.value.models import Kind
from metrics.value.operations import Reached


def note(daybook: Daybook, life: Life, happening: Happening) -> None:
    """Add to the day's rows what this happening means; `life` is the customer before it."""
    NOTES[type(happening)](daybook, life, happening)


def _read(daybook: Daybook, life: Life, happening: lives.Read) -> None:
    daybook.reads.append((daybook.world.subscriptions[happening.contract.key], daybook.day, happening))


def _first_value(daybook: Daybook, life: Life, happening: lives.FirstValue) -> None:
    daybook.valued[daybook.world.accounts[life.number]] = daybook.day
    daybook.summary.counts[Kind.FIRST_VALUE.value] += 1


def _onboarding_closed(daybook: Daybook, life: Life, happening: lives.OnboardingClosed) -> None:
    _reach(daybook, life, Kind.ONBOARDING_CLOSED)
    if life.traits.deployment == SELF_MANAGED:
        _reach(daybook, life, Kind.INFRASTRUCTURE_READY)


def _reach(daybook: Daybook, life: Life, kind: Kind) -> None:
    daybook.reach(Reached(daybook.world.accounts[life.number], kind, daybook.day), source=ONBOARDING)
    daybook.summary.counts[kind.value] += 1


def _met(daybook: Daybook, life: Life, happening: lives.Met) -> None:
    daybook.entries.append(meeting_entry(daybook.world, life, happening, daybook.day, daybook.now))
    daybook.summary.counts["met"] += 1


def _stage_moved(daybook: Daybook, life: Life, happening: lives.StageMoved) -> None:
    before, after = Stage(life.stage), Stage(happening.stage)
    _update(
        daybook, life, f"Stage changed from {before.label} to {after.label}",
        sentiment="red" if after is Stage.WILL_CHURN else "",
        data={"stage": {"before": before.value, "after": after.value}},
    )  # fmt: skip


def _graduated(daybook: Daybook, life: Life, happening: lives.Graduated) -> None:
    _update(daybook, life, "Moved from Tech Touch to Scale")
    if happening.csm:
        daybook.csms[daybook.world.accounts[life.number]] = daybook.world.users.get(happening.csm)
    daybook.summary.accounts.add(daybook.world.accounts[life.number])


def _handed_over(daybook: Daybook, life: Life, happening: lives.HandedOver) -> None:
    _update(daybook, life, "Handed over to another CSM", body=f"From {life.csm} to {happening.csm}.")
    daybook.csms[daybook.world.accounts[life.number]] = daybook.world.users.get(happening.csm)
    daybook.summary.counts["handed_over"] += 1


def _update(daybook: Daybook, life: Life, subject: str, **fields: Any) -> None:
    daybook.entries.append(
        Entry(
            account_id=daybook.world.accounts[life.number],
            kind=EntryKind.UPDATE,
            subject=subject,
            occurred_at=moment(
                seed=daybook.world.seed, day=daybook.day, key=(life.number, subject), latest=daybook.now
            ),
            actor=life.csm or "Keel",
            **fields,
        )
    )


def _renewal_opened(daybook: Daybook, life: Life, happening: lives.RenewalOpened) -> None:
    daybook.deals.append(open_renewal(daybook.world, life, happening.contract))


def _renewed(daybook: Daybook, life: Life, happening: lives.Renewed) -> None:
    decision = happening.decision
    daybook.decisions.append(
        deal(
            daybook.world, life, happening.after, order_type_of(decision.outcome), daybook.day,
            available_to_renew=happening.before.terms.total, reasons=shares(decision.reasons),
            name=f"{life.name} - Renewal"[:200],
        )
    )  # fmt: skip
    _hold(daybook, happening.after)
    _say(daybook, life, f"Renewed: {contract_in_words(happening.after)}", decision.outcome.value)


def _grown(daybook: Daybook, life: Life, happening: lives.Grown) -> None:
    before, after = happening.before, happening.after
    amount = after.terms.total - before.terms.total
    daybook.deals.append(deal(daybook.world, life, after, OrderType.GROWTH, daybook.day, amount=amount))
    _hold(daybook, after)
    added = seats_in_words(after.terms.seats - before.terms.seats)
    _say(daybook, life, f"{added} added: {contract_in_words(after)}", "grown")


def _trued_up(daybook: Daybook, life: Life, happening: lives.TruedUp) -> None:
    contract = happening.contract
    subscription = daybook.world.subscriptions[contract.key]
    daybook.terms.append(true_up_of(happening, subscription=subscription, day=daybook.day))
    amount = happening.seats * contract.terms.unit
    daybook.deals.append(
        deal(daybook.world, life, contract, OrderType.GROWTH, daybook.day, amount=amount, notes="True-up")
    )
    subject = f"True-up for {seats_in_words(happening.seats)}: {money(amount, contract.terms.currency)}"
    _say(daybook, life, subject, "trued_up")


def _corrected(daybook: Daybook, life: Life, happening: lives.Corrected) -> None:
    _hold(daybook, happening.after)
    wrong, right = happening.before.terms.seats, happening.after.terms.seats
    _say(daybook, life, f"Order corrected: {right} seats since {happening.after.since}, not {wrong}", "corrected")


def _cancelled(daybook: Daybook, life: Life, happening: lives.Cancelled) -> None:
    contract = happening.contract
    daybook.decisions.append(
        deal(
            daybook.world, life, contract, order_type_of(Outcome.CANCELLED, is_last=happening.is_last), daybook.day,
            available_to_renew=contract.terms.total, amount=0, stage=LOST, is_won=False,
            reasons=shares(happening.reasons), name=f"{life.name} - Renewal"[:200],
        )
    )  # fmt: skip
    reasons = ", ".join(reason for reason, _ in happening.reasons)
    _say(daybook, life, f"Not renewed: {contract_in_words(contract)}", "cancelled", body=f"Reason: {reasons}.")


def _consolidated(daybook: Daybook, life: Life, happening: lives.Consolidated) -> None:
    world, after = daybook.world, happening.after
    row = subscription_row(world, life, after, since=after.since)
    row.save()
    world.subscriptions[after.key] = row.pk
    daybook.name_outside(ExternalId.Kind.SUBSCRIPTION, {row.number: row.pk}, system=BILLING_SYSTEM)
    for before in happening.before:
        old = Subscription(pk=world.subscriptions[before.key])
        contracts.supersede(subscription=old, by=row)
        if before.until > daybook.day:
            contracts.cancel_lines(subscription=old, since=daybook.day)
        daybook.decisions.append(
            deal(world, life, before, OrderType.GROWTH, daybook.day, amount=0, stage=MERGED, is_won=False)
        )
    daybook.deals.append(deal(world, life, after, OrderType.GROWTH, daybook.day))
    _hold(daybook, after)
    _read(daybook, life, lives.Read(after, round(after.users * life.traits.ci_share), None))
    _say(daybook, life, f"Two subscriptions became one: {contract_in_words(after)}", "consolidated")


def _hold(daybook: Daybook, contract: lives.Contract) -> None:
    daybook.terms += terms_of(contract, subscription=daybook.world.subscriptions[contract.key])


# Put a change of contract on the timeline and into the day's figures.
def _say(daybook: Daybook, life: Life, subject: str, counted_as: str, *, body: str = "") -> None:
    daybook.entries.append(contract_entry(daybook.world, life, daybook.day, daybook.now, subject, body))
    daybook.summary.counts[counted_as] += 1
    daybook.summary.accounts.add(daybook.world.accounts[life.number])


NOTES: Mapping[type, Callable[[Daybook, Life, Any], None]] = {
    lives.Read: _read,
    lives.FirstValue: _first_value,
    lives.Met: _met,
    lives.OnboardingClosed: _onboarding_closed,
    lives.StageMoved: _stage_moved,
    lives.Graduated: _graduated,
    lives.HandedOver: _handed_over,
    lives.RenewalOpened: _renewal_opened,
    lives.Renewed: _renewed,
    lives.Grown: _grown,
    lives.TruedUp: _trued_up,
    lives.Corrected: _corrected,
    lives.Consolidated: _consolidated,
    lives.Cancelled: _cancelled,
}


def meeting_entry(world: World, life: Life, met: Met, day: dt.date, now: dt.datetime) -> Entry:
    return Entry(
        account_id=world.accounts[life.number],
        kind=met.kind,
        subject=met.subject,
        body=met.body,
        occurred_at=moment(seed=world.seed, day=day, key=("meeting", life.number), latest=now),
        actor=life.csm or "",
        sentiment=met.sentiment,
    )


def past_kickoff(world: World, life: Life, now: dt.datetime) -> Entry:
    days = 3 + round(18 * chance.share(world.seed, "past kickoff", life.number) ** 1.5)
    day = min(life.contract_date + dt.timedelta(days=days), now.date())
    met = Met("call", FIRST_SUBJECTS[0], FIRST_BODY.format(place="the platform team"), "green")
    return meeting_entry(world, life, met, day, now)
