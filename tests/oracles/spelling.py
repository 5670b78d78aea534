"""When a person would take two spellings of an id for one."""

import re
import unicodedata
from collections.abc import Iterable

_FLOAT = re.compile(r"\d+\.0+|\d(\.\d+)?e\+?\d+", re.ASCII)
_SALESFORCE = re.compile(r"[0-9a-z]{15}(?:[0-9a-z]{3})?", re.ASCII)


def key(text: str) -> str:
    """Without case, accents' composition, blanks, characters without width, `.0`, and the check of 18 characters."""
    shown = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in _UNSEEN)
    plain = unicodedata.normalize("NFC", " ".join(shown.split()).casefold())
    if _FLOAT.fullmatch(plain):
        return _whole(plain)
    return plain[:15] if _SALESFORCE.fullmatch(plain) and not plain.isdigit() else plain


_UNSEEN = ("Cf", "Cc")


def _whole(number: str) -> str:
    value = float(number)
    return str(int(value)) if value.is_integer() else number


class Spellings:
    """Ids that are known, found under any spelling."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._exact = set(ids)
        self._by_key: dict[str, set[str]] = {}
        for one in self._exact:
            self._by_key.setdefault(key(one), set()).add(one)

    def of(self, text: str) -> set[str]:
        """Those that `text` means: itself where it is known, otherwise all that a person might mean by it."""
        return {text} if text in self._exact else set(self._by_key.get(key(text), ()))
