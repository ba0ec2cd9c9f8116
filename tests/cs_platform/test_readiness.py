from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cs_platform import signs_of_life
from cs_platform.common import dead_letters
from cs_platform.schedule import TIMETABLE
from launcher import programs

ALL = [*signs_of_life.QUEUES, signs_of_life.BEAT]


@pytest.fixture(autouse=True)
def no_signs_of_life() -> None:
    cache.delete_many([f"alive:{part}" for part in ALL])


def ready() -> tuple[int, Any]:
    answer = Client().get(reverse("readyz"))
    return answer.status_code, answer.json()


@pytest.mark.django_db
def test_with_every_part_there_it_is_ready() -> None:
    signs_of_life.leave(ALL)

    status, said = ready()

    assert (status, said["status"]) == (200, "ok")
    assert set(said["parts"].values()) == {"ok"}
    assert len(said["parts"]) == 3 + len(ALL)


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ALL)
def test_a_part_without_a_sign_of_life_is_named_and_pages_go_on(missing: str) -> None:
    signs_of_life.leave(set(ALL) - {missing})

    status, said = ready()

    assert (status, said["status"]) == (200, "degraded")
    assert [name for name, state in said["parts"].items() if state == "not responding"] == [
        missing if missing == "beat" else f"worker of {missing}"
    ]


@pytest.mark.django_db
def test_rows_set_aside_are_counted_by_kind() -> None:
    for key in range(2):
        dead_letters.note(kind="imports.run", key=key, error=ValueError("broken"), tries=1)
    dead_letters.note(kind="test.once", key=1, error=ValueError("broken once"))

    assert ready()[1]["attention"] == {"imports.run": 2}


@pytest.mark.django_db
def test_without_redis_it_is_not_ready_and_says_so(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    status, said = ready()

    assert (status, said["status"]) == (503, "not ready")
    assert said["parts"]["database"] == "ok"
    assert said["parts"]["redis"].startswith("not ready")


def test_beat_ticks_through_every_queue_that_has_a_worker() -> None:
    ticks = {job["args"][0]: job["options"]["queue"] for job in TIMETABLE.values() if "sign_of_life" in job["task"]}

    assert ticks == {queue: queue for queue in signs_of_life.QUEUES}
    assert set(ticks) == set(",".join(programs.QUEUES.values()).split(","))


def test_a_worker_gives_a_sign_of_life_for_its_queues_when_it_starts(worker) -> None:
    worker("journeys,metrics,sync")

    assert signs_of_life.missing() == {"send", "ingest", "beat"}
