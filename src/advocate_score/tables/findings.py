"""The issues found while one chunk of rows is parsed and checked, and every reason for setting a row aside: its code,
the rule in words, and what to do. No reason names a value."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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


Kind = Literal["setting", "cell", "source"]
"""Who can mend a row: the configuration, whoever may edit the file, or the source of the export alone."""


@dataclass(frozen=True)
class Reason:
    """`fix` may hold {table} and {column}."""

    code: str
    rule: str
    kind: Kind
    fix: str


_MARKS = 'for 65,000.00 set [sources.{table}] thousands = ",", for 65,5 [sources.{table}] decimal = ","'
_ALL = (
    Reason("short_row", "a row has as many cells as the header", "cell", "complete the row"),
    Reason("long_row", "a row has as many cells as the header", "cell", "quote cells that hold the delimiter"),
    Reason("stray_quote", "a quote encloses a whole cell, and is doubled inside one", "cell", "take the quote out"),
    Reason("stray_carriage_return", "a line ends with LF or CR LF", "cell", "quote the cell"),
    Reason("undecodable", "text is in the declared encoding", "cell", "save the row in the declared encoding"),
    Reason("not_a_json_object", "a line is one JSON object", "cell", "write the line as an object"),
    Reason(
        "error_or_formula", "a cell holds a value, no error and no formula", "cell", "replace the formula by its value"
    ),
    Reason("nul_byte", "text has no NUL byte", "cell", "remove it"),
    Reason("oversized_cell", "a cell has at most 32,767 characters", "cell", "shorten it"),
    Reason("missing_required", "a required value is given", "cell", "fill it in"),
    Reason(
        "scientific_id",
        "an id is written in full: 1.23E+11 may have lost digits",
        "source",
        "ask the source to export ids as text",
    ),
    Reason(
        "bad_id_checksum",
        "the last three characters of an 18-character id agree with the first 15",
        "source",
        "ask the source to export it again",
    ),
    Reason(
        "not_a_time",
        "a time is ISO 8601, or in the declared date_format, and exists",
        "cell",
        "write 2026-01-31T09:00:00Z, or as date_format says if one is declared",
    ),
    Reason(
        "spreadsheet_serial",
        "a time is a date, not a spreadsheet's number of days",
        "cell",
        "format the column as a date, such as 2026-01-31",
    ),
    Reason(
        "time_in_dst_gap",
        "a local time exists on the day when clocks go forward",
        "cell",
        "write it with its offset: 2026-03-29T02:30:00+01:00",
    ),
    Reason(
        "not_a_number",
        "a number is digits with the declared decimal mark, and nothing else",
        "setting",
        f"map words in [sources.{{table}}.values.{{column}}]; {_MARKS}",
    ),
    Reason("not_an_integer", "the value is a whole number", "cell", "write it without decimals"),
    Reason("not_finite", "a number is finite", "cell", "leave unknown values empty"),
    Reason("too_large", "a number is below 1e15 in size", "cell", "mend it"),
    Reason(
        "out_of_range",
        "the value lies within its bounds",
        "cell",
        "mend it, or map the scale in [sources.{table}.values.{column}]",
    ),
    Reason(
        "not_a_flag",
        "the value is true/false, yes/no, sí/no or 1/0",
        "setting",
        "map it in [sources.{table}.values.{column}]",
    ),
    Reason(
        "not_a_choice",
        "the value is one of the column's choices",
        "setting",
        "map it in [sources.{table}.values.{column}]",
    ),
    Reason("recorded_before_occurred", "nothing is recorded before it happens", "cell", "mend one of the two times"),
    Reason("answered_before_asked", "an answer comes after the ask", "cell", "mend one of the two times"),
    Reason("ended_before_start", "an end comes after its start", "cell", "mend one of the two times"),
    Reason("negative_amount", "only a contraction has a negative amount", "cell", "mend the sign, or the kind"),
    Reason(
        "unknown_currency",
        "a currency is an ISO 4217 code",
        "cell",
        "write EUR, USD, …, or map it in [sources.{table}.values.{column}]",
    ),
    Reason(
        "mixed_currency",
        "all amounts are in the currency of most rows",
        "source",
        "ask the source to export all amounts in one currency",
    ),
    Reason(
        "older_version",
        "of rows with one id the newest recorded counts",
        "cell",
        "none, if the newer row is right; else remove that one",
    ),
    Reason("conflicting_versions", "rows with one id agree, or one is the newest recorded", "cell", "keep one"),
    Reason(AFTER_DATA_CUT, "nothing happens more than 24 h after the latest recorded row", "cell", "mend the time"),
    Reason(
        UNKNOWN_ACCOUNT,
        "every row belongs to an accepted row of accounts",
        "source",
        "mend the id, or ask the source to export its account too",
    ),
    Reason(
        AMBIGUOUS,
        "what a lookup finds is the same in every row that it fits",
        "cell",
        "make the names in the other file differ, or look it up by an id",
    ),
    Reason("merge_cycle", "merges of accounts end in a survivor", "cell", "mend merged_into"),
    Reason(
        "unknown_survivor",
        "the account merged into is in accounts",
        "source",
        "mend merged_into, or ask the source to export the survivor too",
    ),
    Reason(
        "erased",
        "no row belongs to an account that was erased",
        "source",
        "ask the source to remove it from the export too",
    ),
)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _ALL}


def rule_of(code: str, column: Column | None) -> str:
    """The rule in words; `out_of_range` includes the bounds of the column."""
    if code == "out_of_range" and column is not None:
        return f"the value lies within {_bounds(column)}"
    return REASONS[code].rule


def fix_of(code: str, table: str, column: str) -> str:
    """What to do about a row that was set aside."""
    return REASONS[code].fix.format(table=table, column=column)


def _bounds(column: Column) -> str:
    low = "−∞" if column.minimum is None else f"{column.minimum:g}"
    high = "∞" if column.maximum is None else f"{column.maximum:g}"
    return f"{low} … {high}"
