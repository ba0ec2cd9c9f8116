"""A list opened in a spreadsheet runs nothing."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from cs_platform.common.spreadsheets import cell, csv_response


@pytest.mark.parametrize("words", ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_words_that_begin_a_formula_become_text(words: str) -> None:
    assert cell(words) == f"'{words}"


@pytest.mark.parametrize("value", ["Acme", "a=b", "", -5, Decimal("-99.5")])
def test_other_words_and_numbers_stay_what_they_are(value: object) -> None:
    assert cell(value) == value


def test_dates_are_written_as_a_computer_reads_them_and_nothing_as_nothing() -> None:
    assert cell(dt.date(2026, 3, 2)) == "2026-03-02"
    assert cell(None) == ""


def test_a_file_keeps_quotes_commas_and_line_breaks_in_their_cells() -> None:
    rows: list[list[object]] = [['Say "hi", please', "two\nlines"], ["=1", None]]

    answer = csv_response("list.csv", ["one", "other"], rows)
    read = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")))

    assert read == [["one", "other"], ['Say "hi", please', "two\nlines"], ["'=1", ""]]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="list.csv"'
