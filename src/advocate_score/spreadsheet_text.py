"""Makes text from other systems safe for spreadsheets without losing what a person would read.

Everything that a spreadsheet may take for a formula is decided here. Lists use `escape_formula`, which also makes text
one printable line. Cells that are kept as evidence use `guard_formula`, which only adds apostrophes.
"""

import re
import unicodedata
from collections.abc import Sequence

_STARTERS = frozenset("=+-@\N{MINUS SIGN}")
_ASCII_STARTERS = re.compile("[=+@-]")
_QUOTES = frozenset("\"'`\N{ACUTE ACCENT}")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_UNSEEN = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Mn", "Me", "Mc", "Pi", "Pf"))
_GUARD = "'"
_CUT = ";"
_CUTS = re.compile(f"([{_CUT}\t\n])")
"""Characters at which a spreadsheet, or a program that ignores quotes, might split a cell."""


def escape_formula(text: str, other_delimiter: str = "") -> str:
    """One line of printable text that no spreadsheet takes for a formula.

    Control characters and line ends become blanks; invisible and direction-changing characters are removed. An
    apostrophe is put before a formula sign (also full-width, also after blanks, quotes or marks). The same is done
    after each `other_delimiter`, at which a spreadsheet of another country would split the cell.
    """
    if text.isalnum() and text.isascii():
        return text
    if not other_delimiter:
        return _with_guard(printable(text))
    return other_delimiter.join(map(_with_guard, printable(text).split(other_delimiter)))


def unescape_formula(text: str, other_delimiter: str = "") -> str:
    """The text before `escape_formula`: without the apostrophes that it put before formula signs.

    The result is unambiguous: a formula sign that already had an apostrophe has two after escaping.
    """
    if _GUARD not in text:
        return text
    parts = text.split(other_delimiter) if other_delimiter else [text]
    return other_delimiter.join(map(_without_guard, parts))


def guard_formula(text: str) -> str:
    """The text with an apostrophe before each formula sign that a spreadsheet might run: at the start, and after
    semicolons, tabs and line feeds. `unguard_formula` removes them."""
    if text.isascii() and not _ASCII_STARTERS.search(text):
        return text
    pieces, is_live = _CUTS.split(text), False
    for position in range(len(pieces) - 1, -1, -2):
        is_live = _is_live(pieces[position], _behind(pieces, position, is_live))
        if is_live:
            pieces[position] = _GUARD + pieces[position]
    return "".join(pieces)


def unguard_formula(text: str) -> str:
    """The exact text before `guard_formula`."""
    if _GUARD not in text:
        return text
    pieces, is_live = _CUTS.split(text), False
    for position in range(len(pieces) - 1, -1, -2):
        behind = _behind(pieces, position, is_live)
        if pieces[position].startswith(_GUARD) and _is_live(pieces[position][1:], behind):
            pieces[position] = pieces[position][1:]
        is_live = _is_live(pieces[position], behind)
    return "".join(pieces)


def printable(text: str) -> str:
    """The text in one line, without invisible characters and characters that change the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_PRINTABLE)


def _with_guard(text: str) -> str:
    return _GUARD + text if _is_live(text) else text


def _without_guard(text: str) -> str:
    return text[1:] if text.startswith(_GUARD) and _is_live(text[1:]) else text


def _is_live(text: str, behind: bool = False) -> bool:
    """Whether the first significant character is a formula sign. `behind`: the answer if the text has none."""
    for character in text:
        if not _is_skipped(character):
            return unicodedata.normalize("NFKC", character)[:1] in _STARTERS
    return behind


def _behind(pieces: Sequence[str], position: int, is_live: bool) -> bool:
    """Whether the piece after `position` is live and no semicolon separates the two."""
    return is_live and pieces[position + 1] != _CUT


def _is_skipped(character: str) -> bool:
    """Whether a character is insignificant, so that a formula sign after it may still start a formula."""
    if character.isalnum() and character not in _BLANK_LETTERS:
        return False
    return unicodedata.category(character) in _UNSEEN or character in _QUOTES or character in _BLANK_LETTERS


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == "Cf" else character


class _Seen(dict[int, str]):
    """Maps each character to its printable form and caches the result."""

    def __missing__(self, code: int) -> str:
        self[code] = _printable(chr(code))
        return self[code]


_PRINTABLE = _Seen()
