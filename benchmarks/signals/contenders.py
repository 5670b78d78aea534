"""Who computes the signals, beside the least that anybody must do."""

import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from benchmarks.measured import Work
from benchmarks.signals.in_duckdb import bare, by_hand, ours
from benchmarks.signals.inputs import AS_OF, made
from benchmarks.signals.same import assert_same

BARE, OURS = "bare group-by, two aggregates a table", "advocate-score"
BY_HAND, POLARS, PANDAS = "DuckDB, one filtered aggregate each", "Polars, streaming", "pandas"
FEATURETOOLS = "featuretools"

_SMALL = (200_000, 2_000)


def contenders(tables: Path, left_out: Sequence[str] = ()) -> dict[str, Work]:
    """By name, for `benchmarks.measured.compared`; a library that is not installed is left out with a line."""
    found: dict[str, Work] = {BARE: partial(bare, tables), OURS: partial(ours, tables)}
    rivals = {BY_HAND: by_hand, POLARS: _polars, PANDAS: _pandas}
    if importlib.util.find_spec("polars") is None:
        del rivals[POLARS]
        sys.stderr.write("Polars is not installed: left out\n")
    return found | {name: partial(make, tables) for name, make in rivals.items() if name not in left_out}


def featuretools(python: Path, tables: Path, out: Path) -> list[str]:
    script = Path(__file__).with_name("in_featuretools.py")
    return [str(python), str(script), str(tables), AS_OF.date().isoformat(), str(out)]


def all_agree(folder: Path, works: dict[str, Work]) -> dict[str, int]:
    """How many signals each contender has; all are equal to ours on a small world, or AssertionError."""
    tables = made(folder, *_SMALL)
    mine = ours(tables)()
    rivals = {BY_HAND: by_hand, POLARS: _polars, PANDAS: _pandas}
    agreed = {name: assert_same(mine, _frame(make(tables)())) for name, make in rivals.items() if name in works}
    return {BARE: 0, OURS: len(mine.columns)} | agreed


def featuretools_agrees(python: Path, folder: Path) -> int:
    tables = made(folder, *_SMALL)
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "made.parquet"
        subprocess.run(featuretools(python, tables, out), check=True, stdout=subprocess.DEVNULL)
        return assert_same(ours(tables)(), pd.read_parquet(out))


def _frame(made_by_rival: Any) -> pd.DataFrame:
    return made_by_rival if isinstance(made_by_rival, pd.DataFrame) else made_by_rival.to_pandas()


def _polars(tables: Path) -> Callable[[], Any]:
    from benchmarks.signals.in_polars import with_polars

    return with_polars(tables)


def _pandas(tables: Path) -> Callable[[], Any]:
    from benchmarks.signals.in_pandas import with_pandas

    return with_pandas(tables)
