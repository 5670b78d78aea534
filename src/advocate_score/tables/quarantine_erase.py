"""Quarantined rows of accounts that are erased: they go whole, with the cells that were kept beside the reason."""

import csv
import io
from dataclasses import dataclass

from advocate_score.canonical import Table
from advocate_score.sources.raw import BrokenRow
from advocate_score.spreadsheet_text import unguarded
from advocate_score.tables.erased_rows import belongs_to_erased, names_erased, texts_without_erased
from advocate_score.tables.quarantine import RAW_TEXT
from advocate_score.tables.tombstones import Tombstones

_SOURCE = "source."


@dataclass(frozen=True)
class Rest:
    """`content` is empty where no row is left; `rows`: how many went, or lost their cells."""

    content: bytes
    rows: int


def quarantine_without(content: bytes, table: Table, erased: Tombstones) -> Rest:
    """Rows of the erased go; others that may name one of them keep their reason, and lose their cells or their text."""
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    text = header.index(RAW_TEXT)
    places = {name.removeprefix(_SOURCE): at for at, name in enumerate(header[:text]) if name.startswith(_SOURCE)}
    texts = texts_without_erased([BrokenRow(_number(row[0]), row[2], unguarded(row[text])) for row in rows], erased)
    kept, changed = [], 0
    for row, left in zip(rows, texts, strict=True):
        cells = {name: unguarded(row[at]) for name, at in places.items()}
        if belongs_to_erased(cells, erased):
            changed += 1
            continue
        emptied = {1, *places.values()} if names_erased(cells, table, erased) else set()
        rest = ["" if at in emptied else cell for at, cell in enumerate([*row[:text], row[text] if left else ""])]
        changed += rest != row
        kept.append(rest)
    return Rest(_written(header, kept) if kept else b"", changed)


def _number(cell: str) -> int:
    return int(cell) if cell.isdecimal() else -1


def _written(header: list[str], rows: list[list[str]]) -> bytes:
    """As `QuarantineFile` writes it."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(header)
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue().encode()
