"""Workbooks with typed text, dates and numbers: `candidates.xlsx`, and those of the account managers.

Needs the extra `excel`. Equal sheets give equal bytes: the timestamps of the writing library are removed.
"""

import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from advocate_score.errors import MissingExtraError
from advocate_score.spreadsheet_text import printable
from advocate_score.text import Text

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

WORKBOOK = "candidates.xlsx"
LONGEST_CELL = 32_767
_WRAPPED = 24
"""Text columns wider than this are wrapped."""
_LINE, _MOST_LINES, _FILL = 15, 20, 0.9
"""Points per line, the most lines that a row's height allows for, and the share of a line's width filled before a
break."""
_MARGIN = 0.4
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_FORMATS = {
    "text": Text("@", "@"),
    "flag": Text("@", "@"),
    "share": Text("0%", "0\N{NO-BREAK SPACE}%"),
    "figure": Text("0.00", "0.00"),
    "count": Text("0", "0"),
    **dict.fromkeys(("date", "instant"), Text("[$-809]d mmm yyyy", "dd/mm/yyyy")),
}
"""Of numbers and days, by the language of the sheet; the spreadsheet puts its own decimal mark."""
_CLOCK = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NO_XML = re.compile("[\ufffe\uffff]")
_WHITE, _PALE, _DEEP, _TO_FILL = "FFFFFFFF", "FF7FB5D5", "FF1D5C86", "FFFFF5D6"


@dataclass(frozen=True)
class SheetColumn:
    """`kind`: as of a `publication.columns.Column`; `width` in characters; `choices`: what people may write there, None
    for a column that they do not fill in."""

    heading: str
    kind: str
    width: int
    choices: Sequence[str] | None = None


@dataclass(frozen=True)
class Sheet:
    """`rows`: a value for each column, None where missing. `coloured`: position of the column with a colour scale.
    `frozen_columns`: how many columns stay visible while scrolling. `language`: of its days and numbers."""

    title: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[Any]]
    language: str
    coloured: int | None = None
    frozen_columns: int = 0


@dataclass(frozen=True)
class WorkbookContent:
    """The content of a workbook: title of a sheet → its rows, headings first."""

    title: str
    as_of: datetime
    sheets: Mapping[str, list[tuple[Any, ...]]]


