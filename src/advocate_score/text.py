"""A text in the product's two languages."""

from typing import NamedTuple


class Text(NamedTuple):
    en: str
    es: str

    def in_language(self, language: str) -> str:
        """The Spanish text if `language` is `es`, otherwise the English one."""
        return self.es if language == "es" else self.en
