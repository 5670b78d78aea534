"""Where does a night's time go once accounts are scored? Seconds by step of one night. Arguments: numbers of accounts.

    python -m benchmarks.publish 100000 1000000

The steps are those that the command tells while it runs; each lasts until the next one is told. The last takes in the
plan, every file and the publication itself. 200 accounts a level are listed, readiness.parquet holds all.
"""

import argparse
import re
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.growth import AS_OF, CONFIGURATION, EVENTS_PER_ACCOUNT
from benchmarks.hashed import accounts_sql, interactions_sql, write_tables
from benchmarks.measured import Row, tell

from advocate_score.flows.project import open_project
from advocate_score.flows.score import score_and_publish

SIZES = (10_000, 100_000)


class Clocked:
    """When each step began, by wall and processor."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, float, float]] = []

    def step(self, what: str, *_: int) -> None:
        name = re.sub(r"\d[\d,]* ", "", what)
        if not self.begun or self.begun[-1][0] != name:
            self.begun.append((name, time.perf_counter(), time.process_time()))

    def warn(self, text: str) -> None:
        pass


def steps(accounts: int) -> list[Row]:
    clock = Clocked()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events = interactions_sql(EVENTS_PER_ACCOUNT * accounts, accounts)
        write_tables(folder / "tables", {"accounts": accounts_sql(accounts), "interactions": events})
        (folder / "advocate.toml").write_text(CONFIGURATION.format(memory="2GB"), encoding="utf-8")
        project = open_project(folder / "advocate.toml", [], clock)
        score_and_publish(project, AS_OF, backfill=False, replace=False)
    clock.step("end")
    return [
        {
            "": f"{accounts:,} accounts",
            "step": what,
            "seconds": round(until - since, 2),
            "processor": round(used - before, 2),
        }
        for (what, since, before), (_, until, used) in zip(clock.begun, clock.begun[1:], strict=False)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    tell("publish", [one for accounts in given.sizes for one in steps(accounts)], as_json=given.json)


if __name__ == "__main__":
    main()
