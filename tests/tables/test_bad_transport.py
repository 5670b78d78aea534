"""Files that are packed, linked or written to while they are read. Tests are named after their row of the table."""

import gzip
import os
import resource
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from advocate_score.sources.base import RawTable
from advocate_score.sources.reader import read_source
from tables.crm import Crm

HEADER = "case_id,account_id,opened_at"
ROWS = [f"C{number},A1,2024-05-01T10:00:00Z" for number in range(20)]


def held_megabytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def packed(crm: Crm, blocks: int, block: bytes) -> None:
    """`cases.csv.gz` with `block` many times over."""
    with gzip.open(crm.tables / "cases.csv.gz", "wb") as file:
        file.write(f"{HEADER}\n".encode())
        for _ in range(blocks):
            file.write(block)


@pytest.mark.parametrize("line", [b"\0", b"x", b"\n", b"C1,A1,2024-05-01T10:00:00Z\n", b'"', b"\xff"])
def test_row_22_gzip_bomb(crm: Crm, line: bytes) -> None:
    """200 MB in 200 kB: refused long before the end, with little in memory and less on disk."""
    crm.prepare()
    before = held_megabytes()
    packed(crm, 200, line * (2**20 // len(line)))
    message = crm.refusal()
    assert "cases.csv.gz" in message
    assert held_megabytes() - before < 400
    assert sum(path.stat().st_size for path in crm.folder.rglob("*") if path.is_file()) < 50 * 2**20


def test_row_22_gzip_bomb_is_told_by_what_comes_out(crm: Crm) -> None:
    packed(crm, 100, b"\n" * 2**20)
    assert "cases.csv.gz: unpacks to more than 200 times its size" in crm.refusal()


def test_row_22_what_shrinks_a_hundredfold_in_good_faith_is_read(crm: Crm) -> None:
    rows = "".join(f"C{number},A1,2024-05-01T10:00:00Z,{' ' * 400}\n" for number in range(5_000))
    content = gzip.compress(f"{HEADER},note\n{rows}".encode(), mtime=0)
    assert len(rows) > 60 * len(content)
    crm.write_bytes("cases.csv.gz", content)
    assert crm.prepare().counts["cases"].accepted == 5_000


def test_row_22_line_without_end(crm: Crm) -> None:
    crm.write_bytes("cases.csv", f"{HEADER}\nC1,A1,".encode() + b"x" * (17 * 2**20))
    assert "cases.csv: has a line of more than 16,777,216 bytes" in crm.refusal()


def test_row_22_parquet_that_says_it_holds_more_rows_than_it_can(crm: Crm) -> None:
    path = crm.tables / "cases.parquet"
    column = pa.nulls(5_000_000, pa.string())
    pq.write_table(pa.table(dict.fromkeys(HEADER.split(","), column)), path, row_group_size=5_000_000)
    assert path.stat().st_size < 5_000_000 / 64
    assert "cases.parquet: says that it holds 5,000,000 rows" in crm.refusal()


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_row_22_more_columns_than_any_export_has(crm: Crm, kind: str) -> None:
    names = [*HEADER.split(","), *(f"x{number}" for number in range(3_000))]
    if kind == "csv":
        crm.write("cases", ",".join(names), ",".join(["C1"] * len(names)))
    elif kind == "jsonl":
        crm.write_bytes("cases.jsonl", "\n".join(f'{{"{name}": 1}}' for name in names).encode())
    else:
        pq.write_table(pa.table({name: ["C1"] for name in names}), crm.tables / "cases.parquet")
    assert f"cases.{kind}: has more than 2,048 columns" in crm.refusal()


def test_row_23_link_that_the_operator_made_is_followed(crm: Crm) -> None:
    """Where exports are kept by date, a table's place may well be a link to the latest; no file's content makes it."""
    export = crm.folder / "2024-05-01" / "cases.csv"
    export.parent.mkdir()
    export.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    (crm.tables / "cases.csv").symlink_to(export)
    assert crm.prepare().counts["cases"].accepted == 20


def append(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\nC99,A1,2024-05-01T10:00:00Z\n")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 40)


def replace(path: Path) -> None:
    """Of the same length, and with the same time: another file all the same."""
    other = path.with_name("other.tmp")
    other.write_bytes(path.read_bytes().replace(b"A1", b"A2"))
    times = path.stat()
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)


def overwrite(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"A1", b"A2"))
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize("change", [append, cut, replace, overwrite, Path.unlink])
@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl", "parquet"])
@pytest.mark.parametrize("when", ["before", "between"])
def test_row_24_file_that_changes_while_it_is_read(
    crm: Crm, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], kind: str, when: str
) -> None:
    """Before the header is read, and between it and the rows."""
    path = crm.write_bytes(f"cases.{kind}", _export(kind))

    def read_and_change(source: object) -> RawTable:
        if source.table != "cases":  # type: ignore[attr-defined]
            return read_source(source)  # type: ignore[arg-type]
        if when == "before":
            change(path)
        raw = read_source(source)  # type: ignore[arg-type]
        if when == "between":
            change(path)
        return raw

    monkeypatch.setattr("advocate_score.tables.staging.read_source", read_and_change)
    assert "cases." + kind + ": changed while it was read. Fix: run again when the export is done" in crm.refusal()


def _export(kind: str) -> bytes:
    text = "\n".join([HEADER, *ROWS]).encode()
    names = HEADER.split(",")
    if kind == "jsonl":
        cells = (zip(names, row.split(","), strict=True) for row in ROWS)
        return "\n".join("{" + ", ".join(f'"{n}": "{c}"' for n, c in row) + "}" for row in cells).encode()
    if kind == "parquet":
        buffer = pa.BufferOutputStream()
        columns = zip(*(row.split(",") for row in ROWS), strict=True)
        pq.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), buffer)
        return bytes(buffer.getvalue())
    return gzip.compress(text, mtime=0) if kind == "csv.gz" else text


def test_row_24_part_that_comes_while_a_folder_is_read(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = crm.tables / "cases.parquet"
    folder.mkdir()
    (folder / "a.parquet").write_bytes(_export("parquet"))

    def read_and_add(source: object) -> RawTable:
        raw = read_source(source)  # type: ignore[arg-type]
        if source.table == "cases":  # type: ignore[attr-defined]
            (folder / "b.parquet").write_bytes(_export("parquet"))
        return raw

    monkeypatch.setattr("advocate_score.tables.staging.read_source", read_and_add)
    assert "cases.parquet: changed while it was read" in crm.refusal()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_file_that_may_not_be_read(crm: Crm) -> None:
    crm.write("cases", HEADER, *ROWS).chmod(0)
    assert "cases.csv: cannot be opened: Permission denied" in crm.refusal()
