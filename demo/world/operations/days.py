"""Live one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from cs_platform.common import partitions
from cs_platform.common.acting import acting
from demo.world.operations.arrivals import write_arrivals
from demo.world.operations.daybook import Daybook
from demo.world.operations.happenings import note
from demo.world.operations.staff import change_staff
from demo.world.operations.team import write_rates
from demo.world.rules.beginnings import Beginning, newcomer, signed_today
from demo.world.rules.company_names import domain
from demo.world.rules.days import live
from demo.world.rules.summaries import DaySummary
from demo.world.rules.worlds import SEED, World
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
    with acting(actor=ACTOR, now=now, source="salesforce"):
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
