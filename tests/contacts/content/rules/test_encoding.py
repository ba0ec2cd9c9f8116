from __future__ import annotations

import quopri
from email.header import decode_header, make_header

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contacts.content.rules.encoding import (
    SOFT_BREAK,
    Mailbox,
    UnusableHeader,
    header_text,
    mailbox_header,
    one_line,
    quoted,
    quoted_value,
)

LINES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"))


@given(st.lists(LINES, min_size=1).map("\n".join))
@example(".")
@example("From here\n.\n..\n")
@example("x" * 74 + "=" + "y")
@example("x" * 75 + ".hidden dot")
@example("trailing space \n\ttab\t")
def test_an_encoded_body_reads_back_as_it_was(text: str) -> None:
    encoded = quoted(text)
    assert quopri.decodestring(encoded.encode("ascii")).decode().replace("\r\n", "\n") == text


@given(st.lists(LINES, min_size=1).map("\n".join))
@example("x" * 75 + ".hidden dot")
@example("é" * 40 + ".")
@example("x" * 75 + "From here")
def test_no_encoded_line_is_long_or_begins_awkwardly(text: str) -> None:
    for line in quoted(text).split("\r\n"):
        assert len(line) <= 76
        assert not line.startswith((".", "From "))
        assert not line.endswith((" ", "\t"))


@given(LINES)
@example(".")
@example("From")
@example("x" * 75)
@example("x" * 76)
def test_a_value_reads_back_between_soft_breaks(value: str) -> None:
    encoded = f"before{SOFT_BREAK}{quoted_value(value)}{SOFT_BREAK}after"
    assert max(len(line) for line in encoded.split("\r\n")) <= 76
    assert quopri.decodestring(encoded.encode("ascii")).decode() == f"before{value}after"


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1), st.integers(5, 40))
@example("=?utf-8?q?x?=", 9)
@example("x" * 200, 9)
@example("日本" * 60, 9)
def test_a_header_reads_back_and_is_folded_in_time(value: str, used: int) -> None:
    line = value.strip() or "-"
    encoded = header_text(line, used=used)
    rows = encoded.split("\r\n ")
    assert str(make_header(decode_header(encoded.replace("\r\n ", " ")))) == line
    assert used + len(rows[0]) <= 76
    assert all(len(row) <= 75 for row in rows[1:])
    assert encoded.isascii()


def test_a_short_ascii_header_stays_readable() -> None:
    assert header_text("Where to get help", used=9) == "Where to get help"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mira",
        "mira@",
        "@hafen.example",
        "mira@hafen.example\r\nBcc: all@x.example",
        "mira okafor@hafen.example",
        "<mira@hafen.example>",
        "mira@hafen.example,ben@hafen.example",
        "mira..o@hafen.example",
        "míra@hafen.example",
        "a" * 250 + "@x.example",
    ],
)
def test_what_is_no_address_is_refused_by_field(address: str) -> None:
    with pytest.raises(UnusableHeader, match=r"^To: "):
        mailbox_header("To", Mailbox("Mira", address))


def test_quotes_in_a_name_are_escaped() -> None:
    header = mailbox_header("To", Mailbox('Mira "M" Okafor, MSc', "mira@hafen.example"))
    assert header == 'To: "Mira \\"M\\" Okafor, MSc" <mira@hafen.example>\r\n'


def test_a_long_name_is_folded_before_the_address() -> None:
    header = mailbox_header("From", Mailbox("Élodie " * 12, "programs@keel.example"))
    assert header.endswith("\r\n <programs@keel.example>\r\n")
    assert all(len(line) <= 76 for line in header.split("\r\n"))


@given(st.text())
def test_a_value_becomes_one_printable_line(value: str) -> None:
    line = one_line(value)
    assert line == line.strip()
    assert not [character for character in line if ord(character) < 32 or 127 <= ord(character) < 160]
    assert len(line.splitlines()) <= 1


def test_a_value_cannot_turn_the_writing_direction() -> None:
    assert one_line("Mira\u202egpj.exe\ufeff") == "Miragpj.exe"


def test_half_a_surrogate_becomes_a_replacement_mark() -> None:
    assert one_line("a\ud800b") == "a\ufffdb"
