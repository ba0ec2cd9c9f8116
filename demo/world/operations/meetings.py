"""Calls and meetings, as CSMs log them."""

from __future__ import annotations

import datetime as dt

from accounts.timeline.models import Entry
from demo.world.rules import chance
from demo.world.rules.lives import Life, Met
from demo.world.rules.meetings import FIRST_BODY, FIRST_SUBJECTS
from demo.world.rules.wording import moment
from demo.world.rules.worlds import World


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
