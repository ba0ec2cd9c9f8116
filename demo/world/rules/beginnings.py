"""How customers come into the world: those there from the beginning, with a past, and those who sign later."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from demo.world.rules import chance, customers, renewals, team
from demo.world.rules.companies import child_name, company_name, domain
from demo.world.rules.contracts import as_typed, next_term, years_on
from demo.world.rules.customers import CSM_MANAGED, SALES_ASSISTED, Traits, traits
from demo.world.rules.lives import ADOPTION, ONBOARDING, OPTIMIZE, Contract, Life
from demo.world.rules.renewals import first_terms, months_of
from demo.world.rules.team import is_working_day

FOUNDERS = 620
YOUNGEST, OLDEST = 3, 960  # days a founder has been a customer
SIGNED_A_WORKING_DAY = 1.11
LATE_RECORDS, LATEST_RECORD = 0.05, 21


@dataclass(frozen=True, slots=True)
class Past:
    """One term that ended before the world began, and what was then decided."""

    contract: Contract
    decision: renewals.Decision


@dataclass(frozen=True, slots=True)
class Beginning:
    """A customer as first written: `parent` is a customer's number."""

    life: Life
    pasts: tuple[Past, ...] = ()
    parent: int | None = None


def founders(*, seed: int, today: dt.date, scale: float) -> list[Beginning]:
    begun: list[Beginning] = []
    domains: set[str] = set()
    parents: dict[int, str] = {}
    for number in range(max(round(FOUNDERS * scale), 14)):
        beginning = _founder(seed, number, today, domains, parents)
        domains.add(domain(beginning.life.name))
        if beginning.life.segment == CSM_MANAGED and beginning.parent is None:
            parents[number] = beginning.life.name
        begun.append(beginning)
    return begun


def signed_today(*, seed: int, day: dt.date, scale: float) -> int:
    """Return how many new customers sign: on working days, more when a fiscal quarter ends."""
    if not is_working_day(day):
        return 0
    season = 1.45 if day.month % 3 == 1 and day.day > 15 else 0.93
    return chance.whole(SIGNED_A_WORKING_DAY * scale * season, chance.share(seed, "signings", day.toordinal()))


def newcomer(
    *, seed: int, number: int, day: dt.date, domains: Collection[str], parents: Mapping[int, str]
) -> Beginning:
    """Return the customer who signs on `day`; a few orders are recorded only some days after they began."""
    who = traits(seed=seed, number=number)
    dice = chance.dice(seed, "signing", number)
    is_late = who.channel == SALES_ASSISTED and dice.random() < LATE_RECORDS
    since = day - dt.timedelta(days=dice.randint(5, LATEST_RECORD) if is_late else 0)
    name, parent = _named(who, domains, parents, dice)
    contracts = tuple(as_typed(contract, seed=seed) for contract in _first_contracts(seed, who, since, dice))
    csm = team.csm_for(seed=seed, number=number, segment=who.segment)
    life = Life(who, name, who.segment, ONBOARDING, since, contracts, csm, since if csm else None)
    return Beginning(life, parent=parent)


def _first_contracts(seed: int, who: Traits, since: dt.date, dice: random.Random) -> list[Contract]:
    key = f"{who.number}.1"
    months = months_of(seed=seed, key=key, segment=who.segment)
    first = first_terms(who, dice=dice, months=months)
    contracts = [Contract(key, since, first, since, years_on(since, months // 12))]
    if who.has_two_subscriptions:
        second = first_terms(who, dice=dice, months=12, part=0.45)
        contracts.append(Contract(f"{who.number}.2", since, second, since, years_on(since, 1)))
    return contracts


def _named(
    who: Traits, domains: Collection[str], parents: Mapping[int, str], dice: random.Random
) -> tuple[str, int | None]:
    parent = dice.choice(sorted(parents)) if who.is_child and parents else None
    while True:
        if parent is None:
            name = company_name(country=who.country, industry=who.industry, dice=dice)
        else:
            name = child_name(parent=parents[parent], country=who.country, dice=dice)
        if domain(name) not in domains:
            return name, parent
        parent = parent if dice.random() < 0.8 else None


def _founder(seed: int, number: int, today: dt.date, domains: Collection[str], parents: Mapping[int, str]) -> Beginning:
    who = traits(seed=seed, number=number)
    dice = chance.dice(seed, "founder", number)
    since = today - dt.timedelta(days=dice.randint(YOUNGEST, OLDEST))
    name, parent = _named(who, domains, parents, dice)
    contracts, pasts = [], []
    for contract in _first_contracts(seed, who, since, dice):
        current, before = _up_to(today, contract, who, seed, dice)
        contracts.append(as_typed(current, seed=seed))
        pasts.extend(before)
    csm = team.csm_for(seed=seed, number=number, segment=who.segment)
    age = (today - since).days
    life = Life(
        traits=who,
        name=name,
        segment=who.segment,
        stage=ONBOARDING if age < 30 else OPTIMIZE if contracts[0].utilisation > 0.8 else ADOPTION,
        contract_date=since,
        contracts=tuple(contracts),
        csm=csm,
        onboarding_since=since if csm and age < 30 else None,
        has_met=csm is not None and age >= 30,
        has_first_value=age >= 30,
    )
    return Beginning(life, tuple(pasts), parent)


# Return the contract that is in force today, and the terms before it; founders are those who stayed.
def _up_to(
    today: dt.date, contract: Contract, who: Traits, seed: int, dice: random.Random
) -> tuple[Contract, list[Past]]:
    pasts: list[Past] = []
    while True:
        seats = contract.terms.seats
        age = (today - contract.since).days
        users = customers.settled_users(who, seed=seed, seats=seats, year=contract.age(contract.since) // 365)
        is_new = not pasts and age < 120
        contract = replace(contract, users=round(users * max(age - 15, 0) / 105) if is_new else users)
        if contract.until > today:
            return contract, pasts
        decision = renewals.decide(
            terms=contract.terms, segment=who.segment, utilisation=contract.utilisation, dice=dice
        )
        pasts.append(Past(contract, decision))
        contract = next_term(contract, decision.terms)
