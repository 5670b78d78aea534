"""A text in the product's two languages, and words compared whatever their case and accents."""

import unicodedata
from typing import NamedTuple


class Text(NamedTuple):
    en: str
    es: str

    def in_language(self, language: str) -> str:
        """The Spanish text if `language` is `es`, otherwise the English one."""
        return self.es if language == "es" else self.en


def counted(number: int, one: str, other: str) -> str:
    """The number with the word that goes with it: `1 row`, `2,000 rows`."""
    return f"{number:,} {one if number == 1 else other}"


LOCALE = Text("en_GB", "es")
"""The language's locale in CLDR, which says how numbers, money, days and plurals are written."""


def plain_words(text: str) -> str:
    """The words in lower case, without accents and marks: `¡Sí, más ADELANTE!` → `si mas adelante`."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    letters = (sign if sign.isalnum() else " " for sign in decomposed if not unicodedata.combining(sign))
    return " ".join("".join(letters).split())
