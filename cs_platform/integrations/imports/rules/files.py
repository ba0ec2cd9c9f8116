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
    reader = csv.reader(text, delimiter=separator, strict=True)
    line, is_empty = 1, True
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise UnreadableFile(_unparsable(line, error)) from error
        if any("\0" in cell for cell in cells):
            raise UnreadableFile(f"The row that begins on line {line} has a null character; the file is no plain text.")
        if any(cell.strip() for cell in cells):
            is_empty = False
            yield Record(line, cells)
        line = reader.line_num + 1
    if is_empty:
        raise UnreadableFile("The file is empty.")


def _encoding(sample: bytes) -> str:
    for first, what in STRANGERS:
        if sample.startswith(first):
            raise UnreadableFile(f"This is {what}, not a text file; save it as CSV first.")
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        raise UnreadableFile("The file is no text, or UTF-16 without its mark; save it as CSV in UTF-8.")
    return "utf-8"


# Return the separator that stands most often in the first line, outside quotation marks.
def _separator(sample: bytes, encoding: str) -> str:
    heading = sample.decode(encoding, errors="ignore").lstrip("\r\n").splitlines()[:1]
    outside = "".join("".join(heading).split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def _undecodable(file: BinaryIO, encoding: str) -> str:
    if encoding.startswith(("utf-16", "utf-32")):
        return f"The file begins like {encoding.upper()} but goes on otherwise; save it as CSV in UTF-8."
    file.seek(0)
    for number, line in enumerate(file, start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = line[error.start]
            return f"Line {number} has a character (byte {byte:#04x}) that is no UTF-8; save the file as CSV in UTF-8."
    return "The file is not UTF-8; save it as CSV in UTF-8."


def _unparsable(line: int, error: csv.Error) -> str:
    said = str(error)
    if "field larger" in said:
        return (
            f"The row that begins on line {line} has a field of over 131,072 characters; a quotation mark is missing."
        )
    if "unexpected end of data" in said:
        return f"The quotation mark that opens in the row beginning on line {line} is never closed."
    return f"The row that begins on line {line} has a quotation mark in the wrong place ({said})."
