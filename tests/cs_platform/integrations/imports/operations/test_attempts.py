"""A row that cannot be saved stops nobody, and a worker that dies loses nothing."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from accounts.book import operations as book
from accounts.models import Account
from cs_platform.common import dead_letters
from cs_platform.common.models import DeadLetter
from cs_platform.integrations.imports.models import ImportRun, Kind
from cs_platform.integrations.imports.operations import attempts
from cs_platform.integrations.imports.operations.running import run_import
from cs_platform.integrations.imports.operations.starting import start_run
from cs_platform.integrations.tasks import take_file_in
from metrics.models import Reading
from tests.cs_platform.integrations.imports.conftest import counts, problems
from tests.factories import NOW, TODAY
from tests.poison import poison

pytestmark = pytest.mark.django_db

# Nine rows in chunks of two; the third says nothing new, and the fourth is refused whoever takes it in.
FILE = "id,name,parent\nA1,One,\nA2,Two,A9\nA1,One,\nA3,,\nA4,Four,\nA5,Five,\nA6,Six,\nA7,Seven,\nA9,Nine,\n"


class Killed(BaseException):
    """What a worker that is killed does: nothing more."""


@pytest.fixture
def uploaded(db: None, settings: Any, tmp_path: Path, small_chunks: None) -> ImportRun:
    settings.MEDIA_ROOT = tmp_path
    return start_run(kind=Kind.ACCOUNTS, file_name="a.csv", file=io.BytesIO(FILE.encode()), now=NOW)


def die_at(monkeypatch: pytest.MonkeyPatch, error: BaseException, name: str) -> None:
    """Make the worker die, or fail, as soon as it comes to a row of that name."""
    upsert = book.upsert_accounts

    def upsert_or_die(**options: Any) -> Any:
        if any(row.facts.get("name") == name for row in options["rows"]):
            raise error
        return upsert(**options)

    monkeypatch.setattr(book, "upsert_accounts", upsert_or_die)


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_a_row_that_the_database_refuses_is_refused_alone(take, small_chunks, is_dry_run) -> None:
    poison("accounts_account", "new.name = 'Two'")

    run = take("accounts", *FILE.splitlines(), is_dry_run=is_dry_run)

    assert counts(run) == [6, 0, 1, 2]
    assert problems(run) == [(3, "", "not_saved"), (5, "name", "required")]
    assert run.problems.earliest("line").reason == "Couldn't save the row: DataError: value out of range"
    assert Account.objects.count() == (0 if is_dry_run else 6)


def test_rows_that_add_up_are_saved_together_or_not_at_all(take, small_chunks) -> None:
    take("accounts", "id,name", "A1,Acme")
    take("subscriptions", "id,account,start,end,plan,seats,arr", "S1,A1,2025-03-01,,Pro,10,1200")
    poison("metrics_reading", "new.value = 7")
    uses = ("U1,S1,2025-05-01,wiki,3", "U2,S1,2025-05-02,wiki,1", "U3,S1,2025-05-01,wiki,4", "U4,S1,2025-05-03,wiki,7")

    run = take("usage", "usage_id,subscription,date,feature,count", *uses)

    assert counts(run) == [1, 0, 0, 3]
    assert problems(run) == [(2, "", "not_saved"), (4, "", "not_saved"), (5, "", "not_saved")]
    assert Reading.objects.get().value == 1


def test_a_run_whose_worker_died_goes_on_behind_what_it_saved_and_counts_every_row_once(uploaded, monkeypatch) -> None:
    with monkeypatch.context() as mortal:
        die_at(mortal, Killed(), "Six")
        with pytest.raises(Killed):
            take_file_in(run_id=uploaded.pk)
    uploaded.refresh_from_db()
    before = (uploaded.state, uploaded.rows_done, uploaded.created, problems(uploaded))

    run = run_import(run=uploaded, now=NOW, today=TODAY)

    assert before == ("running", 5, 4, [(5, "name", "required")])
    assert counts(run) == [7, 0, 1, 1]
    assert (run.state, run.rows_done, problems(run)) == ("done", 9, [(5, "name", "required")])
    assert Account.objects.get(name="Two").parent == Account.objects.get(name="Nine")


def test_a_run_that_kills_its_worker_is_given_up_after_three_tries_and_keeps_what_it_saved(
    uploaded, monkeypatch, caplog
) -> None:
    with monkeypatch.context() as mortal:
        die_at(mortal, Killed(), "Six")
        for _ in range(attempts.MOST_ATTEMPTS):
            with pytest.raises(Killed):
                take_file_in(run_id=uploaded.pk)
        take_file_in(run_id=uploaded.pk)

    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.rows_done, uploaded.created, Account.objects.count()) == ("failed", 5, 4, 4)
    where = "Each stopped in the rows starting at line 8. 5 of 9 rows were processed and are kept."
    assert uploaded.error == f"Stopped after 3 attempts. {where}"
    assert dead_letters.counts() == {"imports.run": 1}
    assert [record.levelname for record in caplog.records].count("ERROR") == 1


def test_a_run_given_up_is_retried_from_the_attention_page_and_closed_when_it_is_done(
    uploaded, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    attempts.give_up(uploaded, now=NOW)
    monkeypatch.setattr(take_file_in, "delay", take_file_in)

    with django_capture_on_commit_callbacks(execute=True):
        dead_letters.retry(DeadLetter.objects.all(), by="ada@example.com")

    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.created, uploaded.error) == ("done", 7, "")
    assert DeadLetter.objects.get().mended_at
    link = dead_letters.kind_of("imports.run").link
    assert link is not None
    assert link([str(uploaded.pk)]) == {str(uploaded.pk): ("a.csv", f"/imports/{uploaded.pk}/")}


def test_a_run_whose_file_was_deleted_stays_set_aside_and_says_so(uploaded) -> None:
    attempts.give_up(uploaded, now=NOW)
    ImportRun.objects.update(stored="")

    dead_letters.retry(DeadLetter.objects.all(), by="ada@example.com")

    letter = dead_letters.waiting().get()
    assert letter.error == f"GivenUp: {attempts.FILE_GONE}"
    uploaded.refresh_from_db()
    assert uploaded.state == "failed"


def test_a_lost_connection_fails_no_row_and_leaves_the_run_to_the_next_worker(uploaded, monkeypatch) -> None:
    with monkeypatch.context() as mortal:
        die_at(mortal, OperationalError("server closed the connection"), "Six")
        with pytest.raises(OperationalError):
            take_file_in(run_id=uploaded.pk)

    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.error) == (
        "running", "Last error: OperationalError: server closed the connection",
    )  # fmt: skip
    run = run_import(run=uploaded, now=NOW, today=TODAY)
    assert (counts(run), run.error) == ([7, 0, 1, 1], "")


def test_a_trial_that_kills_its_worker_is_given_up_too_and_writes_nothing(uploaded, monkeypatch) -> None:
    ImportRun.objects.update(is_dry_run=True)
    die_at(monkeypatch, Killed(), "Six")
    for _ in range(attempts.MOST_ATTEMPTS):
        with pytest.raises(Killed):
            take_file_in(run_id=uploaded.pk)

    take_file_in(run_id=uploaded.pk)

    uploaded.refresh_from_db()
    assert uploaded.state == "failed"
    assert uploaded.error.endswith("Nothing was saved.")
    assert not Account.objects.exists()
