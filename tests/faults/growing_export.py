"""A made-up CRM, exported every night: only what the firm knew before the day of the export."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

_KNOWN_FROM = (*("recorded_at", "occurred_at", "asked_at", "answered_at", "opened_at"), *("created_at", "published_at"))
"""The first of these that a table has and a row fills in says since when the row is known."""


def export(crm: Path, folder: Path, day: date) -> None:
    """Writes every table of `crm` to `folder`, without the rows that were recorded on `day` or later."""
    folder.mkdir(exist_ok=True)
    for table in crm.glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as read, (folder / table.name).open("w", newline="") as written:
            writer = csv.writer(written, lineterminator="\n")
            writer.writerows(_known(csv.reader(read), day.isoformat()))


def _known(rows: Iterator[list[str]], day: str) -> Iterator[list[str]]:
    header = next(rows)
    places = [header.index(name) for name in _KNOWN_FROM if name in header]
    yield header
    for row in rows:
        since = next((row[place] for place in places if row[place]), "")
        if since < day:
            yield row
