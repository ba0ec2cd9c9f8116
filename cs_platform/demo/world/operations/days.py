"""Live one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from cs_platform.common import partitions
from cs_platform.common.acting import acting
from cs_platform.demo.world.operations.arrivals import write_arrivals
from cs_platform.demo.world.operations.daybook import Daybook
from cs_platform.demo.world.operations.happenings import note
from cs_platform.demo.world.operations.staff import change_staff
from cs_platform.demo.world.operations.team import write_rates
from cs_platform.demo.world.rules.beginnings import newcomer, signed_today
from cs_platform.demo.world.rules.days import live
from cs_platform.demo.world.rules.summaries import DaySummary
from cs_platform.demo.world.rules.worlds import World

ACTOR = "demo"


def live_one_day(
    *, world: World, day: dt.date, now: dt.datetime, clicks: Mapping[int, int], keeps_readings: bool = True
) -> DaySummary:
    """
    Let everybody live through `day` and write what happened, as recorded at `now`, in one transaction.

    `clicks` are human clicks of the last 90 days by account; who is absent has none. They make usage grow a little
    faster and a loss a little less likely (rules.adoption, rules.renewals); the figures split by engagement show that.
    """
    summary = DaySummary(day)
    with acting(actor=ACTOR, now=now, source="salesforce"):
        if day.day == 1:
            partitions.ensure("metrics_reading", first=day, last=day)
            write_rates(seed=world.seed, first=day, last=day)
        daybook = Daybook(world, day, now, summary)
        _live(daybook, clicks)
        _welcome(world, summary, now)
        daybook.write(keeps_readings=keeps_readings)
        change_staff(world=world, day=day, now=now, summary=summary)
    return summary


def _live(daybook: Daybook, clicks: Mapping[int, int]) -> None:
    world, day = daybook.world, daybook.day
    for number, life in list(world.lives.items()):
        if not life.contracts:
            continue
        account = world.accounts[number]
        after, happened = live(life, seed=world.seed, day=day, clicks=clicks.get(account, 0))
        if any(contract.until == day for contract in life.contracts):
            daybook.summary.accounts.add(account)  # a term ended, whether or not it was renewed today
        if not happened:
            continue
        for happening in happened:
            note(daybook, life, happening)
        if (after.stage, after.segment) != (life.stage, life.segment):
            daybook.changed[account] = after
        world.lives[number] = after


def _welcome(world: World, summary: DaySummary, now: dt.datetime) -> None:
    day = summary.day
    beginnings = []
    for number in range(
        world.next_number(), world.next_number() + signed_today(seed=world.seed, day=day, scale=world.scale)
    ):
        arrival = newcomer(
            seed=world.seed, number=number, day=day, domains=world.domains, parents=world.possible_parents()
        )
        beginnings.append(arrival)
    write_arrivals(world=world, beginnings=beginnings, now=now)
    summary.counts["signed"] += len(beginnings)
    summary.accounts |= {world.accounts[beginning.life.number] for beginning in beginnings}
