"""Every reason for which a row is set aside: its code, the rule in words, and what to do. None names a value."""

from collections.abc import Mapping
from dataclasses import dataclass

from advocate_score.canonical import Column


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
    Reason("scientific_id", "an id is written in full, not as 1.23E+11", "export ids as text"),
    Reason(
        "bad_id_checksum", "the last three characters of an 18-character id agree with the first 15", "export it anew"
    ),
    Reason(
        "not_a_time", "a time is ISO 8601, or in the declared date_format, and exists", "write 2026-01-31T09:00:00Z"
    ),
    Reason("spreadsheet_serial", "a time is a date, not a spreadsheet's number of days", "format the column as a date"),
    Reason("time_in_dst_gap", "a local time exists on the day when clocks go forward", "write it with its offset"),
    Reason("not_a_number", "a number is digits with the declared decimal mark, and nothing else", "declare decimal"),
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
    Reason("after_data_cut", "nothing happens more than 24 h after the latest recorded row", "mend the time"),
    Reason("unknown_account", "every row belongs to an accepted row of accounts", "export the account too"),
    Reason("merge_cycle", "merges of accounts end in a survivor", "mend merged_into"),
    Reason("unknown_survivor", "the account merged into is in accounts", "export the survivor too"),
    Reason("erased", "no row belongs to an account that was erased", "remove it from the export too"),
)

REASONS: Mapping[str, Reason] = {reason.code: reason for reason in _ALL}


def rule_of(code: str, column: Column | None) -> str:
    """The rule in words, with the bounds of the column where it has any."""
    if code == "out_of_range" and column is not None:
        return f"the value lies within {_bounds(column)}"
    return REASONS[code].rule


def _bounds(column: Column) -> str:
    low = "−∞" if column.minimum is None else f"{column.minimum:g}"
    high = "∞" if column.maximum is None else f"{column.maximum:g}"
    return f"{low} … {high}"
