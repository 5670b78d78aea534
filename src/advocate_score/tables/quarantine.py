"""The rows that were set aside: kept during a run, because a "no" in one still counts, and written to
`quarantine/<table>.csv` with the reason and their original cells.

The files are those of one run and never contain rows of erased accounts.
"""

import csv
import io
import os
import re
import shutil
import stat
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import pyarrow as pa

from advocate_score.config import Settings
from advocate_score.errors import ConfigurationError, Fault
from advocate_score.schema import TABLES, Column, Table
from advocate_score.sources.base import BrokenRow, as_text
from advocate_score.spreadsheet_text import guard_formula, unguard_formula
from advocate_score.tables import erasure
from advocate_score.tables.derived_rows import ROWS_OF_PIECE
from advocate_score.tables.findings import ChunkIssues, fix_of, problem_of

REASON_COLUMNS = ("row", "id", "reason_code", "rule", "column", "message")
_NAMES = tuple(f"{table}.csv" for table in TABLES)
_FIRST_BYTES = ",".join(REASON_COLUMNS).encode()


@dataclass(frozen=True)
class QuarantineFolder:
    """The folders of a run's quarantine.

    working: where the run writes its files · destination: where they are moved when it ends · erased: tombstones of
    accounts whose rows must not be written.
    """

    working: Path
    destination: Path
    erased: erasure.Tombstones


@contextmanager
def opened_quarantine(settings: Settings, working: Path) -> Iterator[QuarantineFolder]:
    """Opens the quarantine; when the run ends, refused or not, its files replace those of an earlier run.

    Raises ConfigurationError if that would replace a file that is not a quarantine.
    """
    erased = erasure.read_tombstones(settings.folder)
    folder = QuarantineFolder(working, settings.path(settings.outputs.quarantine), erased)
    _refuse_to_replace(folder.destination, settings.path(settings.sources.folder))
    working.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        _move_to_destination(folder)


def _refuse_to_replace(destination: Path, tables: Path) -> None:
    problem = ""
    if destination.resolve() == tables.resolve():
        problem = "is the folder of the tables."
    elif destination.exists() and not destination.is_dir():
        problem = f"{destination} is no folder."
    elif strangers := [file.name for file in _existing_files(destination) if not _is_quarantine(file)]:
        problem = f"{destination} holds {', '.join(strangers)}, which advocate-score did not write and would replace."
    if problem:
        raise ConfigurationError([Fault("[outputs] quarantine", problem, "name a folder of its own")])


def quarantine_files(settings: Settings) -> list[Path]:
    """The files in the quarantine folder. Raises ConfigurationError if one of them is not a quarantine."""
    destination = settings.path(settings.outputs.quarantine)
    _refuse_to_replace(destination, settings.path(settings.sources.folder))
    return _existing_files(destination)


def _is_quarantine(file: Path) -> bool:
    """Whether the file is a regular file with the quarantine's header; a link is not."""
    if not stat.S_ISREG(file.lstat().st_mode):
        return False
    with file.open("rb") as start:
        return start.read(len(_FIRST_BYTES)) == _FIRST_BYTES


def _move_to_destination(folder: QuarantineFolder) -> None:
    for name in _NAMES:
        made, file = folder.working / name, folder.destination / name
        if made.exists():
            folder.destination.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(made, file)
        else:
            file.unlink(missing_ok=True)


def _existing_files(folder: Path) -> list[Path]:
    return [file for name in _NAMES if os.path.lexists(file := folder / name)]


RAW_TEXT = "source.text"
FILE = "file"
ROWS_OF_PART = 2**40
"""Offset of row numbers per part: the second part's rows start at this number, the third part's at twice it."""

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND


def _part_and_number(row: int) -> tuple[int, int]:
    """The part that a row is in, 0 for the first, and its number as a spreadsheet shows it."""
    return divmod(row % ROWS_OF_PIECE, ROWS_OF_PART)


def row_label(row: int) -> str:
    """The name of a row: its number as a spreadsheet shows it, and its part if it is not in the first."""
    part, number = _part_and_number(row)
    return f"row {number}" if not part else f"part {part + 1} row {number}"


_MOST_NAMED = 3


