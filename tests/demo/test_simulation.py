"""A demo that is started again goes on as it began."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.management import call_command

from cs_platform.common import clock
from cs_platform.common.models import Clock
from demo.management.commands.load_demo import Command
from demo.simulation import NotAhead, Simulation
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def stopped(settings) -> None:
    """Let a demo of a tenth of the customers stand at NOW, as its database says it."""
    settings.DEMO = True
    clock.move_to(NOW)
    clock.note_scale(0.1)
    clock.note_lived(NOW.date() - DAY)


def test_a_demo_that_is_started_again_keeps_its_size() -> None:
    simulation = Simulation()

    simulation.advance(until=NOW + DAY)

    assert simulation.world is not None
    assert simulation.world.scale == 0.1


def test_loading_a_smaller_demo_notes_how_small_it_is() -> None:
    Clock.objects.all().delete()

    call_command(Command(), days=1, scale=0.02, stdout=io.StringIO())

    assert clock.scale() == 0.02


def test_time_only_moves_forward() -> None:
    with pytest.raises(NotAhead):
        Simulation().advance(until=NOW - DAY)
