"""Holds back the footer of an export, such as totals and a note on confidentiality: the rows after a blank row, if none
of them has an account. A row that may be a "no" is never in a footer. A row of sums has no account, in whatever column
it begins."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.schema import Table
from advocate_score.sources.base import RawChunk, plain
from advocate_score.sources.column_mapping import ColumnMap
from advocate_score.tables.findings import Mask, as_mask
from advocate_score.tables.parsing import are_filled

_MOST_ROWS = 1_000


@dataclass
class Footer:
    """The rows of one source that may be its footer; a longer end than `_MOST_ROWS` is none. `held`: the rows held back
    so far; once all chunks were taken, the footer."""

    columns: ColumnMap
    table: Table
    held: list[RawChunk] = field(default_factory=list)
    _last_number: int | None = None
    _is_too_long: bool = False

    def hold_back(self, chunks: Iterable[RawChunk]) -> Iterator[RawChunk]:
        """The chunks in order, without the rows that are `held` in the end."""
        for chunk in chunks:
            numbers = np.sort(np.append(chunk.rows, [row.row for row in chunk.broken])).astype(np.int64)
            if not len(numbers) or self._is_too_long:
                yield chunk
                continue
            last_data = self._last_row_of_data(chunk)
            if last_data is not None:
                yield from self._let_go()
            start = self._start(numbers, last_data)
            self._last_number = int(numbers[-1])
            yield _rows_between(chunk, 0, start)
            self.held += [_rows_between(chunk, start, self._last_number + 1)] if start <= self._last_number else []
            if sum(part.rows_in for part in self.held) > _MOST_ROWS:
                self._is_too_long = True
                yield from self._let_go()

    def held_besides_sums(self) -> Iterator[RawChunk]:
        """The footer without rows of sums."""
        for chunk in self.held:
            rows = ~_are_sums(chunk.cells, [are_filled(column) for column in chunk.cells.columns])
            yield RawChunk(chunk.rows[rows], chunk.cells.filter(pa.array(rows)), chunk.broken)

    def _let_go(self) -> Sequence[RawChunk]:
        held, self.held = self.held, []
        return held

    def _start(self, numbers: npt.NDArray[np.int64], last_data: int | None) -> int:
        """The number of the first row that may be in the footer; one after the last row if none may be."""
        if self.held and last_data is None:
            return int(numbers[0])
        before = numbers[0] - 1 if self._last_number is None else self._last_number
        after_blank = numbers[np.diff(numbers, prepend=before) > 1]
        possible = after_blank[after_blank > (-1 if last_data is None else last_data)]
        return int(possible[0]) if len(possible) else int(numbers[-1]) + 1

    def _last_row_of_data(self, chunk: RawChunk) -> int | None:
        """The number of the last row that surely belongs to the table: it has an account and an id beside other cells,
        or it may be a "no"."""
        if not len(chunk.rows):
            return None
        last = chunk.cells.slice(len(chunk.rows) - 1)
        if self._are_data(last)[0]:
            return int(chunk.rows[-1])
        rows = chunk.rows[self._are_data(chunk.cells)]
        return int(rows.max()) if len(rows) else None

    def _are_data(self, cells: pa.Table) -> Mask:
        filled = [are_filled(column) for column in cells.columns]
        needed = {self.table.key, "account_id"} if self.table.of_account else {self.table.key}
        all_positions = {**self.columns.positions, **self.columns.looked_up}
        positions = [all_positions[name] for name in needed if name in all_positions]
        are_data: Mask = np.logical_and.reduce([np.sum(filled, axis=0) > 1, *(filled[at] for at in positions)])
        are_sums = _are_sums(cells, filled)
        are_data &= ~are_sums
        for column in self.table.columns if self.table.protects else ():
            if (column.strictest is not None or column.refusal) and column.name in self.columns.positions:
                says = filled[self.columns.positions[column.name]]
                are_data |= says & ~are_sums if column.choices else says
        return are_data


_SUMS = ("total", "totals", "totales", "grand total", "subtotal", "sum", "suma", "average", "media", "promedio")


def _are_sums(cells: pa.Table, filled: Sequence[Mask]) -> Mask:
    """Rows that begin with a word for a sum and hold nothing else but numbers."""
    if not filled:
        return np.zeros(cells.num_rows, np.bool_)
    firsts = np.argmax(filled, axis=0)
    are_sums = np.zeros(cells.num_rows, np.bool_)
    for position in np.unique(firsts):
        words = pc.utf8_lower(pc.utf8_trim(plain(cells.column(int(position))).cast(pa.string()), " :"))
        are_sums |= (firsts == position) & as_mask(pc.is_in(words, pa.array(_SUMS)))
    for row in np.flatnonzero(are_sums).tolist():
        rest = [cells.column(at)[row].as_py() for at in range(firsts[row] + 1, cells.num_columns) if filled[at][row]]
        are_sums[row] = not any(any(sign.isalpha() for sign in str(cell)) for cell in rest)
    return are_sums


def _rows_between(chunk: RawChunk, start: int, end: int) -> RawChunk:
    """The rows whose numbers are in [start, end)."""
    rows = (chunk.rows >= start) & (chunk.rows < end)
    if rows.all():
        return RawChunk(chunk.rows, chunk.cells, tuple(row for row in chunk.broken if start <= row.row < end))
    broken = tuple(row for row in chunk.broken if start <= row.row < end)
    return RawChunk(chunk.rows[rows], chunk.cells.filter(pa.array(rows)), broken)
