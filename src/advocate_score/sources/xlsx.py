"""Reads XLSX: one sheet, its first row the header, every cell as text. Needs the extra `excel`.

openpyxl is not the fastest reader, but it distinguishes errors and formulas from empty cells.
"""

import difflib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, time
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from advocate_score.errors import AdvocateScoreError, Fault, InputError, MissingExtraError
from advocate_score.sources.base import BrokenRow, RawChunk, RawTable, rows_at_once
from advocate_score.sources.discover import Source
from advocate_score.sources.safe_zip import refuse_hostile

_MOST_ROWS = 2**20
_UNKNOWN = "#N/A"
_Cells = Sequence[Any]


def read_workbook(source: Source) -> RawTable:
    """A workbook's sheet as a raw table. Raises InputError if the file is damaged or hostile, or if it has several
    sheets and none is named."""
    refuse_hostile(source.path)
    with _sheet_rows(source) as lines:
        header = tuple(_text(cell.value, ".") or "" for cell in _without_empty_end(next(lines, ())))
    if not header:
        raise InputError([Fault(source.label, "the first row of the sheet is empty.", "start with the header")])
    return RawTable(header, lambda: _chunks(source, header))


def sheet_names(source: Source) -> list[str]:
    """The names of a workbook's sheets of cells. Raises InputError if the file is damaged or hostile."""
    refuse_hostile(source.path)
    with _open_book(source) as book:
        return [sheet.title for sheet in book.worksheets]


@contextmanager
def _sheet_rows(source: Source) -> Iterator[Iterator[_Cells]]:
    with _open_book(source) as book:
        yield _rows(source, _sheet(source, book))


@contextmanager
def _open_book(source: Source) -> Iterator[Any]:
    """The workbook. Any error of openpyxl becomes InputError, since a damaged part can cause any exception. Its
    warnings are silenced, since they contain values of cells."""
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError(f"{source.label}: reading XLSX", "excel") from error
    warnings.filterwarnings("ignore", module="openpyxl")
    with source.path.open("rb") as file:
        try:
            yield openpyxl.load_workbook(file, read_only=True, keep_links=False)
        except (AdvocateScoreError, MemoryError):
            raise
        except Exception as error:
            raise InputError([Fault(source.label, "cannot be read as XLSX.", "export it again")]) from error


def _sheet(source: Source, book: Any) -> Any:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    setting = f"{source.setting} sheet"
    if source.sheet and source.sheet not in sheets:
        close = difflib.get_close_matches(source.sheet, sheets, n=1)
        fix = f"the nearest is '{close[0]}'" if close else f"it has {_name_list(sheets)}"
        raise InputError([Fault(setting, f"{source.label} has no sheet '{source.sheet}'.", fix)])
    if not source.sheet and len(sheets) != 1:
        problem = f"has {len(sheets)} sheets, and nothing says which is the table: {_name_list(sheets)}."
        raise InputError([Fault(source.label, problem, f"name it in {setting}")])
    return sheets[source.sheet or next(iter(sheets))]


def _name_list(names: Sequence[str] | dict[str, Any]) -> str:
    shown = ", ".join(f"'{name}'" for name in islice(names, 10))
    return shown + (" …" if len(names) > 10 else "")


def _rows(source: Source, sheet: Any) -> Iterator[_Cells]:
    """The rows of the sheet. Its declared size is not trusted, and more rows than a spreadsheet allows are refused."""
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > _MOST_ROWS:
            raise InputError([Fault(source.label, f"has more than {_MOST_ROWS:,} rows.", "export it as CSV")])
        yield cells


def _chunks(source: Source, header: tuple[str, ...]) -> Iterator[RawChunk]:
    decimal = source.dialect.decimal
    with _sheet_rows(source) as lines:
        numbered = ((row, _without_empty_end(cells)) for row, cells in enumerate(islice(lines, 1, None), start=2))
        filled = (_row(row, cells, len(header), decimal) for row, cells in numbered if cells)
        while part := list(islice(filled, rows_at_once(len(header)))):
            complete = [row for row in part if not isinstance(row, BrokenRow)]
            columns = [pa.array([row.texts[at] for row in complete], pa.string()) for at in range(len(header))]
            rows = np.array([row.number for row in complete], np.int64)
            broken = tuple(row for row in part if isinstance(row, BrokenRow))
            no_values = {row.number: row.no_values for row in complete if row.no_values}
            yield RawChunk(rows, pa.Table.from_arrays(columns, names=list(header)), broken, no_values)


def _without_empty_end(cells: _Cells) -> _Cells:
    end = len(cells)
    while end and cells[end - 1].value is None:
        end -= 1
    return cells[:end]


class _Row(NamedTuple):
    """One row: its cells as text, one for each name of the header, and the positions of formulas and errors."""

    number: int
    texts: list[str | None]
    no_values: frozenset[int]


def _row(row: int, cells: _Cells, width: int, decimal: str) -> _Row | BrokenRow:
    """The row, or the row as broken if it has more cells than the header."""
    if len(cells) > width:
        return BrokenRow(row, "long_row", _as_line(cells))
    texts = [_text(cell.value, decimal) for cell in cells] + [None] * (width - len(cells))
    return _Row(row, texts, frozenset(at for at, cell in enumerate(cells) if _is_no_value(cell)))


def _is_no_value(cell: Any) -> bool:
    """Whether a cell is a formula, whose result is not checked, or an error other than #N/A, which means unknown."""
    return cell.value is not None and (cell.data_type == "f" or (cell.data_type == "e" and cell.value != _UNKNOWN))


def _as_line(cells: _Cells) -> str:
    return ",".join(_text(cell.value, ".") or "" for cell in cells)


def _text(cell: object, decimal: str) -> str | None:
    """The cell as text; None if empty. Spreadsheets store integers as floats and dates as midnights, so whole numbers,
    which may be ids, are written without a decimal mark, and midnights as dates."""
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
