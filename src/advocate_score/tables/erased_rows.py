"""Rows set aside that concern an erased account: which go whole, and which keep their reason and lose their cells."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from advocate_score.canonical import ACCOUNTS, CONTACTS, Table
from advocate_score.sources.raw import BrokenRow
from advocate_score.tables.tombstones import Tombstones, normalised

_OWNERS = (ACCOUNTS.key, "merged_into")
_NO_IDS = frozenset({"time", "number", "integer", "flag", "choice"})
_PLANNED_ASK = re.compile(r"\d{4}-\d\d-\d\d:(.+):\d", re.DOTALL)


def belongs_to_erased(cells: Mapping[str, object], erased: Tombstones) -> bool:
    """Whether a row is an erased account's own, or that of an account merged into it."""
    return bool(erased) and any(_is_erased(cells.get(name), erased) for name in _OWNERS)


def names_erased(cells: Mapping[str, object], table: Table, erased: Tombstones) -> bool:
    """Whether any other cell is the id of an erased account, of its contact, or of an ask planned for it."""
    if not erased:
        return False
    kinds = {column.name: column.type for column in table.columns}
    searched = (cell for name, cell in cells.items() if kinds.get(name, "text") not in _NO_IDS)
    contact = cells.get(CONTACTS.key)
    is_contact = contact is not None and contact != "" and erased.has_contact(str(contact))
    return is_contact or any(_is_erased(cell, erased) for cell in searched)


def texts_without_erased(rows: Sequence[BrokenRow], erased: Tombstones) -> list[str]:
    """The texts of rows that could not be cut into cells, '' where one may hold the id of an erased account.

    A stray line break makes two such rows of one, so the rows right before and after lose their texts too.
    """
    if not erased:
        return [row.text for row in rows]
    follows = [row.row == before.row + 1 for before, row in pairwise(rows)]
    after = [row.text if goes_on else "" for row, goes_on in zip(rows[1:], follows, strict=True)]
    held = [erased.in_text(row.text, following) for row, following in zip(rows, (*after, "")[: len(rows)], strict=True)]
    beside = [False, *follows, False]
    return [
        "" if held[at] or (beside[at] and held[at - 1]) or (beside[at + 1] and held[at + 1]) else row.text
        for at, row in enumerate(rows)
    ]


def _is_erased(cell: object, erased: Tombstones) -> bool:
    """Also as it stands in the quarantine, behind the mark that keeps spreadsheets from running it."""
    if cell is None or cell == "":
        return False
    text = str(cell)
    planned = _PLANNED_ASK.fullmatch(text)
    spellings = {text, text.removeprefix("'"), planned[1] if planned else text}
    return any(one in erased for one in spellings | {normalised(one) or one for one in spellings})
