"""One bad row never stops its neighbors, whichever rows are bad and however they fail."""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterable

import psycopg2
import pytest
import redis
from django.db import DataError, OperationalError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Change
from cs_platform.common import dead_letters
from cs_platform.common.dead_letters import note, work_in_halves
from cs_platform.common.models import DeadLetter, Outbox

AT = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
KIND = "test.row"

inside = pytest.mark.django_db
outside = pytest.mark.django_db(transaction=True)


def write(rows: Iterable[tuple[int, str]]) -> list[int]:
    """Write a row for each; some kinds of poison fail in Python, others in the database."""
    numbers = []
    for number, poison in rows:
        if poison == "python":
            raise ZeroDivisionError("a template token that raises")
        payload = {"text": "\0" if poison == "nul" else "", "number": number}
        written = Outbox.objects.create(kind="done", payload=payload, created_at=AT)
        if poison == "null":
            Outbox.objects.filter(pk=written.pk).update(created_at=None)
        if poison == "division":
            with connection.cursor() as cursor:
                cursor.execute("select 1 / 0")
        numbers.append(number)
    return numbers


def done() -> list[int]:
    return sorted(Outbox.objects.values_list("payload__number", flat=True))


def work(rows: list[tuple[int, str]], **options: object) -> list[int]:
    return work_in_halves(rows, write, kind=KIND, key=lambda row: row[0], **options)  # type: ignore[arg-type]


POISON = st.sampled_from(["", "", "", "", "python", "nul", "null", "division"])


@inside
@given(st.lists(POISON, max_size=40), st.integers(min_value=1, max_value=4))
def test_whichever_rows_are_poisoned_the_others_are_done_once_and_these_are_noted(
    poisons: list[str], runs: int
) -> None:
    rows = list(enumerate(poisons))
    good = [number for number, poison in rows if not poison]
    bad = {str(number) for number, poison in rows if poison}
    with transaction.atomic():
        results = work(rows)
        for _ in range(runs - 1):
            work([row for row in rows if row[1]])

        assert sorted(results) == done() == good
        letters = {letter.key: letter for letter in DeadLetter.objects.all()}
        assert set(letters) == bad
        assert {letter.attempts for letter in letters.values()} <= {min(runs, 3)}
        assert {letter.set_aside_at is not None for letter in letters.values()} <= {runs >= 3}
        transaction.set_rollback(True)


@inside
def test_a_row_that_goes_through_after_all_is_closed_and_counts_from_one_when_it_fails_again() -> None:
    work([(1, "python"), (2, "")])
    work([(1, "python")])

    assert work([(1, ""), (3, "")]) == [3, 1]
    assert dead_letters.counts() == {}
    assert DeadLetter.objects.get().mended_at

    work([(1, "nul")])
    letter = DeadLetter.objects.get()
    assert (letter.attempts, letter.mended_at, letter.set_aside_at) == (1, None, None)


@inside
def test_what_is_set_aside_is_left_out_by_work_and_by_both_conditions() -> None:
    rows = [Outbox.objects.create(kind=KIND, created_at=AT) for _ in range(3)]
    for _ in range(3):
        note(kind=KIND, key=rows[0].pk, error=ValueError("broken"))
    note(kind=KIND, key=rows[1].pk, error=ValueError("broken once"))
    note(kind="test.other", key=rows[2].pk, error=ValueError("another kind"), tries=1)

    seen = work_in_halves([row.pk for row in rows], lambda part: part, kind=KIND)
    with connection.cursor() as cursor:
        condition = dead_letters.not_set_aside(KIND, "o.id")
        cursor.execute(f"select id from common_outbox o where kind = %s and {condition} order by id", [KIND])
        by_sql = [pk for (pk,) in cursor.fetchall()]
    by_orm = list(Outbox.objects.filter(dead_letters.not_set_aside_q(KIND)).order_by("id").values_list("id", flat=True))

    assert sorted(seen) == by_sql == by_orm == [rows[1].pk, rows[2].pk]
    assert dead_letters.left_out(KIND, [row.pk for row in rows]) == {str(rows[0].pk)}


