"""Reads Parquet, one file or a folder of parts, as text: the contract is the same for every kind of source."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from advocate_score.errors import Fault, InputError
from advocate_score.sources.discover import Source
from advocate_score.sources.raw import CHUNK_ROWS, RawChunk, RawTable


def read_parquet(source: Source) -> RawTable:
    """Row numbers go on over the parts, and start at 2, as if there were a header. Parts must agree on every type."""
    parts = _parts(source)
    schema = _schema(source, parts)
    instants = frozenset(field.name for field in schema if pa.types.is_temporal(field.type))
    return RawTable(tuple(schema.names), lambda: _chunks(source, parts), instants)


def _parts(source: Source) -> list[Path]:
    parts = sorted(source.path.glob("*.parquet")) if source.path.is_dir() else [source.path]
    if not parts:
        raise InputError([Fault(source.place, "is a folder without a Parquet file.", "export it again")])
    return parts


def _schema(source: Source, parts: list[Path]) -> pa.Schema:
    first, *others = [_part_schema(source, part) for part in parts]
    for part, schema in zip(parts[1:], others, strict=True):
        if not schema.equals(first):
            problem = f"the columns or types of {part.name} differ from those of {parts[0].name}."
            raise InputError([Fault(source.place, problem, "export all parts alike")])
    return first


def _part_schema(source: Source, part: Path) -> pa.Schema:
    try:
        return pq.read_schema(part)
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(source) from error


def _damaged(source: Source) -> InputError:
    return InputError([Fault(source.place, "is not a whole Parquet file: damaged or truncated.", "export it again")])


def _chunks(source: Source, parts: list[Path]) -> Iterator[RawChunk]:
    row = 2
    try:
        for part in parts:
            with pq.ParquetFile(part) as file:
                for batch in file.iter_batches(CHUNK_ROWS):
                    yield RawChunk(np.arange(row, row + batch.num_rows), _as_text(batch, source.dialect.decimal))
                    row += batch.num_rows
    except (pa.ArrowInvalid, OSError) as error:
        raise _damaged(source) from error


def _as_text(batch: pa.RecordBatch, decimal: str) -> pa.Table:
    columns = [_text(column, decimal) for column in batch.columns]
    return pa.Table.from_arrays(columns, names=batch.schema.names)


def _text(column: Any, decimal: str) -> pa.Array:
    """Numbers are written with the table's decimal mark, so that they read back as what they are."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _text(column.dictionary_decode(), decimal)
    if pa.types.is_timestamp(kind):
        text = column.cast(pa.timestamp("us"), safe=False).cast(pa.string())
        return text if kind.tz is None else pc.binary_join_element_wise(text, "Z", "")
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.array([None if v is None else json.dumps(v, default=str) for v in column.to_pylist()], pa.string())
    text = column.cast(pa.string())
    return pc.replace_substring(text, ".", decimal) if pa.types.is_floating(kind) or pa.types.is_decimal(kind) else text
