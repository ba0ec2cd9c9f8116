from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from cs_platform.integrations import tasks
from cs_platform.integrations.imports.models import ImportRun, Kind, RowProblem, State
from cs_platform.integrations.imports.operations import starting
from cs_platform.integrations.web.forms import label_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db

GOOD = b"Customer No,Firm,Colour\nA1,Acme,red\nA2,Beta,blue\n"
COLUMNS = {"column-external_id": "Customer No", "column-name": "Firm"}


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def adas(ada: Any, browser_of: Any) -> Client:
    return browser_of(ada)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Any:
    """Return a function that posts and lets the worker do what was asked of it."""

    def post(client: Client, address: str, data: dict[str, Any] | None = None) -> Any:
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(address, data or {})

    monkeypatch.setattr(tasks.take_file_in, "delay", tasks.take_file_in)
    return post


def upload(client: Client, content: bytes = GOOD, kind: str = "accounts", name: str = "accounts.csv") -> Any:
    file = SimpleUploadedFile(name, content, "text/csv")
    return client.post(reverse("imports:import-new"), {"kind": kind, "system": "import", "file": file})


def page_of(client: Client, run: ImportRun, name: str = "import") -> str:
    return client.get(reverse(f"imports:{name}", args=[run.pk])).content.decode()


def test_an_upload_shows_its_rows_and_what_its_columns_seem_to_be(adas) -> None:
    answer = upload(adas, b"id,Company,Colour\nA1,Acme,red\n")

    run = ImportRun.objects.get()
    page = page_of(adas, run)
    assert answer["Location"] == reverse("imports:import", args=[run.pk])
    assert (run.state, run.is_dry_run, run.by.name) == ("draft", True, "Ada Lovelace")
    assert '<option value="id" selected>' in page
    assert '<option value="Company" selected>' in page
    assert '<td class="nowrap">Acme</td>' in page
    assert "Not imported:</b> Colour" in page


@pytest.mark.parametrize(
    ("field", "called"),
    [("external_id", "ID"), ("csm", "CSM"), ("is_restricted", "Restricted"), ("purchase_channel", "Purchase channel")],
)
def test_a_field_is_called_what_people_call_it(field: str, called: str) -> None:
    assert label_of(field) == called


def test_a_file_is_tried_out_first_and_writes_nothing(adas, at_once) -> None:
    upload(adas)
    run = ImportRun.objects.get()

    at_once(adas, reverse("imports:import-begin", args=[run.pk]), COLUMNS)

    page = page_of(adas, run)
    assert "Would be created" in page
    assert "This was a preview." in page
    assert not Account.objects.exists()


def test_what_was_tried_out_is_imported_for_real_once(adas, at_once) -> None:
    upload(adas)
    trial = ImportRun.objects.get()
    at_once(adas, reverse("imports:import-begin", args=[trial.pk]), COLUMNS)

    first = at_once(adas, reverse("imports:import-for-real", args=[trial.pk]))
    second = at_once(adas, reverse("imports:import-for-real", args=[trial.pk]))

    real = ImportRun.objects.get(is_dry_run=False)
    assert first["Location"] == second["Location"] == reverse("imports:import", args=[real.pk])
    assert sorted(Account.objects.values_list("name", flat=True)) == ["Acme", "Beta"]
    assert "2 rows imported." in page_of(adas, real)
    assert "View import" in page_of(adas, trial)


