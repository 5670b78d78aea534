"""A text in the two languages in which results are read."""

from typing import NamedTuple


class Text(NamedTuple):
    en: str
    es: str

    def in_language(self, language: str) -> str:
        """The Spanish text where `language` is es, else the English one."""
        return self.es if language == "es" else self.en
