"""One day in the life of a customer: what happens, and who they are afterwards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from demo.world.rules import chance, contracts, team
from demo.world.rules.companies import MIDDLE_RATES
from demo.world.rules.customers import FIRST_VALUE_SHARE, FULL_SHARE, SCALE, SELF_MANAGED, TECH_TOUCH
from demo.world.rules.lives import (
    ADOPTION,
    CHURNED,
    IMPLEMENTATION,
    ONBOARDING,
    OPTIMIZE,
    Cancelled,
    Consolidated,
    Corrected,
    FirstValue,
    Graduated,
    Grown,
    HandedOver,
    Happening,
    Life,
    Met,
    OnboardingClosed,
    Read,
    Renewed,
    StageMoved,
)

# US dollars a year from which a Tech Touch customer gets a CSE.
SCALE_FROM = 45_000
HANDOVERS_A_READING = 0.0024


def live(life: Life, *, seed: int, day: dt.date, clicks: int) -> tuple[Life, list[Happening]]:
    """Return the customer after `day` and what happened; `clicks` are human ones in the last 90 days."""
    happened: list[Happening] = []
    for contract in life.contracts:
        # The second of two may have been taken along by the first today.
        if contracts.is_quiet(contract, day) or life.has_ended(contract.key):
            continue
        for happening in contracts.a_day_of(life, contract, seed=seed, day=day, clicks=clicks):
            life = after(life, happening)
            happened.append(happening)
    if not happened and life.csm is None:
        return life, happened
    for happening in _around_the_contracts(life, seed, day, is_news=bool(happened)):
        life = after(life, happening)
        happened.append(happening)
    return life, happened


def _around_the_contracts(life: Life, seed: int, day: dt.date, *, is_news: bool) -> Iterator[Happening]:
    if not life.contracts:
        return
    met = team.meeting(life, seed=seed, day=day)
    if met:
        yield met
    if life.onboarding_since and (life.has_met or met) and day >= _onboarding_ends(life, seed):
        yield OnboardingClosed()
        yield StageMoved(ADOPTION if life.has_first_value else IMPLEMENTATION)
    if is_news:
        yield from _after_a_reading(life, seed, day)


def _onboarding_ends(life: Life, seed: int) -> dt.date:
    assert life.onboarding_since
    dice = chance.dice(seed, "onboarding", life.number)
    days = chance.spread(
        dice, median=37 if life.traits.deployment == SELF_MANAGED else 32, factor=1.42, low=14, high=110
    )
    return life.onboarding_since + dt.timedelta(days=round(days))


def _after_a_reading(life: Life, seed: int, day: dt.date) -> Iterator[Happening]:
    seats = sum(contract.terms.seats for contract in life.contracts)
    users = sum(contract.users for contract in life.contracts)
    if not life.has_first_value and any(each.utilisation >= FIRST_VALUE_SHARE for each in life.contracts):
        yield FirstValue()
        if life.onboarding_since is None and life.stage in {ONBOARDING, IMPLEMENTATION}:
            yield StageMoved(ADOPTION)
    elif life.stage == ADOPTION and users >= FULL_SHARE * seats:
        yield StageMoved(OPTIMIZE)
    age = (day - life.contract_date).days
    if life.csm and life.has_met and chance.share(seed, "hand", life.number, age) < HANDOVERS_A_READING:
        yield HandedOver(team.other_csm(seed=seed, number=life.number, segment=life.segment, than=life.csm, day=age))
    if life.segment == TECH_TOUCH and dollars(life) > SCALE_FROM:
        yield Graduated(SCALE, team.csm_for(seed=seed, number=life.number, segment=SCALE))


def dollars(life: Life) -> float:
    """Return the customer's ARR in US dollars at the demo's middle rates."""
    return sum(float(each.terms.total) * MIDDLE_RATES.get(each.terms.currency, 1.0) for each in life.contracts)


def after(life: Life, happening: Happening) -> Life:
    match happening:
        case Read(contract):
            return life.with_contract(contract)
        case Grown(_, contract) | Corrected(_, contract) | Renewed(_, contract):
            return life.with_contract(contract)
        case Consolidated((first, second), contract):
            rest = life.without(first.key, second.key)
            return replace(rest, contracts=(*rest.contracts, contract))
        case Cancelled(contract, _, is_last):
            left = life.without(contract.key)
            return replace(left, stage=CHURNED if is_last else ADOPTION, onboarding_since=None)
        case Met():
            return replace(life, has_met=True)
        case FirstValue():
            return replace(life, has_first_value=True)
        case OnboardingClosed():
            return replace(life, onboarding_since=None)
        case StageMoved(stage):
            return replace(life, stage=stage)
        case Graduated(segment, csm):
            return replace(life, segment=segment, csm=csm)
        case HandedOver(csm):
            return replace(life, csm=csm)
    return life
