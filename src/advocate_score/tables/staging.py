"""Source → rows that are right in themselves, typed, in Parquet; the others in quarantine. One chunk at a time."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from advocate_score.canonical import Table
from advocate_score.errors import Fault, InputError
from advocate_score.sources.discover import Source
from advocate_score.sources.mapping import ColumnMap, map_columns
from advocate_score.sources.raw import RawChunk, RawTable
from advocate_score.sources.read import digest, read_source, unchanged
from advocate_score.tables.contracts import check_contract
from advocate_score.tables.findings import Findings
from advocate_score.tables.parse import ARROW_TYPES, parse
from advocate_score.tables.quarantine import QuarantineFile
from advocate_score.tables.quarantine_folder import QuarantineFolder
from advocate_score.tables.report import TableReport
from advocate_score.tables.rules import apply_rules
from advocate_score.tables.table_file import table_file

ROW = "source row"
"""Column of source row numbers in staged tables; a blank in its name keeps it apart from every column of an export."""


@dataclass(frozen=True)
class Staged:
    """One table, parsed and checked row by row; `path` holds every column, typed, and ROW. `digest`: of its source."""

    table: Table
    source: Source
    path: Path
    schema: pa.Schema
    quarantine: QuarantineFile
    report: TableReport
    digest: str


def schema_of(table: Table, extra: tuple[str, ...]) -> pa.Schema:
    """Every canonical column, whether the export has it or not, then the export's own."""
    canonical = [pa.field(column.name, ARROW_TYPES[column.type]) for column in table.columns]
    return pa.schema([*canonical, *(pa.field(name, pa.string()) for name in extra)])


def stage(table: Table, source: Source, folder: Path, quarantine_folder: QuarantineFolder) -> Staged:
    """Reads the source once, in bounded memory. InputError where the source as a whole must not be used."""
    with unchanged(source):
        raw = read_source(source)
        columns = map_columns(raw.header, source, table)
        quarantine = QuarantineFile(quarantine_folder, table, tuple(columns.positions))
        report = TableReport(table.name, tuple(columns.positions), columns.extra)
        path = folder / f"{table.name}.parquet"
        folder.mkdir(parents=True, exist_ok=True)
        staged = Staged(table, source, path, schema_of(table, columns.extra), quarantine, report, digest(source))
        with quarantine, table_file(path, staged.schema.append(pa.field(ROW, pa.int64()))) as file:
            for chunk in raw.chunks():
                file.write_table(_check(chunk, staged, columns, _typed(raw, columns)))
    report.reasons.update(quarantine.reasons)
    if not report.rows_in:
        _no_rows(staged)
    return staged


def _typed(raw: RawTable, columns: ColumnMap) -> frozenset[str]:
    return frozenset(name for name, position in columns.positions.items() if raw.header[position] in raw.instants)


def _check(chunk: RawChunk, staged: Staged, columns: ColumnMap, typed: frozenset[str]) -> pa.Table:
    """The rows of a chunk that are right in themselves."""
    cells = columns.apply(chunk.cells)
    findings = Findings(chunk.rows)
    parsed = parse(cells, staged.table, staged.source, typed, findings)
    parsed = apply_rules(parsed, staged.table, staged.source.dialect, findings)
    check_contract(parsed, staged.table, findings)
    staged.report.rows_in += chunk.rows_in
    staged.report.add(findings)
    staged.quarantine.add_broken(chunk.broken)
    staged.quarantine.add_failed(cells, findings)
    return _complete(parsed, chunk.rows, staged.schema).filter(pa.array(~findings.failed))


def _complete(parsed: pa.Table, rows: npt.NDArray[np.int64], schema: pa.Schema) -> pa.Table:
    present = set(parsed.column_names)
    arrays = [
        parsed.column(field.name) if field.name in present else pa.nulls(len(rows), field.type) for field in schema
    ]
    full = pa.table(arrays, schema=schema) if arrays else parsed
    return full.append_column(ROW, pa.array(rows))


def _no_rows(staged: Staged) -> None:
    if staged.table.required:
        raise InputError([Fault(staged.source.place, "has a header and no rows.", "export it again")])
    staged.report.warnings.append(f"{staged.source.place}: has a header and no rows.")
