"""What parsing and checking one chunk of rows found."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Failure:
    """The rows of a chunk that break one rule; `column` is empty where the rule is about the row."""

    code: str
    column: str
    rows: Mask


@dataclass
class Findings:
    """`normalised` counts cells by (column, what was done); `tallies` by (column, what was seen); `unmapped` by
    (column, word), for columns with words of a list, where no mapping knows the word."""

    row_numbers: npt.NDArray[np.int64]
    failures: list[Failure] = field(default_factory=list)
    normalised: Counter[tuple[str, str]] = field(default_factory=Counter)
    tallies: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    bare_dates: dict[str, Mask] = field(default_factory=dict)

    def fail(self, code: str, column: str, rows: Any) -> None:
        rows = as_mask(rows)
        if rows.any():
            self.failures.append(Failure(code, column, rows))

    def normalise(self, column: str, what: str, rows: Any) -> None:
        self.normalised += Counter({(column, what): self.count(rows)})

    def tally(self, column: str, what: str, rows: Any) -> None:
        self.tallies += Counter({(column, what): self.count(rows)})

    def note_unmapped(self, column: str, text: Any, rows: Any) -> None:
        """`text`: the cells, of which `rows` hold words that no mapping knows."""
        for word, cells in Counter(text.filter(rows).to_pylist()).items():
            self.unmapped[column, word] += cells

    def first_row(self, rows: Mask) -> int:
        return int(self.row_numbers[int(np.argmax(rows))])

    @property
    def failed(self) -> Mask:
        """Rows that break any rule."""
        return self._union(failure.rows for failure in self.failures)

    def failed_in(self, column: str) -> Mask:
        """Rows that break a rule about `column`."""
        return self._union(failure.rows for failure in self.failures if failure.column == column)

    def count(self, rows: Any) -> int:
        return int(np.count_nonzero(as_mask(rows)))

    def _union(self, masks: Iterable[Mask]) -> Mask:
        union: Mask = np.logical_or.reduce([np.zeros(len(self.row_numbers), np.bool_), *masks])
        return union


def as_mask(rows: Any) -> Mask:
    """Of an arrow or NumPy array of booleans; unknown is no."""
    if isinstance(rows, np.ndarray):
        return rows
    mask: Mask = np.asarray(rows.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)
    return mask
