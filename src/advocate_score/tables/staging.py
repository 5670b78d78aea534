"""Stages a source: writes its valid rows, typed, to Parquet and the others to the quarantine.

Memory is bounded: rows are read in chunks, and a few chunks are parsed in parallel, with results in their order.
"""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from advocate_score.errors import Fault, InputError
from advocate_score.schema import ACCOUNTS, CONTACTS, Table
from advocate_score.sources.base import BrokenRow, RawChunk, RawTable
from advocate_score.sources.column_mapping import ColumnMap, map_columns
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import digest, read_source, unchanged
from advocate_score.tables.findings import LEFT_OUT, ChunkIssues, Mask, as_mask
from advocate_score.tables.parsing import (
    ARROW_TYPES,
    REFUSED,
    are_filled,
    names_to_ask_about,
    parse,
    read_refusals,
    says_no,
)
from advocate_score.tables.quality_report import TableReport
from advocate_score.tables.quarantine import ROWS_OF_PART, QuarantineFile, QuarantineFolder
from advocate_score.tables.refusal_names import kind_of_refusal
from advocate_score.tables.set_aside import SetAside
from advocate_score.tables.validation import apply_rules, check_contract

_PartOfWork = TypeVar("_PartOfWork")
_Result = TypeVar("_Result")
_MOST_AT_ONCE = 4
"""Limit of chunks parsed at the same time, since each is held in memory."""


def map_in_order(work: Callable[[_PartOfWork], _Result], parts: Iterable[_PartOfWork]) -> Iterator[_Result]:
    """Applies `work` to each part in parallel and yields the results in the order of the parts.

    An error is raised in its turn: after the results of the parts before it. Threads suffice, since Arrow releases the
    global interpreter lock.
    """
    at_once = min(_MOST_AT_ONCE, os.cpu_count() or 1)
    waiting: deque[Future[_Result]] = deque()
    with ThreadPoolExecutor(at_once, "tables") as pool:
        futures = _submit_all(pool, work, parts)
        for future in futures:
            waiting.append(future)
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _submit_all(
    pool: ThreadPoolExecutor, work: Callable[[_PartOfWork], _Result], parts: Iterable[_PartOfWork]
) -> Iterator["Future[_Result]"]:
    """Submits every part. If reading the parts fails, the last future holds the error."""
    remaining = iter(parts)
    while True:
        try:
            part = next(remaining)
        except StopIteration:
            return
        except Exception as error:
            failed: Future[_Result] = Future()
            failed.set_exception(error)
            yield failed
            return
        yield pool.submit(work, part)


ROW = "source row"
"""Column of source row numbers in staged tables. The blank in its name prevents a clash with columns of an export."""


