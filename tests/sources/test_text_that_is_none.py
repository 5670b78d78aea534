"""Typed files can hold text that no encoding writes: such rows are set aside, the others stay."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from advocate_score.config.settings import Dialect
from advocate_score.errors import InputError
from advocate_score.sources.discover import Source
from advocate_score.sources.reader import read_source


def source(path: Path, kind: str) -> Source:
    return Source("accounts", path, kind, Dialect(), {}, {})


def test_parquet_whose_text_is_not_utf8(tmp_path: Path) -> None:
    names = pa.array([b"caf\xc3\xa9", b"\xff\xfe", None], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"account_id": ["A1", "A2", "A3"], "account_name": names}), tmp_path / "t.parquet")
    (chunk,) = read_source(source(tmp_path / "t.parquet", "parquet")).chunks()
    assert chunk.rows.tolist() == [2, 4]
    assert chunk.cells["account_name"].to_pylist() == ["café", None]
    assert [(row.row, row.code, row.text) for row in chunk.broken] == [(3, "undecodable", "A2,\\xff\\xfe")]


@pytest.mark.parametrize(
    ("line", "code"), [('{"id": "\\ud800"}', "undecodable"), ('{"id": "1", "id": "2"}', "not_a_json_object")]
)
def test_json_that_no_text_can_hold(tmp_path: Path, line: str, code: str) -> None:
    (tmp_path / "t.jsonl").write_text(f'{{"id": "0"}}\n{line}\n', encoding="utf-8")
    (chunk,) = read_source(source(tmp_path / "t.jsonl", "jsonl")).chunks()
    assert chunk.rows.tolist() == [1]
    assert [(row.row, row.code) for row in chunk.broken] == [(2, code)]


def test_header_of_one_endless_name(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("account_id," + "x" * 200_000 + "\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"t\.csv row 1: the header cannot be cut into names"):
        read_source(source(tmp_path / "t.csv", "csv"))