@inside
@pytest.mark.parametrize(
    "error",
    [
        psycopg2.OperationalError("server closed the connection unexpectedly"),
        OperationalError("no code"),
        psycopg2.InterfaceError("connection already closed"),
        redis.ConnectionError("Connection refused"),
        ConnectionResetError(),
        TimeoutError(),
        OSError(28, "No space left on device"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_no_rows_fault_is_raised_and_nobody_is_blamed(error: Exception) -> None:
    def fail(_: list[int]) -> list[int]:
        raise error

    with pytest.raises(type(error)):
        work_in_halves([1, 2], fail, kind=KIND)

    assert not DeadLetter.objects.exists()


@inside
def test_a_missing_table_blames_no_row() -> None:
    def ask(_: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select * from a_table_that_a_migration_has_yet_to_make")

    with pytest.raises(Exception, match="does not exist"), transaction.atomic():
        work_in_halves([1, 2], ask, kind=KIND)

    assert not DeadLetter.objects.exists()


@outside
@pytest.mark.parametrize("is_nested", [False, True], ids=["own transaction", "savepoint"])
def test_a_foreign_key_that_leads_nowhere_is_found_before_the_commit(is_nested: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table poison (id int references common_outbox (id) deferrable initially deferred)")
    try:
        alive = Outbox.objects.create(kind=KIND, created_at=AT).pk

        def refer(ids: list[int]) -> None:
            with connection.cursor() as cursor:
                cursor.execute("insert into poison select unnest(%s)", [ids])

        if is_nested:
            with transaction.atomic():
                work_in_halves([alive, alive + 1], refer, kind=KIND)
        else:
            work_in_halves([alive, alive + 1], refer, kind=KIND, durable=True)

        with connection.cursor() as cursor:
            cursor.execute("select id from poison")
            assert cursor.fetchall() == [(alive,)]
        assert [letter.key for letter in DeadLetter.objects.all()] == [str(alive + 1)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop table poison")


@outside
def test_a_deadlock_is_tried_again_and_blames_nobody() -> None:
    first, second = (Outbox.objects.create(kind=KIND, created_at=AT).pk for _ in range(2))
    both_hold_one = threading.Barrier(2)
    calls: list[int] = []

    def lock(one: int, other: int) -> None:
        Outbox.objects.filter(pk=one).update(attempts=1)
        if len(calls) < 2:
            calls.append(one)
            both_hold_one.wait(10)
        Outbox.objects.filter(pk=other).update(attempts=1)

    def run(one: int, other: int) -> None:
        work_in_halves([one], lambda _: lock(one, other), kind=KIND)
        connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(calls) == 2
    assert not DeadLetter.objects.exists()
    assert set(Outbox.objects.values_list("attempts", flat=True)) == {1}


class Killed(BaseException):
    """A worker that is killed runs nothing more."""


@outside
def test_a_worker_killed_in_the_middle_keeps_what_was_committed_and_loses_nothing() -> None:
    rows = [(number, "python" if number == 5 else "") for number in range(8)]
    calls: list[list[tuple[int, str]]] = []

    def write_until_killed(part: list[tuple[int, str]]) -> list[int]:
        calls.append(part)
        if len(calls) == 5:
            raise Killed
        return write(part)

    with pytest.raises(Killed):
        work_in_halves(rows, write_until_killed, kind=KIND, key=lambda row: row[0])
    committed = done()
    work([row for row in rows if row[0] not in committed])

    assert 0 < len(committed) < 7
    assert done() == [0, 1, 2, 3, 4, 6, 7]
    assert DeadLetter.objects.get().key == "5"


@inside
def test_an_outer_transaction_that_rolls_back_takes_work_and_notes_along() -> None:
    with transaction.atomic():
        assert work([(1, ""), (2, "nul")]) == [1]
        transaction.set_rollback(True)

    assert not DeadLetter.objects.exists()
    assert done() == []


@inside
def test_setting_rows_aside_says_so_in_one_error_line(caplog: pytest.LogCaptureFixture) -> None:
    rows = [(1, "python"), (2, "python"), (3, "")]
    for _ in range(3):
        work(rows)

    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert line.startswith("test.row: 2 rows set aside, see Attention. First: 1 (attempt 3): ZeroDivision")


@inside
def test_retry_and_discard_tell_the_room_and_are_audited(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(dead_letters, "_kinds", {})
    dead_letters.register_kind(
        KIND,
        "Rows of a test",
        retry=lambda keys: heard.append(("retry", list(keys))),
        discard=lambda keys: heard.append(("discard", list(keys))),
    )
    letters = [note(kind=KIND, key=number, error=ValueError("broken"), tries=1) for number in (1, 2)]

    dead_letters.retry(letters[:1], by="ada@example.com")
    dead_letters.discard(letters[1:], by="ada@example.com")
    dead_letters.discard(letters[1:], by="eve@example.com")

    assert heard == [("retry", ["1"]), ("discard", ["2"])]
    assert dead_letters.left_out(KIND, [1, 2]) == {"2"}
    assert dead_letters.counts() == {}
    assert work([(1, ""), (2, "")]) == [1]
    changes = Change.objects.filter(table_name="common_deadletter").order_by("id")
    assert [
        (change.row_id, change.after.get("discarded_by") or change.after.get("retried_by")) for change in changes
    ] == [
        (letters[0].pk, "ada@example.com"),
        (letters[1].pk, "ada@example.com"),
    ]


@inside
def test_a_key_is_stored_as_text_that_the_database_takes() -> None:
    letter = note(kind=KIND, key="a\0" + "b" * 500, error=DataError("broken"))

    assert letter.key == "a" + "b" * 199


def test_a_kind_that_could_break_out_of_sql_is_refused() -> None:
    with pytest.raises(ValueError, match="lower-case"):
        dead_letters.not_set_aside("x' or true --", "id")
