"""How do time and memory of a night grow with the accounts? Arguments: numbers of accounts.

    python -m benchmarks.growth 10000 100000 1000000
    python -m benchmarks.growth --memory 4GB 10000 100000 1000000 10000000

The command itself, from its start to the publication: tables from Parquet, signals, scores, rules, plan, lists and
report, with 20 interactions an account and the scorecard that serves until the first model. The exponent is that of a
power of the accounts, by least squares on logarithms: 1 is a line, and below 1 the start is part of what is measured;
that of the two largest sizes alone hardly has the start in it. Ten million accounts need 16 GB of memory and 40 GB of
disk: TMPDIR says where.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from benchmarks.hashed import accounts_sql, interactions_sql, write_tables
from benchmarks.measured import Cost, Row, measured, row, tell

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
EVENTS_PER_ACCOUNT = 20
AS_OF = "2026-01-01"
CONFIGURATION = """
[sources]
folder = "tables"
time_zone = "UTC"

[engine]
memory_limit = "{memory}"

[operations]
keep_free = 1
"""


def night(accounts: int, memory: str, repeats: int) -> Cost:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events = interactions_sql(EVENTS_PER_ACCOUNT * accounts, accounts)
        write_tables(folder / "tables", {"accounts": accounts_sql(accounts), "interactions": events})
        config = folder / "advocate.toml"
        config.write_text(CONFIGURATION.format(memory=memory), encoding="utf-8")
        command = [sys.executable, "-m", "advocate_score", "score", "--as-of", AS_OF, "--replace", "--quiet"]
        return measured([*command, "--config", str(config)], repeats)


def exponent(sizes: Sequence[int], figures: Sequence[float]) -> float:
    return float(np.polyfit(np.log(sizes), np.log(figures), 1)[0])


def figures(sizes: Sequence[int], memory: str, repeats: int) -> list[Row]:
    costs = [night(accounts, memory, repeats) for accounts in sizes]
    told = [row(f"{accounts:,} accounts", cost) for accounts, cost in zip(sizes, costs, strict=True)]
    if len(sizes) > 1:
        names = {"seconds": "seconds", "processor": "processor", "peak MB": "peak_mb"}
        for what, last in {"exponent": len(sizes), "of the two largest": 2}.items():
            fitted = {shown: _fitted(sizes, costs, name, last) for shown, name in names.items()}
            told.append({"": what, **fitted})
    return told


def _fitted(sizes: Sequence[int], costs: Sequence[Cost], name: str, last: int) -> float:
    return round(exponent(sizes[-last:], [getattr(cost, name) for cost in costs[-last:]]), 2)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--memory", default="2GB", help="[engine] memory_limit")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    tell("growth", figures(given.sizes, given.memory, given.repeats), as_json=given.json)


if __name__ == "__main__":
    main()
