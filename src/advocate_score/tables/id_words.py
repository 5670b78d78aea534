"""Ids looked for in text that could not be cut into cells: whatever stands between their letters and digits.

Text and id are read as words of letters, digits and signs such as emoji, without case, accents and what nobody sees.
An id is in a text where some words of it, one after another, spell the id. So it does not matter whether a blank, a
colon, a quote or a line break is part of the id or stands between two cells.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import accumulate

from advocate_score.tables.id_forms import lenient_form

LONGEST = 64
"""An id that spells more is known by so many of its signs: looking for ids takes a time that is linear in the text."""
STARTS = 2

_ESCAPED = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\x([0-9a-fA-F]{2})|\\(.)", re.DOTALL)
_DIGIT_E = re.compile(r"\de\+?\d")
_EXPONENTS = (re.compile(r"\d+[.,]\d+e\+?\d{1,2}(?!\w)"), re.compile(r"(?<!\w)\d+e\+?\d{1,2}(?!\w)"))


def unescaped(text: str) -> str:
    """The text as JSON, and bytes that are no UTF-8, would have it."""
    return _ESCAPED.sub(_unescaped, text) if "\\" in text else text


def spelled(identifier: str) -> str:
    """What the words of an id spell; '' where it has none, as an id of dashes alone."""
    return "".join(_words(_folded(lenient_form(identifier))))[:LONGEST]


def spellings_in(
    texts: Sequence[str], lengths: Collection[int], may_start: Callable[[str], bool]
) -> Iterator[tuple[int, str]]:
    """All that words, one after another, spell in one of `lengths`, each with the place of the text in which it begins;
    it may go on in the next. `may_start`: whether anything that is looked for begins with these signs, of which there
    are STARTS or fewer."""
    words: list[str] = []
    places: list[int] = []
    for place, text in enumerate(texts):
        folded = _folded(text)
        own = _words(folded)
        yield from ((place, number) for number in _numbers(folded, own) if len(number) in lengths)
        words += own
        places += [place] * len(own)
    signs, ends = "".join(words), list(accumulate(map(len, words)))
    longest, start = max(lengths, default=0), 0
    for first, place in enumerate(places):
        if may_start(signs[start : start + STARTS]):
            for end in ends[first : first + longest]:
                length = min(end - start, LONGEST)
                if length in lengths:
                    yield place, signs[start : start + length]
                if length >= longest:
                    break
        start = ends[first]


def _folded(text: str) -> str:
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()


def _words(folded: str) -> list[str]:
    return folded.translate(_SIGNS).split()


def _numbers(folded: str, words: Sequence[str]) -> list[str]:
    """What some words are as ids: `42` where it says 00042 or 4.2E1."""
    numbers = [lenient_form(word) for word in words if word[0] == "0"]
    if _DIGIT_E.search(folded):
        numbers += [lenient_form(number) for pattern in _EXPONENTS for number in pattern.findall(folded)]
    return numbers


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
