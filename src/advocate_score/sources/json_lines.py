"""Reads JSON Lines: one object per line, every value as text."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from advocate_score.errors import Fault, InputError
from advocate_score.sources.base import BrokenRow, RawChunk, RawTable, refuse_width, rows_at_once
from advocate_score.sources.csv_reader import line_blocks
from advocate_score.sources.discover import Source

_Line = tuple[int, dict[str, Any] | BrokenRow]


def read_json_lines(source: Source) -> RawTable:
    """A JSON Lines file as a raw table. Its columns are the keys of all lines, so it is read twice. Row 1 is the first
    line."""
    names: dict[str, None] = {}
    empty = True
    for _, content in _lines(source):
        empty = False
        if isinstance(content, dict):
            names.update(dict.fromkeys(content))
            refuse_width(source.label, len(names))
    if empty:
        raise InputError([Fault(source.label, "is empty.", "export it again, or remove it")])
    if not names:
        fix = "export it as JSON Lines: no list around the objects, and each on a line of its own"
        raise InputError([Fault(source.label, "no line of it is a JSON object.", fix)])
    header = tuple(names)
    return RawTable(header, lambda: _chunks(source, header))


def _chunks(source: Source, header: tuple[str, ...]) -> Iterator[RawChunk]:
    lines = _lines(source)
    while chunk := list(islice(lines, rows_at_once(len(header)))):
        complete = [(row, content) for row, content in chunk if isinstance(content, dict)]
        broken = tuple(content for _, content in chunk if isinstance(content, BrokenRow))
        columns = [pa.array([content.get(name) for _, content in complete], pa.string()) for name in header]
        rows = np.array([row for row, _ in complete], np.int64)
        yield RawChunk(rows, pa.Table.from_arrays(columns, names=list(header)), broken)


def _lines(source: Source) -> Iterator[_Line]:
    row = 0
    decimal = source.dialect.decimal
    for block in line_blocks(source):
        for line in block.removesuffix(b"\n").split(b"\n"):
            row += 1
            if line.strip():
                yield row, _content(row, line, decimal)


def _content(row: int, line: bytes, decimal: str) -> dict[str, Any] | BrokenRow:
    try:
        # Keep numbers as they are written: 0.10 must not become 0.1.
        content = json.loads(
            line.decode(),
            parse_int=str,
            parse_float=lambda text: text.replace(".", decimal),
            object_pairs_hook=_each_once,
        )
        if not isinstance(content, dict):
            return BrokenRow(row, "not_a_json_object", line.decode())
        cells = {name: _text(value) for name, value in content.items()}
        "".join(filter(None, (*cells, *cells.values()))).encode()
    except UnicodeError:  # also half of a surrogate pair, which JSON can express but text cannot
        return BrokenRow(row, "undecodable", line.decode("utf-8", "backslashreplace"))
    except (ValueError, RecursionError):
        return BrokenRow(row, "not_a_json_object", line.decode())
    return cells


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object as a dictionary. Raises ValueError if a name occurs twice, since either value may be the right one."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name occurs twice")
    return content


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
