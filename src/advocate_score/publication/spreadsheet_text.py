"""Text from other people's systems, made harmless for a spreadsheet without losing what a person would read."""

import unicodedata

_STARTERS = frozenset("=+-@\N{MINUS SIGN}")
_QUOTES = frozenset("\"'`\N{ACUTE ACCENT}")
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_GUARD = "'"


def neutral(text: str, other_delimiter: str = "") -> str:
    """One line of printable text that no spreadsheet takes for a formula.

    Control characters and line ends become blanks; invisible and direction-changing characters go. An apostrophe
    stands before a formula sign (also full-width, also after blanks, quotes or marks). The same holds after each
    `other_delimiter`, at which a spreadsheet of another country would cut the cell.
    """
    if text.isalnum() and text.isascii():
        return text
    if not other_delimiter:
        return _guarded(printable(text))
    return other_delimiter.join(map(_guarded, printable(text).split(other_delimiter)))


def as_it_was(text: str, other_delimiter: str = "") -> str:
    """What `neutral` made this of: the text without the apostrophes that stand before formula signs.

    There is one such text: before a formula sign behind an apostrophe of its own stand two.
    """
    if _GUARD not in text:
        return text
    parts = text.split(other_delimiter) if other_delimiter else [text]
    return other_delimiter.join(part[1:] if _is_guarded(part) else part for part in parts)


def printable(text: str) -> str:
    """The text in one line, without what is invisible or changes the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_PRINTABLE)


def _guarded(text: str) -> str:
    for character in text:
        if not _is_skipped(character):
            starts = unicodedata.normalize("NFKC", character)[:1] in _STARTERS
            return _GUARD + text if starts else text
    return text


def _is_guarded(text: str) -> bool:
    return text.startswith(_GUARD) and _guarded(text[1:]) == text


def _is_skipped(character: str) -> bool:
    """Whether a formula sign behind it might still be the first that counts."""
    if character.isalnum() and character not in _BLANK_LETTERS:
        return False
    invisible = unicodedata.category(character) in ("Zs", "Mn", "Me", "Mc", "Pi", "Pf")
    return invisible or character in _QUOTES or character in _BLANK_LETTERS


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Zl", "Zp"):
        return " "
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return "" if category == "Cf" else character


class _Seen(dict[int, str]):
    """Each character is looked up once."""

    def __missing__(self, code: int) -> str:
        self[code] = _printable(chr(code))
        return self[code]


_PRINTABLE = _Seen()
