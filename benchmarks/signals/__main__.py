"""How far are the signals from the least that any program must do, and is anything nearer? Sizes are arguments.

    python -m benchmarks.signals                                     2M events, 20k accounts
    python -m benchmarks.signals 20000000 200000                     the whole comparison
    python -m benchmarks.signals 50000000 1000000 --only-ours --memory 2GB
    python -m benchmarks.signals 20000000 200000 --only-ours --memory 256MB     events several times the memory

The least: one bare group-by over each of the same tables. Compared: the shipped signals on every table that they
read, as of one night and, ours alone, as of four; the same signals as filtered aggregates by hand, in Polars and in
pandas, each held against ours on a small world first. featuretools needs an interpreter of its own with an older
pandas (--featuretools PYTHON) and has few of the signals. Tables are drawn by hashing and kept in --folder if given.
"""

import argparse
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.measured import Row, Work, compared, measured, row, tell
from benchmarks.signals.contenders import (
    BARE,
    FEATURETOOLS,
    OURS,
    PANDAS,
    all_agree,
    contenders,
    featuretools,
    featuretools_agrees,
)
from benchmarks.signals.in_duckdb import bare, ours, written
from benchmarks.signals.inputs import made, rows_of

AS_OFS = 4


def everyone(folder: Path, tables: Path, repeats: int, left_out: Sequence[str]) -> list[Row]:
    works = contenders(tables, left_out)
    signals = all_agree(folder, works)
    works[f"{OURS}, {AS_OFS} as-ofs"] = partial(ours, tables, AS_OFS)
    costs = compared(works, repeats)
    return [row(name, cost, costs[BARE], signals=signals.get(name, signals[OURS])) for name, cost in costs.items()]


def ours_alone(tables: Path, repeats: int, memory: str) -> list[Row]:
    """Beside what it reads, so that memory can be held against it."""
    works: dict[str, Work] = {
        BARE: partial(bare, tables),
        f"{OURS}, memory_limit {memory}": partial(ours, tables, 1, memory),
        f"{OURS} to a file, memory_limit {memory}": partial(written, tables, memory),
    }
    costs = compared(works, repeats)
    return [row(name, cost, costs[BARE]) for name, cost in costs.items()]


def of_featuretools(python: Path, folder: Path, tables: Path, size: str) -> Row:
    signals = featuretools_agrees(python, folder)
    cost = measured(featuretools(python, tables, folder / "featuretools.parquet"), 1)
    return row(f"{FEATURETOOLS}, {size}", cost, signals=signals)


def main(arguments: Sequence[str] | None = None) -> None:
    given = _options(arguments)
    with tempfile.TemporaryDirectory() as own:
        folder = given.folder or Path(own)
        tables = made(folder, given.events, given.accounts)
        size = f"{rows_of(tables):,} events, {given.accounts:,} accounts"
        if given.only_ours:
            told = ours_alone(tables, given.repeats, given.memory)
        else:
            told = everyone(folder, tables, given.repeats, [PANDAS] if given.no_pandas else [])
        if given.featuretools:
            told.append(of_featuretools(given.featuretools, folder, tables, size))
    if not given.json:
        print(size)
    tell("signals", told, as_json=given.json)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.signals", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=int, nargs="?", default=2_000_000)
    parser.add_argument("accounts", type=int, nargs="?", default=20_000)
    parser.add_argument("repeats", type=int, nargs="?", default=3)
    parser.add_argument("--folder", type=Path, help="where tables are kept for the next run")
    parser.add_argument("--memory", default="2GB", help="[engine] memory_limit of --only-ours")
    parser.add_argument("--only-ours", action="store_true", help="against the bare group-by alone")
    parser.add_argument("--no-pandas", action="store_true", help="pandas needs some 10 GB for 20M events")
    parser.add_argument("--featuretools", type=Path, metavar="PYTHON", help="an interpreter that has it")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