class QuarantineFile:
    """One table's quarantine, one line for each row that was set aside.

    `row` is the row's number in the source, `reason_code` the first rule it broke. The reasons name no value. They are
    followed by the cells as the export has them (`source.<column>`), or by the whole row (`source.text`) if it could
    not be split into cells; rows that name an erased account have neither. If a table has several parts, `file` says
    in which of `parts` the row is. The file is created with the first row, and `path` is its place after the run.
    """

    def __init__(
        self, folder: QuarantineFolder, table: Table, columns: Sequence[str], parts: Sequence[str] = ()
    ) -> None:
        self.path = folder.destination / f"{table.name}.csv"
        self._working = folder.working / self.path.name
        self.reasons: Counter[tuple[str, str]] = Counter()
        self._first_rows: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._table = table
        self._columns = tuple(columns)
        self._parts = tuple(parts)
        self._erased = folder.erased
        self._file: IO[str] | None = None

    @property
    def rows(self) -> int:
        """Number of rows in the file. Rows of erased accounts are counted as reasons but not written."""
        return self.reasons.total() - self.reasons[erasure.ERASED, "account_id"]

    def rows_named(self, code: str, column: str) -> str:
        """The rows that were set aside for a reason, such as `row 35` or `row 2, row 3, row 9 and 57 more`."""
        first = self._first_rows[code, column]
        more = self.reasons[code, column] - len(first)
        return ", ".join(first) + (f" and {more:,} more" if more else "")

    def add_broken(self, rows: Sequence[BrokenRow], part: int = 0) -> None:
        for row, text in zip(rows, erasure.texts_without_erased(rows, self._erased), strict=True):
            self._write(row.row + part * ROWS_OF_PART, "", [(row.code, "")], {RAW_TEXT: text})

    def add_failed(self, cells: pa.Table, issues: ChunkIssues, part: int = 0) -> None:
        """Adds the rows of a chunk that broke a rule; `cells` are the chunk's cells before parsing."""
        for position, cell in self._cells(cells, np.flatnonzero(issues.failed)):
            faults = [(failure.code, failure.column) for failure in issues.failures if failure.rows[position]]
            row = int(issues.row_numbers[position]) + part * ROWS_OF_PART
            self._write(row, cell.get(self._table.key), faults, cell)

    def add_excluded(self, rows: Sequence[int], codes: Sequence[tuple[str, str]], cells: pa.Table) -> None:
        """Adds well-formed rows that are excluded; `codes` has the (code, column) of each row."""
        for row, fault, cell in zip(rows, codes, cells.to_pylist(), strict=True):
            self._write(row, cell.get(self._table.key), [fault], cell)

    def close(self) -> None:
        """Closes the file. Rows added later are appended to it."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _cells(self, cells: pa.Table, positions: np.ndarray) -> Iterable[tuple[int, dict[str, Any]]]:
        return zip(positions.tolist(), as_text(cells.take(pa.array(positions))).to_pylist(), strict=True)

    def _write(self, row: int, key: object, faults: Sequence[tuple[str, str]], cells: Mapping[str, Any]) -> None:
        if erasure.belongs_to_erased(cells, self._erased):
            self.reasons[erasure.ERASED, "account_id"] += 1
            return
        if erasure.names_erased(cells, self._table, self._erased):
            key, cells = "", {}
        code, column = faults[0]
        self.reasons[code, column] += 1
        if len(self._first_rows[code, column]) < _MOST_NAMED:
            self._first_rows[code, column].append(row_label(row))
        declared = {declared.name: declared for declared in self._table.columns}
        message = " ".join(_message(code, self._table, declared.get(column), column) for code, column in faults)
        source = [cells.get(name) for name in (*self._columns, RAW_TEXT)]
        part, row = _part_and_number(row)
        reason = [row, key, code, problem_of(code, declared.get(column)), column, message]
        cells_of_row = (*reason, *self._parts[part : part + 1], *source)
        self._writer().writerow([guard_formula("" if cell is None else str(cell)) for cell in cells_of_row])

    def _writer(self) -> Any:
        if self._file is None:
            self._file = self._open()
        # Quote every cell: the writer leaves a lone carriage return unquoted, and readers take it for a line end.
        return csv.writer(self._file, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def _open(self) -> IO[str]:
        """Opens the file for appending, readable by its owner only, since cells may be personal."""
        file = os.fdopen(os.open(self._working, _APPEND, 0o600), "w", encoding="utf-8", newline="")
        if not self._working.stat().st_size:
            files = [FILE] if self._parts else []
            header = (*REASON_COLUMNS, *files, *(f"source.{name}" for name in self._columns), RAW_TEXT)
            csv.writer(file, lineterminator="\n").writerow(header)
        return file


def _message(code: str, table: Table, column: Column | None, name: str) -> str:
    where = f"{name}: " if name else ""
    return f"{where}{problem_of(code, column)}. Fix: {fix_of(code, table.name, name)}."


_SOURCE = "source."


@dataclass(frozen=True)
class RedactedQuarantine:
    """A quarantine without erased accounts.

    content: the file's bytes, empty if no row is left · rows: number of rows that were removed or lost cells.
    """

    content: bytes
    rows: int


def quarantine_without(content: bytes, table: Table, erased: erasure.Tombstones) -> RedactedQuarantine:
    """Removes the rows of erased accounts from a quarantine file. Other rows that may name an erased account keep their
    reason and lose their cells or their text."""
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    text = header.index(RAW_TEXT)
    positions = {name.removeprefix(_SOURCE): at for at, name in enumerate(header[:text]) if name.startswith(_SOURCE)}
    texts = erasure.texts_without_erased(
        [BrokenRow(_number(row[0]), row[2], unguard_formula(row[text])) for row in rows], erased
    )
    remaining, changed = [], 0
    for row, left in zip(rows, texts, strict=True):
        cells = {name: unguard_formula(row[at]) for name, at in positions.items()}
        if erasure.belongs_to_erased(cells, erased):
            changed += 1
            continue
        emptied = {1, *positions.values()} if erasure.names_erased(cells, table, erased) else set()
        rest = ["" if at in emptied else cell for at, cell in enumerate([*row[:text], row[text] if left else ""])]
        changed += rest != row
        remaining.append(rest)
    return RedactedQuarantine(_csv_bytes(header, remaining) if remaining else b"", changed)


def _number(cell: str) -> int:
    return int(cell) if cell.isdecimal() else -1


def _csv_bytes(header: list[str], rows: list[list[str]]) -> bytes:
    """The CSV file in the format of `QuarantineFile`."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(header)
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue().encode()


