import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from threading import Timer

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.engine.duckdb.session import DuckdbEngine
from advocate_score.engine.open import open_engine
from advocate_score.errors import AdvocateScoreError, RefusedError

FRAME = pd.DataFrame(
    {
        "text": pd.Series(["a", None], dtype="str"),
        "number": [1.5, float("nan")],
        "instant": pd.to_datetime(["2024-01-01 12:00:00.000001", None]),
        "nothing": [None, None],
    }
).set_axis([7, 8])


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckdbEngine]:
    with DuckdbEngine(tmp_path / "spill") as opened:
        yield opened


def test_a_frame_comes_back_as_it_went_in(engine: DuckdbEngine) -> None:
    engine.register_frame("rows", FRAME)
    back = engine.frame("SELECT * FROM rows ORDER BY number NULLS LAST")
    pd.testing.assert_frame_equal(back[["text", "number"]], FRAME[["text", "number"]].reset_index(drop=True))
    assert back["instant"].dtype == "datetime64[us]"
    assert back["instant"][0] == datetime(2024, 1, 1, 12, 0, 0, 1)
    assert back.isna().iloc[1].all()


def test_a_column_without_values_can_be_compared_with_text(engine: DuckdbEngine) -> None:
    engine.register_frame("rows", FRAME)
    assert engine.frame("SELECT count(*) AS n FROM rows WHERE nothing = 'x'")["n"][0] == 0


@pytest.mark.parametrize("folder", ["plain", "with 'quotes' and blanks", "[a]*?", "as_of=2024-01-01"])
def test_parquet_goes_out_and_in_whatever_the_folder_is_called(
    engine: DuckdbEngine, tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder).mkdir()
    engine.register_frame("rows", FRAME)
    for name in ("1.parquet", "2.parquet"):
        engine.write_parquet("SELECT * FROM rows", tmp_path / folder / name)
    for path, rows in ((tmp_path / folder / "1.parquet", 2), (tmp_path / folder, 4)):
        engine.register_parquet("written", path)
        back = engine.frame("SELECT * FROM written")
        assert len(back) == rows
        assert list(back.columns) == list(FRAME.columns)


def test_a_glob_names_several_files(engine: DuckdbEngine, tmp_path: Path) -> None:
    for name in ("a1.parquet", "a2.parquet", "b1.parquet"):
        engine.write_parquet("SELECT 1 AS one", tmp_path / name)
    engine.register_parquet("written", tmp_path / "a*.parquet")
    assert len(engine.frame("SELECT * FROM written")) == 2


def test_a_view_is_replaced_by_the_next_of_its_name(engine: DuckdbEngine, tmp_path: Path) -> None:
    file = tmp_path / "one.parquet"
    engine.write_parquet("SELECT 'file' AS text", file)
    for _ in range(2):
        engine.register_frame("rows", FRAME)
        engine.register_frame("rows", FRAME.head(1))
        assert list(engine.frame("SELECT text FROM rows")["text"]) == ["a"]
        engine.register_parquet("rows", file)
        engine.register_parquet("rows", file)
        assert list(engine.frame("SELECT text FROM rows")["text"]) == ["file"]


def test_a_missing_file_is_refused_in_plain_words(engine: DuckdbEngine, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no Parquet file"):
        engine.register_parquet("rows", tmp_path / "none.parquet")


def test_days_between_counts_parts_of_days_and_backwards(engine: DuckdbEngine) -> None:
    early, late = "TIMESTAMP '2024-02-28 12:00:00'", "TIMESTAMP '2024-03-01 00:00:00'"
    row = engine.frame(f"SELECT days_between({early}, {late}) AS d, days_between({late}, {early}) AS b").iloc[0]
    assert (row["d"], row["b"]) == (1.5, -1.5)


def test_settings_reach_the_database_and_nothing_is_downloaded(tmp_path: Path) -> None:
    settings = config.Engine(memory_limit="123MiB", threads=1)
    asked = ("memory_limit", "threads", "temp_directory", "autoinstall_known_extensions", "autoload_known_extensions")
    shown = ", ".join(f"current_setting('{name}')::VARCHAR AS {name}" for name in asked)
    with open_engine(settings, tmp_path / "spill") as engine:
        row = engine.frame(f"SELECT {shown}").iloc[0]
    assert list(row) == ["123.0 MiB", "1", str(tmp_path / "spill"), "false", "false"]


def test_running_out_of_memory_names_the_setting_to_raise(tmp_path: Path) -> None:
    with (
        DuckdbEngine(tmp_path / "spill", memory_limit="20MB", threads=1) as engine,
        pytest.raises(AdvocateScoreError, match=r"\[engine\] memory_limit"),
    ):
        engine.frame("SELECT list(i) AS all_in_one FROM range(100_000_000) t(i)")


def test_spark_is_refused_until_it_is_there(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="duckdb"):
        open_engine(config.Engine(name="spark"), tmp_path)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Whatever started the tests: a job in the background is started deaf to Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_ends_a_query_as_it_ends_python(engine: DuckdbEngine) -> None:
    Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        engine.frame("SELECT SUM(HASH(range)) AS n FROM range(1000000000)")
