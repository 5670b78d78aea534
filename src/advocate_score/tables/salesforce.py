"""Salesforce ids: 15 characters tell case apart, 18 add a checksum of it and survive systems that do not.

Reports export the short form and interfaces the long one; the same record must have one id here.
"""

import re
import string

import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.tables.findings import Findings, as_mask
from advocate_score.tables.values import by_distinct

_CHECK_DIGITS = string.ascii_uppercase + "012345"
_RECORDS = "(?:001|003|006)[0-9A-Za-z]{12}"  # accounts, contacts, opportunities
_SHORT, _LONG = f"^{_RECORDS}$", f"^{_RECORDS}[A-Z0-5]{{3}}$"

_RECORD = re.compile(f"{_RECORDS}(?:[A-Z0-5]{{3}})?")


def lengthen(text: pa.Array, column: str, findings: Findings) -> pa.Array:
    """Short ids in their long form. An id of digits alone is another system's and stays as it is."""
    if not pc.any(pc.match_substring_regex(text, f"^{_RECORDS}(?:[A-Z0-5]{{3}})?$")).as_py():
        return text
    with_letters = pc.match_substring_regex(pc.utf8_slice_codeunits(text, 0, 15), "[A-Za-z]")
    short = as_mask(pc.and_(pc.match_substring_regex(text, _SHORT), with_letters))
    long = as_mask(pc.and_(pc.match_substring_regex(text, _LONG), with_letters))
    given = pc.if_else(pa.array(short | long), text, pa.scalar(None, pa.string()))
    expected = by_distinct(given, _long, pa.string())
    findings.fail("bad_id_checksum", column, long & as_mask(pc.not_equal(expected, text)))
    findings.normalise(column, "15-character id to 18", short)
    return pc.if_else(pa.array(short), expected, text)


def long_id(text: str) -> str | None:
    """One id as `lengthen` gives it; None where its checksum is wrong."""
    if not _RECORD.fullmatch(text) or not any(letter.isalpha() for letter in text[:15]):
        return text
    return _long(text) if len(text) == 15 or _long(text) == text else None


def _long(value: str) -> str:
    """Each check digit says which of five characters are capitals."""
    return value[:15] + "".join(_check_digit(value[start : start + 5]) for start in (0, 5, 10))


def _check_digit(five: str) -> str:
    return _CHECK_DIGITS[sum(letter.isupper() << position for position, letter in enumerate(five))]
