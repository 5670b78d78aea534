"""Exports as they lie on the disk, read with other means than the program's: nothing is refused, nothing left out.

A row is what its line says, however broken: its cells by the names of the header where they fit, and all its text.
"""

import csv
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

_QUOTED = re.compile(r"""(?<![^,])"(?:[^"]|"")*"(?![^,])""")
TABLES = ("accounts", "contacts", "permissions", "cases", "renewals", "asks")


@dataclass(frozen=True)
class RawRow:
    """cells: by column, "" where empty · broken: does not fit the header or cannot be read · text: all of the line."""

    number: int
    cells: dict[str, str]
    broken: bool = False
    text: str = ""

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()


Raw = dict[str, list[RawRow]]


def raw_tables(folder: Path) -> Raw:
    """The canonical tables of a firm, whatever kind of file each is, or its `crm.db`; answers kept by `record` too."""
    found: Raw = {}
    for name in TABLES:
        paths = sorted((folder / "tables").glob(f"{name}.*"))
        found[name] = [row for path in paths for row in raw_rows(path)]
    if (folder / "crm.db").exists():
        found |= _database(folder / "crm.db")
    kept = folder / "recorded" / "asks.db"
    found["asks"] = found["asks"] + (_database(kept, {"asks": "recorded_asks"})["asks"] if kept.exists() else [])
    return found


def raw_rows(path: Path) -> list[RawRow]:
    readers = {".csv": _csv, ".jsonl": _json_lines, ".parquet": _parquet, ".xlsx": _workbook}
    return list(readers[path.suffix](path))


def _csv(path: Path) -> Iterator[RawRow]:
    """A line a row: a quote that does not close breaks its own line alone."""
    lines = path.read_bytes().split(b"\n")
    header = _cells(lines[0].decode("utf-8-sig")) or []
    for number, line in enumerate(lines[1:], 2):
        if line.strip(b"\r, "):
            yield _csv_row(number, line.rstrip(b"\r"), header)


def _csv_row(number: int, line: bytes, header: Sequence[str]) -> RawRow:
    text = line.decode("utf-8", errors="replace")
    cells = _cells(text)
    sound = "\ufffd" not in text and "\0" not in text and cells is not None and len(cells) == len(header)
    return RawRow(number, dict(zip(header, cells or (), strict=False)) if sound else {}, not sound, text)


def _cells(text: str) -> list[str] | None:
    """None where the quotes are not what quotes should be: around a whole cell."""
    if '"' in _QUOTED.sub("", text):
        return None
    try:
        return next(csv.reader([text.replace("\0", "")], strict=True), [])
    except csv.Error:
        return None


def _json_lines(path: Path) -> Iterator[RawRow]:
    for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        try:
            told = json.loads(text)
        except ValueError:
            told = None
        if isinstance(told, dict):
            yield RawRow(number, {name: _text(value) for name, value in told.items()}, text=text)
        elif text.strip():
            yield RawRow(number, {}, broken=True, text=text)


def _parquet(path: Path) -> Iterator[RawRow]:
    import pyarrow.parquet as pq

    for number, told in enumerate(pq.read_table(path).to_pylist(), 1):
        yield RawRow(number, {name: _text(value) for name, value in told.items()})


def _workbook(path: Path) -> Iterator[RawRow]:
    """An error in a cell breaks its row."""
    from openpyxl import load_workbook

    book = load_workbook(path, read_only=True)
    rows = book.worksheets[0].iter_rows()
    header = [_text(cell.value) for cell in next(rows)]
    for number, row in enumerate(rows, 2):
        values = [_text(cell.value) for cell in row]
        broken = any(cell.data_type == "e" for cell in row)
        yield RawRow(number, dict(zip(header, values, strict=False)), broken, "\n".join(values))
    book.close()


def _database(path: Path, tables: Mapping[str, str] = MappingProxyType({name: name for name in TABLES})) -> Raw:
    found: Raw = {}
    database = sqlite3.connect(path)
    for name, table in tables.items():
        cursor = database.execute(f"SELECT * FROM {table}")
        header = [column[0] for column in cursor.description]
        rows = ([_text(value) for value in row] for row in cursor)
        found[name] = [RawRow(number, dict(zip(header, row, strict=True))) for number, row in enumerate(rows, 1)]
    database.close()
    return found


def _text(value: object) -> str:
    return "" if value is None else str(value)
