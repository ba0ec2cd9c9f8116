"""Where links lead, also while PostgreSQL is away."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from contacts.content.models import Link
from contacts.delivery.rules.tokens import derived_key, seal, seal_target, unseal_target
from cs_platform.tracking.links import Database, DatabaseAway, Links
from tests import mail

NOWHERE = "postgresql://keel@/keel?host=/nonexistent"
KEY = derived_key("a secret of this installation")


def run(story: Callable[[], Awaitable[None]]) -> None:
    # In a thread of its own: the browser of other tests keeps this one's event loop running.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, story()).result()  # type: ignore[arg-type]


@pytest.fixture
def url() -> str:
    return f"{os.environ['DATABASE_URL'].partition('?')[0].rpartition('/')[0]}/{connection.settings_dict['NAME']}" + (
        f"?host={settings.DATABASES['default']['HOST']}"
    )


@pytest.mark.django_db(transaction=True)
def test_links_lead_on_with_the_database_away_and_after_a_restart_meanwhile(tmp_path: Path, url: str) -> None:
    version = mail.email()
    found = Link.objects.get(version=version, number=1)
    file = tmp_path / "links.json"

    async def while_it_lives() -> None:
        links = Links(Database(url), file)
        await links.start()
        links.stop()
        links.database = Database(NOWHERE)
        assert await links.find(1, found.pk) == "https://docs.example/guide"

    async def after_a_restart() -> None:
        links = Links(Database(NOWHERE), file)
        await links.start()
        links.stop()
        assert await links.find(1, found.pk) == "https://docs.example/guide"
        with pytest.raises(DatabaseAway):
            await links.find(1, found.pk + 1000)

    run(while_it_lives)
    run(after_a_restart)


@pytest.mark.django_db(transaction=True)
def test_what_the_disk_remembers_of_another_database_does_not_hold(tmp_path: Path, url: str) -> None:
    version = mail.email()
    found = Link.objects.get(version=version, number=1)
    file = tmp_path / "links.json"
    file.write_text(f'{{"{found.pk}": "https://elsewhere.example/", "999999": "https://elsewhere.example/"}}')

    async def story() -> None:
        links = Links(Database(url), file)
        await links.start()
        links.stop()
        assert await links.find(1, found.pk) == "https://docs.example/guide"
        assert await links.find(1, 999_999) is None

    run(story)


@pytest.mark.parametrize("kept", ["", "[", "[1, 2]", '{"a": "b"}', "null"])
def test_a_damaged_copy_is_no_copy(tmp_path: Path, kept: str) -> None:
    file = tmp_path / "links.json"
    file.write_text(kept)
    links = Links(Database(NOWHERE), file)

    links.load()

    assert links.known == {}


def test_a_database_that_hangs_is_given_up_after_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cs_platform.tracking.links.ANSWER_SECONDS", 0.01)

    async def story() -> None:
        database = Database(NOWHERE)
        loop = asyncio.get_running_loop()
        hanging = [loop.create_future() for _ in range(4)]
        monkeypatch.setattr(loop, "run_in_executor", lambda *_: hanging.pop())
        for _ in range(6):
            with pytest.raises(DatabaseAway):
                await database.ask(lambda _: None)
        assert hanging == []

    run(story)


def test_a_target_is_sealed_for_its_own_link_alone() -> None:
    token, other = seal(KEY, 1, 7), seal(KEY, 1, 8)
    sealed = seal_target(KEY, token, "https://keel.example/s/x?score=9&lang=ü")

    assert unseal_target([KEY], token, sealed) == "https://keel.example/s/x?score=9&lang=ü"
    assert unseal_target([derived_key("another secret!!"), KEY], token, sealed) is not None
    assert unseal_target([KEY], other, sealed) is None
    assert unseal_target([derived_key("another secret!!")], token, sealed) is None


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + "A", lambda s: "A" + s[1:], lambda s: "é" + s])
def test_a_sealed_target_that_was_changed_leads_nowhere(change: Callable[[str], str]) -> None:
    token = seal(KEY, 1, 7)
    sealed = seal_target(KEY, token, "https://keel.example/s/x")

    assert unseal_target([KEY], token, change(sealed)) is None
    assert unseal_target([KEY], token, "https://evil.example") is None
