from __future__ import annotations

import datetime as dt
import gc
import os
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from accounts.team.models import User
from accounts.team.selectors import has_users
from contacts.models import Delivery, Membership
from cs_platform.common import clock
from cs_platform.common.acting import acting
from demo import programs
from demo.simulation import Simulation
from demo.world.operations.days import build_base
from demo.world.rules.worlds import World

# By when the tables have grown many times over.
AFTER_DAYS = {1, 4, 16, 64}


class Command(BaseCommand):
    help = "Load the demo: a customer base and twelve months of activity, run by the real engine."

    days = 0

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=365, help="how many days to simulate")
        parser.add_argument("--scale", type=float, default=1.0, help="1 is about 1,200 accounts")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is a real installation; the demo's customers can't be loaded into it.")
        began = time.monotonic()
        simulation = Simulation()
        # What is loaded by now stays; a collector that looks at it again and again takes a quarter of the time.
        gc.freeze()
        gc.set_threshold(200_000, 20, 20)
        if not has_users():
            simulation.world = self._begin(days=options["days"], scale=options["scale"])
        elif clock.moved() >= dt.timedelta():
            self.stdout.write("  The demo is already loaded.")
            return
        self._analyze()
        # What was interrupted goes on where it stopped.
        simulation.advance(until=timezone.now(), progress=self._say)
        clock.settle()
        people, sent = Membership.objects.count(), Delivery.objects.sent().count()
        self.stdout.write(f"  {people:,} contacts, {sent:,} messages, in {time.monotonic() - began:.0f} s")

    # Write the customers as they stood when the simulated time begins, and publish the programs.
    @transaction.atomic
    def _begin(self, *, days: int, scale: float) -> World:
        start = (timezone.now() - dt.timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
        clock.move_to(start)
        clock.note_scale(scale)
        self.stdout.write("  customers")
        world = build_base(start=start.date(), password=os.environ.get("KEEL_DEMO_PASSWORD", ""), scale=scale)
        owner = User.objects.get(email="pm@keel.example")
        with acting(actor=owner.email), clock.recording_at(start):
            programs.publish_programs(owner=owner, now=start)
        return world

    def _say(self, day: dt.date) -> None:
        self.days += 1
        if self.days in AFTER_DAYS:
            self._analyze()
        if day.day == 1:
            self.stdout.write(f"  {day:%B %Y}")
            self.stdout.flush()

    # A year passes in less time than autovacuum takes to look twice, and plans for empty tables are slow on full ones.
    def _analyze(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("analyze")
