"""Rows set aside that concern an erased account: which go whole, and which keep their reason and lose their cells."""

import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from advocate_score.canonical import ACCOUNTS, CONTACTS, Table
from advocate_score.sources.raw import BrokenRow
from advocate_score.tables.tombstones import Tombstones, normalised

_REACH = 4
"""Rows, one after another, over which an id, or what is said of it, may be torn."""
_OWNERS = (ACCOUNTS.key, "merged_into")
_NO_IDS = frozenset({"time", "number", "integer", "flag", "choice"})
_PLANNED_ASK = re.compile(r"\d{4}-\d\d-\d\d:(.+):\d", re.DOTALL)


def belongs_to_erased(cells: Mapping[str, object], erased: Tombstones) -> bool:
    """Whether a row is an erased account's own, or that of an account merged into it."""
    return bool(erased) and any(_is_erased(cells.get(name), erased) for name in _OWNERS)


def names_erased(cells: Mapping[str, object], table: Table, erased: Tombstones) -> bool:
    """Whether any other cell is the id of an erased account, of its contact, or of an ask planned for it; or several,
    one after another, are an id that was torn at its delimiters."""
    if not erased:
        return False
    contact = cells.get(CONTACTS.key)
    if contact and erased.has_contact(str(contact)):
        return True
    kinds = {column.name: column.type for column in table.columns}
    texts = {name: "" if cell is None else str(cell) for name, cell in cells.items()}
    names = list(texts)
    for name in (names[place] for place in erased.held_in(list(texts.values()))):
        is_torn = bool(texts[name]) and not erased.in_text(texts[name])
        if is_torn or (kinds.get(name, "text") not in _NO_IDS and _is_erased(texts[name], erased)):
            return True
    return False


def texts_without_erased(rows: Sequence[BrokenRow], erased: Tombstones) -> list[str]:
    """The texts of rows that could not be cut into cells, '' where one may hold the id of an erased account.

    Stray line breaks make several such rows of one, even of one id, so the rows right before and after lose their
    texts too.
    """
    texts: list[str] = []
    for _, group in groupby(enumerate(rows), lambda one: one[1].row - one[0]):
        torn = [row.text for _, row in group]
        held = erased.held_in(torn)
        gone = {near for at in held for near in range(at - _REACH, at + _REACH + 1)}
        texts += ["" if at in gone else text for at, text in enumerate(torn)]
    return texts


def _is_erased(cell: object, erased: Tombstones) -> bool:
    """Also as it stands in the quarantine, behind the mark that keeps spreadsheets from running it."""
    if cell is None or cell == "":
        return False
    text = str(cell)
    planned = _PLANNED_ASK.fullmatch(text)
    spellings = {text, text.removeprefix("'"), normalised(text) or text, planned[1] if planned else text}
    return any(one in erased for one in spellings)
