"""Quarantined rows of accounts that are erased: they go whole, with the cells that were kept beside the reason."""

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from advocate_score.canonical import TABLES
from advocate_score.config import Settings
from advocate_score.tables.quarantine import RAW_TEXT
from advocate_score.tables.tombstones import ids_in, normalised

_IDS = ("source.account_id", "source.merged_into")


@dataclass(frozen=True)
class Rest:
    """`content` is empty where no row is left; `rows`: how many went, or lost their text."""

    content: bytes
    rows: int


def quarantine_files(settings: Settings) -> list[Path]:
    folder = settings.path(settings.outputs.quarantine)
    return [file for table in TABLES if (file := folder / f"{table}.csv").is_file()]


def quarantine_without(content: bytes, account_ids: Collection[str]) -> Rest:
    """A row that could not be cut into cells keeps its reason, and loses its text where that holds one of the ids."""
    header, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    places = [header.index(name) for name in _IDS if name in header]
    text = header.index(RAW_TEXT)
    kept, changed = [], 0
    for row in rows:
        if any(_id(row[place]) in account_ids for place in places):
            changed += 1
        elif row[text] and ids_in(row[text]) & set(account_ids):
            kept.append([*row[:text], "", *row[text + 1 :]])
            changed += 1
        else:
            kept.append(row)
    return Rest(_written(header, kept) if kept else b"", changed)


def _id(cell: str) -> str | None:
    """Without the mark that keeps spreadsheets from running it."""
    return normalised(cell.removeprefix("'"))


def _written(header: list[str], rows: list[list[str]]) -> bytes:
    """As `QuarantineFile` writes it."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(header)
    csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    return buffer.getvalue().encode()
