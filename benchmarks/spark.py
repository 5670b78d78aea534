"""The same signals of the same events on Spark and on DuckDB, on this machine alone: python -m benchmarks.spark.

Spark's session stands and has run the query once before it is timed; its start is told apart. The memory shown is
Python's own: of Spark's Java there is as much again as `memory_limit` allows.
"""

import argparse
import importlib.util
import tempfile
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd
from benchmarks.hashed import interactions_sql, write_tables
from benchmarks.measured import Row, compared, row, tell

from advocate_score.config import Engine as Settings
from advocate_score.engine.open import open_engine
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.signals.compute import signal_frame

AS_OF = datetime(2026, 1, 1)


def warm(engine: str, threads: int, folder: Path, accounts: int) -> Callable[[], object]:
    """Opens the engine and computes once; what it returns computes again."""
    settings = Settings.model_validate({"name": engine, "memory_limit": "2GB", "threads": threads})
    opened = open_engine(settings, folder / engine)
    opened.register_parquet("interactions", folder / "interactions.parquet")
    spine = pd.DataFrame({"account_id": [f"A{n}" for n in range(accounts)], "as_of": AS_OF})
    signals = [signal for signal in shipped_catalogue().signals if signal.table == "interactions"]
    compute = partial(signal_frame, opened, spine, signals, 45)
    compute()
    return compute


def begin(engine: str, threads: int, folder: Path) -> None:
    """From nothing to the first answer."""
    settings = Settings.model_validate({"name": engine, "memory_limit": "2GB", "threads": threads})
    with open_engine(settings, folder / engine) as opened:
        opened.frame("SELECT 1 AS one")


def rows(events: int, accounts: int, threads: int, repeats: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_tables(folder, {"interactions": interactions_sql(events, accounts)})
        engines = ("duckdb", "spark")
        costs = compared({one: partial(warm, one, threads, folder, accounts) for one in engines}, repeats)
        starts = compared({one: partial(begin, one, threads, folder) for one in engines}, repeats)
    size = f"{accounts:,} × {events:,}"
    return [row(f"signals, {one}", costs[one], costs["duckdb"], size=size) for one in engines] + [
        row(f"start, {one}", starts[one], starts["duckdb"]) for one in engines
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if importlib.util.find_spec("pyspark") is None:
        print("pyspark is not installed: make extras")
        return
    tell("spark", rows(given.events, given.accounts, given.threads, given.repeats), as_json=given.json)


if __name__ == "__main__":
    main()
