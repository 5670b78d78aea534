"""Casts text to instants in UTC. A time needs an offset of its own or a configured zone; nothing is guessed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score import dates
from advocate_score.config.settings import Dialect
from advocate_score.errors import Fault, InputError
from advocate_score.tables.findings import ChunkIssues, Mask, as_mask

Instants = npt.NDArray[np.datetime64]
_Gap = Literal["shift_forward", "NaT"]

REPEATED_TIME = "time that occurs twice to the earlier"
SENTINEL = "sentinel date to unknown"

_DAY = r"(?:0[1-9]|1\d|2[0-8])"
_DATE = (
    r"(?:\d{4}-(?:(?:0[1-9]|1[0-2])-" + _DAY + r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"|(?:\d\d(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29)"
)
_CLOCK = r"(?:[01]\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?)?"
_OFFSET = r"(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)"
_ISO = f"^{_DATE}(?:[T ]{_CLOCK}{_OFFSET}?)?$"
_WITH_OFFSET = f"[T ]{_CLOCK}{_OFFSET}$"
_BARE, _MICROSECONDS = len("2026-01-31"), len("2026-01-31T09:00:00.000000")
_ZERO_DATE = r"^(?:0000-\d\d-\d\d|00?[/.\-]00?[/.\-](?:0000|00)\b)"
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_DAY_OR_MONTH_FIRST = r"^\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})\b"
_CLOCKS = ("%H:%M", "%H:%M:%S", "%I:%M %p", "%I:%M:%S %p")
"""Formats of a time of day after a date in the declared format."""
_UNKNOWN_UNTIL, _UNKNOWN_FROM = np.datetime64("1901-01-01", "us"), np.datetime64("9999-01-01", "us")


@dataclass(frozen=True)
class TimeColumn:
    """A column of times and its format.

    typed: whether it comes from a typed source, whose times are always ISO 8601 · mixed: whether a spreadsheet saved
    it, so that date cells are ISO 8601 and text cells are in the declared format · line: gives the line of the
    configuration by which a key has a value.
    """

    name: str
    source_label: str
    dialect: Dialect
    typed: bool = False
    mixed: bool = False
    line: Callable[[str, str], str] = '[sources] {} = "{}"'.format

    @property
    def format(self) -> str | None:
        return None if self.typed else self.dialect.date_format


def are_known(instants: pa.Array) -> bool:
    """Whether no instant is a sentinel for an unknown date, so that the column need not be checked as text."""
    span = pc.min_max(instants.cast(pa.int64()))
    if not span["min"].is_valid:
        return True
    until, since = (int(limit.astype(np.int64)) for limit in (_UNKNOWN_UNTIL, _UNKNOWN_FROM))
    return bool(until <= span["min"].as_py() and span["max"].as_py() < since)


def cast_instants(values: pa.Array, column: TimeColumn, issues: ChunkIssues) -> pa.Array:
    """Instants of a typed source, with the result that `cast_times` gives for their text; all must be `are_known`."""
    issues.bare_dates[column.name] = np.zeros(len(values), np.bool_)
    if values.type.tz is not None:
        return values.cast(pa.timestamp("us"))
    instants = values.to_numpy(zero_copy_only=False)
    naive = ~np.isnat(instants)
    return pa.array(_to_utc(instants, naive, column, issues) if naive.any() else instants, pa.timestamp("us"))


def cast_times(text: pa.Array, column: TimeColumn, issues: ChunkIssues) -> pa.Array:
    """Instants (microseconds, naive UTC) of trimmed text.

    Raises InputError for a naive time without a configured zone, and for day/month/year without a configured format,
    since either would have to be guessed.
    """
    if column.format is None:
        instants, naive = _iso(text, column, issues)
    elif column.mixed:
        instants, naive = _dates_and_text(text, column, column.format, issues)
    else:
        instants, naive = _declared_format(text, column, column.format, issues)
    instants = _without_sentinels(instants, column, issues)
    naive &= ~np.isnat(instants)
    if naive.any():
        instants = _to_utc(instants, naive, column, issues)
    return pa.array(instants, pa.timestamp("us"))


_MONTHS = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "ene feb mar abr may jun jul ago sep oct nov dic",
    )
    for number, name in enumerate(names.split(), start=1)
} | {"sept": 9, "set": 9, "setiembre": 9}
_TIME_OF_DAY = r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))? ?(?P<half>[ap]\.? ?m\.?)?)?"
_DAY_FIRST = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ \-/.]*(?:de )?(?P<month>[a-z]{3,10})\.?[ \-/.,]*(?:del? )?(?P<year>\d{4})"
    + _TIME_OF_DAY
)
_MONTH_FIRST = re.compile(
    r"(?P<month>[a-z]{3,10})\.?[ \-/]*(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[ \-/]*(?P<year>\d{4})" + _TIME_OF_DAY
)


def _with_months_as_numbers(text: pa.Array) -> pa.Array:
    """The cells with dates whose month is a word, in English or Spanish, as ISO 8601: their order leaves no doubt."""
    if not pc.any(pc.match_substring_regex(text, r"(?i)\d.*[a-z]{3}|[a-z]{3}.*\d"), min_count=0).as_py():
        return text
    encoded = text.dictionary_encode()
    values = pa.array([_with_month_as_number(value) for value in encoded.dictionary.to_pylist()], pa.string())
    return values.take(encoded.indices)


def _with_month_as_number(value: str) -> str:
    plain = value.casefold()
    parts = _DAY_FIRST.fullmatch(plain) or _MONTH_FIRST.fullmatch(plain)
    if parts is None or parts["month"] not in _MONTHS:
        return value
    date = f"{parts['year']}-{_MONTHS[parts['month']]:02d}-{int(parts['day']):02d}"
    if parts["hour"] is None:
        return date
    hour = int(parts["hour"])
    if parts["half"]:
        hour = hour % 12 + 12 * parts["half"].startswith("p")
    return f"{date}T{hour:02d}:{parts['minute']}:{parts['second'] or '00'}"


def _iso(text: pa.Array, column: TimeColumn, issues: ChunkIssues) -> tuple[Instants, Mask]:
    iso = as_mask(pc.match_substring_regex(text, _ISO))
    if not iso[as_mask(pc.is_valid(text))].all():
        text = pc.replace_substring_regex(_with_months_as_numbers(text), r"^(\d{4}-.*[\d.]) (?:UTC|GMT)$", r"\1Z")
        iso = as_mask(pc.match_substring_regex(text, _ISO))
    if not iso[as_mask(pc.is_valid(text))].all():
        _explain_invalid(text, iso, column, issues)
    with_offset = iso & as_mask(pc.match_substring_regex(text, _WITH_OFFSET))
    issues.bare_dates[column.name] = iso & as_mask(pc.equal(pc.binary_length(text), _BARE))
    if (pc.max(pc.binary_length(text)).as_py() or 0) > _MICROSECONDS:
        text = pc.replace_substring_regex(text, r"(\.\d{6})\d+", r"\1")
    zoned = _where(text, with_offset).cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    local = _where(text, iso & ~with_offset).cast(pa.timestamp("us"))
    return pc.coalesce(zoned, local).to_numpy(zero_copy_only=False), iso & ~with_offset


def _dates_and_text(text: pa.Array, column: TimeColumn, form: str, issues: ChunkIssues) -> tuple[Instants, Mask]:
    """Casts a mixed column: date cells as ISO 8601, text cells in the declared format."""
    dates = as_mask(pc.match_substring_regex(text, _ISO))
    instants, naive = _iso(_where(text, dates), column, issues)
    bare = issues.bare_dates[column.name]
    text_instants, naive_text = _declared_format(_where(text, ~dates), column, form, issues)
    issues.bare_dates[column.name] |= bare
    return np.where(dates, instants, text_instants), naive | naive_text


def _where(text: pa.Array, rows: Mask) -> pa.Array:
    return pc.if_else(pa.array(rows), text, pa.scalar(None, pa.string()))


def _explain_invalid(text: pa.Array, iso: Mask, column: TimeColumn, issues: ChunkIssues) -> None:
    """Reports text that is not an ISO 8601 time, with the most specific issue that its form allows."""
    zero = as_mask(pc.match_substring_regex(text, _ZERO_DATE))
    invalid = as_mask(pc.is_valid(text)) & ~iso & ~zero
    issues.normalise(column.name, SENTINEL, zero)
    ambiguous = invalid & as_mask(pc.match_substring_regex(text, _DAY_OR_MONTH_FIRST))
    if ambiguous.any():
        location = f"{column.source_label} row {issues.first_row(ambiguous)} {column.name}"
        problem = "has dates whose day and month cannot be told apart, and no date_format is configured."
        raise InputError([Fault(location, problem, _line_of_dates(_where(text, ambiguous), column))])
    serial = invalid & as_mask(pc.match_substring_regex(text, _SERIAL))
    issues.add_issue("spreadsheet_serial", column.name, serial)
    issues.add_issue("not_a_time", column.name, invalid & ~serial)


def _line_of_dates(dates: pa.Array, column: TimeColumn) -> str:
    """The setting that reads dates such as 31/01/2026. It says so if the month may also come first."""
    parts = [re.split(r"[/.\- T]", date)[:3] for date in dates.drop_null().to_pylist()]
    mark = re.sub(r"\d", "", dates.drop_null()[0].as_py())[0]
    year = "%Y" if all(len(part[2]) == 4 for part in parts) else "%y"
    day_first, month_first = (
        column.line("date_format", mark.join(order)) for order in (("%d", "%m", year), ("%m", "%d", year))
    )
    if any(int(part[1]) > 12 for part in parts):
        return month_first
    doubt = "" if any(int(part[0]) > 12 for part in parts) else f"; if the month comes first, {month_first}"
    return f"{day_first}{doubt}"


_EPOCHS = {"epoch": 1_000_000, "epoch_ms": 1_000}
"""Declared formats that count from 1970 → microseconds of their unit."""


def _since_epoch(text: pa.Array, column: TimeColumn, unit: int, issues: ChunkIssues) -> tuple[Instants, Mask]:
    """Instants that are counted from 1970, in UTC."""
    numbers = pc.match_substring_regex(text, r"^-?\d{1,13}(?:\.\d+)?$")
    issues.add_issue("not_a_time", column.name, pc.and_(pc.is_valid(text), pc.invert(numbers)))
    issues.bare_dates[column.name] = np.zeros(len(text), np.bool_)
    digits = pc.if_else(numbers, text, pa.scalar(None, pa.string())).cast(pa.float64())
    microseconds = pc.round(pc.multiply(digits, float(unit))).cast(pa.int64())
    return microseconds.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False), np.zeros(len(text), np.bool_)


def _declared_format(text: pa.Array, column: TimeColumn, form: str, issues: ChunkIssues) -> tuple[Instants, Mask]:
    if form in _EPOCHS:
        return _since_epoch(text, column, _EPOCHS[form], issues)
    zero = as_mask(pc.match_substring_regex(text, _ZERO_DATE))
    issues.normalise(column.name, SENTINEL, zero)
    filled = as_mask(pc.is_valid(text)) & ~zero
    is_date = "%H" not in form and "%I" not in form
    if is_date:
        text = pc.replace_substring_regex(text, r"(\d), +(\d)", r"\1 \2")
    instants = _in_format(text, form, column)
    bare = ~np.isnat(instants) & is_date
    for clock in _CLOCKS if is_date else ():
        unread = filled & np.isnat(instants)
        if unread.any():
            instants = np.where(unread, _in_format(_where(text, unread), f"{form} {clock}", column), instants)
    unread = filled & np.isnat(instants)
    if unread.any():
        worded, bare_words = _dates_in_words(_where(text, unread))
        instants, bare = np.where(unread, worded, instants), bare | bare_words
    read = ~np.isnat(instants)
    issues.add_issue("not_a_time", column.name, filled & ~read)
    issues.bare_dates[column.name] = bare
    return instants, read & ("%z" not in form)


def _dates_in_words(text: pa.Array) -> tuple[Instants, Mask]:
    """Instants of dates whose month is a word, and which of them are bare dates."""
    dates = _with_months_as_numbers(text)
    changed = as_mask(pc.fill_null(pc.not_equal(dates, text), False))
    iso = changed & as_mask(pc.match_substring_regex(dates, _ISO))
    instants: Instants = _where(dates, iso).cast(pa.timestamp("us")).to_numpy(zero_copy_only=False)
    return instants, iso & as_mask(pc.equal(pc.binary_length(dates), _BARE))


def _in_format(text: pa.Array, form: str, column: TimeColumn) -> Instants:
    zoned = "%z" in form
    try:
        parsed = pd.to_datetime(text.to_pandas(), format=form, errors="coerce", utc=zoned)
    except ValueError as error:
        fix = f"a format such as {column.line('date_format', '%d/%m/%Y')}"
        raise InputError([Fault("[sources] date_format", "is not a format of dates.", fix)]) from error
    instants: Instants = (parsed.dt.tz_localize(None) if zoned else parsed).to_numpy("datetime64[us]")
    return instants


def _without_sentinels(instants: Instants, column: TimeColumn, issues: ChunkIssues) -> Instants:
    """The instants without dates such as 1900 and 9999, which systems write for an unknown date."""
    sentinel = (instants < _UNKNOWN_UNTIL) | (instants >= _UNKNOWN_FROM)
    issues.normalise(column.name, SENTINEL, sentinel)
    return np.where(sentinel, np.datetime64("NaT", "us"), instants)


def _to_utc(instants: Instants, naive: Mask, column: TimeColumn, issues: ChunkIssues) -> Instants:
    if column.dialect.time_zone is None:
        location = f"{column.source_label} row {issues.first_row(naive)} {column.name}"
        problem = "has a time without an offset, and no time zone is configured."
        fix = '[sources] time_zone = "Europe/Madrid", or the zone that they are in'
        raise InputError([Fault(location, problem, fix)])
    if column.dialect.time_zone == "UTC":
        return instants
    zone = dates.zone(column.dialect.time_zone)
    bare = issues.bare_dates[column.name]
    earlier = _local_to_utc(instants, zone, is_first=True)
    later = _local_to_utc(instants, zone, is_first=False)
    # A bare date means the first instant of its day. If clocks skip midnight, that instant is after the gap.
    gap = naive & ~bare & np.isnat(_local_to_utc(instants, zone, is_first=True, gap="NaT"))
    issues.add_issue("time_in_dst_gap", column.name, gap)
    twice = naive & ~bare & (earlier != later)
    issues.normalise(column.name, REPEATED_TIME, twice)
    return np.where(naive, earlier, instants)


def _local_to_utc(instants: Instants, zone: tzinfo, *, is_first: bool, gap: _Gap = "shift_forward") -> Instants:
    """Local times in UTC. `is_first`: whether a time that occurs twice means its first or its second occurrence."""
    occurrence = np.full(len(instants), is_first)
    local = pd.Series(instants).dt.tz_localize(zone, ambiguous=occurrence, nonexistent=gap)
    utc: Instants = local.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[us]")
    return utc
