"""Ids looked for in text that could not be cut into cells: whatever stands between their letters and digits.

Text and id are read as words of letters, digits and signs such as emoji, without case, accents and what nobody sees.
An id is in a text where some words of it, one after another, spell the id. So it does not matter whether a blank, a
colon, a quote or a line break is part of the id or stands between two cells.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from advocate_score.tables.id_forms import lenient_form

LONGEST = 64
"""An id that spells more is known by so many of its signs: looking for ids takes a time that is linear in the text."""
STARTS = 2

_ESCAPED = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\x([0-9a-fA-F]{2})|\\(.)", re.DOTALL)
_DIGIT_E = re.compile(r"\de\+?\d")
_EXPONENTS = (re.compile(r"\d+[.,]\d+e\+?\d{1,2}(?!\w)"), re.compile(r"(?<!\w)\d+e\+?\d{1,2}(?!\w)"))


@dataclass(frozen=True)
class Words:
    """`words` of a text in their order; `numbers`: what some of them are as ids: `42` where it says 00042 or 4.2E1."""

    words: Sequence[str]
    numbers: Sequence[str]


@lru_cache(4)
def words_of(text: str) -> Words:
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()
    words = folded.translate(_SIGNS).split()
    numbers = [lenient_form(word) for word in words if word[0] == "0"]
    if _DIGIT_E.search(folded):
        numbers += [lenient_form(number) for pattern in _EXPONENTS for number in pattern.findall(folded)]
    return Words(words, numbers)


def unescaped(text: str) -> str:
    """The text as JSON, and bytes that are no UTF-8, would have it."""
    return _ESCAPED.sub(_unescaped, text) if "\\" in text else text


def spelled(identifier: str) -> str:
    """What the words of an id spell; '' where it has none, as an id of dashes alone."""
    return "".join(words_of(lenient_form(identifier)).words)[:LONGEST]


def spellings_in(
    text: Words, following: Words, lengths: Collection[int], may_start: Callable[[str], bool]
) -> Iterator[str]:
    """All that words of `text`, one after another, spell in one of `lengths`; the last may be of the text after it.
    `may_start`: whether anything that is looked for begins with these signs, up to STARTS of them."""
    yield from (number for number in text.numbers if len(number) in lengths)
    words = [*text.words, *following.words]
    ends = list(accumulate(map(len, words)))
    signs = "".join(words)
    longest = max(lengths, default=0)
    start = 0
    for first in range(len(text.words)):
        if may_start(signs[start : start + STARTS]):
            for place in range(first, len(ends)):
                length = min(ends[place] - start, LONGEST)
                if length in lengths:
                    yield signs[start : start + length]
                if length >= longest:
                    break
        start = ends[first]


def _unescaped(escaped: re.Match[str]) -> str:
    if codes := escaped[1]:
        return bytes.fromhex(codes.replace("\\u", "")).decode("utf-16-be", "replace")
    return chr(int(escaped[2], 16)) if escaped[2] else " "


class _Signs(dict[int, str]):
    """What each character becomes: itself, a blank between words, or nothing. Each is looked up once."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category[0] in "LN" or (category[0] == "S" and code > 0x7F):
            self[code] = character
        else:
            self[code] = "" if category in ("Mn", "Mc", "Me", "Cf", "Cs") else " "
        return self[code]


_SIGNS = _Signs()
