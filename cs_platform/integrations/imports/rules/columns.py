"""Which column holds which field, and the rows read accordingly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cs_platform.common.text import plain
from cs_platform.integrations.imports.rules.files import Record, UnreadableFile
from cs_platform.integrations.imports.rules.values import BadValue, Reader

LONGEST_LIST = 500


@dataclass(frozen=True, slots=True)
class Column:
    """
    One field of a kind of file: what it is called, by which headings it is known, and how its cells are read.

    The first of several headings that are there is taken. A file without a required column is refused whole; a row
    whose required cell is blank is refused alone. Any other blank cell says nothing.
    """

    field: str
    headings: tuple[str, ...]
    read: Reader
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class CellError:
    """Something wrong with one cell, or with a row as a whole (no column)."""

    column: str
    value: str
    code: str
    reason: str


@dataclass(slots=True)
class Row:
    """A row that was read: its values and their texts by field, and what was wrong with its cells."""

    line: int
    values: dict[str, object] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    errors: list[CellError] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands, and which columns nobody asked for."""

    places: Mapping[str, int]
    heading: tuple[str, ...]
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]

    def heading_of(self, name: str) -> str:
        """Return what the column of a field is called in this file; the field's own name where there is none."""
        return self.heading[self.places[name]] if name in self.places else name

    def read(self, record: Record) -> Row:
        row = Row(record.line)
        cells = record.cells
        extra = cells[len(self.heading) :]
        if len(cells) < len(self.heading) or any(cell.strip() for cell in extra):
            reason = (
                f"The row has {len(cells):,} cells but the header has {len(self.heading):,}."
                " A quotation mark may be missing."
            )
            row.errors.append(CellError("", "", "cells", reason))
            return row
        for column in self.columns:
            self._read_cell(column, cells, row)
        return row

    def _read_cell(self, column: Column, cells: Sequence[str], row: Row) -> None:
        if column.field not in self.places:
            return
        raw = cells[self.places[column.field]].strip()
        heading = self.heading_of(column.field)
        if not raw:
            if column.is_required:
                row.errors.append(CellError(heading, "", "required", f"{heading} is required."))
            return
        try:
            row.values[column.field] = column.read(raw)
            row.raw[column.field] = raw
        except BadValue as error:
            row.errors.append(CellError(heading, raw[:200], "value", f"{heading} {error}"))


def lay_out(columns: Sequence[Column], heading: Sequence[str], mapping: Mapping[str, str | None]) -> Layout:
    """
    Return where each field stands in a file with this heading.

    `mapping` names the heading of a field, or None for a field that is not to be read; other fields are recognised.

    :raises UnreadableFile: naming the columns that are missing, or that stand there twice.
    """
    names = [name.strip() for name in heading]
    words = [plain(name) for name in names]
    if unknown := set(mapping) - {column.field for column in columns}:
        known = ", ".join(column.field for column in columns)
        raise UnreadableFile(f"The mapping has unknown fields: {', '.join(sorted(unknown))}. Fields are {known}.")
    places: dict[str, int] = {}
    for column in columns:
        place = _place(column, words, mapping)
        if place is not None:
            places[column.field] = place
    _refuse_missing(columns, places, names)
    twice = {name for name, times in Counter(words).items() if times > 1}
    if doubled := sorted({names[place] for place in places.values() if words[place] in twice}):
        raise UnreadableFile(f"The header has {', '.join(doubled)} more than once. Rename or remove one.")
    used = set(places.values())
    ignored = tuple(name or f"column {place + 1}" for place, name in enumerate(names) if place not in used)
    return Layout(places, tuple(names), tuple(columns), ignored)


def proposed(columns: Sequence[Column], heading: Sequence[str]) -> dict[str, str]:
    """Return the heading under which each field seems to stand; fields that no heading is known for are left out."""
    words = [plain(name) for name in heading]
    places = {column.field: _place(column, words, {}) for column in columns}
    return {field: heading[place] for field, place in places.items() if place is not None}


def _place(column: Column, words: Sequence[str], mapping: Mapping[str, str | None]) -> int | None:
    if column.field in mapping:
        wanted = mapping[column.field]
        if wanted is None:
            return None
        if plain(wanted) not in words:
            why = f"The mapping expects {column.field} in the column {wanted}, which the file doesn't have."
            raise UnreadableFile(why)
        return words.index(plain(wanted))
    return next((words.index(name) for name in map(plain, (column.field, *column.headings)) if name in words), None)


def _refuse_missing(columns: Sequence[Column], places: Mapping[str, int], names: Sequence[str]) -> None:
    missing = [column for column in columns if column.is_required and column.field not in places]
    if missing:
        wanted = "; ".join(f"{column.field} (such as {column.headings[0]})" for column in missing)
        raise UnreadableFile(f"Missing columns: {wanted}. The header has {', '.join(names)[:LONGEST_LIST]}.")
