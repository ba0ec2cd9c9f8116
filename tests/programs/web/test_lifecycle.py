"""Pausing, resuming and stopping a program: what each would do is said before, and is what is done."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import User
from contacts.models import Delivery
from cs_platform.common import clock
from programs.models import Decision, Participant, Program
from programs.participants import operations as participants
from tests import factories
from tests.fixtures import Browser
from tests.programs import world
from tests.programs.world import DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    monkeypatch.setattr(clock, "now", lambda: world.NOW + 6 * DAY)
    return world.NOW + 6 * DAY


@pytest.fixture
def welcome(ada: User, now: dt.datetime) -> Program:
    """Return a paused program: two of three inside had a first email planned; the second of all falls due on day 3."""
    factories.organisation()
    program = world.published(ada, document={"latest_days": 30})
    for _ in range(3):
        world.admin()
    participants.enroll_all(now=world.NOW)
    participants.advance(now=world.NOW, limit=2)
    participants.pause(program=program, now=world.NOW)
    return program


def states() -> list[str]:
    return sorted(Delivery.objects.values_list("state", flat=True))


def post(browser_of: Browser, user: User, program: Program, move: str, **given: object) -> str:
    return browser_of(user).post(f"/programs/{program.pk}/{move}/", given, follow=True).content.decode()


def test_a_pause_says_what_it_holds_and_holds_it(browser_of: Browser, ada: User, welcome: Program) -> None:
    participants.resume(program=welcome, now=world.NOW)
    asked = browser_of(ada, htmx=True).get(f"/programs/{welcome.pk}/pause/").content.decode()
    done = post(browser_of, ada, welcome, "pause")

    assert "2 scheduled emails will be held, and 3 active participants keep their place" in asked
    assert "Welcome is paused. 2 scheduled emails on hold." in done
    assert states() == ["held", "held"]
    assert "2 emails held." in done
    assert f"?program={welcome.pk}&amp;state=held" in done


def test_a_resume_shows_first_what_is_overdue(browser_of: Browser, ada: User, welcome: Program) -> None:
    asked = browser_of(ada, htmx=True).get(f"/programs/{welcome.pk}/resume/").content.decode()

    # Two messages, and the three whose next step fell due.
    assert "5 emails overdue, oldest 6 days." in asked
    assert welcome.status == "paused"
    assert browser_of(ada).post(f"/programs/{welcome.pk}/resume/").status_code == 422
    bad = browser_of(ada).post(f"/programs/{welcome.pk}/resume/", {"how": "spread", "days": "0"})
    assert (bad.status_code, "Enter 1 day or more." in bad.content.decode()) == (422, True)
    assert states() == ["held", "held"]


def test_resuming_may_send_what_is_overdue(browser_of: Browser, ada: User, welcome: Program, now: dt.datetime) -> None:
    assert "Overdue emails are sent now." in post(browser_of, ada, welcome, "resume", how="send")
    participants.advance_all(now=now)

    assert states() == ["planned"] * 5


def test_resuming_may_skip_what_is_overdue(browser_of: Browser, ada: User, welcome: Program, now: dt.datetime) -> None:
    assert "Overdue emails are skipped." in post(browser_of, ada, welcome, "resume", how="skip")
    participants.advance_all(now=now)

    assert states() == ["cancelled", "cancelled"]
    # Of the third both steps, of the other two the second.
    assert Decision.objects.filter(code="skipped_on_resume").count() == 4
    assert set(Participant.objects.values_list("state", flat=True)) == {"completed"}


def test_resuming_may_spread_what_is_overdue(
    browser_of: Browser, ada: User, welcome: Program, now: dt.datetime
) -> None:
    assert "spread over 3 days" in post(browser_of, ada, welcome, "resume", how="spread", days=3)

    assert states() == ["planned", "planned"]
    due = Participant.objects.order_by("due_at").values_list("due_at", flat=True)
    assert list(due) == [now, now + DAY, now + 2 * DAY]
    participants.advance_all(now=now)
    participants.advance_all(now=now + DAY)
    assert Delivery.objects.count() == 4
    participants.advance_all(now=now + 5 * DAY)
    assert Delivery.objects.count() == 6
    assert not Decision.objects.filter(code="step_too_late").exists()


def test_nothing_overdue_asks_nothing(browser_of: Browser, ada: User, welcome: Program) -> None:
    Participant.objects.update(due_at=world.NOW + 9 * DAY)
    Delivery.objects.all().delete()

    assert "No overdue emails." in browser_of(ada).get(f"/programs/{welcome.pk}/resume/").content.decode()
    assert "Welcome is running again." in post(browser_of, ada, welcome, "resume")


def test_a_stop_says_what_it_cancels_and_cancels_it(browser_of: Browser, ada: User, welcome: Program) -> None:
    asked = browser_of(ada, htmx=True).get(f"/programs/{welcome.pk}/stop/").content.decode()
    done = post(browser_of, ada, welcome, "stop")

    welcome.refresh_from_db()
    assert "2 unsent emails will be canceled, and 3 active participants will exit" in asked
    assert "Welcome is stopped. 2 scheduled emails canceled." in done
    assert welcome.status == "stopped"
    assert set(Delivery.objects.values_list("state", "reason")) == {("cancelled", "program_stopped")}
    assert set(Participant.objects.values_list("state", "reason")) == {("exited", "program_stopped")}
    assert Decision.objects.filter(code="program_stopped").count() == 3
    world.admin()
    participants.enroll_all(now=world.NOW + DAY)
    assert Participant.objects.count() == 3
    assert f"/programs/{welcome.pk}/resume/" not in done


@pytest.mark.parametrize(("move", "status"), [("pause", "paused"), ("resume", "active"), ("stop", "stopped")])
def test_whoever_comes_second_hears_what_the_first_did(
    browser_of: Browser, ada: User, welcome: Program, move: str, status: str
) -> None:
    Program.objects.update(status=status)

    assert "The program is not" in post(browser_of, ada, welcome, move, how="send")


@pytest.mark.parametrize("move", ["pause", "resume", "stop"])
def test_moving_a_program_needs_the_permission(
    browser_of: Browser, ben: User, eve: User, welcome: Program, move: str
) -> None:
    for user in (ben, eve):
        client = browser_of(user)
        assert client.get(f"/programs/{welcome.pk}/{move}/").status_code == 403
        assert client.post(f"/programs/{welcome.pk}/{move}/").status_code == 403
    assert f"/programs/{welcome.pk}/stop/" not in browser_of(ben).get(f"/programs/{welcome.pk}/").content.decode()
    welcome.refresh_from_db()
    assert welcome.status == "paused"


def test_whoever_moves_a_program_is_recorded(browser_of: Browser, ada: User, welcome: Program) -> None:
    post(browser_of, ada, welcome, "stop")

    shown = browser_of(ada).get(f"/programs/{welcome.pk}/versions/").content.decode()
    assert "Stopped" in shown
    assert ada.name in shown
