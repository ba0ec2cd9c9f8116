import pytest

from cs_platform.integrations.imports.rules.columns import Column, Layout, Row, lay_out
from cs_platform.integrations.imports.rules.files import Record, UnreadableFile
from cs_platform.integrations.imports.rules.values import flag, text, whole

COLUMNS = (
    Column("external_id", ("account id", "id"), text(10), is_required=True),
    Column("name", ("account name", "company"), text(10)),
    Column("seats", ("licenses",), whole),
    Column("is_trial", ("trial",), flag),
)


def layout(*heading: str, **mapping: str | None) -> Layout:
    return lay_out(COLUMNS, heading, mapping)


@pytest.mark.parametrize("heading", ["external_id", "Account ID", "account-id", " ACCOUNT_ID ", "Id"])
def test_a_column_is_recognised_however_its_heading_is_written(heading) -> None:
    assert layout(heading).places == {"external_id": 0}


def test_of_several_headings_for_a_field_the_first_of_the_list_is_taken() -> None:
    found = layout("company", "id", "account_name", "colour", "")

    assert (found.places, found.ignored) == ({"external_id": 1, "name": 2}, ("company", "colour", "column 5"))


def test_a_mapping_goes_before_what_is_recognised() -> None:
    found = layout("id", "account_name", "Firma", "licenses", name="firma", seats=None)

    assert found.places == {"external_id": 0, "name": 2}
    assert found.ignored == ("account_name", "licenses")


def test_headings_of_every_script_are_told_apart() -> None:
    heading = ("顧客番号", "会社名", "国", "***", "---")

    assert layout(*heading, external_id="顧客番号", name="会社名").places == {"external_id": 0, "name": 1}
    with pytest.raises(UnreadableFile, match="expects name in the column 名前, which the file doesn't have"):
        layout(*heading, external_id="顧客番号", name="名前")


@pytest.mark.parametrize(
    ("heading", "mapping", "why"),
    [
        (["name"], {}, r"Missing columns: external_id \(such as account id\). The header has name"),
        (["id", "name", "Name"], {}, "The header has name more than once"),
        (["id"], {"name": "Firma"}, "expects name in the column Firma, which the file doesn't have"),
        (["id"], {"colour": "id"}, "unknown fields: colour. Fields are external_id, name, seats, is_trial"),
    ],
)
def test_a_heading_that_cannot_be_understood_is_refused(heading, mapping, why) -> None:
    with pytest.raises(UnreadableFile, match=why):
        layout(*heading, **mapping)


def test_a_column_nobody_asked_for_may_stand_there_twice() -> None:
    assert layout("id", "colour", "colour").ignored == ("colour", "colour")


def read(*cells: str) -> Row:
    return layout("id", "name", "seats", "trial").read(Record(7, list(cells)))


def test_a_row_is_read_and_a_blank_cell_says_nothing() -> None:
    row = read(" A-1 ", "Acme", "", "yes")

    assert (row.line, row.values, row.errors) == (7, {"external_id": "A-1", "name": "Acme", "is_trial": True}, [])


def test_every_cell_that_is_wrong_is_told() -> None:
    row = read("", "A very long name", "1.5", "maybe")

    assert [(t.column, t.value, t.reason) for t in row.errors] == [
        ("id", "", "id is required."),
        ("name", "A very long name", "name is 16 characters long; the limit is 10."),
        ("seats", "1.5", "seats must be a whole number."),
        ("trial", "maybe", "trial must be true or false (yes, no, 1 and 0 also work)."),
    ]


@pytest.mark.parametrize("cells", [("A-1", "Acme"), ("A-1", "Ac", "me", "1", "yes")])
def test_a_row_of_another_shape_than_the_heading_is_refused(cells) -> None:
    (cell_error,) = read(*cells).errors

    assert cell_error.reason == f"The row has {len(cells)} cells but the header has 4. A quotation mark may be missing."


def test_blank_cells_past_the_heading_do_no_harm() -> None:
    assert read("A-1", "Acme", "1", "no", "", " ").errors == []
