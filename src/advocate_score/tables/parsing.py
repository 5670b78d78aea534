"""Casts a chunk of text by the contract of its table: ids, numbers, flags, choices, times and refusals. A cell that
cannot be cast is reported with its row, never guessed.

Salesforce ids: 15 characters are case-sensitive, and 18 add a checksum of the case. Reports export the short form and
interfaces the long one, so short ids are lengthened to give each record one id. Long ones in capitals, as spreadsheets
write them, get their case back from the checksum.
"""

import re
import string
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.config.settings import Dialect
from advocate_score.config.sources import NULL_ID
from advocate_score.schema import Column, Table
from advocate_score.sources.base import plain
from advocate_score.sources.column_mapping import ColumnMap
from advocate_score.sources.discover import Source
from advocate_score.sources.parquet import by_value
from advocate_score.tables.denial_columns import kind_of_refusal
from advocate_score.tables.findings import ChunkIssues, Mask, as_mask
from advocate_score.tables.timestamps import TimeColumn, are_known, cast_instants, cast_times

OTHER = "other"
FILLED = "given"
UNKNOWN_WORDS = ("null", "NULL", "Null", "#N/A", "#n/a", "#N/D")
FLAGS = {
    "true": True,
    "yes": True,
    "sí": True,
    "si": True,
    "verdadero": True,
    "1": True,
    "y": True,
    "t": True,
    "s": True,
    "false": False,
    "no": False,
    "falso": False,
    "0": False,
    "0.0": False,
    "n": False,
    "f": False,
}
_TOO_LARGE = 1e15
_UNSEEN = r"[\u200b-\u200d\u2060\ufeff]"
_ZERO_WIDTH = r"[\x{200b}-\x{200d}\x{2060}\x{feff}]"
LONGEST_CELL = 32_767


def clean(text: pa.Array, column: str, issues: ChunkIssues) -> pa.Array:
    """Trimmed text; empty cells and the words for unknown become null. `NA` stays text, since it is a region."""
    trimmed = pc.utf8_trim_whitespace(text)
    issues.normalise(column, "trimmed", pc.not_equal(trimmed, text))
    words = pc.is_in(trimmed, pa.array(UNKNOWN_WORDS))
    issues.normalise(column, "word for unknown", words)
    issues.add_issue("nul_byte", column, pc.match_substring(trimmed, "\0"))
    if (pc.max(pc.binary_length(trimmed)).as_py() or 0) > LONGEST_CELL:
        issues.add_issue("oversized_cell", column, pc.greater(pc.utf8_length(trimmed), LONGEST_CELL))
    empty = pc.or_(words, pc.equal(trimmed, ""))
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)


def map_values(text: pa.Array, column: str, mapping: Mapping[str, str], issues: ChunkIssues) -> pa.Array:
    """The export's values mapped to the canonical ones, regardless of case.

    Parameters
    ----------
    text : trimmed text.
    column : the name under which the mapped cells are counted.
    mapping : the export's value → the canonical one; an empty one means unknown and becomes null.
    issues : gets the count of mapped cells.
    """
    canonical = {exported.strip().casefold(): value for exported, value in mapping.items()}
    mapped = by_distinct(text, lambda value: canonical.get(value.casefold(), value) or None, pa.string())
    issues.normalise(column, "mapped", pc.not_equal(mapped, text))
    return mapped


_SCIENTIFIC = r"^\d(?:[.,]\d+)?[eE]\+\d+$|^\d[.,]\d+[eE]\d+$"
_FLOATING = r"^(\d+)\.0$"
_UNUSUAL = r"['.,+{]|^[0-9A-Fa-f]{8}-|^0{15}"
"""Some character of an id that `cast_ids` may rewrite or refuse. One search for all, since most ids need none."""
_GUID = r"^\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?$"


