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
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from advocate_score.errors import Fault, InputError
from advocate_score.schema import ACCOUNTS, CONTACTS, Table
from advocate_score.sources.base import BrokenRow, RawChunk, RawTable
from advocate_score.sources.column_mapping import ColumnMap, map_columns
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import digest, read_source, refuse_changes
from advocate_score.tables.denial_columns import kind_of_refusal
from advocate_score.tables.derived_rows import Derivation, DerivedRows, RowNumbers, derivation_of
from advocate_score.tables.findings import LEFT_OUT, ChunkIssues, as_mask
from advocate_score.tables.footer import Footer
from advocate_score.tables.lookups import LookupTables
from advocate_score.tables.parsing import ARROW_TYPES, REFUSED, names_to_ask_about, parse, read_refusals, says_no
from advocate_score.tables.quality_report import TableReport
from advocate_score.tables.quarantine import ROWS_OF_PART, QuarantineFile, QuarantineFolder, SetAside
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


@dataclass(frozen=True)
class StagedTable:
    """One table, parsed and checked row by row.

    label: names of its sources · path: Parquet file with every column, typed, and ROW · digest: of its sources ·
    left_out: ids of accounts and contacts that `where` leaves out, and the accounts they were merged into · set_aside:
    rows set aside, for tables that protect · names_to_ask_about: unmapped columns that may hold a "no" ·
    has_row_for_each: whether an id may have a row for each of several accounts.
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
    has_row_for_each: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        return (self.table.key, "account_id") if self.has_row_for_each else (self.table.key,)

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
    derivation: Derivation

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
            for read in (source, *(other for lookup in source.lookups.values() for other in lookup.sources)):
                watched.enter_context(refuse_changes(read))
        lookups = LookupTables()
        parts = [_part(table, number, source, lookups) for number, source in enumerate(sources)]
        staged = _new_staged_table(table, parts, folder, quarantine_folder)
        staged.report.warnings.extend(lookups.warnings)
        with staged.quarantine, table_file(staged.path, staged.schema.append(pa.field(ROW, pa.int64()))) as file:
            for part in parts:
                _copy(part, staged, file.write_table)
        staged = replace(staged, digest=_digest(parts))
    staged.report.reasons.update(staged.quarantine.reasons)
    if not staged.report.rows_in:
        _no_rows(staged)
    return staged


def _part(table: Table, number: int, source: Source, lookups: LookupTables) -> _Part:
    raw = read_source(source)
    columns = map_columns(raw.header, source, table)
    return _Part(number, source, raw, columns, derivation_of(source, lookups))


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
        has_row_for_each=any(part.derivation.has_row_for_each for part in parts),
    )


def _digest(parts: Sequence[_Part]) -> str:
    """The digest of one source, or of the digests of several in their order, and of the files that they look into. A
    query's digest is that of its rows."""
    digests = [part.raw.digest() if part.raw.digest else digest(part.source) for part in parts]
    lookups = (lookup for part in parts for lookup in part.source.lookups.values() if not lookup.table)
    files = {source.path: source for lookup in lookups for source in lookup.sources}
    digests += map(digest, files.values())
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _copy(part: _Part, staged: StagedTable, write: Callable[[pa.Table], None]) -> None:
    rows, left_out = staged.report.rows_in, staged.report.left_out
    footer = Footer(part.columns, staged.table)
    chunks = footer.hold_back(chunk.without_formulas_in(part.columns.read) for chunk in part.raw.chunks())
    for result in map_in_order(partial(_parse_chunk, part=part, table=staged.table), chunks):
        write(_accept_rows(result, part.number, staged))
    _leave_out_footer(footer, part, staged)
    if staged.report.rows_in == rows and staged.report.left_out > left_out:
        staged.report.warnings.append(f"{part.source.label}: {part.source.setting} where takes none of its rows.")


def _leave_out_footer(footer: Footer, part: _Part, staged: StagedTable) -> None:
    """Counts the rows of a footer, which are no rows of the table. What might be a "no" in them still counts."""
    rows = sum(chunk.rows_in for chunk in footer.held)
    if not rows:
        return
    last, belong = ("its last row", "belongs") if rows == 1 else (f"its last {rows:,} rows", "belong")
    count = "counts" if rows == 1 else "count"
    problem = f"{last}, after a blank row, {belong} to no account and {count} as a footer."
    staged.report.warnings.append(f"{part.source.label}: {problem}")
    for chunk in footer.held_besides_sums() if staged.table.protects else ():
        result = _parse_chunk(chunk, part, staged.table)
        check_contract(result.rows.parsed, staged.table, result.rows.issues)
        _set_aside(result, part.number, _complete_rows(result.rows, part.number, staged), staged)


