"""The form that every kind of source is read into: columns of text, and the source row number of each row."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
    """A row that could not be split into cells; `code` is a reason code, `text` the row as it is in the source."""

    row: int
    code: str
    text: str


@dataclass(frozen=True)
class RawChunk:
    """Some rows of a source: `cells`, and `rows`, the source row number of each of them.

    Each column is text, plain or dictionary-encoded, or instants of a typed source (microseconds, in UTC if they have
    a zone), which `as_text` writes as ISO 8601.

    Rows are numbered as in a spreadsheet: the header is 1, and a row with a line break in a cell is one row.

    no_values: row number → positions of its cells that hold a formula or an error, whose text is in `cells`.
    """

    rows: npt.NDArray[np.int64]
    cells: pa.Table
    broken: tuple[BrokenRow, ...] = ()
    no_values: Mapping[int, frozenset[int]] = field(default_factory=dict)

    @property
    def rows_in(self) -> int:
        return len(self.rows) + len(self.broken)

    def without_formulas_in(self, read: Collection[int]) -> "RawChunk":
        """The chunk with rows as broken that hold a formula or an error in one of the columns that are read."""
        incomplete = {row for row, positions in self.no_values.items() if not positions.isdisjoint(read)}
        if not incomplete:
            return self
        are_broken = np.isin(self.rows, sorted(incomplete))
        lines = as_text(self.cells.filter(pa.array(are_broken))).to_pydict().values()
        texts = [",".join(cell or "" for cell in line) for line in zip(*lines, strict=True)]
        rows = self.rows[are_broken].tolist()
        broken = (BrokenRow(row, "error_or_formula", text) for row, text in zip(rows, texts, strict=True))
        in_order = sorted((*self.broken, *broken), key=lambda row: row.row)
        return RawChunk(self.rows[~are_broken], self.cells.filter(pa.array(~are_broken)), tuple(in_order))


@dataclass(frozen=True)
class RawTable:
    """A source whose header was read and whose rows are still to be read.

    header: the column names as in the source · chunks: reads the rows; call it once · instants: columns of a typed
    source that hold times, whose text is ISO 8601 regardless of the dialect · digest: the digest of the rows read, for
    sources that are not files.
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
    """A column with instants written as ISO 8601 text; text stays as it is, dictionary-encoded or not."""
    if pa.types.is_timestamp(column.type):
        text = column.cast(pa.timestamp("us")).cast(pa.string())
        return text if column.type.tz is None else pc.binary_join_element_wise(text, "Z", "")
    return column


def rows_at_once(columns: int) -> int:
    """The number of rows in a chunk of a source with so many columns; fewer for wide rows."""
    return max(1, min(CHUNK_ROWS, CHUNK_CELLS // max(1, columns)))


def without_blank_rows(chunk: RawChunk) -> RawChunk:
    """The chunk without rows in which no cell holds anything, as spreadsheets leave them below the data. The rows keep
    their numbers, so that a gap in them tells where a blank row was."""
    if not chunk.cells.num_columns:
        return chunk
    blank = _is_blank(chunk.cells.column(0))
    for column in chunk.cells.columns[1:]:
        if not blank.any():
            return chunk
        candidates = np.flatnonzero(blank)
        blank[candidates] = _is_blank(column.take(pa.array(candidates)))
    if not blank.any():
        return chunk
    return replace(chunk, rows=chunk.rows[~blank], cells=chunk.cells.filter(pa.array(~blank)))


_LONGEST_BLANK = 8


def _is_blank(column: Any) -> npt.NDArray[np.bool_]:
    """Which cells are empty or hold blanks alone. Only short cells are looked at, since all others hold something."""
    if pa.types.is_timestamp(column.type):
        return np.asarray(pc.is_null(column).to_numpy(), dtype=np.bool_)
    text = column.cast(pa.string())
    short = np.array(
        pc.fill_null(pc.less_equal(pc.binary_length(text), _LONGEST_BLANK), True).to_numpy(), dtype=np.bool_
    )
    candidates = np.flatnonzero(short)
    trimmed = pc.utf8_trim_whitespace(text.take(pa.array(candidates)))
    short[candidates] = pc.fill_null(pc.equal(trimmed, ""), True).to_numpy()
    return short


def refuse_width(label: str, columns: int) -> None:
    """Raises InputError for more columns than any CRM exports, since very wide tables would exhaust the memory."""
    if columns > MOST_COLUMNS:
        problem = f"has more than {MOST_COLUMNS:,} columns."
        raise InputError([Fault(label, problem, "export the columns that are needed")])
