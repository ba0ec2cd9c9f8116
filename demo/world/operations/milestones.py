"""What customers had reached when they came into the world."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from demo.world.rules import chance
from demo.world.rules.lives import Life
from demo.world.rules.worlds import World
from metrics.value.models import Kind
from metrics.value.operations import PRODUCT, Reached

ONBOARDING = "onboarding"


def first_milestones(*, world: World, lives: Sequence[Life], today: dt.date) -> Iterator[tuple[str, Reached]]:
    """Yield, with their source, what new customers begin with and what founders had reached before the world began."""
    for life in lives:
        account, since = world.accounts[life.number], life.contract_date
        if life.csm:
            yield ONBOARDING, Reached(account, Kind.ONBOARDING_STARTED, since)
        if life.has_first_value:
            days = 4 + round(40 * chance.share(world.seed, "past value", life.number) ** 2)
            yield PRODUCT, Reached(account, Kind.FIRST_VALUE, min(since + dt.timedelta(days=days), today))
        if life.has_met:
            days = 20 + round(25 * chance.share(world.seed, "past onboarding", life.number))
            yield ONBOARDING, Reached(account, Kind.ONBOARDING_CLOSED, min(since + dt.timedelta(days=days), today))
