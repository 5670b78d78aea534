"""The other kinds of source keep the same contract: text, numbered rows, nothing guessed."""

import gzip
import json
import os
import sys
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from advocate_score.config.settings import Dialect
from advocate_score.errors import InputError, MissingExtraError
from advocate_score.sources.base import RawTable, as_text
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import digest, read_source, refuse_changes


def source(path: Path, kind: str, decimal: str = ".") -> Source:
    return Source("accounts", path, kind, Dialect(decimal=decimal), {}, {})


def rows(table: RawTable) -> list[tuple[int, list[str | None]]]:
    return [
        (int(number), list(cells.values()))
        for chunk in table.chunks()
        for number, cells in zip(chunk.rows, as_text(chunk.cells).to_pylist(), strict=True)
    ]


def test_parquet_values_become_text_without_loss(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = {
        "id": pa.array(["00012", "00013"]),
        "whole": pa.array([2**53 + 1, None]),
        "real": pa.array([0.1, float("nan")]),
        "decimal": pa.array([Decimal("1.50"), None]),
        "flag": pa.array([True, None]),
        "day": pa.array([date(2024, 5, 1), None]),
        "local": pa.array([datetime(2024, 5, 1, 10, 0, 0, 5), None], pa.timestamp("us")),
        "zoned": pa.array([datetime(2024, 5, 1, 10, tzinfo=UTC), None], pa.timestamp("ns", "Europe/Madrid")),
        "kind": pa.array(["x", None]).dictionary_encode(),
        "list": pa.array([[1, 2], None]),
    }
    pq.write_table(pa.table(columns), path)
    table = read_source(source(path, "parquet", decimal=","))
    expected = [
        "00012",
        "9007199254740993",
        "0,1",
        "1,50",
        "true",
        "2024-05-01",
        "2024-05-01 10:00:00.000005",
        "2024-05-01 10:00:00.000000Z",
        "x",
        "[1, 2]",
    ]
    assert rows(table) == [(2, expected), (3, ["00013", *[None] * (len(columns) - 1)])]
    assert table.instants == {"day", "local", "zoned"}


def test_parquet_values_that_repeat_become_the_same_text(tmp_path: Path) -> None:
    columns = {"whole": [7, 7, None, 7], "real": [0.5, 0.5, 0.5, None], "flag": [True, True, False, True]}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    written = [cells for _, cells in rows(read_source(source(tmp_path / "t.parquet", "parquet", decimal=",")))]
    assert written == [["7", "0,5", "true"], ["7", "0,5", "true"], [None, "0,5", "false"], ["7", None, "true"]]


def test_parts_of_a_parquet_folder_are_numbered_through(tmp_path: Path) -> None:
    folder = tmp_path / "t.parquet"
    folder.mkdir()
    for part, ids in (("b", ["3"]), ("a", ["1", "2"])):
        pq.write_table(pa.table({"id": ids}), folder / f"{part}.parquet")
    assert rows(read_source(source(folder, "parquet"))) == [(2, ["1"]), (3, ["2"]), (4, ["3"])]
    before = digest(source(folder, "parquet"))
    pq.write_table(pa.table({"id": ["4"]}), folder / "b.parquet")
    assert digest(source(folder, "parquet")) != before


def test_empty_parquet_folder(tmp_path: Path) -> None:
    (tmp_path / "t.parquet").mkdir()
    with pytest.raises(InputError, match="a folder without a Parquet file"):
        read_source(source(tmp_path / "t.parquet", "parquet"))


def test_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    lines = [
        '{"id": "007", "n": 0.10}',
        "",
        '{"id": 12345678901234567890, "flag": true, "more": {"a": 1}}',
        '{"id": null, "flag": false}',
        '{"id": null}',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    table = read_source(source(path, "jsonl", decimal=","))
    assert table.header == ("id", "n", "flag", "more")
    assert rows(table) == [
        (1, ["007", "0,10", None, None]),
        (3, ["12345678901234567890", None, "true", '{"a": "1"}']),
        (4, [None, None, "false", None]),
    ]


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"[1]", "not_a_json_object"), (b'{"id": ', "not_a_json_object"), (b'{"id": "\xf3"}', "undecodable")],
)
def test_line_that_is_no_json_object(tmp_path: Path, line: bytes, code: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"id": "1"}\n' + line + b"\n")
    (chunk,) = read_source(source(path, "jsonl")).chunks()
    assert [(row.row, row.code) for row in chunk.broken] == [(2, code)]
    assert chunk.rows.tolist() == [1]


