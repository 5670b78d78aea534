"""The issues found while one chunk of rows is parsed and checked, and every reason for setting a row aside: its code,
the rule in words, and what to do. No reason names a value."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from advocate_score.schema import Column

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Failure:
    """The rows of a chunk that break one rule; `column` is empty if the rule is about the whole row."""

    code: str
    column: str
    rows: Mask


@dataclass
class ChunkIssues:
    """The issues of one chunk.

    normalised: number of cells by (column, what was done) · tallies: number of cells by (column, what was seen) ·
    unmapped: number of cells by (column, word), for words that no mapping knows · bare_dates: column → cells that are a
    date without a time of day.
    """

    row_numbers: npt.NDArray[np.int64]
    failures: list[Failure] = field(default_factory=list)
    normalised: Counter[tuple[str, str]] = field(default_factory=Counter)
    tallies: Counter[tuple[str, str]] = field(default_factory=Counter)
    unmapped: Counter[tuple[str, str]] = field(default_factory=Counter)
    bare_dates: dict[str, Mask] = field(default_factory=dict)

    def add_issue(self, code: str, column: str, rows: Any) -> None:
        rows = as_mask(rows)
        if rows.any():
            self.failures.append(Failure(code, column, rows))

    def normalise(self, column: str, what: str, rows: Any) -> None:
        self.normalised += Counter({(column, what): self.count(rows)})

    def tally(self, column: str, what: str, rows: Any) -> None:
        self.tallies += Counter({(column, what): self.count(rows)})

    def note_unmapped(self, column: str, text: Any, rows: Any) -> None:
        """Counts the words that no mapping knows: the cells of `text` at `rows`."""
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
    """A mask from an Arrow or NumPy array of booleans; null becomes False."""
    if isinstance(rows, np.ndarray):
        return rows
    mask: Mask = np.asarray(rows.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)
    return mask


LEFT_OUT, DELETED, DUPLICATE, UNKNOWN_ACCOUNT = "left_out", "deleted", "duplicate", "unknown_account"
AMBIGUOUS, AFTER_DATA_CUT = "ambiguous", "after_data_cut"


@dataclass(frozen=True)
class Reason:
    code: str
    rule: str
    fix: str


_ALL = (
    Reason("short_row", "a row has as many cells as the header", "export the row whole"),
    Reason("long_row", "a row has as many cells as the header", "quote cells that hold the delimiter"),
    Reason("stray_quote", "a quote encloses a whole cell, and is doubled inside one", "quote the cell"),
    Reason("stray_carriage_return", "a line ends with LF or CR LF", "quote the cell"),
    Reason("undecodable", "text is in the declared encoding", "declare the encoding, or mend the row"),
    Reason("not_a_json_object", "a line is one JSON object", "write the line as an object"),
    Reason("error_or_formula", "a cell holds a value, no error and no formula", "export the values"),
    Reason("nul_byte", "text has no NUL byte", "remove it"),
    Reason("oversized_cell", "a cell has at most 32,767 characters", "shorten it"),
    Reason("missing_required", "a required value is given", "fill it in"),
    Reason("scientific_id", "an id is written in full: 1.23E+11 may have lost digits", "export ids as text"),
    Reason(
        "bad_id_checksum", "the last three characters of an 18-character id agree with the first 15", "export it anew"
    ),
    Reason(
        "not_a_time", "a time is ISO 8601, or in the declared date_format, and exists", "write 2026-01-31T09:00:00Z"
    ),
    Reason("spreadsheet_serial", "a time is a date, not a spreadsheet's number of days", "format the column as a date"),
    Reason("time_in_dst_gap", "a local time exists on the day when clocks go forward", "write it with its offset"),
    Reason(
        "not_a_number",
        "a number is digits with the declared decimal mark, and nothing else",
        "map words in [sources] values; for 65,000.00 set [sources] thousands, for 65,5 decimal",
    ),
    Reason("not_an_integer", "the value is a whole number", "write it without decimals"),
    Reason("not_finite", "a number is finite", "leave unknown values empty"),
    Reason("too_large", "a number is below 1e15 in size", "mend it"),
    Reason("out_of_range", "the value lies within its bounds", "mend it, or map the scale"),
    Reason("not_a_flag", "the value is true/false, yes/no, sí/no or 1/0", "map it in [sources] values"),
    Reason("not_a_choice", "the value is one of the column's choices", "map it in [sources] values"),
    Reason("recorded_before_occurred", "nothing is recorded before it happens", "mend one of the two times"),
    Reason("answered_before_asked", "an answer comes after the ask", "mend one of the two times"),
    Reason("ended_before_start", "an end comes after its start", "mend one of the two times"),
    Reason("negative_amount", "only a contraction has a negative amount", "mend the sign, or the kind"),
    Reason("unknown_currency", "a currency is an ISO 4217 code", "write EUR, USD, …"),
    Reason("mixed_currency", "all amounts are in the currency of most rows", "convert the amounts"),
    Reason("older_version", "of rows with one id the newest recorded counts", "none, if the newer row is right"),
    Reason("conflicting_versions", "rows with one id agree, or one is the newest recorded", "keep the right one"),
    Reason(AFTER_DATA_CUT, "nothing happens more than 24 h after the latest recorded row", "mend the time"),
    Reason(
        UNKNOWN_ACCOUNT, "every row belongs to an accepted row of accounts", "export its account too, or mend the id"
    ),
    Reason(
        AMBIGUOUS,
        "what a lookup finds is the same in every row that it fits",
        "look it up by an id, or make names differ",
    ),
    Reason("merge_cycle", "merges of accounts end in a survivor", "mend merged_into"),
    Reason("unknown_survivor", "the account merged into is in accounts", "export the survivor too"),
    Reason("erased", "no row belongs to an account that was erased", "remove it from the export too"),
)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _ALL}


def rule_of(code: str, column: Column | None) -> str:
    """The rule in words; `out_of_range` includes the bounds of the column."""
    if code == "out_of_range" and column is not None:
        return f"the value lies within {_bounds(column)}"
    return REASONS[code].rule


def _bounds(column: Column) -> str:
    low = "−∞" if column.minimum is None else f"{column.minimum:g}"
    high = "∞" if column.maximum is None else f"{column.maximum:g}"
    return f"{low} … {high}"
