import io

import pytest

from cs_platform.integrations.imports.rules.files import UnreadableFile, records


def read(data: bytes) -> list[tuple[int, list[str]]]:
    return [(record.line, record.cells) for record in records(io.BytesIO(data))]


PLAIN = "name,city\r\nÅsa,Málaga\r\n"
ROWS = [(1, ["name", "city"]), (2, ["Åsa", "Málaga"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_every_unicode_file_with_its_mark_is_read(encoding) -> None:
    assert read(PLAIN.encode(encoding)) == ROWS


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_the_one_of_the_heading(separator) -> None:
    assert read(PLAIN.replace(",", separator).encode()) == ROWS


def test_a_separator_within_quotation_marks_does_not_count() -> None:
    assert read(b'"a,b,c";d\n1;2\n') == [(1, ["a,b,c", "d"]), (2, ["1", "2"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_has_the_line_it_begins_on_as_an_editor_counts(end) -> None:
    text = end.join(["a,b", '1,"two', 'lines"', "", "3,4", '5,"say ""so"""', ""])

    assert read(text.encode()) == [
        (1, ["a", "b"]), (2, ["1", f"two{end}lines"]), (5, ["3", "4"]), (6, ["5", 'say "so"']),
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b" , \n"])
def test_an_empty_file_is_refused(data) -> None:
    with pytest.raises(UnreadableFile, match="The file is empty"):
        read(data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("name\nok\nMálaga\n".encode("latin-1"), r"Line 3 has a character \(byte 0xe1\) that isn't UTF-8"),
        (b"PK\x03\x04spreadsheet", "a spreadsheet or an archive, not a text file"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        ("a\n".encode("utf-16") + b"\x00", "starts as UTF-16 but isn't valid further down"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "row on line 3 opens a quotation mark that is never closed"),
        (b'a,b\n"1"x,2\n', "row on line 2 has a quotation mark in the wrong place"),
        (b"a,b\n" + b'"' + b"x" * 200_000 + b'",2\n', "line 2 has a cell of over 131,072 characters"),
        (b"a,b\n1,2\n" + b"3," * 600_000 + b"\n", "row on line 3 has over 1,000,000 characters"),
        (b"a,b\n1,2\n" + b'"3\n",' * 400_000, "row on line 3 has over 1,000,000 characters"),
        (b",".join(b"c%d" % n for n in range(20_000)), "header on line 1 has 20,000 columns; the limit is 1,000"),
        (b"name\n" + "ok ä\n".encode() * 40_000 + b"\xe1\n", r"Line 40002 has a character \(byte 0xe1\)"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(data, why) -> None:
    with pytest.raises(UnreadableFile, match=why):
        read(data)


def test_a_null_character_in_a_text_is_dropped() -> None:
    assert read(b"a,b\n1,\x002\n") == [(1, ["a", "b"]), (2, ["1", "2"])]
    assert read(b"a,b\n" * 20_000 + b"1,\x002\n")[-1] == (20_001, ["1", "2"])


def test_a_file_is_read_a_little_at_a_time() -> None:
    class Counted(io.BytesIO):
        given = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            Counted.given += len(data)
            return data

        def read1(self, size: int | None = -1, /) -> bytes:
            data = super().read1(size)
            Counted.given += len(data)
            return data

    file = Counted(b"a,b\n" + b"1,2\n" * 500_000)
    rows = records(file)
    for _ in range(100):
        next(rows)

    assert Counted.given < 100_000
