from __future__ import annotations

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cs_platform.common import clock
from demo.simulation import NotAhead, Simulation


class Command(BaseCommand):
    help = "Advance the demo to a date with the workers' own operations; every message stays in the Outbox."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until", required=True, metavar="DATE", help="a date such as 2026-12-24")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Only a demo can be advanced; this is a real installation.")
        try:
            day = dt.date.fromisoformat(options["until"])
        except ValueError:
            raise CommandError(f"--until: {options['until']!r} is not a date such as 2026-12-24.") from None
        until = dt.datetime.combine(day, clock.now().timetz())
        try:
            days = Simulation().advance(until=until, progress=self._say)
        except NotAhead as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"Advanced {days} days to {clock.now():%A, %d %B %Y}.")

    def _say(self, day: dt.date) -> None:
        if day.day == 1:
            self.stdout.write(f"  {day:%B %Y}")