def cast_ids(text: pa.Array, column: str, issues: ChunkIssues) -> pa.Array:
    """Ids in one form, whatever program wrote them; leading zeros and case are kept.

    Text is in Unicode form NFC, without invisible characters and a spreadsheet's leading apostrophe. A number of a
    frame with gaps, `7001.0`, is 7001. A GUID is in lower case and without braces. The id that Salesforce writes for
    none is null.
    """
    if not pc.all(pc.string_is_ascii(text), min_count=0).as_py():
        visible = pc.replace_substring_regex(text, _ZERO_WIDTH, "")
        issues.normalise(column, "invisible characters removed", pc.not_equal(visible, text))
        composed = by_distinct(visible, partial(unicodedata.normalize, "NFC"), pa.string())
        issues.normalise(column, "letters and accents composed", pc.not_equal(composed, visible))
        text = pc.if_else(pc.equal(composed, ""), pa.scalar(None, pa.string()), composed)
    if not pc.any(pc.match_substring_regex(text, _UNUSUAL), min_count=0).as_py():
        return text
    issues.add_issue("scientific_id", column, pc.match_substring_regex(text, _SCIENTIFIC))
    text = _rewrite(text, r"^'(.+)$", r"\1", column, "apostrophe of a spreadsheet removed", issues)
    text = _rewrite(text, _FLOATING, r"\1", column, "number without its .0", issues)
    return _without_null_ids(_plain_guids(text, column, issues), column, issues)


def _without_null_ids(text: pa.Array, column: str, issues: ChunkIssues) -> pa.Array:
    null_ids = pc.is_in(text, pa.array([NULL_ID, NULL_ID[:15]]))
    if not pc.any(null_ids, min_count=0).as_py():
        return text
    issues.normalise(column, "word for unknown", null_ids)
    return pc.if_else(null_ids, pa.scalar(None, pa.string()), text)


def pad_ids(text: pa.Array, width: int, column: str, issues: ChunkIssues) -> pa.Array:
    """Ids of digits with leading zeros up to `width`, as before a spreadsheet took them for numbers."""
    short = pc.match_substring_regex(text, rf"^\d{{1,{width - 1}}}$") if width > 1 else pc.equal(text, "")
    issues.normalise(column, "leading zeros added", short)
    return pc.if_else(pc.fill_null(short, False), pc.utf8_lpad(text, width, "0"), text)


def _rewrite(text: pa.Array, pattern: str, replacement: str, column: str, what: str, issues: ChunkIssues) -> pa.Array:
    matches = pc.match_substring_regex(text, pattern)
    if not pc.any(matches, min_count=0).as_py():
        return text
    issues.normalise(column, what, matches)
    return pc.replace_substring_regex(text, pattern, replacement)


def _plain_guids(text: pa.Array, column: str, issues: ChunkIssues) -> pa.Array:
    guids = pc.match_substring_regex(text, _GUID)
    if not pc.any(guids, min_count=0).as_py():
        return text
    plain_guids = pc.utf8_lower(pc.utf8_trim(text, "{}"))
    issues.normalise(column, "GUID in lower case", pc.and_(guids, pc.not_equal(plain_guids, text)))
    return pc.if_else(pc.fill_null(guids, False), plain_guids, text)


THREE_DECIMALS = "three decimals"
_BLANKS = r"[\s\x{a0}\x{202f}]*"
_MONEY = "(?:[€$£¥]|EUR|USD|GBP|CHF|MXN|ARS|COP|CLP|PEN|BRL|CAD|AUD|JPY)"
_CURRENCY = rf"(?i)^([+-]?){_BLANKS}{_MONEY}{_BLANKS}|{_BLANKS}{_MONEY}$"
"""A currency's sign or code before or after an amount, after its minus sign."""
_IN_PARENTHESES = r"^\(([^()+-]*\d[^()+-]*)\)$"
"""A negative number as bookkeepers write it: (1,234)."""


