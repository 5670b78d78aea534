"""Makes the rows to be parsed out of the export's rows: a cell that holds several ids becomes its first, or one row for
each of them.

Of a table that protects, nothing that a row may say of another account is lost by taking one id of several: the row
also counts, for protection alone, under each of the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config.sources import Splitting
from advocate_score.sources.base import plain
from advocate_score.sources.discover import Source
from advocate_score.tables.findings import ChunkIssues

ROWS_OF_PIECE = 2**50
"""Offset of row numbers per id of a cell: the row of the second id starts at this number."""
_MOST_PIECES = 1_000
"""A cell with more ids is left whole, and so is the id of no account."""

RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DerivedRows:
    """Rows to be parsed.

    cells: under the canonical names · shown: the same as a person looks them up in the export · rows: their numbers ·
    issues: what was found so far.
    """

    cells: pa.Table
    shown: pa.Table
    rows: RowNumbers
    issues: ChunkIssues


@dataclass(frozen=True)
class Derivation:
    """How the rows of one source are derived."""

    split: Mapping[str, Splitting]

    @property
    def has_row_for_each(self) -> bool:
        return any(how.take == "each" for how in self.split.values())

    def derive(self, cells: pa.Table, rows: RowNumbers) -> tuple[DerivedRows, DerivedRows | None]:
        """The rows to be parsed, and the rows that may only protect, if there are any.

        Parameters
        ----------
        cells : a chunk's cells under the canonical names. rows : their source row numbers.
        """
        shown = cells
        for column in self._split_columns("each", cells):
            cells, shown, rows = _one_row_each(cells, shown, rows, column, self.split[column].by)
        further = []
        for column in self._split_columns("first", cells):
            cells, index, ids = _first_of_several(cells, column, self.split[column].by)
            further += [(column, index, ids)] if len(index) else []
        derived = DerivedRows(cells, shown, rows, ChunkIssues(rows))
        return derived, _further_rows(derived, further) if further else None

    def _split_columns(self, take: str, cells: pa.Table) -> list[str]:
        return [name for name, how in self.split.items() if how.take == take and name in cells.column_names]


def derivation_of(source: Source) -> Derivation:
    return Derivation(source.split)


def _one_row_each(
    cells: pa.Table, shown: pa.Table, rows: RowNumbers, column: str, mark: str
) -> tuple[pa.Table, pa.Table, RowNumbers]:
    """The cells with a row for each id in `column`, each with a number of its own."""
    text, pieces = _pieces(cells, column, mark)
    if not pieces:
        return cells, shown, rows
    counts = np.ones(len(text), np.int64)
    counts[list(pieces)] = [max(1, len(ids)) for ids in pieces.values()]
    index = np.repeat(np.arange(len(text)), counts)
    number = np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
    is_split = np.isin(index, list(pieces))
    ids = [piece for several in pieces.values() for piece in several or [""]]
    one_each = pc.replace_with_mask(text.take(pa.array(index)), pa.array(is_split), pa.array(ids, pa.string()))
    multiplied = _with_column(cells.take(pa.array(index)), column, one_each)
    return multiplied, shown.take(pa.array(index)), rows[index] + number * ROWS_OF_PIECE


def _first_of_several(cells: pa.Table, column: str, mark: str) -> tuple[pa.Table, npt.NDArray[np.int64], list[str]]:
    """The cells with the first id in `column`; and the position and the id of each further one."""
    text, pieces = _pieces(cells, column, mark)
    if not pieces:
        return cells, np.empty(0, np.int64), []
    is_split = np.zeros(len(text), np.bool_)
    is_split[list(pieces)] = True
    firsts = [several[0] if several else "" for several in pieces.values()]
    first = pc.replace_with_mask(text, pa.array(is_split), pa.array(firsts, pa.string()))
    index = np.repeat(list(pieces), [max(0, len(several) - 1) for several in pieces.values()]).astype(np.int64)
    return _with_column(cells, column, first), index, [piece for several in pieces.values() for piece in several[1:]]


def _pieces(cells: pa.Table, column: str, mark: str) -> tuple[pa.Array, dict[int, list[str]]]:
    """The column as text, and the different ids of each cell that holds the mark."""
    text = pc.fill_null(plain(cells.column(column).combine_chunks()).cast(pa.string()), "")
    positions = np.flatnonzero(pc.match_substring(text, mark).to_numpy(zero_copy_only=False))
    several = {}
    for position, cell in zip(positions.tolist(), text.take(pa.array(positions)).to_pylist(), strict=True):
        ids = [*dict.fromkeys(filter(None, map(str.strip, cell.split(mark))))]
        if len(ids) <= _MOST_PIECES:
            several[position] = ids
    return text, several


def _with_column(cells: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return cells.set_column(cells.column_names.index(column), column, values)


def _further_rows(derived: DerivedRows, further: list[tuple[str, npt.NDArray[np.int64], list[str]]]) -> DerivedRows:
    """The rows once more under each further id."""
    parts = [
        _with_column(derived.cells.take(pa.array(index)), column, pa.array(ids, pa.string()))
        for column, index, ids in further
    ]
    index = np.concatenate([index for _, index, _ in further])
    rows = derived.rows[index]
    return DerivedRows(
        pa.concat_tables(parts, promote_options="permissive"),
        derived.shown.take(pa.array(index)),
        rows,
        ChunkIssues(rows),
    )
