"""Begin the world: the house, the founders with their past, and the year before the one that is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from accounts.book import operations as book
from accounts.contracts import operations as contracts
from accounts.timeline import operations as timeline
from cs_platform.common import partitions
from cs_platform.common.acting import acting
from demo.world.operations.arrivals import write_arrivals
from demo.world.operations.daybook import Daybook
from demo.world.operations.days import ACTOR, live_days
from demo.world.operations.meetings import past_kickoff
from demo.world.operations.readings import write_readings
from demo.world.operations.team import found_house, write_rates
from demo.world.rules.beginnings import OLDEST, Beginning, founders
from demo.world.rules.lives import Life, Read
from demo.world.rules.summaries import DaySummary
from demo.world.rules.worlds import SEED, World

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
    with acting(actor=ACTOR, now=_morning(began - dt.timedelta(days=OLDEST)), source="import"):
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
        with acting(actor=ACTOR, now=now, source="salesforce"):
            daybook = Daybook(world, now.date(), now, DaySummary(now.date()), is_new_month=True)
            write_arrivals(daybook, cohort, is_past=True)
            daybook.write()
    _settle(world, [beginning.life for beginning in begun], began)


# Write what founders did together: their families, their kickoffs, their first reading.
def _settle(world: World, lives: Sequence[Life], began: dt.date) -> None:
    now = _evening(began)
    with acting(actor=ACTOR, now=now, source="salesforce"):
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
        contracts.refresh_copies(account_ids=None, today=began)


def _morning(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6), tzinfo=dt.UTC)


def _evening(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(18), tzinfo=dt.UTC)