CODE, FAILED = "reason code", "failed columns"
"""Extra columns of a staged table: why a row was set aside, and which of its cells cannot be read."""

_BETWEEN_CELLS = re.compile(r"[,;\t|]")
_QUOTES = " \"'{}[]:"
_BETWEEN_KEY_AND_VALUE = re.compile(r"\"\s*:\s*")


@dataclass(frozen=True)
class BrokenLine:
    """A row that could not be split into cells; `cells` are the pieces that may have been its cells."""

    row: int
    code: str
    cells: frozenset[str]


@dataclass
class SetAside:
    """Rows of one table that were set aside.

    rows: typed as in the staged table, with CODE and FAILED; a cell that cannot be read is null · broken: rows that
    could not be split into cells.
    """

    rows: list[pa.Table] = field(default_factory=list)
    broken: list[BrokenLine] = field(default_factory=list)

    def add(self, rows: pa.Table, code: str | pa.Array, failed: pa.Array | None = None) -> None:
        """Adds rows of the staged table, row numbers included; `code` is one code or one per row."""
        if rows.num_rows:
            codes = pa.array([code] * rows.num_rows, pa.string()) if isinstance(code, str) else code
            columns = pa.array([""] * rows.num_rows, pa.string()) if failed is None else failed
            self.rows.append(rows.append_column(CODE, codes).append_column(FAILED, columns))

    def add_failed(self, rows: pa.Table, issues: ChunkIssues) -> None:
        """Adds the rows of a chunk that broke a rule, under the code of the first rule broken."""
        failed = issues.failed
        if not failed.any():
            return
        codes, columns = (np.full(len(failed), "", dtype=object) for _ in range(2))
        for failure in reversed(issues.failures):
            codes[failure.rows] = failure.code
            columns[failure.rows] = columns[failure.rows] + f" {failure.column}"
        self.add(rows.filter(pa.array(failed)), pa.array(codes[failed]), pa.array(columns[failed]))

    def add_broken(self, rows: Iterable[BrokenRow], offset: int) -> None:
        self.broken.extend(BrokenLine(row.row + offset, row.code, possible_cells(row.text)) for row in rows)


def possible_cells(text: str) -> frozenset[str]:
    """The pieces of a row that may have been its cells, for any common delimiter, a blank among them."""
    parts = _BETWEEN_CELLS.split(text)
    pieces = (piece for part in parts for piece in (part, *_BETWEEN_KEY_AND_VALUE.split(part), *part.split()))
    return frozenset(piece.strip(_QUOTES) for piece in pieces) - {""}