OTHER_MARKS = {
    "parted by commas": 'thousands = ","',
    "parted by blanks": 'thousands = " "',
    "parted by apostrophes": 'thousands = "\'"',
    "with a decimal comma": 'decimal = ","',
    "with a decimal point": 'decimal = "."',
}
"""Numbers that the declared marks do not read, and the setting that reads them; what comes first is meant where two
fit: 65,000 is sixty-five thousand."""
_FORMS = {
    "parted by commas": r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$",
    "parted by blanks": r"^[+-]?\d{1,3}(?:[ \x{a0}\x{202f}]\d{3})+(?:[.,]\d*)?$",
    "parted by apostrophes": r"^[+-]?\d{1,3}(?:'\d{3})+(?:[.,]\d*)?$",
    "with a decimal comma": r"^[+-]?\d{1,3}(?:\.?\d{3})*,\d*$|^[+-]?\d+,\d*$",
    "with a decimal point": r"^[+-]?\d+\.\d*$",
}


def cast_numbers(text: pa.Array, column: str, dialect: Dialect, issues: ChunkIssues) -> pa.Array:
    """Numbers as float64; `nan` in any case means unknown. Signs and codes of currencies are passed over.

    Parameters
    ----------
    text : trimmed text.
    column : the name under which issues are reported.
    dialect : its decimal mark and its mark between thousands.
    issues : gets the cells that are not numbers, not finite or too large.
    """
    decimal, mark = dialect.decimal, f"[{dialect.decimal}]"
    if not pc.all(pc.match_substring_regex(text, r"^[+-]?[\d.,]*$"), min_count=0).as_py():
        text = pc.replace_substring_regex(text, _IN_PARENTHESES, r"-\1")
        text = pc.replace_substring_regex(text, _CURRENCY, r"\1")
    text = _without_thousands(text, dialect)
    plain = pc.match_substring_regex(text, rf"^[+-]?(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?$")
    infinite = pc.match_substring_regex(text, r"(?i)^[+-]?inf(?:inity)?$")
    unknown = pc.equal(pc.utf8_lower(text), "nan")
    issues.normalise(column, "word for unknown", unknown)
    issues.add_issue("not_finite", column, infinite)
    wrong = pc.invert(pc.or_(plain, pc.or_(infinite, unknown)))
    if pc.any(wrong, min_count=0).as_py():
        issues.add_issue("not_a_number", column, wrong)
        for what, form in _FORMS.items():
            issues.tally(column, what, pc.and_(wrong, pc.match_substring_regex(text, form)))
    issues.tally(column, THREE_DECIMALS, pc.match_substring_regex(text, rf"^[+-]?[1-9]\d{{0,2}}{mark}\d{{3}}$"))
    issues.tally(column, FILLED, pc.is_valid(text))
    digits = pc.if_else(plain, text, pa.scalar(None, pa.string()))
    digits = pc.utf8_ltrim(pc.replace_substring(digits, decimal, "."), "+")
    numbers = digits.cast(pa.float64())
    issues.add_issue("too_large", column, pc.greater_equal(pc.abs(numbers), _TOO_LARGE))
    return numbers


def _without_thousands(text: pa.Array, dialect: Dialect) -> pa.Array:
    """The cells without marks between thousands. A cell whose marks do not part groups of three stays as it is, and so
    is no number."""
    mark = dialect.thousands_mark
    if mark == " ":
        text = pc.replace_substring_regex(text, r"[\x{a0}\x{202f}]", " ")
    if not mark or not pc.any(pc.match_substring(text, mark), min_count=0).as_py():
        return text
    thousands, decimal = re.escape(mark), re.escape(dialect.decimal)
    grouped = pc.match_substring_regex(text, rf"^[+-]?\d{{1,3}}(?:{thousands}\d{{3}})+(?:{decimal}\d*)?$")
    return pc.if_else(pc.fill_null(grouped, False), pc.replace_substring(text, mark, ""), text)


