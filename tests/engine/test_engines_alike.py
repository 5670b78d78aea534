"""What every engine does alike; the bodies run on all of them."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from advocate_score.engine.base import Engine, Work
from advocate_score.errors import RefusedError
from engines import ENGINES, opened

FRAME = pd.DataFrame(
    {
        "text": pd.Series(["a", None], dtype="str"),
        "number": [1.5, float("nan")],
        "instant": pd.to_datetime(["2024-01-01 12:00:00.000001", None]),
        "nothing": [None, None],
    }
).set_axis([7, 8])


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(request.param, request, tmp_path_factory.mktemp("spill")) as engine:
        yield engine


def test_a_frame_comes_back_as_it_went_in(engine: Engine) -> None:
    engine.register_frame("rows", FRAME)
    back = engine.frame("SELECT * FROM rows ORDER BY number NULLS LAST")
    pd.testing.assert_frame_equal(back[["text", "number"]], FRAME[["text", "number"]].reset_index(drop=True))
    assert back["instant"].dtype == "datetime64[us]"
    assert back["instant"][0] == datetime(2024, 1, 1, 12, 0, 0, 1)
    assert back.isna().iloc[1].all()


def test_a_column_without_values_can_be_compared_with_text(engine: Engine) -> None:
    engine.register_frame("rows", FRAME)
    assert engine.frame("SELECT count(*) AS n FROM rows WHERE nothing = 'x'")["n"][0] == 0


@pytest.mark.parametrize("folder", ["plain", "with 'quotes' and blanks", "[a]*?", "as_of=2024-01-01"])
def test_parquet_goes_out_and_in_whatever_the_folder_is_called(engine: Engine, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    engine.register_frame("rows", FRAME)
    for name in ("1.parquet", "2.parquet"):
        engine.write_parquet("SELECT * FROM rows", tmp_path / folder / name)
    for path, rows in ((tmp_path / folder / "1.parquet", 2), (tmp_path / folder, 4)):
        engine.register_parquet("written", path)
        back = engine.frame("SELECT * FROM written")
        assert len(back) == rows
        assert list(back.columns) == list(FRAME.columns)


def test_a_glob_names_several_files(engine: Engine, tmp_path: Path) -> None:
    for name in ("a1.parquet", "a2.parquet", "b1.parquet"):
        engine.write_parquet("SELECT 1 AS one", tmp_path / name)
    engine.register_parquet("written", tmp_path / "a*.parquet")
    assert len(engine.frame("SELECT * FROM written")) == 2


def test_a_view_is_replaced_by_the_next_of_its_name(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "one.parquet"
    engine.write_parquet("SELECT 'file' AS text", file)
    for _ in range(2):
        engine.register_frame("rows", FRAME)
        engine.register_frame("rows", FRAME.head(1))
        assert list(engine.frame("SELECT text FROM rows")["text"]) == ["a"]
        engine.register_parquet("rows", file)
        engine.register_parquet("rows", file)
        assert list(engine.frame("SELECT text FROM rows")["text"]) == ["file"]


def test_a_missing_file_is_refused_in_plain_words(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no Parquet file"):
        engine.register_parquet("rows", tmp_path / "none.parquet")


def test_days_between_counts_parts_of_days_and_backwards(engine: Engine) -> None:
    early, late = "TIMESTAMP '2024-02-28 12:00:00'", "TIMESTAMP '2024-03-01 00:00:00'"
    row = engine.frame(f"SELECT days_between({early}, {late}) AS d, days_between({late}, {early}) AS b").iloc[0]
    assert (row["d"], row["b"]) == (1.5, -1.5)


def test_what_is_a_number_in_a_text_is_one_to_every_engine(engine: Engine) -> None:
    numbers = {" 1 ": 1.0, "\t-.5\n": -0.5, "5.": 5.0, "+1E2": 100.0, "1_000": 1000.0, "1.5e-3": 0.0015}
    others = ["1d", "1f", "0x1p3", "1,5", "", ".", "1e", "e5", "1__0", "true", "１", "1 2"]
    engine.register_frame("cells", pd.DataFrame({"cell": [*numbers, *others, None]}))
    found = engine.frame("SELECT cell, number_in(cell) AS number FROM cells").set_index("cell")["number"].dropna()
    assert found.to_dict() == numbers


def test_numbers_text_and_instants_have_the_promised_types(engine: Engine) -> None:
    shown = "CAST(1 AS INTEGER) AS i, 0.5e0 AS f, 'a' AS t, TIMESTAMP '2024-01-01 00:00:00' AS at, TRUE AS b"
    kinds = engine.frame(f"SELECT {shown}").dtypes
    assert [str(kinds[name]) for name in ("f", "t", "at", "b")] == ["float64", "str", "datetime64[us]", "bool"]
    assert np.issubdtype(kinds["i"], np.integer)


@pytest.mark.parametrize("rows", [0, 1, 50_000])
def test_work_sees_every_row_once_wherever_it_is_done(engine: Engine, rows: int) -> None:
    names = pd.Series([f"n{i}" for i in range(rows)], dtype="str")
    frame = pd.DataFrame({"name": names, "value": np.arange(rows) / 8})
    schema = pa.schema([("name", pa.string()), ("double", pa.float64())])
    found = engine.through(frame, doubling(2), schema)
    wanted = frame.assign(double=2 * frame["value"])[["name", "double"]]
    pd.testing.assert_frame_equal(found, wanted, check_exact=True)


def doubling(factor: int) -> Work:
    """Work with a state of its own."""

    def work(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            yield pd.DataFrame({"name": frame["name"], "double": factor * frame["value"]})

    return work
