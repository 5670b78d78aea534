"""The issues found while one chunk of rows is parsed and checked, and every reason for setting a row aside: its code,
what is wrong in words, and what to do. No reason names a value."""

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
"""Who can correct a row: the configuration, whoever may edit the file, or the source of the export alone."""


@dataclass(frozen=True)
class Reason:
    """`problem`: what is wrong with the row · `fix`: what to do; it may hold {table} and {column}."""

    code: str
    problem: str
    kind: Kind
    fix: str


_MARKS = 'for 65,000.00 set [sources.{table}] thousands = ",", for 65,5 [sources.{table}] decimal = ","'
_ALL = (
    Reason("short_row", "the row has fewer cells than the header", "cell", "complete the row"),
    Reason("long_row", "the row has more cells than the header", "cell", "quote cells that hold the delimiter"),
    Reason("stray_quote", "a quote stands inside a cell and is not doubled", "cell", "take the quote out"),
    Reason("stray_carriage_return", "a line break (CR) stands inside a cell", "cell", "quote the cell"),
    Reason("undecodable", "the row is not in the declared encoding", "cell", "save the row in the declared encoding"),
    Reason("not_a_json_object", "the line is not a JSON object", "cell", "write the line as an object"),
    Reason(
        "error_or_formula",
        "the cell holds a formula or an error instead of a value",
        "cell",
        "replace the formula by its value",
    ),
    Reason("nul_byte", "the text holds a NUL byte", "cell", "remove it"),
    Reason("oversized_cell", "the cell has more than 32,767 characters", "cell", "shorten it"),
    Reason("missing_required", "a required value is missing", "cell", "fill it in"),
    Reason(
        "scientific_id",
        "the id is written as 1.23E+11 and may have lost digits",
        "source",
        "ask the source to export ids as text",
    ),
    Reason(
        "bad_id_checksum",
        "the last three characters of the 18-character id contradict the first 15",
        "source",
        "ask the source to export it again",
    ),
    Reason(
        "not_a_time",
        "the date is neither ISO 8601 nor as date_format says, or does not exist",
        "cell",
        "write 2026-01-31T09:00:00Z, or as date_format says if one is declared",
    ),
    Reason(
        "spreadsheet_serial",
        "a spreadsheet's number of days stands in place of the date",
        "cell",
        "format the column as a date, such as 2026-01-31",
    ),
    Reason(
        "time_in_dst_gap",
        "this local time does not exist: that night the clocks go forward",
        "cell",
        "write it with its offset: 2026-03-29T02:30:00+01:00",
    ),
    Reason(
        "not_a_number",
        "this is not a number with the declared decimal mark",
        "setting",
        f"map words in [sources.{{table}}.values.{{column}}]; {_MARKS}",
    ),
    Reason("not_an_integer", "this is not a whole number", "cell", "write it without decimals"),
    Reason("not_finite", "this is not a finite number", "cell", "leave unknown values empty"),
    Reason("too_large", "the number is 1e15 or larger", "cell", "correct it"),
    Reason(
        "out_of_range",
        "the value is outside its bounds",
        "cell",
        "correct it, or map the scale in [sources.{table}.values.{column}]",
    ),
    Reason(
        "not_a_flag",
        "the value is none of true/false, yes/no, sí/no and 1/0",
        "setting",
        "map it in [sources.{table}.values.{column}]",
    ),
    Reason(
        "not_a_choice",
        "the value is none of those that the column may have",
        "setting",
        "map it in [sources.{table}.values.{column}]",
    ),
    Reason("recorded_before_occurred", "it was recorded before it happened", "cell", "correct one of the two times"),
    Reason("answered_before_asked", "the answer comes before the ask", "cell", "correct one of the two times"),
    Reason("ended_before_start", "the end comes before the start", "cell", "correct one of the two times"),
    Reason("negative_amount", "the amount of this kind cannot be negative", "cell", "correct the sign, or the kind"),
    Reason(
        "unknown_currency",
        "the currency is no ISO 4217 code",
        "cell",
        "write EUR, USD, …, or map it in [sources.{table}.values.{column}]",
    ),
    Reason(
        "mixed_currency",
        "the amount is in another currency than most rows",
        "source",
        "ask the source to export all amounts in one currency",
    ),
    Reason(
        "older_version",
        "another row with this id was recorded later and counts",
        "cell",
        "none, if the newer row is right; else remove that one",
    ),
    Reason("conflicting_versions", "rows with one id differ, and none is the newest", "cell", "keep one"),
    Reason(AFTER_DATA_CUT, "it lies more than 24 h after the latest recorded row", "cell", "correct the time"),
    Reason(
        UNKNOWN_ACCOUNT,
        "accounts has no valid row for the account",
        "source",
        "correct the id, or ask the source to export its account too",
    ),
    Reason(
        AMBIGUOUS,
        "the lookup finds rows that contradict each other",
        "cell",
        "make the names in the other file differ, or look it up by an id",
    ),
    Reason("merge_cycle", "the accounts were merged in a circle, and none is left", "cell", "correct merged_into"),
    Reason(
        "unknown_survivor",
        "the account that it was merged into is not in accounts",
        "source",
        "correct merged_into, or ask the source to export the survivor too",
    ),
    Reason(
        "erased",
        "the account was erased",
        "source",
        "ask the source to remove it from the export too",
    ),
)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _ALL}


def problem_of(code: str, column: Column | None) -> str:
    """What is wrong, in words; `out_of_range` includes the bounds of the column."""
    if code == "out_of_range" and column is not None:
        return f"the value is outside {_bounds(column)}"
    return REASONS[code].problem


def fix_of(code: str, table: str, column: str) -> str:
    """What to do about a row that was set aside."""
    return REASONS[code].fix.format(table=table, column=column)


def _bounds(column: Column) -> str:
    low = "−∞" if column.minimum is None else f"{column.minimum:g}"
    high = "∞" if column.maximum is None else f"{column.maximum:g}"
    return f"{low} … {high}"