def table_file(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A Parquet file to write to. Only text columns other than the first are dictionary-encoded: for values that hardly
    repeat, a dictionary costs more time than it saves space."""
    fields = list(schema)[1:]
    repeating = [field.name for field in fields if pa.types.is_string(field.type)]
    return pq.ParquetWriter(path, schema, use_dictionary=repeating, compression="lz4")


MERGED_INTO = "merged_into"
RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class StagedTable:
    """One table, parsed and checked row by row.

    label: names of its sources · path: Parquet file with every column, typed, and ROW · digest: of its sources ·
    left_out: ids of accounts and contacts that `where` leaves out, and the accounts they were merged into · set_aside:
    rows set aside, for tables that protect · names_to_ask_about: unmapped columns that may hold a "no".
    """

    table: Table
    label: str
    path: Path
    schema: pa.Schema
    quarantine: QuarantineFile
    report: TableReport
    digest: str
    left_out: list[pa.Table] = field(default_factory=list)
    set_aside: SetAside = field(default_factory=SetAside)
    names_to_ask_about: set[str] = field(default_factory=set)

    @property
    def settled_schema(self) -> pa.Schema:
        """The schema of the settled table: tables that protect keep their row numbers."""
        return self.schema.append(pa.field(ROW, pa.int64())) if self.table.protects else self.schema


def schema_of(table: Table, extra: tuple[str, ...]) -> pa.Schema:
    """Every canonical column, in the export or not, then the export's extra columns, then REFUSED if it applies."""
    canonical = [pa.field(column.name, ARROW_TYPES[column.type]) for column in table.columns]
    refusal_fields = [pa.field(REFUSED, pa.bool_())] if refuses(table) else []
    return pa.schema([*canonical, *(pa.field(name, pa.string()) for name in extra), *refusal_fields])


def empty_table(table: Table) -> pa.Table:
    """A settled table without rows."""
    row = [pa.field(ROW, pa.int64())] if table.protects else []
    return pa.schema([*schema_of(table, ()), *row]).empty_table()


def refuses(table: Table) -> bool:
    """Whether the table has a refusal column."""
    return any(column.refusal for column in table.columns)


@dataclass(frozen=True)
class _Part:
    """One source of a table, after its header was read. `number`: 0 for the first."""

    number: int
    source: Source
    raw: RawTable
    columns: ColumnMap

    @property
    def typed(self) -> frozenset[str]:
        positions = self.columns.positions.items()
        return frozenset(name for name, position in positions if self.raw.header[position] in self.raw.instants)


def stage(table: Table, sources: Sequence[Source], folder: Path, quarantine_folder: QuarantineFolder) -> StagedTable:
    """Reads the sources once, in bounded memory, and stages their rows.

    Parameters
    ----------
    table : the canonical table.
    sources : its parts, in order.
    folder : where the staged Parquet file is written; created if missing.
    quarantine_folder : where faulty rows are written.

    Raises
    ------
    InputError
        if a source as a whole must not be used, or changes while it is read.
    """
    with ExitStack() as watched:
        for source in sources:
            watched.enter_context(unchanged(source))
        parts = [_part(table, number, source) for number, source in enumerate(sources)]
        staged = _new_staged_table(table, parts, folder, quarantine_folder)
        with staged.quarantine, table_file(staged.path, staged.schema.append(pa.field(ROW, pa.int64()))) as file:
            for part in parts:
                _copy(part, staged, file.write_table)
        staged = replace(staged, digest=_digest(parts))
    staged.report.reasons.update(staged.quarantine.reasons)
    if not staged.report.rows_in:
        _no_rows(staged)
    return staged


def _part(table: Table, number: int, source: Source) -> _Part:
    raw = read_source(source)
    return _Part(number, source, raw, map_columns(raw.header, source, table))


def _new_staged_table(
    table: Table, parts: Sequence[_Part], folder: Path, quarantine_folder: QuarantineFolder
) -> StagedTable:
    names = tuple(dict.fromkeys(name for part in parts for name in part.columns.names))
    extra = tuple(dict.fromkeys(name for part in parts for name in part.columns.extra))
    files = [part.source.label for part in parts]
    quarantine = QuarantineFile(quarantine_folder, table, names, files if len(parts) > 1 else ())
    folder.mkdir(parents=True, exist_ok=True)
    return StagedTable(
        table=table,
        label=", ".join(dict.fromkeys(files)),
        path=folder / f"{table.name}.parquet",
        schema=schema_of(table, extra),
        quarantine=quarantine,
        report=TableReport(table.name, names, extra),
        digest="",
    )


def _digest(parts: Sequence[_Part]) -> str:
    """The digest of one source, or of the digests of several in their order. A query's digest is that of its rows."""
    digests = [part.raw.digest() if part.raw.digest else digest(part.source) for part in parts]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _copy(part: _Part, staged: StagedTable, write: Callable[[pa.Table], None]) -> None:
    rows, left_out = staged.report.rows_in, staged.report.left_out
    results = map_in_order(partial(_parse_chunk, part=part, table=staged.table), part.raw.chunks())
    footer = Footer()
    for result in footer.hold_back(results, staged.table):
        write(_accept_rows(result, part.number, staged))
    _leave_out_footer(footer.held, part, staged)
    if staged.report.rows_in == rows and staged.report.left_out > left_out:
        staged.report.warnings.append(f"{part.source.label}: {part.source.setting} where takes none of its rows.")


def _leave_out_footer(held: Sequence["ParsedChunk"], part: _Part, staged: StagedTable) -> None:
    """Counts the rows of a footer, which are no rows of the table. What might be a "no" in them still counts."""
    rows = sum(result.chunk.rows_in for result in held)
    if not rows:
        return
    last = "its last row" if rows == 1 else f"its last {rows:,} rows"
    problem = f"{last}, after a blank row, belong to no account and count as a footer."
    staged.report.warnings.append(f"{part.source.label}: {problem}")
    for result in held if staged.table.protects else ():
        complete = _with_all_columns(result.parsed, result.chunk.rows + part.number * ROWS_OF_PART, staged.schema)
        _set_aside(result, part.number, complete, staged)


@dataclass(frozen=True)
class ParsedChunk:
    """A parsed chunk.

    numbers: of every row of the source, in order · chunk: the rows that `where` takes · left_out: number of the other
    rows · cells: under the canonical names · parsed: the typed cells · issues: what was found · ids_left_out: of
    accounts and contacts that `where` leaves out · refusals_left_out: contacts left out that refuse, with their row
    numbers.
    """

    numbers: RowNumbers
    chunk: RawChunk
    left_out: int
    cells: pa.Table
    parsed: pa.Table
    issues: ChunkIssues
    ids_left_out: pa.Table | None
    refusals_left_out: tuple[pa.Table, RowNumbers] | None
    names_to_ask_about: frozenset[str]


def _parse_chunk(chunk: RawChunk, part: _Part, table: Table) -> ParsedChunk:
    matching = part.columns.matching_rows(chunk)
    cells = part.columns.apply(matching.cells)
    issues = ChunkIssues(matching.rows)
    parsed = parse(cells, table, part.source, part.typed, issues)
    checked = apply_rules(parsed, table, part.source.dialect, issues)
    if refuses(table):
        checked = checked.append_column(REFUSED, read_refusals(cells, table, part.source, len(matching.rows)))
    ids, refusals = _read_left_out(chunk, part, table)
    names = names_to_ask_about(_not_merged(matching.cells, parsed), part.columns)
    numbers = np.sort(np.append(chunk.rows, [row.row for row in chunk.broken])).astype(np.int64)
    return ParsedChunk(
        numbers, matching, chunk.rows_in - matching.rows_in, cells, checked, issues, ids, refusals, names
    )


def _not_merged(cells: pa.Table, parsed: pa.Table) -> pa.Table:
    """The cells without merged accounts: their CRM marks them as deleted, but the client continues as the survivor."""
    if MERGED_INTO not in parsed.column_names:
        return cells
    return cells.filter(pc.is_null(parsed.column(MERGED_INTO)))


def _read_left_out(
    chunk: RawChunk, part: _Part, table: Table
) -> tuple[pa.Table | None, tuple[pa.Table, RowNumbers] | None]:
    """What still counts in the rows that `where` leaves out: the ids of accounts and contacts, and the contacts that
    refuse. None where the table has nothing of the kind."""
    has_ids = table.name in (ACCOUNTS.name, CONTACTS.name)
    if not part.columns.conditions or not (has_ids or refuses(table)):
        return None, None
    rest = part.columns.left_out(chunk)
    cells = part.columns.apply(rest.cells)
    ids = _ids_left_out(rest, cells, part, table) if has_ids else None
    return ids, _refusals_left_out(rest, cells, part, table) if refuses(table) else None


def _refusals_left_out(rest: RawChunk, cells: pa.Table, part: _Part, table: Table) -> tuple[pa.Table, RowNumbers]:
    """Contacts that `where` leaves out and that refuse. Their "no" still counts.

    A column of opt-outs that `where` tests decides alone: with `where = { OptOut = ["true"] }` the refusal column, such
    as the date of the last change, says nothing about the rows that are left out.
    """
    tested = [at for at in part.columns.conditions if kind_of_refusal(part.raw.header[at]) == "opt_out"]
    if tested:
        rows = np.logical_or.reduce([says_no(rest.cells.column(at)) for at in tested])
    else:
        rows = as_mask(pc.fill_null(read_refusals(cells, table, part.source, len(rest.rows)), False))
    numbers = rest.rows[rows]
    typed = parse(cells.filter(pa.array(rows)), table, part.source, part.typed, ChunkIssues(numbers))
    return typed.append_column(REFUSED, pa.array(rows[rows])), numbers


def _ids_left_out(rest: RawChunk, cells: pa.Table, part: _Part, table: Table) -> pa.Table:
    columns = [table.key, MERGED_INTO] if table.name == ACCOUNTS.name else [table.key]
    id_cells = cells.select([name for name in columns if name in cells.column_names])
    ids = parse(id_cells, table, part.source, part.typed, ChunkIssues(rest.rows))
    no_ids = pa.nulls(len(rest.rows), pa.string())
    return pa.table({name: ids.column(name) if name in ids.column_names else no_ids for name in columns})


_MOST_IN_FOOTER = 1_000


@dataclass
class Footer:
    """The rows of one source that may be its footer, as reports and spreadsheets have it: what comes after a blank row,
    where no row after it has an account."""

    held: list[ParsedChunk] = field(default_factory=list)
    _last_number: int | None = None
    _is_too_long: bool = False

    def hold_back(self, results: Iterable[ParsedChunk], table: Table) -> Iterator[ParsedChunk]:
        """The chunks in order, without the rows that are `held` in the end."""
        for result in results:
            numbers = result.numbers
            if not len(numbers) or self._is_too_long:
                yield result
                continue
            last_data = _last_row_of_data(result, table)
            if last_data is not None:
                yield from self._let_go()
            start = self._start(numbers, last_data)
            self._last_number = int(numbers[-1])
            if start > numbers[-1]:
                yield result
                continue
            head, tail = _split_at(result, start)
            yield head
            self.held.append(tail)
            if sum(held.chunk.rows_in for held in self.held) > _MOST_IN_FOOTER:
                self._is_too_long = True
                yield from self._let_go()

    def _let_go(self) -> list[ParsedChunk]:
        held, self.held = self.held, []
        return held

    def _start(self, numbers: RowNumbers, last_data: int | None) -> int:
        """The number of the first row that may be in the footer; one after the last row if none may be."""
        if self.held and last_data is None:
            return int(numbers[0])
        before = numbers[0] - 1 if self._last_number is None else self._last_number
        after_blank = numbers[np.diff(numbers, prepend=before) > 1]
        possible = after_blank[after_blank > (-1 if last_data is None else last_data)]
        return int(possible[0]) if len(possible) else int(numbers[-1]) + 1


def _last_row_of_data(result: ParsedChunk, table: Table) -> int | None:
    """The number of the last row that surely belongs to the table: it has an account and an id, or it may be a "no", or
    `where` leaves it out."""
    needed = {table.key, "account_id"} if table.of_account else {table.key}
    cells = {column: result.parsed.column(column) for column in needed if column in result.parsed.column_names}
    filled = [as_mask(pc.is_valid(column).combine_chunks()) for column in cells.values()]
    alone = sum(as_mask(pc.is_valid(column).combine_chunks()) for column in result.parsed.columns) <= 1
    is_data = np.logical_and.reduce(filled) & ~alone if len(filled) == len(needed) else ~alone
    for column in table.columns if table.protects else ():
        if (column.strictest is not None or column.refusal) and column.name in result.cells.column_names:
            is_data |= are_filled(result.cells.column(column.name))
    own = result.chunk.rows[is_data]
    broken = [row.row for row in result.chunk.broken]
    left_out = np.setdiff1d(result.numbers, np.append(result.chunk.rows, broken)) if result.left_out else own[:0]
    numbers = np.append(own, left_out)
    return int(numbers.max()) if len(numbers) else None


def _split_at(result: ParsedChunk, start: int) -> tuple[ParsedChunk, ParsedChunk]:
    """The rows before the row number `start`, with all that was counted of the chunk, and the rows from it on."""
    issues = result.issues
    head = _rows_of_chunk(result, result.chunk.rows < start, [row for row in result.chunk.broken if row.row < start])
    tail = _rows_of_chunk(result, result.chunk.rows >= start, [row for row in result.chunk.broken if row.row >= start])
    counted = replace(head.issues, normalised=issues.normalised, tallies=issues.tallies, unmapped=issues.unmapped)
    return replace(head, issues=counted), replace(tail, left_out=0, ids_left_out=None, refusals_left_out=None)


def _rows_of_chunk(result: ParsedChunk, rows: Mask, broken: Sequence[BrokenRow]) -> ParsedChunk:
    mask = pa.array(rows)
    return replace(
        result,
        chunk=RawChunk(result.chunk.rows[rows], result.chunk.cells.filter(mask), tuple(broken)),
        cells=result.cells.filter(mask),
        parsed=result.parsed.filter(mask),
        issues=result.issues.of_rows(rows),
    )


def _accept_rows(result: ParsedChunk, number: int, staged: StagedTable) -> pa.Table:
    """The valid rows of a chunk; the others are written to the quarantine."""
    check_contract(result.parsed, staged.table, result.issues)
    staged.report.rows_in += result.chunk.rows_in
    staged.report.left_out += result.left_out
    if result.ids_left_out is not None:
        staged.left_out.append(result.ids_left_out)
    staged.report.add(result.issues)
    staged.quarantine.add_broken(result.chunk.broken, number)
    staged.quarantine.add_failed(result.cells, result.issues, number)
    complete = _with_all_columns(result.parsed, result.chunk.rows + number * ROWS_OF_PART, staged.schema)
    failed = result.issues.failed
    staged.names_to_ask_about.update(result.names_to_ask_about)
    if staged.table.protects:
        _set_aside(result, number, complete, staged)
    return complete.filter(pa.array(~failed)) if failed.any() else complete


def _set_aside(result: ParsedChunk, number: int, complete: pa.Table, staged: StagedTable) -> None:
    """Keeps the rows that were set aside, so that a "no" in them still counts."""
    staged.set_aside.add_broken(result.chunk.broken, number * ROWS_OF_PART)
    staged.set_aside.add_failed(complete, result.issues)
    if result.refusals_left_out is not None:
        rows, numbers = result.refusals_left_out
        staged.set_aside.add(_with_all_columns(rows, numbers + number * ROWS_OF_PART, staged.schema), LEFT_OUT)


def _with_all_columns(parsed: pa.Table, rows: RowNumbers, schema: pa.Schema) -> pa.Table:
    present = set(parsed.column_names)
    arrays = [
        parsed.column(field.name) if field.name in present else pa.nulls(len(rows), field.type) for field in schema
    ]
    full = pa.table(arrays, schema=schema) if arrays else parsed
    return full.append_column(ROW, pa.array(rows))


def _no_rows(staged: StagedTable) -> None:
    problem = "has no row that `where` takes." if staged.report.left_out else "has a header and no rows."
    if staged.table.required:
        fix = (
            f"compare [sources.{staged.table.name}] where with the file"
            if staged.report.left_out
            else "export it again"
        )
        raise InputError([Fault(staged.label, problem, fix)])
    if not staged.report.left_out:
        staged.report.warnings.append(f"{staged.label}: {problem}")
