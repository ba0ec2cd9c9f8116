"""
The rows of a file in a table of their own while they are taken in.

Python reads the file once and keeps a few thousand rows; who contradicts whom is a question for the database.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import astuple, dataclass
from itertools import groupby, islice
from operator import itemgetter
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, TypeAlias

from django.db import connection

from cs_platform.common.bulk import cursor
from cs_platform.common.outcomes import Outcome
from cs_platform.integrations.imports.kinds.base import Importer, ImportRow
from cs_platform.integrations.imports.models import ImportRun, RowProblem
from cs_platform.integrations.imports.rules.columns import Layout
from cs_platform.integrations.imports.rules.files import Record

Group: TypeAlias = list[ImportRow]
"""Rows that are taken in together or not at all, such as the uses of a feature on one day, which add up."""

BATCH = 5000
CHUNK = 2000
PROBLEM_BATCH = 5000

CREATE = """
drop table if exists {table};
create temp table {table} (
  line int not null, key text not null, batch text not null, raw jsonb not null, first int not null default 0,
  became char(1) not null default ''
)
"""
# Rows with one key and one content are one row said twice: the first is taken in, the others are doubles of it (d).
# Rows with one key and several contents contradict each other; in how many ways the key is spelled does not matter.
SORT = """
create index on {table} (key);
analyze {table};
update {table} s set became = case when k.contents > 1 then 'r' else 'd' end
from (
  select key, min(line) as line, count(distinct raw - 'external_id') as contents
  from {table} group by key having count(*) > 1
) k
where k.key = s.key and (k.contents > 1 or s.line > k.line);
update {table} s set first = b.first
from (select batch, min(line) as first from {table} group by batch) b where b.batch = s.batch;
create index on {table} (first);
analyze {table}
"""
CONTRADICTIONS = """
select s.line, s.key, (select array_agg(o.line order by o.line) from {table} o where o.key = s.key and o.line <> s.line)
from {table} s where s.became = 'r' order by s.line
"""
# A batch is never cut: a chunk ends with the whole of the batch in which its last row would stand.
LAST = "select max(first) from (select first from {table} where first > %s order by first limit %s) few"
NEXT = """
select first, line, raw from {table}
where first > %s and first <= %s and became not in ('r', 'd') and (became = '' or %s) order by first, line
"""
MARK = """
update {table} s set became = m.became
from unnest(%s::int[], %s::text[]) m(line, became) where m.line = s.line and s.became in ('', 'n') returning s.became
"""
# Rows that an interrupted run had saved; what it said of other rows is said anew.
FORGET = """
delete from integrations_rowproblem p where p.run_id = %s and not exists (
  select 1 from {table} s where s.line = p.line and s.first <= %s and s.became = ''
)
"""
SKIP = """
update {table} s set became = case when exists (
  select 1 from integrations_rowproblem p where p.run_id = %s and p.line = s.line
) then 'r' else 's' end
where s.first <= %s and s.became = ''
"""
# A double goes the way of the row it repeats.
SETTLE = """
update {table} s set became = case when f.became = 'r' then 'r' else 'n' end
from {table} f
where s.became = 'd' and f.key = s.key and f.became <> 'd' returning s.line, s.key, f.line, f.became = 'r'
"""


class Staging:
    """
    The rows of one run, each with what became of it: created, unchanged, updated, refused (c, n, u, r), a double (d),
    saved by an interrupted attempt (s).
    """

    def __init__(self, run_id: int, importer: Importer, layout: Layout, system: str) -> None:
        self.run_id, self.table = run_id, f"keel_import_{run_id}"
        self.importer, self.layout, self.system = importer, layout, system
        self.readers = {column.field: column.read for column in layout.columns}

    def fill(self, records: Iterable[Record], problems: Problems, *, begin: Callable[[int], None]) -> int:
        """
        Read the rows, keep those without errors, and return how many there are in all.

        `begin` hears the line at which the rows begin that are read next.
        """
        self._execute(CREATE)
        total = 0
        records = iter(records)
        while batch := list(islice(records, BATCH)):
            total += len(batch)
            self._copy(batch, problems)
            begin(batch[-1].line)
        self._execute(SORT)
        self._tell_contradictions(problems)
        return total

    def skip(self, *, after: int) -> None:
        """Leave out the rows up to position `after`, which an interrupted run saved or refused."""
        self._execute(FORGET, [self.run_id, after])
        if after:
            self._execute(SKIP, [self.run_id, after])

    def chunks(self, *, is_first: bool) -> Iterator[tuple[int, list[Group]]]:
        """
        Yield the rows that are not refused, grouped as they must be taken in, with the position behind them.

        The first pass sees the rows that nobody took in yet; a later one those that were taken in.
        """
        after = 0
        while last := self._one(LAST, [after, CHUNK]):
            rows = self._all(NEXT, [after, last, not is_first])
            after = last
            if rows:
                groups = groupby(rows, key=itemgetter(0))
                yield last, [[ImportRow(line, self._read(raw)) for _, line, raw in group] for _, group in groups]

    def mark(self, rows: Iterable[ImportRow], outcomes: Iterable[Outcome]) -> Counter[str]:
        """Note what became of rows, and return how many are now created (c), changed (u) and refused (r)."""
        became = {row.line: _letter(outcome) for row, outcome in zip(rows, outcomes, strict=True)}
        return Counter(letter for (letter,) in self._all(MARK, [list(became), list(became.values())]))

    def refuse(self, lines: Collection[int]) -> None:
        self._execute("update {table} set became = 'r' where line = any(%s)", [list(lines)])

    def settle(self, problems: Problems) -> Counter[str]:
        """Let doubles follow the rows they repeat, and return how many rows became what."""
        heading = self.layout.heading_of("external_id")
        for line, key, first, is_refused in self._all(SETTLE):
            if is_refused:
                reason = f"Same as line {first}, which was refused."
                problems.add(Refusal(line, heading, key, "repeats_refused", reason))
        return Counter(dict(self._all("select became, count(*) from {table} group by became")))

    def in_file(self, keys: Collection[str]) -> set[str]:
        """Return which of these keys stand in the file, in a row that is not refused."""
        found = self._all("select distinct key from {table} where key = any(%s) and became <> 'r'", [list(keys)])
        return {key for (key,) in found}

    def drop(self) -> None:
        self._execute("drop table if exists {table}")

    def _copy(self, records: Collection[Record], problems: Problems) -> None:
        lines = io.StringIO()
        writer = csv.writer(lines)
        for record in records:
            row = self.layout.read(record)
            errors = row.errors or self.importer.check(row.values)
            for cell_error in errors:
                problems.add(
                    Refusal(record.line, cell_error.column, cell_error.value, cell_error.code, cell_error.reason)
                )
            if not errors:
                key = self.importer.key(row.values, self.system)
                batch = self.importer.group(row.values, self.system) if self.importer.group else key
                writer.writerow([record.line, key, batch, json.dumps(row.raw, sort_keys=True)])
        lines.seek(0)
        with cursor() as raw:
            raw.copy_expert(f"copy {self.table} (line, key, batch, raw) from stdin with (format csv)", lines)

    def _read(self, raw: str) -> dict[str, Any]:
        return {name: self.readers[name](text) for name, text in json.loads(raw).items()}

    def _tell_contradictions(self, problems: Problems) -> None:
        heading = self.layout.heading_of("external_id")
        for line, key, others in self._all(CONTRADICTIONS):
            lines = f"line{'s' if len(others) > 1 else ''} {', '.join(f'{line}' for line in others[:5])}"
            reason = f"{key} is also on {lines} with different values. Keep one of them."
            problems.add(Refusal(line, heading, key, "contradiction", reason))

    def _execute(self, statement: str, parameters: list[Any] | None = None) -> None:
        with connection.cursor() as here:
            here.execute(statement.format(table=self.table), parameters)

    def _all(self, statement: str, parameters: list[Any] | None = None) -> list[Any]:
        with connection.cursor() as here:
            here.execute(statement.format(table=self.table), parameters)
            return here.fetchall()

    def _one(self, statement: str, parameters: list[Any]) -> int | None:
        ((value,),) = self._all(statement, parameters)
        return value if value is None else int(value)


def _letter(outcome: Outcome) -> str:
    if outcome.is_refused:
        return "r"
    return "c" if outcome.is_created else "u" if outcome.is_changed else "n"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row was refused: its line, the column's heading and the cell (where it is about one), code and sentence."""

    line: int
    column: str
    value: str
    code: str
    reason: str


class Problems:
    """A pile of problems on disk: a file of a million bad rows must not fill the memory."""

    def __init__(self) -> None:
        self._pile = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (closed by __exit__)

    def __enter__(self) -> Problems:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pile.close()

    def add(self, found: Refusal) -> None:
        self._pile.write(json.dumps(astuple(found)) + "\n")

    def save(self, run: ImportRun) -> None:
        """Write what was found into the run's problems; the pile is empty then."""
        self._pile.seek(0)
        rows = self._rows(run)
        while batch := list(islice(rows, PROBLEM_BATCH)):
            RowProblem.objects.bulk_create(batch)
        self._pile.seek(0)
        self._pile.truncate()

    def _rows(self, run: ImportRun) -> Iterator[RowProblem]:
        for line in self._pile:
            found = Refusal(*json.loads(line))
            yield RowProblem(
                run=run,
                line=found.line,
                column=found.column[:200],
                value=found.value[:200],
                code=found.code,
                reason=found.reason[:400],
            )