def _without_words_for_nothing(text: pa.Array, column: str, issues: ChunkIssues) -> pa.Array:
    """Amounts and measures without words such as `n/a` and lone dashes, which spreadsheets show for no value."""
    words = pc.is_in(pc.utf8_lower(text), pa.array([*sorted(_NOTHING), "na", "-", "\u2013", "\u2014"]))
    if not pc.any(words, min_count=0).as_py():
        return text
    issues.normalise(column, "word for unknown", words)
    return pc.if_else(words, pa.scalar(None, pa.string()), text)


def cast_integers(text: pa.Array, column: str, dialect: Dialect, issues: ChunkIssues) -> pa.Array:
    """Whole numbers as int64. `9.0` is accepted, since spreadsheets and frames with missing values write 9 that way.

    Parameters
    ----------
    text : trimmed text.
    column : the name under which issues are reported.
    dialect : its decimal mark and its mark between thousands.
    issues : gets the cells that are not whole numbers, and the words among them.
    """
    numbers = cast_numbers(text, column, dialect, issues)
    words = pc.and_(pc.is_valid(text), pc.is_null(numbers))
    if pc.any(words).as_py():
        issues.note_unmapped(column, text, words)
    fraction = pc.not_equal(pc.floor(numbers), numbers)
    issues.add_issue("not_an_integer", column, fraction)
    usable = pc.and_(pc.invert(fraction), pc.less(pc.abs(numbers), _TOO_LARGE))
    return pc.if_else(usable, numbers, pa.scalar(None, pa.float64())).cast(pa.int64())


def cast_flags(text: pa.Array, column: str, issues: ChunkIssues) -> pa.Array:
    flags = by_distinct(text, lambda value: FLAGS.get(value.casefold()), pa.bool_())
    unknown = pc.and_(pc.is_valid(text), pc.is_null(flags))
    if pc.any(unknown, min_count=0).as_py():
        issues.add_issue("not_a_flag", column, unknown)
        issues.note_unmapped(column, text, unknown)
    return flags


def cast_choices(text: pa.Array, column: str, choices: tuple[str, ...], issues: ChunkIssues) -> pa.Array:
    """Cells as one of `choices`, regardless of case, blanks and hyphens; any other value becomes `other`.

    Parameters
    ----------
    text : trimmed text.
    column : the name under which cells are counted.
    choices : the canonical values.
    issues : gets the counts, and the words that became `other`.
    """
    known = {choice: choice for choice in choices}
    cast = by_distinct(text, lambda value: known.get(_slug(value), OTHER), pa.string())
    issues.normalise(column, "spelled as the choice", pc.and_(pc.not_equal(cast, text), pc.not_equal(cast, OTHER)))
    issues.tally(column, FILLED, pc.is_valid(text))
    is_other = pc.equal(cast, OTHER)
    issues.tally(column, OTHER, is_other)
    if pc.any(is_other).as_py():
        issues.note_unmapped(column, text, pc.fill_null(is_other, False))
    return cast


