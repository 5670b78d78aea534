"""Reads XLSX: one sheet, its first row the header, every cell as text. Needs the extra `excel`.

openpyxl is the slow reader of the two that matter, and the one that tells an error or a formula from an empty cell.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from advocate_score.errors import Fault, InputError, MissingExtraError
from advocate_score.sources.discover import Source
from advocate_score.sources.raw import CHUNK_ROWS, BrokenRow, RawChunk, RawTable

_LARGEST_UNPACKED = 2 * 2**30
_LARGEST_RATIO = 200
_DOCUMENT_TYPES = (b"<!DOCTYPE", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_UNKNOWN = "#N/A"


def read_workbook(source: Source) -> RawTable:
    """InputError where the file is damaged, would unpack to something huge, or has several sheets."""
    _refuse_hostile(source)
    with _sheet_rows(source) as lines:
        first = next(lines, ())
        header = tuple(_text(cell.value, ".") or "" for cell in first)
    if not any(header):
        raise InputError([Fault(source.place, "the first row of the sheet is empty.", "start with the header")])
    return RawTable(header, lambda: _chunks(source, header))


def _refuse_hostile(source: Source) -> None:
    """Looks at declared sizes and at the head of each part, before anything is unpacked or parsed as a whole."""
    try:
        with zipfile.ZipFile(source.path) as archive:
            members = archive.infolist()
            _refuse_bomb(source, members)
            heads = [archive.open(member).read(4_096) for member in members]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError([Fault(source.place, "is not a whole XLSX file.", "export it again")]) from error
    if any(mark in head for head in heads for mark in _DOCUMENT_TYPES):
        raise InputError([Fault(source.place, "declares XML entities, which no spreadsheet does.", "export it again")])


def _refuse_bomb(source: Source, members: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    if unpacked > _LARGEST_UNPACKED or unpacked > _LARGEST_RATIO * packed:
        problem = f"would unpack to {unpacked:,} bytes, {unpacked // packed} times its size."
        raise InputError([Fault(source.place, problem, "export it as CSV")])


@contextmanager
def _sheet_rows(source: Source) -> Iterator[Iterator[tuple[Any, ...]]]:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError(f"{source.place}: reading XLSX", "excel") from error
    try:
        book = openpyxl.load_workbook(source.path, read_only=True)
    except (KeyError, ValueError, SyntaxError, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise InputError([Fault(source.place, "cannot be read as XLSX.", "export it again")]) from error
    try:
        if len(book.sheetnames) != 1:
            problem = f"has {len(book.sheetnames)} sheets, and nothing says which is the table."
            raise InputError([Fault(source.place, problem, "keep one sheet, or export it as CSV")])
        yield iter(book.worksheets[0].iter_rows())
    finally:
        book.close()


def _chunks(source: Source, header: tuple[str, ...]) -> Iterator[RawChunk]:
    decimal = source.dialect.decimal
    with _sheet_rows(source) as lines:
        numbered = enumerate(islice(lines, 1, None), start=2)
        while part := list(islice(numbered, CHUNK_ROWS)):
            filled = [(row, cells) for row, cells in part if any(cell.value is not None for cell in cells)]
            broken = tuple(_broken(row, cells) for row, cells in filled if any(map(_is_no_value, cells)))
            whole = [(row, cells) for row, cells in filled if not any(map(_is_no_value, cells))]
            columns = [_column([cells for _, cells in whole], at, decimal) for at in range(len(header))]
            rows = np.array([row for row, _ in whole], np.int64)
            yield RawChunk(rows, pa.Table.from_arrays(columns, names=list(header)), broken)


def _column(lines: list[tuple[Any, ...]], at: int, decimal: str) -> pa.Array:
    """Trailing empty cells may be missing from a row."""
    return pa.array([_text(cells[at].value, decimal) if at < len(cells) else None for cells in lines], pa.string())


def _is_no_value(cell: Any) -> bool:
    """An error, but for #N/A, which says that nothing is known; or a formula, whose result nobody has checked."""
    return cell.value is not None and (cell.data_type == "f" or (cell.data_type == "e" and cell.value != _UNKNOWN))


def _broken(row: int, cells: tuple[Any, ...]) -> BrokenRow:
    return BrokenRow(row, "error_or_formula", ",".join(_text(cell.value, ".") or "" for cell in cells))


def _text(cell: object, decimal: str) -> str | None:
    """A whole number is written without a point, for spreadsheets know no integers, and ids are among them. A date
    is for them its midnight."""
    match cell:
        case None:
            return None
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 2**53:
            return str(int(cell))
        case float():
            return repr(cell).replace(".", decimal)
        case datetime():
            return (cell.date() if cell.time() == time.min else cell).isoformat()
        case _:
            return str(cell)
