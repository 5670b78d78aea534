"""Reads Parquet, one file or a folder of parts, as text, because every kind of source has the same contract. Columns
with few distinct values are converted by value, not by row."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from advocate_score.errors import Fault, InputError
from advocate_score.sources.base import BrokenRow, RawChunk, RawTable, as_text, rows_at_once
from advocate_score.sources.discover import Source

MOST_DIFFERENT = 0.5
"""Largest ratio of distinct values to rows at which working by value is cheaper than working by row."""

_SAMPLE_ROWS = 4_096


def by_value(column: pa.Array) -> pa.DictionaryArray | None:
    """The column dictionary-encoded; None if hardly any value repeats in its first rows."""
    if pa.types.is_dictionary(column.type):
        return column
    sample = column.slice(0, _SAMPLE_ROWS)
    return column.dictionary_encode() if len(sample.unique()) <= MOST_DIFFERENT * len(sample) else None


_FAULTS = (pa.ArrowException, OSError, UnicodeError, OverflowError)
_ALWAYS_ALLOWED_ROWS = 2**20
_MOST_ROWS_A_BYTE = 64
"""Limit of rows per byte of the file: rows have distinct ids, so a valid table cannot be packed more densely."""


def read_parquet(source: Source) -> RawTable:
    """A Parquet file or folder as a raw table. All parts must have the same schema.

    Row numbers start at 2, as if there were a header, and continue over the parts.
    """
    parts = _parts(source)
    schema = _schema(source, parts)
    instants = frozenset(field.name for field in schema if pa.types.is_temporal(field.type))
    return RawTable(tuple(schema.names), lambda: _chunks(source, parts), instants)


def _parts(source: Source) -> list[Path]:
    if not (parts := source.files):
        raise InputError([Fault(source.label, "is a folder without a Parquet file.", "export it again")])
    return parts


def _schema(source: Source, parts: list[Path]) -> pa.Schema:
    first, *other_schemas = [_part_schema(source, part) for part in parts]
    for part, schema in zip(parts[1:], other_schemas, strict=True):
        if not schema.equals(first):
            problem = f"the columns or types of {part.name} differ from those of {parts[0].name}."
            raise InputError([Fault(source.label, problem, "export all parts alike")])
    return first


def _part_schema(source: Source, part: Path) -> pa.Schema:
    try:
        with pq.ParquetFile(part) as file:
            rows, schema = file.metadata.num_rows, file.schema_arrow
    except _FAULTS as error:
        raise _damaged_error(source) from error
    if rows > max(_ALWAYS_ALLOWED_ROWS, _MOST_ROWS_A_BYTE * part.stat().st_size):
        problem = f"says that it holds {rows:,} rows, in {part.stat().st_size:,} bytes."
        raise InputError([Fault(source.label, problem, "export it again")])
    return schema


def _damaged_error(source: Source) -> InputError:
    return InputError([Fault(source.label, "is not a whole Parquet file: damaged or truncated.", "export it again")])


def _chunks(source: Source, parts: list[Path]) -> Iterator[RawChunk]:
    row = 2
    try:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for batch in file.iter_batches(rows_at_once(len(file.schema_arrow))):
                    rows = np.arange(row, row + batch.num_rows)
                    yield _chunk(rows, _cells(batch, source.dialect.decimal))
                    row += batch.num_rows
    except _FAULTS as error:
        raise _damaged_error(source) from error


def _chunk(rows: npt.NDArray[np.int64], cells: pa.Table) -> RawChunk:
    """A chunk in which rows with invalid UTF-8 are set aside, since Parquet does not check its text."""
    damaged = np.logical_or.reduce([np.zeros(len(rows), np.bool_), *map(_undecodable, cells.columns)])
    if not damaged.any():
        return RawChunk(rows, cells)
    binary = pa.schema([(name, pa.binary()) for name in cells.column_names])
    texts = as_text(cells.filter(pa.array(damaged))).cast(binary)
    lines = zip(*(column.to_pylist() for column in texts.columns), strict=True)
    broken = (
        BrokenRow(int(row), "undecodable", b",".join(cell or b"" for cell in line).decode("utf-8", "backslashreplace"))
        for row, line in zip(rows[damaged], lines, strict=True)
    )
    return RawChunk(rows[~damaged], cells.filter(pa.array(~damaged)), tuple(broken))


def _undecodable(column: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        return np.array([not _is_utf8(cell) for cell in column.cast(pa.binary()).to_pylist()], np.bool_)
    return np.zeros(len(column), np.bool_)


def _is_utf8(cell: bytes | None) -> bool:
    try:
        return cell is None or cell.decode() is not None
    except UnicodeDecodeError:
        return False


def _cells(batch: pa.RecordBatch, decimal: str) -> pa.Table:
    columns = [_text_or_instants(column, decimal) for column in batch.columns]
    return pa.Table.from_arrays(columns, names=batch.schema.names)


def _text_or_instants(column: Any, decimal: str) -> pa.Array:
    """The column as text or instants; numbers and flags that repeat are dictionary-encoded."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text_or_instants(column.dictionary_decode(), decimal)
    if pa.types.is_string(kind):
        return column
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us", kind.tz and "UTC"), safe=False)
    is_scalar = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    repeating = by_value(column) if is_scalar else None
    if repeating is None:
        return _text(column, decimal)
    return pa.DictionaryArray.from_arrays(repeating.indices, _text(repeating.dictionary, decimal))


def _text(column: Any, decimal: str) -> pa.Array:
    """The column as text. Numbers get the source's decimal mark, so that they are parsed back to the same values."""
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else json.dumps(v, default=str) for v in column.to_pylist()], pa.string())
    text = column.cast(pa.string())
    return pc.replace_substring(text, ".", decimal) if pa.types.is_floating(kind) or pa.types.is_decimal(kind) else text