def by_distinct(text: pa.Array, value_of: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """`value_of` of every cell, computed once for each distinct text."""
    encoded = text.dictionary_encode()
    values = pa.array([value_of(value) for value in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)


def _slug(value: str) -> str:
    return value.casefold().replace(" ", "_").replace("-", "_")


Cast = Callable[[pa.Array, ChunkIssues], pa.Array]


def cast_by_value(text: pa.Array, column: str, issues: ChunkIssues, cast: Cast) -> pa.Array:
    """Casts a column, once for each distinct value if values repeat.

    Parameters
    ----------
    text : text, as it is or dictionary-encoded.
    column : the column's name.
    issues : gets the issues of the rows.
    cast : casts each cell on its own, without regard to its row.
    """
    encoded = by_value(text)
    if encoded is None:
        return cast(text, issues)
    value_issues = _ValueIssues(issues, encoded)
    values = cast(encoded.dictionary, value_issues)
    value_issues.hand_on_dates(column)
    return values.take(encoded.indices)


class _ValueIssues(ChunkIssues):
    """Collects issues of distinct values and reports each to the issues of the rows, for every row with the value."""

    def __init__(self, row_issues: ChunkIssues, encoded: pa.DictionaryArray) -> None:
        different = np.arange(len(encoded.dictionary))
        super().__init__(
            different, normalised=row_issues.normalised, tallies=row_issues.tallies, unmapped=row_issues.unmapped
        )
        self._row_issues = row_issues
        self._unknown = len(encoded.dictionary)
        self._at: npt.NDArray[np.int64] = encoded.indices.fill_null(self._unknown).to_numpy()
        self._times = np.bincount(self._at, minlength=self._unknown + 1)[: self._unknown]

    def add_issue(self, code: str, column: str, rows: Any) -> None:
        self._row_issues.add_issue(code, column, self._rows(as_mask(rows)))

    def note_unmapped(self, column: str, text: Any, rows: Any) -> None:
        for at in np.flatnonzero(as_mask(rows)).tolist():
            self.unmapped[column, text[at].as_py()] += int(self._times[at])

    def first_row(self, rows: Mask) -> int:
        return self._row_issues.first_row(self._rows(rows))

    def hand_on_dates(self, column: str) -> None:
        if column in self.bare_dates:
            self._row_issues.bare_dates[column] = self._rows(self.bare_dates[column])

    def count(self, rows: Any) -> int:
        return int(self._times[as_mask(rows)].sum())

    def _rows(self, values: Mask) -> Mask:
        """The rows that have one of `values`; rows without a value are False."""
        rows: Mask = np.append(values, False)[self._at]
        return rows


_CHECK_DIGITS = string.ascii_uppercase + "012345"
_RECORDS = "(?:001|003|006)[0-9A-Za-z]{12}"  # accounts, contacts, opportunities
_SHORT, _LONG = f"^{_RECORDS}$", f"^{_RECORDS}[A-Z0-5]{{3}}$"

_RECORD = re.compile(f"{_RECORDS}(?:[A-Z0-5]{{3}})?")


def lengthen(text: pa.Array, column: str, issues: ChunkIssues) -> pa.Array:
    """Salesforce ids of 15 characters in their 18-character form. An id of digits only comes from another system and is
    left unchanged."""
    if not pc.any(pc.match_substring_regex(text, f"^{_RECORDS}(?:[A-Z0-5]{{3}})?$")).as_py():
        return text
    with_letters = pc.match_substring_regex(pc.utf8_slice_codeunits(text, 0, 15), "[A-Za-z]")
    short = as_mask(pc.and_(pc.match_substring_regex(text, _SHORT), with_letters))
    long = as_mask(pc.and_(pc.match_substring_regex(text, _LONG), with_letters))
    salesforce_ids = pc.if_else(pa.array(short | long), text, pa.scalar(None, pa.string()))
    expected = by_distinct(salesforce_ids, _expected_form, pa.string())
    differ = long & as_mask(pc.not_equal(expected, text))
    in_capitals = differ & as_mask(pc.equal(pc.utf8_upper(expected), text))
    issues.add_issue("bad_id_checksum", column, differ & ~in_capitals)
    issues.normalise(column, "15-character id to 18", short)
    issues.normalise(column, "id in capitals to its own case", in_capitals)
    return pc.if_else(pa.array(short | in_capitals), expected, text)


def _expected_form(value: str) -> str:
    """The long form of an id. One in capitals gets the case back that its check characters tell."""
    if len(value) == 15 or not value.isupper() or long_form(value) == value:
        return long_form(value)
    capitals = [_CHECK_DIGITS.index(digit) >> place & 1 for digit in value[15:] for place in range(5)]
    own = "".join(letter if capital else letter.lower() for letter, capital in zip(value, capitals, strict=False))
    return own + value[15:] if long_form(own) == own + value[15:] else long_form(value)


def canonical_id(text: str) -> str | None:
    """One id in the form that it has in the tables in use; None if it cannot be one."""
    composed = unicodedata.normalize("NFC", re.sub(_UNSEEN, "", text.strip()))
    plain_text = re.sub(r"^'(.+)$", r"\1", composed, flags=re.DOTALL)
    number = re.sub(_FLOATING, r"\1", plain_text)
    if re.match(_GUID, number):
        number = number.strip("{}").casefold()
    return long_id(number) or None


def long_id(text: str) -> str | None:
    """One id in the form that `lengthen` gives it; None if its checksum is wrong."""
    if not _RECORD.fullmatch(text) or not any(letter.isalpha() for letter in text[:15]):
        return text
    expected = _expected_form(text)
    return expected if len(text) == 15 or expected.upper() == text.upper() else None


def long_form(value: str) -> str:
    """The 18-character form: each of the three check characters encodes which of five characters are capitals."""
    return value[:15] + "".join(_check_digit(value[start : start + 5]) for start in (0, 5, 10))


def _check_digit(five: str) -> str:
    return _CHECK_DIGITS[sum(letter.isupper() << position for position, letter in enumerate(five))]


REFUSED = "said to refuse"
"""Column of staged contacts: true for a refusal, false if the export explicitly says there is none, null if it says
nothing. The blank in the name prevents a clash with columns of an export."""

_NO = {word for word, flag in FLAGS.items() if not flag}
_YES = {word for word, flag in FLAGS.items() if flag} | {"x", "on", "✓", "✔"}
_NOTHING = {"none", "nan", "nat", "n/a", "<na>", "nil"}


def refusals(text: pa.Array) -> pa.Array:
    """Whether each cell of trimmed text is a refusal; null if the cell says nothing."""
    return by_distinct(text, _refuses, pa.bool_())


def without_words(text: pa.Array) -> pa.Array:
    """The cells that may be times: a plain yes, a plain no and words for nothing become null."""
    return by_distinct(text, lambda value: None if value.casefold() in _NO | _YES | _NOTHING else value, pa.string())


def are_words(text: pa.Array) -> Mask:
    """Which cells are words without digits that are neither a plain yes or no nor a word for nothing."""
    return as_mask(pc.fill_null(by_distinct(text, _is_word, pa.bool_()), False))


def _is_word(value: str) -> bool:
    return value.casefold() not in _NO | _YES | _NOTHING and not any(sign.isdigit() for sign in value)


def _refuses(value: str) -> bool | None:
    word = value.casefold()
    return None if word in _NOTHING else word not in _NO


def says_no(column: Any) -> Mask:
    """Which cells of an export's column are refusals: every cell that is neither empty nor a plain no."""
    return as_mask(pc.fill_null(refusals(_trim(column)), False))


def _trim(column: Any) -> pa.Array:
    """The column as trimmed text; null for empty cells and words for unknown."""
    text = plain(column.combine_chunks()).cast(pa.string())
    return clean(text, "", ChunkIssues(np.arange(len(text))))


def names_to_ask_about(cells: pa.Table, columns: ColumnMap) -> frozenset[str]:
    """Unmapped columns whose name suggests a "no" and that contain one.

    In a column about consent every filled cell may be a "no".
    """
    kinds = {at: (name, kind) for at, name in columns.unmapped.items() if (kind := kind_of_refusal(name))}
    return frozenset(name for at, (name, kind) in kinds.items() if _has_refusals(cells.column(at), kind))


def _has_refusals(column: Any, kind: str) -> bool:
    return bool((are_filled if kind == "consent" else says_no)(column).any())


def are_filled(column: Any) -> Mask:
    """Which cells of an export's column hold anything but a word for unknown."""
    return as_mask(pc.is_valid(_trim(column)))


ARROW_TYPES: dict[str, pa.DataType] = {
    "id": pa.string(),
    "text": pa.string(),
    "choice": pa.string(),
    "time": pa.timestamp("us"),
    "number": pa.float64(),
    "integer": pa.int64(),
    "flag": pa.bool_(),
}
E_MAIL = "e-mail address"
_E_MAIL = r"[^\s@]+@[^\s@]+\.[A-Za-z]{2,}"


def parse(cells: pa.Table, table: Table, source: Source, typed: frozenset[str], issues: ChunkIssues) -> pa.Table:
    """Typed columns under the canonical names; an export's extra columns stay text.

    Parameters
    ----------
    cells : the chunk's columns, already under their canonical names.
    table : the contract.
    source : where the cells come from, with its dialect and its mapped values.
    typed : columns that a typed source declares as times.
    issues : gets what cannot be cast.
    """
    canonical = {column.name: column for column in table.columns}
    columns = {}
    for name in cells.column_names:
        column = canonical.get(name, Column(name, "text", ""))
        cast = partial(_parse_text, column=column, source=source, typed=name in typed)
        values = cells.column(name).combine_chunks()
        if name in typed and _are_instants(values, column, source):
            columns[name] = cast_instants(values, _time_column(column, source, typed=True), issues)
        else:
            columns[name] = cast_by_value(plain(values), name, issues, cast)
    return pa.table(columns)


def read_refusals(cells: pa.Table, table: Table, source: Source, rows: int) -> pa.Array:
    """Whether each row refuses, read from the table's refusal column, with the values of `REFUSED`.

    Parameters
    ----------
    cells : the chunk's columns under their canonical names.
    table : a table with a refusal column.
    source : where the cells come from, with its mapped values.
    rows : number of rows of the chunk.
    """
    column = next(column for column in table.columns if column.refusal)
    if column.name not in cells.column_names:
        return pa.nulls(rows, pa.bool_())
    values = plain(cells.column(column.name).combine_chunks())
    text = values.dictionary_decode() if pa.types.is_dictionary(values.type) else values
    ignored_issues = ChunkIssues(np.arange(rows))
    text = clean(text, column.name, ignored_issues)
    if column.name in source.values:
        text = map_values(text, column.name, source.values[column.name], ignored_issues)
    return refusals(text)


def _are_instants(values: pa.Array, column: Column, source: Source) -> bool:
    is_time = pa.types.is_timestamp(values.type) and column.type == "time"
    return is_time and column.name not in source.values and are_known(values)


def _parse_text(text: pa.Array, issues: ChunkIssues, column: Column, source: Source, typed: bool) -> pa.Array:
    name = column.name
    text = clean(text, name, issues)
    if name in source.values:
        text = map_values(text, name, source.values[name], issues)
    return _cast(text, column, source, typed, issues)


def _cast(text: pa.Array, column: Column, source: Source, typed: bool, issues: ChunkIssues) -> pa.Array:
    name, dialect = column.name, source.dialect
    match column.type:
        case "id":
            text = lengthen(cast_ids(text, name, issues), name, issues)
            if name in source.id_width:
                text = pad_ids(text, source.id_width[name], name, issues)
        case "time":
            if column.refusal:
                issues.note_unmapped(name, text, are_words(text))
                text = without_words(text)
            text = cast_times(text, _time_column(column, source, typed=typed), issues)
        case "number":
            text = cast_numbers(_without_words_for_nothing(text, name, issues), name, dialect, issues)
        case "integer":
            text = cast_integers(text, name, dialect, issues)
        case "flag":
            text = cast_flags(text, name, issues)
        case "choice":
            text = cast_choices(text, name, column.choices, issues)
        case _:
            _look_for_addresses(text, name, issues)
    return text


def _time_column(column: Column, source: Source, *, typed: bool) -> TimeColumn:
    from_spreadsheet = source.kind.from_spreadsheet or source.by_hand
    is_saved_by_spreadsheet = from_spreadsheet or source.dialect.written_as != "standard"
    return TimeColumn(column.name, source.label, source.dialect, typed, is_saved_by_spreadsheet, source.line)


def _look_for_addresses(text: pa.Array, name: str, issues: ChunkIssues) -> None:
    """Counts e-mail addresses, which free text should not contain. `owner` is exempt: owners may be given by e-mail."""
    if name != "owner" and pc.any(pc.match_substring(text, "@")).as_py():
        issues.tally(name, E_MAIL, pc.match_substring_regex(text, _E_MAIL))
