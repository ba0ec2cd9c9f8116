"""What customers reached, and when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from accounts.timeline.models import Entry
from accounts.timeline.models import Kind as EntryKind
from cs_platform.demo.world.rules import chance
from cs_platform.demo.world.rules.lives import Life
from cs_platform.demo.world.rules.worlds import World
from metrics.value.models import Kind, Milestone

SOURCE = "product"


def milestone(account: int, kind: Kind, day: dt.date, now: dt.datetime, *, source: str = SOURCE) -> Milestone:
    return Milestone(account_id=account, kind=kind, reached_date=day, source=source, recorded_at=now)


def milestone_entry(milestone: Milestone) -> Entry:
    """Return the timeline's word of it, at noon of its day; of a first value, what the product's own job would say."""
    is_first_value = milestone.kind == Kind.FIRST_VALUE
    noon = dt.datetime.combine(milestone.reached_date, dt.time(12), tzinfo=dt.UTC)
    return Entry(
        account_id=milestone.account_id,
        kind=EntryKind.MILESTONE,
        subject="First value reached" if is_first_value else Kind(milestone.kind).label,
        source_key=f"first_value:{milestone.account_id}" if is_first_value else None,
        occurred_at=min(noon, milestone.recorded_at),
        actor=milestone.source,
    )


def first_milestones(*, world: World, lives: Sequence[Life], now: dt.datetime) -> list[Milestone]:
    """Return what new customers begin with, and what founders had reached before the world began."""
    reached: list[Milestone] = []
    for life in lives:
        account, since = world.accounts[life.number], life.contract_date
        if life.csm:
            reached.append(milestone(account, Kind.ONBOARDING_STARTED, since, now, source="onboarding"))
        if life.has_first_value:
            days = 4 + round(40 * chance.share(world.seed, "past value", life.number) ** 2)
            reached.append(milestone(account, Kind.FIRST_VALUE, min(since + dt.timedelta(days=days), now.date()), now))
        if life.has_met:
            days = 20 + round(25 * chance.share(world.seed, "past onboarding", life.number))
            closed = min(since + dt.timedelta(days=days), now.date())
            reached.append(milestone(account, Kind.ONBOARDING_CLOSED, closed, now, source="onboarding"))
    return reached
