import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Account
from cs_platform.integrations.imports.models import ImportRun

pytestmark = pytest.mark.django_db

ROWS = "Number,Firma\nA1,Acme\nA2,\nA3,Gamma\n"
MAPPING = {"external_id": "Number", "name": "Firma"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(ROWS)
    (tmp_path / "mapping.json").write_text(json.dumps(MAPPING))
    return path


def say(file: Path, **options: Any) -> str:
    said = StringIO()
    call_command("import_csv", "accounts", str(file), stdout=said, **options)
    return said.getvalue()


def test_it_says_what_it_did_and_what_it_refused(file) -> None:
    said = say(file, mapping=file.with_name("mapping.json"))

    assert (
        said == "3 rows: 2 created, 0 changed, 0 unchanged, 1 refused.\n  line 3: Name is required for a new account.\n"
    )
    assert Account.objects.count() == 2


def test_a_dry_run_says_what_would_happen_and_writes_nothing(file) -> None:
    said = say(file, mapping=file.with_name("mapping.json"), dry_run=True)

    assert said.startswith("3 rows: 2 would be created, 0 would be changed, 0 unchanged, 1 refused.")
    assert not Account.objects.exists()


def test_problems_go_to_a_file_where_one_is_named(file, tmp_path) -> None:
    said = say(file, mapping=file.with_name("mapping.json"), errors=tmp_path / "errors.csv")

    assert f"Wrote refused rows to {tmp_path / 'errors.csv'}." in said
    assert (tmp_path / "errors.csv").read_text().splitlines() == [
        "Line,Column,Value,Problem,Code",
        "3,Firma,,Name is required for a new account.,required",
    ]


@pytest.mark.parametrize(
    ("text", "mapping", "why"),
    [
        (ROWS, "{}", "Missing columns: external_id"),
        (ROWS, "[1]", "must be a JSON object"),
        (ROWS, "{", "Can't read the mapping"),
        ("Number,Firma\nA1,\n", json.dumps(MAPPING), "No rows could be imported"),
        ("", "{}", "The file is empty"),
    ],
)
def test_it_fails_where_nothing_could_be_taken_in(file, text, mapping, why) -> None:
    file.write_text(text)
    file.with_name("mapping.json").write_text(mapping)

    with pytest.raises(CommandError, match=why):
        say(file, mapping=file.with_name("mapping.json"))
    assert not Account.objects.exists()


def test_it_fails_where_there_is_no_file(tmp_path) -> None:
    with pytest.raises(CommandError, match="File not found"):
        say(tmp_path / "nowhere.csv")
    assert not ImportRun.objects.exists()


def test_a_folder_for_the_problems_that_is_not_there_is_told_before_anything_is_done(file, tmp_path) -> None:
    with pytest.raises(CommandError, match="Folder not found"):
        say(file, mapping=file.with_name("mapping.json"), errors=tmp_path / "nowhere" / "problems.csv")

    assert not ImportRun.objects.exists()
