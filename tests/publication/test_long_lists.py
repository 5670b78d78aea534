"""What is written part by part is what would be written at once."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from advocate_score.publication import list_files, spreadsheet_csv
from advocate_score.publication.list_files import file_names

ROWS = 57


@pytest.fixture
def frame() -> pd.DataFrame:
    draw = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "account_id": [f"=A{number}" for number in range(ROWS)],
            "level": draw.integers(1, 6, ROWS),
            "completion": np.where(draw.random(ROWS) < 0.3, np.nan, draw.random(ROWS)),
            "evidence": pd.Categorical(draw.choice(["limited", "solid"], ROWS)),
            "eligible": draw.random(ROWS) < 0.5,
            "since": pd.Series(pd.Timestamp(2025, 1, 1), range(ROWS)).mask(draw.random(ROWS) < 0.5),
        }
    )


@pytest.mark.parametrize("rows", [0, 1, 10, ROWS])
@pytest.mark.parametrize("dialect", ["standard", "spanish-excel"])
def test_a_list_has_one_heading_and_every_row(
    frame: pd.DataFrame, rows: int, dialect: spreadsheet_csv.DialectName, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = spreadsheet_csv.csv_bytes(frame.head(rows), dialect)
    monkeypatch.setattr(spreadsheet_csv, "_ROWS_AT_ONCE", 10)
    assert spreadsheet_csv.csv_bytes(frame.head(rows), dialect) == at_once
    assert at_once.count(b"\n") == rows + 1


@pytest.mark.parametrize("rows", [0, 10, ROWS])
def test_a_parquet_file_is_that_of_the_whole_table(
    frame: pd.DataFrame, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_files, "_ROW_GROUP", 10)
    buffer = io.BytesIO()
    part = frame.head(rows).drop(columns="since")
    kinds = [pa.string(), pa.int64(), pa.float64(), pa.string(), pa.bool_()]
    schema = pa.schema(list(zip(part.columns, kinds, strict=True)))
    whole = pa.Table.from_pandas(part.astype({"evidence": "str"}), preserve_index=False).cast(schema)
    pq.write_table(whole.replace_schema_metadata(None), buffer, compression="zstd", row_group_size=10)
    assert list_files.parquet_bytes(part) == buffer.getvalue()


def test_many_owners_have_a_file_each() -> None:
    owners = [f"Owner {number}" for number in range(50_000)]
    assert len(set(file_names([*owners, "owner 1"]).values())) == 50_001
