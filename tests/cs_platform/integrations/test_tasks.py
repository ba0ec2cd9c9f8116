from __future__ import annotations

import datetime as dt
import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from cs_platform.common import clock
from cs_platform.integrations.imports.models import ImportRun, Kind, State
from cs_platform.integrations.imports.operations.attempts import LOCK_SPACE
from cs_platform.integrations.imports.operations.starting import start_run
from cs_platform.integrations.tasks import forget_old_files, take_file_in, take_up_left_behind
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def uploaded(db: None, settings: Any, tmp_path: Path) -> ImportRun:
    settings.MEDIA_ROOT = tmp_path
    return start_run(kind=Kind.ACCOUNTS, file_name="a.csv", file=io.BytesIO(b"id,name\nA1,Acme\n"), now=NOW)


def test_an_uploaded_file_is_taken_in_by_its_run(ada, settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path
    run = start_run(kind=Kind.ACCOUNTS, file_name="a.csv", file=io.BytesIO(b"id,name\nA1,Acme\n"), by=ada, now=NOW)

    take_file_in(run_id=run.pk)
    take_file_in(run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.created, Account.objects.count()) == ("done", 1, 1)


def asked_again(monkeypatch: pytest.MonkeyPatch, *, now: dt.datetime) -> list[int]:
    asked: list[int] = []
    monkeypatch.setattr(take_file_in, "delay", lambda *, run_id: asked.append(run_id))
    monkeypatch.setattr(clock, "now", lambda: now)
    take_up_left_behind()
    return asked


@pytest.mark.parametrize(
    ("state", "minutes", "is_asked_again"),
    [("running", 0, True), ("queued", 1, False), ("queued", 11, True), ("done", 99, False), ("draft", 99, False)],
)
def test_what_a_dead_worker_left_is_asked_for_again(uploaded, monkeypatch, state, minutes, is_asked_again) -> None:
    ImportRun.objects.update(state=state)

    asked = asked_again(monkeypatch, now=NOW + dt.timedelta(minutes=minutes))

    assert asked == ([uploaded.pk] if is_asked_again else [])


def test_a_command_that_was_killed_is_told_as_failed(db, monkeypatch) -> None:
    run = start_run(kind=Kind.ACCOUNTS, file_name="a.csv", now=NOW)
    ImportRun.objects.update(state=State.RUNNING)

    assert asked_again(monkeypatch, now=NOW) == []
    run.refresh_from_db()
    assert (run.state, run.error.split(".")[0]) == ("failed", "The command was interrupted")


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_is_at_is_left_to_them(uploaded, monkeypatch) -> None:
    ImportRun.objects.update(state=State.RUNNING)
    apart = connection.copy()
    with apart.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, %s)", [LOCK_SPACE, uploaded.pk])

    assert asked_again(monkeypatch, now=NOW) == []
    take_file_in(run_id=uploaded.pk)
    assert not Account.objects.exists()

    apart.close()  # as when a worker dies
    assert asked_again(monkeypatch, now=NOW) == [uploaded.pk]
    take_file_in(run_id=uploaded.pk)
    assert Account.objects.count() == 1


def test_files_are_forgotten_thirty_days_after_their_last_run(uploaded, monkeypatch, settings) -> None:
    file = settings.MEDIA_ROOT / uploaded.stored
    stranger = file.with_name("left-by-a-broken-upload.csv")
    stranger.write_bytes(b"")

    for days, is_kept in ((29, True), (31, False)):
        monkeypatch.setattr(clock, "now", lambda days=days: NOW + dt.timedelta(days=days))
        forget_old_files()
        assert file.exists() is is_kept

    uploaded.refresh_from_db()
    assert uploaded.stored == ""
    assert stranger.exists()  # of today


def test_a_file_left_by_an_upload_that_broke_off_goes_as_well(uploaded, monkeypatch, settings) -> None:
    stranger = (settings.MEDIA_ROOT / uploaded.stored).with_name("left-by-a-broken-upload.csv")
    stranger.write_bytes(b"")
    long_ago = NOW - dt.timedelta(days=31)
    os.utime(stranger, (long_ago.timestamp(), long_ago.timestamp()))
    monkeypatch.setattr(clock, "now", lambda: NOW)

    forget_old_files()

    assert not stranger.exists()
    assert (settings.MEDIA_ROOT / uploaded.stored).exists()
