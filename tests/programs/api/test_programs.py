"""Programs and their figures, for other systems to read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from contacts.models import Delivery
from cs_platform.common import clock
from programs.models import Program
from tests import factories
from tests.factories import NOW
from tests.programs import world
from tests.programs.world import DAY

pytestmark = pytest.mark.django_db

LIST = "/api/v1/programs"


@pytest.fixture
def welcome(ada: User, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(clock, "now", lambda: NOW + 5 * DAY)
    factories.organisation()
    program = world.published(ada, goal="Half of them open the guide")
    world.admin()
    world.admin()
    world.customer()
    world.live(NOW)
    world.click(Delivery.objects.order_by("pk")[0], at=NOW + dt.timedelta(hours=3))
    program.refresh_from_db()
    return program


def test_the_list_says_who_is_inside_and_what_became_of_the_mail(ada: User, caller: Any, welcome: Program) -> None:
    (shown,) = caller(ada, "programs:read").get(LIST).json()["data"]

    assert (shown["id"], shown["key"], shown["status"], shown["version"]) == (str(welcome.uuid), "welcome", "active", 1)
    assert (shown["owner"], shown["is_meaningful"]) == ("ada@keel.example", False)
    assert shown["participants"] == {"inside": 2, "entered": 2, "not_entered": 1}
    assert (shown["results"]["sent"], shown["results"]["delivered"]) == (2, 2)
    assert shown["results"]["clicked"] == {
        "human": {"total": 1, "unique": 1},
        "machine": {"total": 0, "unique": 0},
        "unknown": {"total": 0, "unique": 0},
    }


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["draft", "welcome"]),
        ("?status=active", ["welcome"]),
        ("?category=retention", ["draft"]),
        ("?status=paused", []),
    ],
)
def test_the_list_is_narrowed(ada: User, caller: Any, welcome: Program, query: str, keys: list[str]) -> None:
    world.program(ada, key="draft", category="retention")

    shown = caller(ada, "programs:read").get(LIST + query).json()

    assert [program["key"] for program in shown["data"]] == keys


@pytest.mark.parametrize("query", ["?status=lively", "?colour=red"])
def test_a_filter_we_do_not_know_is_refused_by_name(ada: User, caller: Any, welcome: Program, query: str) -> None:
    answer = caller(ada, "programs:read").get(LIST + query)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["fields"] == [query[1:].split("=", maxsplit=1)[0]]


def test_one_program_is_told_step_by_step(ada: User, caller: Any, welcome: Program) -> None:
    shown = caller(ada, "programs:read").get(f"{LIST}/{welcome.uuid}").json()

    assert [(step["key"], step["day"], step["waiting"], step["results"]["sent"]) for step in shown["steps"]] == [
        ("mail-1", 0, 0, 2),
        ("mail-2", 3, 2, 0),
    ]
    assert shown["goal"] == "Half of them open the guide"


def test_a_period_counts_what_lies_in_it(ada: User, caller: Any, welcome: Program) -> None:
    api = caller(ada, "programs:read")
    before = api.get(f"{LIST}/{welcome.uuid}?until=2026-03-02T08:00:00Z").json()
    later = api.get(f"{LIST}/{welcome.uuid}?since=2026-03-02T10:00:00Z").json()

    assert (before["results"]["sent"], later["results"]["sent"]) == (0, 0)
    assert later["results"]["clicked"]["human"]["unique"] == 1
    assert api.get(f"{LIST}/{welcome.uuid}?since=yesterday").json()["errors"][0]["fields"] == ["since"]


def test_a_draft_has_no_steps_yet(ada: User, caller: Any) -> None:
    draft = world.program(ada, key="draft")
    draft.refresh_from_db()

    shown = caller(ada, "programs:read").get(f"{LIST}/{draft.uuid}").json()

    assert (shown["version"], shown["steps"], shown["results"]["sent"]) == (None, [], 0)


def test_an_id_that_is_none_is_not_found(ada: User, caller: Any) -> None:
    answer = caller(ada, "programs:read").get(f"{LIST}/0190aaaa-0000-7000-8000-000000000000")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_programs_are_read_with_a_token_made_for_it_and_never_written(
    ada: User, eve: User, caller: Any, welcome: Program
) -> None:
    assert caller(ada, "accounts:read").get(LIST).json()["code"] == "scope"
    assert caller(eve, "programs:read").get(LIST).json()["code"] == "permission"
    assert caller(ada, "programs:read").send("POST", "programs", {}).status_code == 405


def test_the_list_takes_the_same_queries_however_many_programs(
    ada: User, caller: Any, welcome: Program, django_assert_num_queries
) -> None:
    for number in range(5):
        world.published(ada, key=f"more-{number}")
    api = caller(ada, "programs:read")
    api.get(LIST)

    with django_assert_num_queries(9):
        assert len(api.get(LIST).json()["data"]) == 6
