"""Text → ids, numbers, flags and choices, by type alone: nothing here knows a table."""

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.tables.findings import Findings

OTHER = "other"
GIVEN = "given"
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
_ZERO_WIDTH = r"[\x{200b}-\x{200d}\x{2060}\x{feff}]"
LONGEST_CELL = 32_767


def clean(text: pa.Array, column: str, findings: Findings) -> pa.Array:
    """Trimmed text; an empty cell and the words for unknown are null. `NA` is text: it is a region."""
    trimmed = pc.utf8_trim_whitespace(text)
    findings.normalise(column, "trimmed", pc.not_equal(trimmed, text))
    words = pc.is_in(trimmed, pa.array(UNKNOWN_WORDS))
    findings.normalise(column, "word for unknown", words)
    findings.fail("nul_byte", column, pc.match_substring(trimmed, "\0"))
    if (pc.max(pc.binary_length(trimmed)).as_py() or 0) > LONGEST_CELL:
        findings.fail("oversized_cell", column, pc.greater(pc.utf8_length(trimmed), LONGEST_CELL))
    empty = pc.or_(words, pc.equal(trimmed, ""))
    return pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)


def map_values(text: pa.Array, column: str, theirs_to_ours: Mapping[str, str], findings: Findings) -> pa.Array:
    """The export's values as ours, whatever their case; one whose ours is empty says that nothing is known."""
    ours = {theirs.strip().casefold(): value for theirs, value in theirs_to_ours.items()}
    mapped = by_distinct(text, lambda value: ours.get(value.casefold(), value) or None, pa.string())
    findings.normalise(column, "mapped", pc.not_equal(mapped, text))
    return mapped


def cast_ids(text: pa.Array, column: str, findings: Findings) -> pa.Array:
    """Ids are text: leading zeros and case stay, characters that nobody sees go."""
    findings.fail("scientific_id", column, pc.match_substring_regex(text, r"^\d(?:[.,]\d+)?[eE]\+\d+$"))
    if pc.all(pc.string_is_ascii(text), min_count=0).as_py():
        return text
    seen = pc.replace_substring_regex(text, _ZERO_WIDTH, "")
    findings.normalise(column, "invisible characters removed", pc.not_equal(seen, text))
    return pc.if_else(pc.equal(seen, ""), pa.scalar(None, pa.string()), seen)


def cast_numbers(text: pa.Array, column: str, decimal: str, findings: Findings) -> pa.Array:
    mark = f"[{decimal}]"
    plain = pc.match_substring_regex(text, rf"^[+-]?(?:\d+(?:{mark}\d*)?|{mark}\d+)(?:[eE][+-]?\d+)?$")
    infinite = pc.match_substring_regex(text, r"(?i)^[+-]?inf(?:inity)?$")
    unknown = pc.equal(pc.utf8_lower(text), "nan")
    findings.normalise(column, "word for unknown", unknown)
    findings.fail("not_finite", column, infinite)
    findings.fail("not_a_number", column, pc.invert(pc.or_(plain, pc.or_(infinite, unknown))))
    digits = pc.if_else(plain, text, pa.scalar(None, pa.string()))
    digits = pc.utf8_ltrim(pc.replace_substring(digits, decimal, "."), "+")
    numbers = digits.cast(pa.float64())
    findings.fail("too_large", column, pc.greater_equal(pc.abs(numbers), _TOO_LARGE))
    return numbers


def cast_integers(text: pa.Array, column: str, decimal: str, findings: Findings) -> pa.Array:
    """Whole numbers; `9.0`, as a spreadsheet or a frame with gaps writes 9, is one of them."""
    findings.tally(column, GIVEN, pc.is_valid(text))
    numbers = cast_numbers(text, column, decimal, findings)
    words = pc.and_(pc.is_valid(text), pc.is_null(numbers))
    if pc.any(words).as_py():
        findings.note_unmapped(column, text, words)
    fraction = pc.not_equal(pc.floor(numbers), numbers)
    findings.fail("not_an_integer", column, fraction)
    usable = pc.and_(pc.invert(fraction), pc.less(pc.abs(numbers), _TOO_LARGE))
    return pc.if_else(usable, numbers, pa.scalar(None, pa.float64())).cast(pa.int64())


def cast_flags(text: pa.Array, column: str, findings: Findings) -> pa.Array:
    flags = by_distinct(text, lambda value: FLAGS.get(value.casefold()), pa.bool_())
    findings.fail("not_a_flag", column, pc.and_(pc.is_valid(text), pc.is_null(flags)))
    return flags


def cast_choices(text: pa.Array, column: str, choices: tuple[str, ...], findings: Findings) -> pa.Array:
    """One of `choices`, whatever its case, blanks or hyphens; any other value is `other` and counted."""
    known = {choice: choice for choice in choices}
    cast = by_distinct(text, lambda value: known.get(_slug(value), OTHER), pa.string())
    findings.normalise(column, "spelled as the choice", pc.and_(pc.not_equal(cast, text), pc.not_equal(cast, OTHER)))
    findings.tally(column, GIVEN, pc.is_valid(text))
    others = pc.equal(cast, OTHER)
    findings.tally(column, OTHER, others)
    if pc.any(others).as_py():
        findings.note_unmapped(column, text, pc.fill_null(others, False))
    return cast


def by_distinct(text: pa.Array, value_of: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """`value_of` each different text, worked out once."""
    encoded = text.dictionary_encode()
    values = pa.array([value_of(value) for value in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)


def _slug(value: str) -> str:
    return value.casefold().replace(" ", "_").replace("-", "_")