def test_json_lines_without_a_line(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_bytes(b"\n\n")
    with pytest.raises(InputError, match="is empty"):
        read_source(source(tmp_path / "t.jsonl", "jsonl"))


def test_packed_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps({"id": "é"}).encode()))
    assert rows(read_source(source(path, "jsonl"))) == [(1, ["é"])]


def workbook(path: Path, *lines: list[object]) -> Source:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return source(path, "xlsx", decimal=",")


def test_workbook(tmp_path: Path) -> None:
    table = read_source(
        workbook(
            tmp_path / "t.xlsx",
            ["id", "text", "number", "flag", "day"],
            [12, "000123", 0.5, True, datetime(2024, 5, 1, 10)],
            [None] * 5,
            [13, "#N/A", 1e20, False, date(2024, 5, 1)],
            [14],
        )
    )
    assert rows(table) == [
        (2, ["12", "000123", "0,5", "true", "2024-05-01T10:00:00"]),
        (4, ["13", "#N/A", "1e+20", "false", "2024-05-01"]),
        (5, ["14", None, None, None, None]),
    ]


def test_row_20_error_or_formula_in_a_workbook(tmp_path: Path) -> None:
    lines = (["id", "n"], [1, "#DIV/0!"], [2, "=1+1"], [3, 1])
    (whole,) = read_source(workbook(tmp_path / "t.xlsx", *lines)).chunks()
    assert whole.without_formulas_in([0]).rows.tolist() == [2, 3, 4], "nothing reads the column of the formula"
    chunk = whole.without_formulas_in([0, 1])
    assert [(row.row, row.code) for row in chunk.broken] == [(2, "error_or_formula"), (3, "error_or_formula")]
    assert chunk.rows.tolist() == [4]


def test_row_22_xml_entities_in_a_workbook(tmp_path: Path) -> None:
    file = workbook(tmp_path / "t.xlsx", ["id"], [1])
    with zipfile.ZipFile(file.path, "a") as archive:
        archive.writestr("xl/worksheets/more.xml", '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')
    with pytest.raises(InputError, match="declares XML entities"):
        read_source(file)


def test_whole_number_that_a_workbook_holds_as_a_fraction(tmp_path: Path) -> None:
    file = workbook(tmp_path / "whole.xlsx", ["id"], [12])
    with zipfile.ZipFile(file.path) as whole, zipfile.ZipFile(tmp_path / "t.xlsx", "w") as edited:
        for name in whole.namelist():
            edited.writestr(name, whole.read(name).replace(b"<v>12</v>", b"<v>12.0</v>"))
    assert rows(read_source(source(tmp_path / "t.xlsx", "xlsx"))) == [(2, ["12"])]


def test_workbook_whose_first_row_is_empty(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the first row of the sheet is empty"):
        read_source(workbook(tmp_path / "t.xlsx", [None], ["id"]))


def test_archive_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("readme.txt", "nothing")
    with pytest.raises(InputError, match="cannot be read as XLSX"):
        read_source(source(tmp_path / "t.xlsx", "xlsx"))


def test_extra_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = workbook(tmp_path / "t.xlsx", ["id"], [1])
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(MissingExtraError, match=r"advocate-score\[excel\]"):
        read_source(file)


def test_workbook_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"PK not a workbook")
    with pytest.raises(InputError, match="not a whole XLSX file"):
        read_source(source(tmp_path / "t.xlsx", "xlsx"))


def test_row_24_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    reading = refuse_changes(source(path, "csv"))
    reading.__enter__()
    path.write_text("a\n2\n", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    with pytest.raises(InputError, match="changed while it was read"):
        reading.__exit__(None, None, None)
