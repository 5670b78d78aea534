"""Makes the rows to be parsed out of the export's rows: columns are looked up elsewhere, and a cell that holds several
ids becomes its first, or one row for each of them.

Nothing that a row of a table that protects may say of another account is lost by taking one of several: the row also
counts, for protection alone, under each of the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config.sources import Splitting
from advocate_score.sources.base import plain
from advocate_score.sources.discover import Source
from advocate_score.tables.findings import AMBIGUOUS, UNKNOWN_ACCOUNT, ChunkIssues, Failure
from advocate_score.tables.lookups import LookupTable, LookupTables

ROWS_OF_PIECE = 2**50
"""Offset of row numbers per id of a cell: the row of the second id starts at this number."""
_MOST_PIECES = 1_000
"""A cell with more ids is left whole, and so is the id of no account."""

_ACCOUNT = "account_id"

RowNumbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DerivedRows:
    """Rows to be parsed.

    cells: under the canonical names · shown: the same as a person looks them up in the export · rows: their numbers ·
    failures: rules that they broke so far.
    """

    cells: pa.Table
    shown: pa.Table
    rows: RowNumbers
    failures: tuple[Failure, ...] = ()
    issues: ChunkIssues = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "issues", ChunkIssues(self.rows))

    def take(self, index: npt.NDArray[np.int64]) -> "DerivedRows":
        at = pa.array(index)
        failures = tuple(replace(failure, rows=failure.rows[index]) for failure in self.failures)
        return DerivedRows(self.cells.take(at), self.shown.take(at), self.rows[index], failures)

    def with_column(self, column: str, values: pa.Array) -> "DerivedRows":
        return replace(self, cells=_with_column(self.cells, column, values))


@dataclass(frozen=True)
class Derivation:
    """How the rows of one source are derived."""

    split: Mapping[str, Splitting] = field(default_factory=dict)
    lookups: Mapping[str, LookupTable] = field(default_factory=dict)

    @property
    def has_row_for_each(self) -> bool:
        return any(how.take == "each" for how in self.split.values())

    def derive(self, cells: pa.Table, rows: RowNumbers) -> tuple[DerivedRows, tuple[DerivedRows, ...]]:
        """The rows to be parsed, and rows that may only protect.

        Parameters
        ----------
        cells : a chunk's cells under the canonical names. rows : their source row numbers.
        """
        derived = DerivedRows(cells, cells, rows)
        further: list[DerivedRows] = []
        for column, table in self.lookups.items():
            if column in cells.column_names:
                derived, others = _looked_up(derived, column, table)
                further += others
        for column, how in sorted(self.split.items(), key=lambda item: item[1].take):
            if column in cells.column_names:
                (derived, others), *split = [_split(some, column, how) for some in (derived, *further)]
                further = [*(some for some, _ in split), *others, *(other for _, more in split for other in more)]
        return derived, tuple(further)


def derivation_of(source: Source, tables: LookupTables) -> Derivation:
    """How the rows of `source` are derived. Raises InputError if a column cannot be looked up as declared."""
    lookups = {column: tables.of_column(lookup, source, column) for column, lookup in source.lookups.items()}
    return Derivation(source.split, lookups)


def _looked_up(rows: DerivedRows, column: str, table: LookupTable) -> tuple[DerivedRows, list[DerivedRows]]:
    """The rows with a looked-up column in place of what it is looked up by, and rows that fit others in the table.

    An account that is not found keeps what it was looked up by, as the id of no account.
    """
    by, match = _text(rows.cells, column), table.find(rows.cells.column(column))
    several = np.isin(np.arange(len(by)), list(match.several))
    firsts = pa.array([values[0] for _, values in sorted(match.several.items())], pa.string())
    values = pc.replace_with_mask(match.values, pa.array(several), firsts)
    failures = [Failure(AMBIGUOUS, column, several)] if several.any() else []
    if column == _ACCOUNT and match.missing.any():
        values = pc.if_else(pa.array(match.missing), by, values)
        failures.append(Failure(UNKNOWN_ACCOUNT, column, match.missing))
    shown = _with_column(rows.shown, column, pc.coalesce(match.values, by))
    derived = replace(rows, shown=shown, failures=(*rows.failures, *failures)).with_column(column, values)
    return derived, _under_others(derived, column, {at: ids[1:] for at, ids in match.several.items()})


def _under_others(rows: DerivedRows, column: str, others: Mapping[int, Sequence[str]]) -> list[DerivedRows]:
    """The rows once more under each of some other ids: position → ids."""
    index = np.repeat(np.array([*others], np.int64), [len(ids) for ids in others.values()])
    ids = pa.array([other for several in others.values() for other in several], pa.string())
    return [rows.take(index).with_column(column, ids)] if len(index) else []


def _split(rows: DerivedRows, column: str, how: Splitting) -> tuple[DerivedRows, list[DerivedRows]]:
    text = _text(rows.cells, column)
    pieces = _pieces(text, how.by)
    if not pieces:
        return rows, []
    return (
        (_one_row_each(rows, column, text, pieces), []) if how.take == "each" else _first_id(rows, column, text, pieces)
    )


def _one_row_each(rows: DerivedRows, column: str, text: pa.Array, pieces: Mapping[int, Sequence[str]]) -> DerivedRows:
    """The rows with a row for each id in `column`, each with a number of its own."""
    counts = np.ones(len(text), np.int64)
    counts[list(pieces)] = [max(1, len(ids)) for ids in pieces.values()]
    index = np.repeat(np.arange(len(text)), counts)
    piece = np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
    ids = pa.array([each for several in pieces.values() for each in several or [""]], pa.string())
    multiplied = rows.take(index)
    values = pc.replace_with_mask(text.take(pa.array(index)), pa.array(np.isin(index, list(pieces))), ids)
    return replace(multiplied, rows=multiplied.rows + piece * ROWS_OF_PIECE).with_column(column, values)


def _first_id(
    rows: DerivedRows, column: str, text: pa.Array, pieces: Mapping[int, Sequence[str]]
) -> tuple[DerivedRows, list[DerivedRows]]:
    """The rows with the first id in `column`, and rows under the further ones."""
    is_split = np.isin(np.arange(len(text)), list(pieces))
    firsts = pa.array([several[0] if several else "" for several in pieces.values()], pa.string())
    derived = rows.with_column(column, pc.replace_with_mask(text, pa.array(is_split), firsts))
    return derived, _under_others(derived, column, {at: several[1:] for at, several in pieces.items()})


def _pieces(text: pa.Array, mark: str) -> dict[int, list[str]]:
    """Position → the different ids of each cell that holds the mark."""
    positions = np.flatnonzero(pc.fill_null(pc.match_substring(text, mark), False).to_numpy(zero_copy_only=False))
    several = {}
    for position, cell in zip(positions.tolist(), text.take(pa.array(positions)).to_pylist(), strict=True):
        ids = [*dict.fromkeys(filter(None, map(str.strip, cell.split(mark))))]
        if len(ids) <= _MOST_PIECES:
            several[position] = ids
    return several


def _text(cells: pa.Table, column: str) -> pa.Array:
    return plain(cells.column(column).combine_chunks()).cast(pa.string())


def _with_column(cells: pa.Table, column: str, values: pa.Array) -> pa.Table:
    return cells.set_column(cells.column_names.index(column), column, values)
