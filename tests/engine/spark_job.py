"""A job on two workers of their own, one of which is lost in its midst; run as a program, since Spark is one a process.

Arguments: a folder of Parquet, a folder for what comes out.
"""

import os
import signal
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from advocate_score import config
from advocate_score.engine.base import Engine, Work
from advocate_score.engine.open import open_engine
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.signals.compute import signal_frame

MASTER = "local-cluster[2,1,1024]"
AS_OF = datetime(2025, 1, 1)
ACCOUNTS = 300
WORKED = pa.schema([("account_id", pa.string()), ("half", pa.float64())])


def signals(engine: Engine, tables: Path) -> pd.DataFrame:
    """Of every account, all that the shipped catalogue makes of interactions."""
    engine.register_parquet("interactions", tables)
    spine = pd.DataFrame({"account_id": [f"A{number}" for number in range(ACCOUNTS)], "as_of": AS_OF})
    declared = [one for one in shipped_catalogue().signals if one.table == "interactions"]
    return spine[["account_id"]].join(signal_frame(engine, spine, declared, 45))


def halving(fallen: Path) -> Work:
    """Halves a signal; the first to begin ends the worker under which it runs, and notes it in `fallen`."""

    def is_first() -> bool:
        try:
            fallen.open("x").close()
        except FileExistsError:
            return False
        return True

    def worker() -> int:
        """The Java process above Python's."""
        parent = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
        return int(parent[1]) if Path(f"/proc/{os.getppid()}/exe").resolve().name.startswith("python") else os.getppid()

    def work(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            if is_first():
                fallen.write_text(str(worker()))
                os.kill(worker(), signal.SIGKILL)
            half = frame["contact_volume_365d"] / 2
            yield pd.DataFrame({"account_id": frame["account_id"], "half": half})

    return work


def main(tables: Path, out: Path) -> None:
    settings = config.Engine(name="spark", memory_limit="1GB", master=MASTER)
    with open_engine(settings, out / "spill") as engine:
        before = signals(engine, tables)
        before.to_parquet(out / "before.parquet")
        engine.through(before, halving(out / "fallen"), WORKED).to_parquet(out / "worked.parquet")
        signals(engine, tables).to_parquet(out / "after.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
