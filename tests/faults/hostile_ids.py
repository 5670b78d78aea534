"""Ids as other people's systems have them, and the other spellings in which a later export may bring them back."""

import unicodedata
from collections.abc import Callable, Iterator

from advocate_score.tables.erasure import normalise_id
from advocate_score.tables.identifiers import lenient_form

KINDS = (
    "Acme Sur {0}",
    "Acme: Sur: {0}",
    "Acme, Sur, {0}",
    "Acme; Sur; {0}",
    'Acme "Sur" {0}',
    '"{0}" Acme "',
    "Acme's {0}",
    "Acme\tSur\t{0}",
    "[{0}] {{Acme}}",
    "Acme\nSur\n{0}",
    "Acme\rSur {0}",
    "=Acme+{0}",
    "@Acme {0}",
    "-{0}-A",
    "+34 600 {0}",
    "\u200fابت {0}",
    "\u202eemcA {0}",
    "Peñón {0}",
    "Pen\u0303o\u0301n bis {0}",
    "Ｃａｓａ {0}",
    "ACME{0}",
    "casa.{0}",
    "7{0}",
    "000{0}",
    "90016147{0}",
    "001D000000{0}Fma",
    "{0}" + " Acme Sur" * 40,
    "{0}" + "x" * 1500,
    "🦄🦄 {0}",
    "🏳️\u200d🌈{0}",
    "北京 {0}",
    "Straße {0}",
    '{{"id": "{0}", "n": "\\u00e9"}}',
    "C:\\new\\{0}",
    "A|{0}|B",
    "{0}/0.{0}",
    "<b>{0}</b>",
    "%20{0}%",
    "2026-01-01:{0}:Z",
)


def hostile_ids(count: int, first: int = 0) -> Iterator[str]:
    """Each as the tables have it, and of a form of its own."""
    for number in range(first, first + count):
        plain = KINDS[number % len(KINDS)].format(f"{number + 10_000}")
        identifier = normalise_id(plain)
        assert identifier is not None
        yield identifier


def _written_out(identifier: str) -> str:
    return f"{identifier[0]}.{identifier[1:]}E+{len(identifier) - 1}" if identifier.isdecimal() else identifier


RESPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: unicodedata.normalize("NFC", text),
    str.upper,
    str.lower,
    str.swapcase,
    lambda text: f"{text}.0" if text.isdecimal() else f" {text}\N{NO-BREAK SPACE}",
    lambda text: text.replace(" ", "\N{NO-BREAK SPACE} "),
    lambda text: text.replace(" ", ""),
    lambda text: "\u200b".join(text[:40]) + text[40:],
    lambda text: f"\u200e{text}\ufeff",
    lambda text: f"00{text}" if text.isdecimal() else f"'{text}'",
    lambda text: text[:15] if text.startswith("001D") else unicodedata.normalize("NFKC", text),
    _written_out,
)


def respelled(identifier: str, turn: int) -> str:
    """Another spelling of it, where its form has one."""
    for step in range(len(RESPELLINGS)):
        found = RESPELLINGS[(turn + step) % len(RESPELLINGS)](identifier)
        if found.strip() != identifier and lenient_form(found) == lenient_form(identifier):
            return found
    return f" {identifier}\u200b"
