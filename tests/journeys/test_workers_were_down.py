"""Whoever was not written to in time is not written to a month late, nor everything at once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import User
from contacts.delivery.models import State
from contacts.delivery.operations import release_held, send_all_due
from contacts.delivery.rules import reason_in_words
from contacts.models import Delivery
from programs.design import operations as design
from programs.design.rules import from_json
from programs.models import Decision, Participant, Program
from programs.participants import operations as participants
from tests import factories, mail
from tests.factories import NOW
from tests.fixtures import Browser
from tests.programs import world
from tests.programs.world import DAY, live, step

pytestmark = pytest.mark.django_db


@pytest.fixture
def series(ada: User) -> Program:
    """Return a program of four emails on days 0, 1, 2 and 9, whose reader has had the first."""
    factories.organisation()
    program = world.published(ada, *(step(n, day=day) for n, day in enumerate((0, 1, 2, 9), start=1)))
    world.admin()
    live(NOW)
    return program


def written() -> list[str]:
    return [row.mailing.key.partition("/")[2] for row in Delivery.objects.order_by("pk").select_related("mailing")]


def test_a_month_without_workers_sends_nothing_stale_and_says_so(series: Program) -> None:
    live(NOW + 40 * DAY)

    assert written() == ["mail-1"]
    assert set(Decision.objects.filter(code="step_too_late").values_list("step_key", flat=True)) == {
        "mail-2",
        "mail-3",
        "mail-4",
    }
    assert Participant.objects.get().state == "completed"


def test_what_is_still_in_time_is_sent_and_what_is_not_is_skipped(series: Program) -> None:
    live(NOW + 4 * DAY)

    assert written() == ["mail-1", "mail-3"]
    assert Decision.objects.get(code="step_too_late").step_key == "mail-2"


def test_what_was_held_does_not_fall_on_its_reader_all_at_once(series: Program) -> None:
    days = {}
    for day in (3, 4, 5, 6, 9, 10, 11):
        before = len(written())
        live(NOW + day * DAY)
        days[day] = written()[before:]

    # Two days late, so the one behind it waits its one day, and the last keeps the seven days behind that.
    assert {day: keys for day, keys in days.items() if keys} == {3: ["mail-2"], 4: ["mail-3"], 11: ["mail-4"]}


def test_a_pause_of_two_weeks_loses_nobody_a_step(series: Program) -> None:
    participants.pause(program=series, now=NOW + dt.timedelta(hours=1))
    live(NOW + 14 * DAY)
    assert written() == ["mail-1"]

    participants.resume(program=series, now=NOW + 14 * DAY)

    live(NOW + 14 * DAY)
    assert written() == ["mail-1", "mail-2"]
    live(NOW + 15 * DAY)
    assert written() == ["mail-1", "mail-2", "mail-3"]


def test_publishing_ends_a_pause_like_resuming_does(series: Program, ada: User) -> None:
    participants.pause(program=series, now=NOW + dt.timedelta(hours=1))
    document = from_json(series.versions.get().document)

    design.publish(program=Program.objects.get(), document=document, by=ada, now=NOW + 14 * DAY)
    live(NOW + 14 * DAY)

    assert written() == ["mail-1", "mail-2"]


def test_the_path_of_a_participant_shows_what_was_skipped(series: Program, browser_of: Browser, ada: User) -> None:
    live(NOW + 40 * DAY)

    shown = browser_of(ada).get(reverse("programs:participant", args=[Participant.objects.get().pk])).content.decode()

    assert shown.count("Too late to send") == 3


def test_a_ledger_that_nobody_worked_off_is_not_sent_late() -> None:
    stale, fresh = mail.deliveries(2)
    Delivery.objects.filter(pk=stale.pk).update(due_at=NOW - 3 * DAY - dt.timedelta(minutes=1))
    Delivery.objects.filter(pk=fresh.pk).update(due_at=NOW - 3 * DAY)
    factories.organisation(is_safe_mode=True)

    report = send_all_due(is_simulated=True, clock=lambda: NOW)

    stale.refresh_from_db()
    assert report.outcomes == {"sent": 1}
    assert (stale.state, stale.reason, stale.sent_at) == (State.CANCELLED, "too_late", None)
    assert reason_in_words(stale.reason) == "Overdue for longer than the program allows."


def test_what_is_not_planned_any_more_is_left_as_it_is() -> None:
    rows = mail.deliveries(4)
    for row, state in zip(rows, ("claimed", "handed_over", "sent", "uncertain"), strict=True):
        Delivery.objects.filter(pk=row.pk).update(state=state, due_at=NOW - 30 * DAY)

    assert release_held(now=NOW) == (0, 0)