@pytest.mark.django_db(transaction=True)
def test_a_file_is_imported_for_real_once_however_many_press_at_once(ada, browser_of, monkeypatch) -> None:
    monkeypatch.setattr(tasks.take_file_in, "delay", lambda **_: None)
    upload(browser_of(ada))
    ImportRun.objects.update(state=State.DONE)
    trial, line = ImportRun.objects.get(), threading.Barrier(6)

    def press() -> None:
        client = browser_of(ada)
        line.wait()
        client.post(reverse("imports:import-for-real", args=[trial.pk]))
        connection.close()

    people = [threading.Thread(target=press) for _ in range(6)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert ImportRun.objects.filter(is_dry_run=False).count() == 1


def test_a_file_may_be_imported_at_once(adas, at_once) -> None:
    upload(adas)

    at_once(adas, reverse("imports:import-begin", args=[ImportRun.objects.get().pk]), {**COLUMNS, "how": "real"})

    assert Account.objects.count() == 2


def test_columns_are_settled_once(adas, at_once) -> None:
    upload(adas)
    address = reverse("imports:import-begin", args=[ImportRun.objects.get().pk])
    at_once(adas, address, COLUMNS)

    at_once(adas, address, {**COLUMNS, "column-name": ""})

    assert ImportRun.objects.get().mapping["name"] == "Firm"


def test_a_required_column_left_out_is_told_at_its_select_and_the_others_stay(adas) -> None:
    upload(adas)
    run = ImportRun.objects.get()

    answer = adas.post(reverse("imports:import-begin", args=[run.pk]), {"column-name": "Firm"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_column-external_id_error"' in page
    assert '<option value="Firm" selected>' in page
    run.refresh_from_db()
    assert run.state == State.DRAFT


def test_the_columns_of_a_file_can_be_changed_after_a_trial(adas, at_once) -> None:
    upload(adas)
    trial = ImportRun.objects.get()
    at_once(adas, reverse("imports:import-begin", args=[trial.pk]), COLUMNS)

    adas.post(reverse("imports:import-again", args=[trial.pk]))

    again = ImportRun.objects.get(state=State.DRAFT)
    assert again.stored == trial.stored
    assert '<option value="Customer No" selected>' in page_of(adas, again)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04rest", "This is a spreadsheet or an archive, not a text file. Save it as CSV first."),
        (b"", "The file is empty."),
        (b"\n\n\n", "The file is empty."),
        (b"id,name\xff\nA1,Acme\n", "that isn&#x27;t UTF-8"),
        (b'id,name\nA1,"Acme\n', "is never closed."),
        (b",".join(b"c%d" % n for n in range(20_000)), "The header on line 1 has 20,000 columns; the limit is 1,000."),
        (b"id,name\nA1,ok\n" + b"x," * 5_000_000, "The row on line 3 has over 1,000,000 characters."),
    ],
)
def test_an_unreadable_file_is_refused_in_plain_words_and_not_kept(adas, files, content, reason) -> None:
    answer = upload(adas, content)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_file_error"' in page
    assert reason in page
    assert not ImportRun.objects.exists()
    assert not list(files.glob("imports/*"))


def test_a_file_over_the_limit_is_refused_in_plain_words(adas, files, monkeypatch) -> None:
    monkeypatch.setattr(starting, "LARGEST_FILE", 10)

    answer = upload(adas)

    assert answer.status_code == 422
    assert "the limit is 0 MB." in answer.content.decode()
    assert not list(files.glob("imports/*"))


def test_refused_rows_are_listed_by_line_and_downloaded(adas, at_once) -> None:
    upload(adas, b"id,name,priority\nA1,Acme,9\nA2,Beta,1\n,Gamma,1\n")
    run = ImportRun.objects.get()
    data = {"column-external_id": "id", "column-name": "name", "column-priority": "priority"}
    at_once(adas, reverse("imports:import-begin", args=[run.pk]), data)

    page = page_of(adas, run)
    lines = (
        b"".join(adas.get(reverse("imports:import-problems", args=[run.pk])).streaming_content).decode().splitlines()
    )
    assert [line.split(",")[0].lstrip("\ufeff") for line in lines] == ["Line", "2", "4"]
    assert "2 errors" in page
    assert "id is required." in page


def test_a_file_that_breaks_further_down_says_where(adas, at_once) -> None:
    upload(adas, b"id,name\n" + b"A1,Acme\n" * 6 + b'A2,"Beta\n')
    run = ImportRun.objects.get()

    at_once(adas, reverse("imports:import-begin", args=[run.pk]), {"column-external_id": "id", "column-name": "name"})

    page = page_of(adas, run)
    assert "Import failed." in page
    assert "is never closed." in page


def test_a_run_under_way_says_how_far_it_is_and_asks_again(adas, ada, browser_of) -> None:
    run = ImportRun.objects.create(
        kind=Kind.USAGE, file_name="u.csv", state=State.RUNNING, rows_total=2000, rows_done=500, requested_at=NOW
    )

    page = page_of(adas, run)
    part = page_of(browser_of(ada, htmx=True), run)
    assert "500 of 2,000 rows." in page
    assert 'hx-trigger="poll"' in part
    assert "Refresh" in part
    assert "<html" not in part


def test_a_file_that_is_gone_is_asked_for_again(adas, files) -> None:
    upload(adas)
    next(files.glob("imports/*")).unlink()
    run = ImportRun.objects.get()

    assert "Upload it again." in page_of(adas, run)
    assert adas.post(reverse("imports:import-begin", args=[run.pk]), COLUMNS).status_code == 302


@pytest.mark.parametrize("who", ["ben", "eve", "reader"])
def test_whoever_may_not_import_sees_and_does_nothing(who, request, browser_of) -> None:
    client = browser_of(request.getfixturevalue(who))
    run = ImportRun.objects.create(kind=Kind.USAGE, file_name="u.csv", requested_at=NOW)

    assert client.get(reverse("imports:import-list")).status_code == 403
    assert upload(client).status_code == 403
    for name in ("import", "import-problems"):
        assert client.get(reverse(f"imports:{name}", args=[run.pk])).status_code == 403
    for name in ("import-begin", "import-for-real", "import-again"):
        assert client.post(reverse(f"imports:{name}", args=[run.pk])).status_code == 403
    assert ImportRun.objects.count() == 1


def test_the_list_and_the_page_cost_the_same_however_long_they_are(adas, ada, django_assert_num_queries) -> None:
    adas.get(reverse("imports:import-list"))
    for number in range(30):
        run = ImportRun.objects.create(
            kind=Kind.USAGE, file_name=f"{number}.csv", state=State.DONE, requested_at=NOW, by=ada, refused=1
        )
    RowProblem.objects.bulk_create(RowProblem(run=run, line=n, code="value", reason="No.") for n in range(200))

    with django_assert_num_queries(5):
        adas.get(reverse("imports:import-list"))
    with django_assert_num_queries(6):
        page_of(adas, run)


def test_a_command_line_run_without_a_file_of_ours_offers_nothing_to_repeat(adas) -> None:
    run = ImportRun.objects.create(
        kind=Kind.USAGE, file_name="u.csv", state=State.DONE, is_dry_run=True, rows_total=1, created=1, requested_at=NOW
    )

    page = page_of(adas, run)
    assert "Command line" in page
    assert ">Import</button>" not in page
