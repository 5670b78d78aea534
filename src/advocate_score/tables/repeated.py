"""What is found in the different values of a column, as what is found in its rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from advocate_score.sources.repeating import by_value
from advocate_score.tables.findings import Findings, Mask, as_mask

Cast = Callable[[pa.Array, Findings], pa.Array]


def cast_by_value(text: pa.Array, column: str, findings: Findings, cast: Cast) -> pa.Array:
    """`cast` of a column, which looks at nothing but each cell; by value where values repeat."""
    encoded = by_value(text)
    if encoded is None:
        return cast(text, findings)
    of_values = _OfValues(findings, encoded)
    values = cast(encoded.dictionary, of_values)
    of_values.hand_on_dates(column)
    return values.take(encoded.indices)


class _OfValues(Findings):
    """What is found in a value holds for every row that has it, and is told to the findings of the rows."""

    def __init__(self, of_rows: Findings, encoded: pa.DictionaryArray) -> None:
        different = np.arange(len(encoded.dictionary))
        super().__init__(different, normalised=of_rows.normalised, tallies=of_rows.tallies, unmapped=of_rows.unmapped)
        self._of_rows = of_rows
        self._unknown = len(encoded.dictionary)
        self._at: npt.NDArray[np.int64] = encoded.indices.fill_null(self._unknown).to_numpy()
        self._times = np.bincount(self._at, minlength=self._unknown + 1)[: self._unknown]

    def fail(self, code: str, column: str, rows: Any) -> None:
        self._of_rows.fail(code, column, self._rows(as_mask(rows)))

    def note_unmapped(self, column: str, text: Any, rows: Any) -> None:
        for at in np.flatnonzero(as_mask(rows)).tolist():
            self.unmapped[column, text[at].as_py()] += int(self._times[at])

    def first_row(self, rows: Mask) -> int:
        return self._of_rows.first_row(self._rows(rows))

    def hand_on_dates(self, column: str) -> None:
        if column in self.bare_dates:
            self._of_rows.bare_dates[column] = self._rows(self.bare_dates[column])

    def count(self, rows: Any) -> int:
        return int(self._times[as_mask(rows)].sum())

    def _rows(self, values: Mask) -> Mask:
        """Rows without a value have none of which anything could be found."""
        rows: Mask = np.append(values, False)[self._at]
        return rows