def workbook_bytes(sheets: Iterable[Sheet], title: str, as_of: datetime) -> bytes:
    """The workbook as bytes; MissingExtraError without the extra `excel`."""
    book = _openpyxl("writing").Workbook(write_only=True)
    book.properties.title, book.properties.creator = title, "advocate-score"
    book.properties.created = as_of
    for sheet in sheets:
        _write_sheet(book.create_sheet(sheet.title), sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_clock(buffer.getvalue(), as_of)


def read_workbook(content: bytes) -> WorkbookContent:
    """The content that `workbook_bytes` wrote; MissingExtraError without the extra `excel`."""
    openpyxl = _openpyxl("reading")
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    sheets = {page.title: [tuple(map(_read_cell, row)) for row in page.iter_rows(values_only=True)] for page in book}
    return WorkbookContent(book.properties.title, book.properties.created, sheets)


def _read_cell(value: Any) -> Any:
    return value.replace("_x005F_", "_") if isinstance(value, str) else value


def _openpyxl(what: str) -> Any:
    try:
        import openpyxl
    except ImportError as error:
        raise MissingExtraError(f"{what} {WORKBOOK}", "excel") from error
    return openpyxl


def cell_text(value: str) -> str:
    """The text as a cell stores it: on one line, cut to the longest possible cell, and escaped so that it reads back
    unchanged."""
    plain = _NO_XML.sub("\N{REPLACEMENT CHARACTER}", printable(value))
    return _ESCAPED.sub("_x005F_", plain)[:LONGEST_CELL]


def _write_sheet(page: "WriteOnlyWorksheet", sheet: Sheet) -> None:
    from openpyxl.utils import get_column_letter

    last = get_column_letter(len(sheet.columns))
    for position, column in enumerate(sheet.columns, 1):
        page.column_dimensions[get_column_letter(position)].width = column.width
    page.freeze_panes, page.print_title_rows = f"{get_column_letter(sheet.frozen_columns + 1)}2", "1:1"
    page.page_margins.left = page.page_margins.right = page.page_margins.top = page.page_margins.bottom = _MARGIN
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr = _fit_to_page()
    page.row_dimensions[1].height = 3 * _LINE
    page.append(list(_headings(page, sheet.columns)))
    number = 1
    cells = [_blank_cell(page, column, sheet.language) for column in sheet.columns]
    for number, row in enumerate(sheet.rows, 2):
        page.row_dimensions[number].height = _LINE * _line_count(row, sheet.columns)
        page.append([_fill_cell(cell, value) for cell, value in zip(cells, row, strict=True)])
    page.auto_filter.ref = f"A1:{last}{number}"
    if sheet.coloured is not None:
        _add_colour_scale(page, get_column_letter(sheet.coloured + 1), number)
    for position, column in enumerate(sheet.columns, 1):
        if column.choices:
            _add_choices(page, get_column_letter(position), number, column.choices)


def _headings(page: "WriteOnlyWorksheet", columns: Sequence[SheetColumn]) -> Iterator[Any]:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    for column in columns:
        cell = WriteOnlyCell(page, column.heading)
        cell.font, cell.fill = Font(bold=True, color=_WHITE), PatternFill("solid", start_color=_DEEP)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        yield cell


def _blank_cell(page: "WriteOnlyWorksheet", column: SheetColumn, language: str) -> "WriteOnlyCell":
    """A formatted cell for a column. Rows are written as soon as they are appended, so one cell serves the whole
    column."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, PatternFill

    cell = WriteOnlyCell(page)
    cell.number_format = _FORMATS[column.kind].in_language(language)
    if column.choices is not None:
        cell.fill = PatternFill("solid", start_color=_TO_FILL)
    cell.alignment = Alignment(vertical="top", wrap_text=column.kind == "text" and column.width > _WRAPPED)
    return cell


def _fill_cell(cell: "WriteOnlyCell", value: Any) -> "WriteOnlyCell | None":
    """Set the value; text is typed as text, so that ids keep their zeros and a leading '=' makes no formula. An empty
    cell is written only where it is to be filled in."""
    if value is None and not cell.fill.fill_type:
        return None
    cell.value = cell_text(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _line_count(row: Sequence[Any], columns: Sequence[SheetColumn]) -> int:
    """The lines that a row needs; set explicitly, because not every program adapts the height to wrapped text."""
    texts = ((value, column.width) for value, column in zip(row, columns, strict=True) if isinstance(value, str))
    wrapped = [math.ceil(len(value) / (width * _FILL)) for value, width in texts if width > _WRAPPED]
    return min(max(wrapped, default=1), _MOST_LINES)


def _fit_to_page() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


def _add_colour_scale(page: "WriteOnlyWorksheet", letter: str, last: int) -> None:
    from openpyxl.formatting.rule import ColorScaleRule

    scale = ColorScaleRule("num", 0, _WHITE, end_type="num", end_value=1, end_color=_PALE)
    page.conditional_formatting.add(f"{letter}2:{letter}{max(last, 2)}", scale)


def _add_choices(page: "WriteOnlyWorksheet", letter: str, last: int, choices: Sequence[str]) -> None:
    """Offer the words in each cell of the column; others may be written."""
    from openpyxl.worksheet.datavalidation import DataValidation

    offered = DataValidation("list", formula1=f'"{",".join(choices)}"', allow_blank=True, showErrorMessage=False)
    offered.add(f"{letter}2:{letter}{max(last, 2)}")
    page.data_validations.append(offered)


def _without_clock(content: bytes, as_of: datetime) -> bytes:
    """The archive with `as_of` as its only timestamp."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as original,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as rewritten,
    ):
        for name in original.namelist():
            part = original.read(name)
            if name == "docProps/core.xml":
                part = _CLOCK.sub(rb"\g<1>" + f"{as_of:%Y-%m-%dT%H:%M:%SZ}".encode(), part)
            rewritten.writestr(zipfile.ZipInfo(name, _ZIP_EPOCH), part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def cell_value(value: Any) -> Any:
    """A frame's value in the form a cell takes; None if it is missing or empty."""
    if isinstance(value, str):
        return value or None
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime().replace(hour=0, minute=0, second=0, microsecond=0)
    return value.item() if hasattr(value, "item") else value
