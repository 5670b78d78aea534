"""Exports broken at random: every cell that may be personal is a canary, and every kind of file occurs."""

import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from tables.workbooks import workbook

CANARY = "Xanthippe Kanaria"
MAIL = "xanthippe@kanaria.example"
TRACES = ("anthippe", "kanaria", "555 0199")
AT = "2024-05-01T10:00:00Z"
Table = list[list[str]]
_PERSONAL = (CANARY, MAIL, f"{CANARY} <{MAIL}>", "+34 555 0199", f"=HYPERLINK({MAIL})", f"ask {CANARY}, then {MAIL}")
_WRONG = (
    *("", " ", "null", "2024-02-30", "45306", "9999-12-31", "03/04/2025", "2024-05-01T10:00:00", "1.234,56", "-5", "7"),
    *("2099-01-01T00:00:00Z", "inf", "1e15", "maybe", "1.23E+11", "\0", "a\nb", 'x"y', "x,y", "\u200b"),
    *("0014000000HfJHgAAX", "x" * 33_000),
)


def good_tables(random: Random) -> dict[str, Table]:
    """Four small tables that `check` takes as they are."""
    ids = [f"kanaria-{number}" for number in range(8)]
    of = lambda number: ids[number % len(ids)]  # noqa: E731
    some = lambda: random.choice(_PERSONAL)  # noqa: E731
    return {
        "accounts": [
            ["account_id", "account_name", "owner", "status", "created_at"],
            *([one, some(), some(), "active", "2020-01-01T00:00:00Z"] for one in ids),
        ],
        "contacts": [
            ["contact_id", "account_id", "contact_name", "title", "sponsor"],
            *([f"kanaria-c{n}", of(n), some(), some(), "yes"] for n in range(8)),
        ],
        "interactions": [
            ["interaction_id", "account_id", "occurred_at", "kind", "topic", "sentiment"],
            *([f"kanaria-i{n}", of(n), AT, "call", some(), "0.5"] for n in range(12)),
        ],
        "renewals": [
            ["renewal_id", "account_id", "occurred_at", "kind", "amount", "currency"],
            *([f"kanaria-r{n}", of(n), AT, "renewal", "10.5", "EUR"] for n in range(8)),
        ],
    }


def write_hostile(folder: Path, random: Random) -> int:
    """Every table, one to three of them broken, each in a kind of file of its own; how many mutations that took."""
    tables, mutations = good_tables(random), 0
    for name in random.sample(list(tables), random.choice((1, 1, 2, 3))):
        for _ in range(random.choice((1, 1, 2))):
            random.choice(_BREAKS)(tables[name], random)
            mutations += 1
    for name, table in tables.items():
        ending = random.choice(list(_WRITERS))
        content = _WRITERS[ending](table)
        if random.random() < 0.04:
            content, mutations = _damaged(content, random), mutations + 1
        (folder / f"{name}{ending}").write_bytes(content)
    return mutations


def _wrong_cell(table: Table, random: Random) -> None:
    row = random.choice(table[1:] or table)
    if row:
        row[random.randrange(len(row))] = random.choice((*_WRONG, *_PERSONAL))


def _wrong_column(table: Table, random: Random) -> None:
    at, value = random.randrange(len(table[0])), random.choice((*_WRONG, *_PERSONAL))
    for row in table[1:]:
        row[at : at + 1] = [value]


def _personal_header(table: Table, random: Random) -> None:
    table[0][random.randrange(len(table[0]))] = f"{CANARY} <{MAIL}>"


def _same_header_twice(table: Table, random: Random) -> None:
    name = random.choice((table[0][0], MAIL))
    table[0] = [*table[0][:-1], name, name]


def _extra_column(table: Table, random: Random) -> None:
    for number, row in enumerate(table):
        row.append(MAIL if number else random.choice(("Deal Size", MAIL, "")))


def _no_header(table: Table, random: Random) -> None:
    del table[0]
    if random.random() < 0.3:
        table[0][-1] = random.choice(("executive", "owner", "kind"))


def _no_rows(table: Table, random: Random) -> None:
    del table[random.choice((1, 2)) :]


def _repeated(table: Table, random: Random) -> None:
    row = list(random.choice(table))
    table.append(row)
    _wrong_cell([row], random)


def _ragged(table: Table, random: Random) -> None:
    row = random.choice(table[1:] or table)
    row[:] = row[:2] if random.random() < 0.5 else [*row, CANARY]


def _misspelt(table: Table, random: Random) -> None:
    at = random.randrange(len(table[0]))
    table[0][at] = table[0][at][1:]


_BREAKS: Sequence[Callable[[Table, Random], None]] = (
    *(_wrong_cell, _wrong_cell, _wrong_cell, _wrong_column, _personal_header, _same_header_twice, _extra_column),
    *(_no_header, _no_rows, _repeated, _ragged, _misspelt),
)


def _csv(table: Table) -> bytes:
    """As bad exports are written: only some cells are quoted that need it."""
    cells = ([f'"{cell}"' if "," in cell or "\n" in cell else cell for cell in row] for row in table)
    return "\n".join(map(",".join, cells)).encode()


def _padded(table: Table) -> tuple[list[str], list[list[str | None]]]:
    """Header and rows of a form that cannot be ragged."""
    header = [name or f"c{at}" for at, name in enumerate(table[0])]
    return header, [[*row, *[None] * len(header)][: len(header)] for row in table[1:]]


def _json_lines(table: Table) -> bytes:
    header, rows = _padded(table)
    return "\n".join(json.dumps(dict(zip(header, row, strict=True))) for row in rows).encode()


def _parquet(table: Table) -> bytes:
    header, rows = _padded(table)
    columns = [pa.array([row[at] for row in rows], pa.string()) for at in range(len(header))]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, names=header), buffer)
    return buffer.getvalue()


def _xlsx(table: Table) -> bytes:
    return workbook({CANARY: [[cell.replace("\0", "") for cell in row] for row in table]})


_WRITERS: dict[str, Callable[[Table], bytes]] = {
    ".csv": _csv,
    ".csv.gz": lambda table: gzip.compress(_csv(table), mtime=0),
    ".jsonl": _json_lines,
    ".parquet": _parquet,
    ".xlsx": _xlsx,
}


def _damaged(content: bytes, random: Random) -> bytes:
    at = random.randrange(len(content) + 1)
    return random.choice((content[:at], content[:at] + b"\xff\xf3" + content[at:], content[:at] + b'"' + content[at:]))
