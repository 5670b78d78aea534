"""Ids looked for in text that could not be cut into cells: whatever stands between their letters and digits.

Text and id are read as words of letters, digits and signs such as emoji, without case, accents and what nobody sees.
An id is in a text where some words of it, one after another, spell the id. So it does not matter whether a blank, a
colon, a quote or a line break is part of the id or stands between two cells.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate

from advocate_score.tables.id_forms import lenient_form

LONGEST = 64
"""An id that spells more is known by so many of its signs: looking for ids takes a time that is linear in the text."""

_ESCAPED = re.compile(r"((?:\\u[0-9a-fA-F]{4})+)|\\x([0-9a-fA-F]{2})|\\(.)", re.DOTALL)
_EXPONENTS = (re.compile(r"\d+[.,]\d+e\+?\d{1,2}(?!\w)"), re.compile(r"(?<!\w)\d+e\+?\d{1,2}(?!\w)"))


def spelled(identifier: str) -> str:
    """What the words of an id spell; '' where it has none, as an id of dashes alone."""
    return "".join(_words(lenient_form(identifier)))[:LONGEST]


def spelled_in(text: str, lengths: Collection[int]) -> Iterator[str]:
    """All that words of `text`, one after another, spell in one of `lengths`; also as JSON and escaped bytes read."""
    yield from _runs(_words(text), lengths)
    if "\\" in text:
        yield from _runs(_words(_ESCAPED.sub(_unescaped, text)), lengths)


def _words(text: str) -> list[str]:
    folded = text.casefold() if text.isascii() else unicodedata.normalize("NFKD", text).casefold()
    words = folded.translate(_SIGNS).split()
    if "e" in folded:
        words += [lenient_form(number) for pattern in _EXPONENTS for number in pattern.findall(folded)]
    return words


def _runs(words: Sequence[str], lengths: Collection[int]) -> Iterator[str]:
    text = "".join(words)
    ends = list(accumulate(map(len, words)))
    longest = max(lengths, default=0)
    for first, word in enumerate(words):
        start = ends[first] - len(word)
        for end in ends[first:]:
            length = min(end - start, LONGEST)
            if length in lengths:
                yield text[start : start + length]
            if length >= longest:
                break
        if word[0] == "0" and len(form := lenient_form(word)) in lengths:
            yield form


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
