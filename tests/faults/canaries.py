"""Made-up names, addresses and telephone numbers, planted in every column that may be personal, and found again."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

PERSONAL = {
    "accounts": ("account_name", "owner", "notes"),
    "contacts": ("contact_name", "first_name", "title", "e_mail"),
    "outcomes": ("fact",),
    "interactions": ("topic", "counterpart"),
    "surveys": ("comment",),
    "opportunities": ("buyer",),
}
"""Table → its columns that may hold them, some of them the export's own."""

_ANY = re.compile(rb"canaria\W{0,3}\d{4}|\+34 6009\d{5}", re.IGNORECASE)


def canary(number: int) -> str:
    forms = ("Ana Canaria-{0:04}", "canaria.{0:04}@cliente.example", "+34 6009{0:05}")
    return forms[number % len(forms)].format(number)


def plant(tables: Path, count: int) -> set[str]:
    """Canaries in turn, in every personal cell; gives those that found room."""
    planted: set[str] = set()
    turn = iter(range(10**9))
    for table, columns in PERSONAL.items():
        path = tables / f"{table}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        for column in columns:
            frame[column] = [canary(next(turn) % count) for _ in range(len(frame))]
            planted |= set(frame[column])
        frame.to_csv(path, index=False, quoting=csv.QUOTE_ALL)
    return planted


def break_some(tables: Path) -> None:
    """A few rows of each planted table break a rule, and one cannot be cut into cells."""
    for table in PERSONAL:
        path = tables / f"{table}.csv"
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        times = [name for name in frame if name.endswith("_at")]
        frame.loc[: max(1, len(frame) // 100), times[0]] = canary(0)
        frame.to_csv(path, index=False, quoting=csv.QUOTE_ALL)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"x,{canary(1)}\n")


def holding(folder: Path) -> Iterator[Path]:
    """The files below `folder` with a canary in them."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and sung(path.read_bytes()):
            yield path


def sung(content: bytes) -> bool:
    return _ANY.search(content) is not None
