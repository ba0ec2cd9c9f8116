"""From bytes to records with their line numbers."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

SEPARATORS = (",", ";", "\t", "|")
SAMPLE = 64 * 1024
# Wider and longer than any export of a CRM (Salesforce allows 800 fields an object); what is larger lacks a quotation
# mark, or is meant to fill the memory.
MOST_COLUMNS = 1000
LONGEST_ROW = 1_000_000
# A text has no NUL but by accident; UTF-16 without its mark is every second byte of one.
MOST_NULS = 0.25
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people send in place of a text file, by its first bytes.
STRANGERS = (
    (b"PK\x03\x04", "a spreadsheet or an archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"%PDF", "a PDF"),
)


class UnreadableFile(ValueError):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row: the line it begins on, as an editor numbers lines, and its cells."""

    line: int
    cells: list[str]


def records(file: BinaryIO) -> Iterator[Record]:
    """
    Yield the heading and then every row that is not blank, reading a little at a time.

    The encoding is told by its mark (UTF-8, UTF-16, UTF-32) and is UTF-8 without one; the separator is the one the
    heading uses.

    :raises UnreadableFile: when the file is empty, no text, in another encoding, or its quotation marks do not match.
    """
    sample = file.read(SAMPLE)
    file.seek(0)
    encoding = _encoding(sample)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield from _records(text, _separator(sample, encoding))
    except UnicodeDecodeError as error:
        raise UnreadableFile(_undecodable(file, encoding)) from error
    finally:
        # Whoever stopped reading early may have closed the file already.
        with suppress(ValueError):
            text.detach()


def _records(text: io.TextIOWrapper, separator: str) -> Iterator[Record]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    line, is_heading = 1, True
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except _RowTooLong as error:
            raise UnreadableFile(_too_long(line)) from error
        except csv.Error as error:
            raise UnreadableFile(_unparsable(line, error)) from error
        if any(cell.strip() for cell in cells):
            if is_heading and len(cells) > MOST_COLUMNS:
                raise UnreadableFile(_too_wide(line, len(cells)))
            is_heading = False
            yield Record(line, [cell.replace("\0", "") for cell in cells])
        line = reader.line_num + 1
        lines.begin_row()
    if is_heading:
        raise UnreadableFile("The file is empty.")


class _RowTooLong(Exception):
    """Stops reading before a row fills the memory."""


class _Lines:
    """The lines of a text, until those of one row are too long together."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self._left = text, LONGEST_ROW

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._left + 1)
        self._left -= len(line)
        if self._left < 0:
            raise _RowTooLong
        if not line:
            raise StopIteration
        return line

    def begin_row(self) -> None:
        self._left = LONGEST_ROW


def _encoding(sample: bytes) -> str:
    for first, what in STRANGERS:
        if sample.startswith(first):
            raise UnreadableFile(f"This is {what}, not a text file. Save it as CSV first.")
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            return encoding
    if sample.count(b"\0") > MOST_NULS * len(sample):
        raise UnreadableFile("The file isn't text, or is UTF-16 without a byte order mark. Save it as CSV in UTF-8.")
    return "utf-8"


# Return the separator that stands most often in the first line, outside quotation marks.
def _separator(sample: bytes, encoding: str) -> str:
    heading = sample.decode(encoding, errors="ignore").lstrip("\r\n").splitlines()[:1]
    outside = "".join("".join(heading).split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _undecodable(file: BinaryIO, encoding: str) -> str:
    if encoding.startswith(("utf-16", "utf-32")):
        return f"The file starts as {encoding.upper()} but isn't valid further down. Save it as CSV in UTF-8."
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    while block := file.read(SAMPLE):
        try:
            line += decoder.decode(block).count("\n")
        except UnicodeDecodeError as error:
            # What the decoder kept of the block before is part of `error.object`.
            line += error.object[: error.start].count(b"\n")
            byte = error.object[error.start]
            return f"Line {line} has a character (byte {byte:#04x}) that isn't UTF-8. Save the file as CSV in UTF-8."
    return "The file isn't UTF-8. Save it as CSV in UTF-8."


def _too_long(line: int) -> str:
    return f"The row on line {line} has over {LONGEST_ROW:,} characters. A quotation mark may be missing."


def _too_wide(line: int, columns: int) -> str:
    return f"The header on line {line} has {columns:,} columns; the limit is {MOST_COLUMNS:,}."


def _unparsable(line: int, error: csv.Error) -> str:
    said = str(error)
    if "field larger" in said:
        return f"The row on line {line} has a cell of over 131,072 characters. A quotation mark may be missing."
    if "unexpected end of data" in said:
        return f"The row on line {line} opens a quotation mark that is never closed."
    return f"The row on line {line} has a quotation mark in the wrong place ({said})."
