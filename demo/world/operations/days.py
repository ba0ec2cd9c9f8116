"""Begin the world: the house, the founders with their past, and the year before the one shown. Live one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from accounts.book import operations as book
from accounts.contracts import operations as contracts
from accounts.timeline import operations as timeline
from cs_platform.common import clock, partitions
from cs_platform.common.acting import acting
from demo.world.operations.arrivals import write_arrivals
from demo.world.operations.daybook import Daybook, write_readings
from demo.world.operations.happenings import note, past_kickoff
from demo.world.operations.team import change_staff, found_house, write_rates
from demo.world.rules.beginnings import OLDEST, Beginning, founders, newcomer, signed_today
from demo.world.rules.companies import domain
from demo.world.rules.days import live
from demo.world.rules.lives import Life, Read
from demo.world.rules.worlds import SEED, DaySummary, World
from demo.world.selectors import remember

ACTOR = "demo"


def live_one_day(
    *,
    day: dt.date,
    now: dt.datetime,
    clicks: Mapping[int, int],
    world: World | None = None,
    seed: int = SEED,
    scale: float = 1.0,
) -> DaySummary:
    """
    Let everybody live through `day` and write what happened, as recorded at `now`, in one transaction.

    Whoever lives many days keeps the `world` of build_base or selectors.remember; without one it is remembered from
    the database, which takes a fifth of a second.

    `clicks` are human clicks of the last 90 days by account; who is absent has none. They make usage grow a little
    faster and a loss a little less likely (rules.adoption, rules.renewals); the figures split by engagement show that.
    """
    world = world or remember(today=day - dt.timedelta(days=1), seed=seed, scale=scale)
    return live_days(world=world, days=[day], now=now, clicks=clicks)


def live_days(
    *, world: World, days: Sequence[dt.date], now: dt.datetime, clicks: Mapping[int, int], keeps_readings: bool = True
) -> DaySummary:
    """
    Let everybody live through consecutive days, at most a week of them, recorded together at `now`.

    Who signs on these days begins to live after them.
    """
    daybook = Daybook(world, days[-1], now, DaySummary(days[-1]))
    with acting(actor=ACTOR, source="salesforce"), clock.recording_at(now):
        for day in days:
            daybook.day = day
            _turn_the_month(daybook)
            _live(daybook, clicks)
        _welcome(daybook, days)
        daybook.write(keeps_readings=keeps_readings)
        for day in days:
            change_staff(world=world, day=day, now=now, summary=daybook.summary)
    return daybook.summary


def _turn_the_month(daybook: Daybook) -> None:
    day = daybook.day
    if day.day == 1:
        daybook.is_new_month = True
        partitions.ensure("metrics_reading", first=day, last=day)
        write_rates(seed=daybook.world.seed, first=day, last=day)


def _live(daybook: Daybook, clicks: Mapping[int, int]) -> None:
    world, day = daybook.world, daybook.day
    for number, life in list(world.lives.items()):
        if not life.contracts:
            continue
        account = world.accounts[number]
        after, happened = live(life, seed=world.seed, day=day, clicks=clicks.get(account, 0))
        for contract in life.contracts:
            if contract.until == day:  # a term ended, whether or not it was renewed today
                daybook.summary.accounts.add(account)
        if not happened:
            continue
        for happening in happened:
            note(daybook, life, happening)
        if (after.stage, after.segment) != (life.stage, life.segment):
            daybook.changed[account] = after
        world.lives[number] = after


def _welcome(daybook: Daybook, days: Sequence[dt.date]) -> None:
    world = daybook.world
    number, domains, parents = world.next_number(), set(world.domains), world.possible_parents()
    beginnings: list[Beginning] = []
    for day in days:
        for _ in range(signed_today(seed=world.seed, day=day, scale=world.scale)):
            arrival = newcomer(seed=world.seed, number=number, day=day, domains=domains, parents=parents)
            domains.add(domain(arrival.life.name))
            beginnings.append(arrival)
            number += 1
    write_arrivals(daybook, beginnings)
    daybook.summary.counts["signed"] += len(beginnings)
    daybook.summary.accounts |= {world.accounts[beginning.life.number] for beginning in beginnings}


YEAR = dt.timedelta(days=365)
# Before the shown year what happens is recorded weekly, and readings are kept monthly but for its last quarter.
WEEKLY_BEFORE = dt.timedelta(days=92)


def build_base(*, start: dt.date, password: str, seed: int = SEED, scale: float = 1.0) -> World:
    """
    Write the world as it stands at the beginning of `start` and return what it remembers.

    The world begins a year before `start`, with customers of up to three years, and lives that year without anybody
    clicking; so twelve-month retention is known for every month from `start` on. `scale` 0.1 is a tenth of the
    customers. The database must hold no customers yet.
    """
    began = start - YEAR
    world = World(seed=seed, scale=scale)
    with acting(actor=ACTOR, source="import"), clock.recording_at(_morning(began - dt.timedelta(days=OLDEST))):
        world.users = found_house(password=password)
        write_rates(seed=seed, first=began - dt.timedelta(days=OLDEST), last=began)
        partitions.ensure("metrics_reading", first=began, last=start)
    _write_founders(world, began)
    for first in range(1, YEAR.days, 7):
        days = [began + dt.timedelta(days=n) for n in range(first, min(first + 7, YEAR.days))]
        keeps = days[0].day <= 7 or days[0] >= start - WEEKLY_BEFORE
        live_days(world=world, days=days, now=_evening(days[-1]), clicks={}, keeps_readings=keeps)
    return world


# Write the founders in the order in which they came, a quarter of a year at a time: as-of spans begin there.
def _write_founders(world: World, began: dt.date) -> None:
    begun = founders(seed=world.seed, today=began, scale=world.scale)
    cohorts: dict[tuple[int, int], list[Beginning]] = {}
    for beginning in begun:
        since = beginning.life.contract_date
        cohorts.setdefault((since.year, (since.month - 1) // 3), []).append(beginning)
    for (year, quarter), cohort in sorted(cohorts.items()):
        ends = dt.date(year + quarter // 3, (quarter * 3 + 3) % 12 + 1, 1)
        now = _evening(min(ends, began))
        with acting(actor=ACTOR, source="salesforce"), clock.recording_at(now):
            daybook = Daybook(world, now.date(), now, DaySummary(now.date()), is_new_month=True)
            write_arrivals(daybook, cohort, is_past=True)
            daybook.write()
    _settle(world, [beginning.life for beginning in begun], began)


# Write what founders did together: their families, their kickoffs, their first reading.
def _settle(world: World, lives: Sequence[Life], began: dt.date) -> None:
    now = _evening(began)
    with acting(actor=ACTOR, source="salesforce"), clock.recording_at(now):
        families = {world.accounts[child]: world.accounts[parent] for child, parent in world.parents.items()}
        book.set_parents(parents=families)
        timeline.record(entries=[past_kickoff(world, life, now) for life in lives if life.has_met])
        write_readings(
            reads=[
                (
                    world.subscriptions[contract.key],
                    began,
                    Read(contract, round(contract.users * life.traits.ci_share), None),
                )
                for life in lives
                for contract in life.contracts
            ]
        )
        contracts.denormalise_contracts(account_ids=None, today=began)


def _morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=dt.UTC)


def _evening(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(18), tzinfo=dt.UTC)
