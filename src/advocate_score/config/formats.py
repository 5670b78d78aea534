"""The formats of sources, one record each. To add one, write its reader in `sources/` and its record here."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal


@dataclass(frozen=True)
class SourceFormat:
    """A format that tables are read from.

    name: as in `[sources] format` · title: as in a sentence · reader: `module:function`, imported on use, a function of
    (Source) → RawTable · endings: of its files; a query has none · compressed: its files take less room than the text
    in them · delimited: the dialect's delimiter splits its rows · from_spreadsheet: its times may be a spreadsheet's
    numbers of days · in_parts: a table may be a folder of files with the first ending.
    """

    name: str
    title: str
    reader: str
    endings: tuple[str, ...] = ()
    compressed: bool = False
    delimited: bool = False
    from_spreadsheet: bool = False
    in_parts: bool = False


QUERY = "sql"
_SOURCES = "advocate_score.sources"
FORMATS = {
    kind.name: kind
    for kind in (
        SourceFormat("csv", "CSV", f"{_SOURCES}.csv_reader:read_delimited", (".csv", ".csv.gz"), delimited=True),
        SourceFormat(
            "parquet", "Parquet", f"{_SOURCES}.parquet:read_parquet", (".parquet",), compressed=True, in_parts=True
        ),
        SourceFormat("jsonl", "JSON Lines", f"{_SOURCES}.json_lines:read_json_lines", (".jsonl",)),
        SourceFormat(
            "xlsx", "XLSX", f"{_SOURCES}.xlsx:read_workbook", (".xlsx",), compressed=True, from_spreadsheet=True
        ),
        SourceFormat(QUERY, "SQL", f"{_SOURCES}.database:read_query"),
    )
}
"""Every format by its name."""

if TYPE_CHECKING:
    Format = str
else:
    Format = Literal[tuple(kind.name for kind in FORMATS.values() if kind.endings)]
    """The name of a format of files."""


def file_formats() -> tuple[SourceFormat, ...]:
    """The formats of files."""
    return tuple(kind for kind in FORMATS.values() if kind.endings)


def all_endings() -> tuple[str, ...]:
    return tuple(ending for kind in file_formats() for ending in kind.endings)


def part_endings() -> tuple[str, ...]:
    """The endings of files that may be parts of a table in a folder."""
    return tuple(kind.endings[0] for kind in file_formats() if kind.in_parts)


def ending_of(file_name: str) -> str | None:
    """The ending by which a file's format is known; None if it has none of them."""
    return next((ending for ending in all_endings() if file_name.casefold().endswith(ending)), None)


def format_of(file_name: str) -> SourceFormat | None:
    """The format that a file's ending stands for; None if it stands for none."""
    ending = ending_of(file_name)
    return next((kind for kind in file_formats() if ending in kind.endings), None)


def in_a_sentence(names: Iterable[str]) -> str:
    """`a, b or c`."""
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last
