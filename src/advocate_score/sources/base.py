"""What every kind of source is read into: columns of text with the number of the row that each cell came from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.errors import Fault, InputError

CHUNK_ROWS = 200_000
CHUNK_CELLS = 4_000_000
MOST_COLUMNS = 2_048


@dataclass(frozen=True)
class BrokenRow:
    """A row that could not be cut into cells; `code` is a reason code, `text` the row as it stands in the source."""

    row: int
    code: str
    text: str


@dataclass(frozen=True)
class RawChunk:
    """Some rows of a source: `cells` and, aligned with it, `rows`, their source row numbers.

    Every column is text, as it is or as a dictionary of its different values; or instants of a typed source
    (microseconds, in UTC where they have a zone), which `as_text` writes as ISO 8601.

    A row's number is the one a spreadsheet shows: the header is 1, and a row with a line break in a cell is one row.
    """

    rows: npt.NDArray[np.int64]
    cells: pa.Table
    broken: tuple[BrokenRow, ...] = ()

    @property
    def rows_in(self) -> int:
        return len(self.rows) + len(self.broken)


@dataclass(frozen=True)
class RawTable:
    """A source before it is read: its column names as they stand there, and its rows, to be read once.

    `instants` are columns of a typed source that hold times; their text is ISO 8601 whatever the dialect says.
    `digest`: of the rows that were read, where there is no file to take it of.
    """

    header: tuple[str, ...]
    chunks: Callable[[], Iterator[RawChunk]]
    instants: frozenset[str] = frozenset()
    digest: Callable[[], str] | None = None


def as_text(cells: pa.Table) -> pa.Table:
    """The cells with every column as plain text."""
    columns = [plain(column).cast(pa.string()) for column in cells.columns]
    return pa.Table.from_arrays(columns, names=cells.column_names)


def plain(column: Any) -> Any:
    """One of the cells' columns as plain text; a dictionary stays one."""
    if pa.types.is_timestamp(column.type):
        text = column.cast(pa.timestamp("us")).cast(pa.string())
        return text if column.type.tz is None else pc.binary_join_element_wise(text, "Z", "")
    return column


def rows_at_once(columns: int) -> int:
    """Rows of a chunk, fewer where each has many cells."""
    return max(1, min(CHUNK_ROWS, CHUNK_CELLS // max(1, columns)))


def refuse_width(label: str, columns: int) -> None:
    """InputError for more columns than any CRM exports: a few bytes a column would take the memory of many rows."""
    if columns > MOST_COLUMNS:
        problem = f"has more than {MOST_COLUMNS:,} columns."
        raise InputError([Fault(label, problem, "export the columns that are needed")])