@dataclass(frozen=True)
class _ParsedRows:
    """`derived`: the rows, with the issues that were found · parsed: their typed cells."""

    derived: DerivedRows
    parsed: pa.Table

    @property
    def numbers(self) -> RowNumbers:
        return self.derived.rows

    @property
    def issues(self) -> ChunkIssues:
        return self.derived.issues


@dataclass(frozen=True)
class _ParsedChunk:
    """A parsed chunk.

    rows: the rows that `where` takes · broken: rows that could not be split into cells · left_out: number of the other
    rows · further: rows that may only protect · ids_left_out: of accounts and contacts that `where` leaves out ·
    refusals_left_out: contacts left out that refuse, with their row numbers.
    """

    rows: _ParsedRows
    broken: tuple[BrokenRow, ...]
    left_out: int
    further: tuple[_ParsedRows, ...]
    ids_left_out: pa.Table | None
    refusals_left_out: tuple[pa.Table, RowNumbers] | None
    names_to_ask_about: frozenset[str]


def _parse_chunk(chunk: RawChunk, part: _Part, table: Table) -> _ParsedChunk:
    matching = part.columns.matching_rows(chunk)
    derived, further = part.derivation.derive(part.columns.apply(matching.cells), matching.rows)
    rows = _parse_rows(derived, part, table)
    names = names_to_ask_about(_not_merged(matching.cells, rows.parsed), part.columns)
    return _ParsedChunk(
        rows,
        matching.broken,
        chunk.rows_in - matching.rows_in,
        tuple(_parse_rows(some, part, table) for some in further if table.protects),
        *_read_left_out(chunk, part, table),
        names,
    )


def _parse_rows(derived: DerivedRows, part: _Part, table: Table) -> _ParsedRows:
    parsed = parse(derived.cells, table, part.source, part.typed, derived.issues)
    checked = apply_rules(parsed, table, part.source.dialect, derived.issues)
    derived.issues.failures.extend(derived.failures)
    if refuses(table):
        refused = read_refusals(derived.cells, table, part.source, len(derived.rows))
        checked = checked.append_column(REFUSED, refused)
    return _ParsedRows(derived, checked)


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
    derived, further = part.derivation.derive(cells.filter(pa.array(rows)), rest.rows[rows])
    every = (derived, *further)
    typed = pa.concat_tables(parse(some.cells, table, part.source, part.typed, some.issues) for some in every)
    numbers = np.concatenate([some.rows for some in every])
    return typed.append_column(REFUSED, pa.array(np.ones(len(numbers), np.bool_))), numbers


def _ids_left_out(rest: RawChunk, cells: pa.Table, part: _Part, table: Table) -> pa.Table:
    columns = [table.key, MERGED_INTO] if table.name == ACCOUNTS.name else [table.key]
    id_cells = cells.select([name for name in columns if name in cells.column_names])
    ids = parse(id_cells, table, part.source, part.typed, ChunkIssues(rest.rows))
    no_ids = pa.nulls(len(rest.rows), pa.string())
    return pa.table({name: ids.column(name) if name in ids.column_names else no_ids for name in columns})


def _accept_rows(result: _ParsedChunk, number: int, staged: StagedTable) -> pa.Table:
    """The valid rows of a chunk; the others are written to the quarantine."""
    rows, issues = result.rows, result.rows.issues
    check_contract(rows.parsed, staged.table, issues)
    staged.report.rows_in += len(rows.numbers) + len(result.broken)
    staged.report.left_out += result.left_out
    if result.ids_left_out is not None:
        staged.left_out.append(result.ids_left_out)
    staged.report.add(issues)
    staged.quarantine.add_broken(result.broken, number)
    staged.quarantine.add_failed(rows.derived.shown, issues, number)
    complete = _complete_rows(rows, number, staged)
    staged.names_to_ask_about.update(result.names_to_ask_about)
    if staged.table.protects:
        _set_aside(result, number, complete, staged)
    return complete.filter(pa.array(~issues.failed)) if issues.failed.any() else complete


def _complete_rows(rows: _ParsedRows, number: int, staged: StagedTable) -> pa.Table:
    return _with_all_columns(rows.parsed, rows.numbers + number * ROWS_OF_PART, staged.schema)


def _set_aside(result: _ParsedChunk, number: int, complete: pa.Table, staged: StagedTable) -> None:
    """Keeps the rows that were set aside, so that a "no" in them still counts."""
    staged.set_aside.add_broken(result.broken, number * ROWS_OF_PART)
    staged.set_aside.add_failed(complete, result.rows.issues)
    for further in result.further:
        check_contract(further.parsed, staged.table, further.issues)
        rows = _complete_rows(further, number, staged)
        staged.set_aside.add_failed(rows, further.issues)
        staged.set_aside.add(rows.filter(pa.array(~further.issues.failed)), LEFT_OUT)
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
