"""Reads the result of an SQL query as text, in batches that bound the memory; row 1 is the first of the result."""

import hashlib
import json
import math
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from advocate_score.errors import Fault, InputError
from advocate_score.sources.connection import reading
from advocate_score.sources.discover import Source
from advocate_score.sources.raw import RawChunk, RawTable, rows_at_once

_MOST_ROWS_AT_ONCE = 20_000
"""Of objects, which take more room than cells of a file do."""


def read_query(source: Source) -> RawTable:
    """The columns are asked for apart, so that their names can be judged before any row is read."""
    query = source.query.strip().rstrip(";")
    with _cursor(source) as cursor:
        cursor.execute(f"SELECT * FROM (\n{query}\n) AS asked LIMIT 0")
        header = _names(cursor)
    rows = _Rows(source, query, header)
    return RawTable(header, rows.chunks, digest=rows.digest)


def _cursor(source: Source) -> Any:
    return reading(source.database, source.path, source.place)


def _names(cursor: Any) -> tuple[str, ...]:
    return tuple(str(column[0]) for column in cursor.description)


class _Rows:
    """The rows of one query, of which a digest is taken while they are read."""

    def __init__(self, source: Source, query: str, header: tuple[str, ...]) -> None:
        self._source = source
        self._query = query
        self._header = header
        self._digest = hashlib.sha256(_line(header))

    def chunks(self) -> Iterator[RawChunk]:
        first = 1
        with _cursor(self._source) as cursor:
            cursor.execute(self._query)
            while batch := cursor.fetchmany(min(_MOST_ROWS_AT_ONCE, rows_at_once(len(self._header)))):
                if _names(cursor) != self._header:
                    fault = Fault(self._source.place, "its columns changed while it was read.", "run again")
                    raise InputError([fault])
                yield self._chunk(first, batch)
                first += len(batch)

    def digest(self) -> str:
        return self._digest.hexdigest()

    def _chunk(self, first: int, batch: list[tuple[Any, ...]]) -> RawChunk:
        decimal = self._source.dialect.decimal
        rows = [[_text(value, decimal) for value in row] for row in batch]
        self._digest.update(b"".join(map(_line, rows)))
        columns = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
        cells = pa.Table.from_arrays(columns, names=list(self._header))
        return RawChunk(np.arange(first, first + len(batch)), cells)


def _line(cells: Any) -> bytes:
    return json.dumps(list(cells)).encode() + b"\n"


def _text(value: object, decimal: str) -> str | None:
    """As a file would have it: nothing is rounded, and an unknown value is none."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float | Decimal):
        return _number(value, decimal)
    return _other(value)


def _number(value: float | Decimal, decimal: str) -> str | None:
    if math.isnan(value):
        return None
    return (f"{value:f}" if isinstance(value, Decimal) else repr(value)).replace(".", decimal)


def _other(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime() | date() | time():
            return value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case list() | tuple() | dict():
            return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)
