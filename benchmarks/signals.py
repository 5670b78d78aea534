"""How far are the nightly signals from the least that any program must do? Prints seconds and ratios of one run.

The least: one bare group-by with two aggregates over the same file. Compared: every shipped signal on interactions.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pandas as pd

from advocate_score.config import Engine as EngineSettings
from advocate_score.engine.open import open_engine
from advocate_score.engine.protocol import Engine
from advocate_score.signals.build import signal_frame
from advocate_score.signals.catalogue import shipped

AS_OF = datetime(2026, 1, 1)
REPEATS = 3
KINDS = "['meeting', 'call', 'email', 'qbr', 'event', 'praise', 'webinar', 'executive_meeting']"


def events_sql(events: int, accounts: int) -> str:
    """Rows with every column of interactions, drawn by hashing their number: the same on every run."""

    def draw(salt: int, below: int) -> str:
        return f"CAST(hash(i * 31 + {salt}) % {below} AS INTEGER)"

    happened = f"TIMESTAMP '2023-01-01' + INTERVAL 1 SECOND * {draw(2, 94_600_000)}"
    return f"""
        SELECT 'I' || i AS interaction_id, 'A' || {draw(1, accounts)} AS account_id,
               'C' || {draw(3, 3 * accounts)} AS contact_id, {happened} AS occurred_at,
               {happened} + INTERVAL 1 HOUR * {draw(4, 96)} AS recorded_at,
               ({KINDS})[1 + {draw(5, 8)}] AS kind, {draw(6, 4)} = 0 AS required, {draw(7, 6)} = 0 AS executive,
               CASE WHEN {draw(8, 3)} = 0 THEN 'client' ELSE 'us' END AS initiated_by,
               {draw(9, 200)} / 100e0 - 1 AS sentiment, CAST({draw(10, 90)} AS DOUBLE) AS duration_minutes,
               'T' || {draw(11, 20)} AS topic, 'U' || {draw(12, 50)} AS counterpart
        FROM range({events}) AS numbers(i)"""


def seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def compared(engine: Engine, accounts: int) -> dict[str, float]:
    spine = pd.DataFrame({"account_id": [f"A{n}" for n in range(accounts)], "as_of": AS_OF})
    signals = [signal for signal in shipped().signals if signal.table == "interactions"]
    bare = "SELECT account_id, COUNT(*), MAX(occurred_at) FROM interactions GROUP BY account_id"
    return {
        "bare group-by, two aggregates": seconds(lambda: engine.frame(bare)),
        f"{len(signals)} signals": seconds(lambda: signal_frame(engine, spine, signals, 45)),
    }


def main(events: int = 2_000_000, accounts: int = 20_000) -> None:
    with tempfile.TemporaryDirectory() as folder, open_engine(EngineSettings(), Path(folder) / "spill") as engine:
        file = Path(folder) / "interactions.parquet"
        engine.write_parquet(events_sql(events, accounts), file)
        engine.register_parquet("interactions", file)
        taken = compared(engine, accounts)
    least = min(taken.values())
    print(f"{events:,} events, {accounts:,} accounts, one as-of")
    for what, time_taken in taken.items():
        print(f"{what:32} {time_taken:8.2f} s {time_taken / least:8.1f} ×")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
