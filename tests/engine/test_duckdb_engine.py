import signal
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Literal

import pytest

from advocate_score import config
from advocate_score.engine.duckdb_engine import DuckdbEngine
from advocate_score.engine.open import open_engine
from advocate_score.errors import AdvocateScoreError, InputError


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckdbEngine]:
    with DuckdbEngine(tmp_path / "spill") as opened:
        yield opened


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


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/spill", "a\0b", "x" * 300])
@pytest.mark.parametrize("name", ["duckdb", "spark"])
def test_a_spill_folder_that_cannot_be_written_to_is_refused_at_the_start(
    tmp_path: Path, place: str, name: Literal["duckdb", "spark"]
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"\[engine\] spill_folder: .* cannot be written to: .* Fix: name a folder"):
        open_engine(config.Engine(name=name), tmp_path / place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


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
