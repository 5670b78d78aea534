"""Memory is what [engine] memory_limit allows; what does not fit goes to the spill folder, and changes nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.engine.duckdb_engine import DuckdbEngine
from advocate_score.schema import TABLES
from advocate_score.signal_spec import Aggregate, Signal
from advocate_score.signals.compute import signal_frame

ACCOUNTS, CALLS_EACH, LIMIT_MIB = 50_000, 32, 64
ROWS = ACCOUNTS * CALLS_EACH
BYTES_READ = 64 + 32 + 8 + 64 + 8
"""Of each event: key, account, instant, topic, tone."""


def declared(name: str, aggregate: Aggregate, column: str | None = None, **more: object) -> Signal:
    plain = {"family": "renewals", "table": "interactions", "concept": "x", "en": "{value}", "es": "{value}"}
    return Signal.model_validate({"name": name, "aggregate": aggregate, "column": column, **plain, **more})


SIGNALS = (
    declared("contacts_90d", "count", lookback_days=90),
    declared("topics", "distinct", "topic"),
    declared("tone", "last", "sentiment"),
    declared("calls", "count", where={"kind": "call"}),
)


@pytest.fixture
def events(tmp_path: Path) -> Path:
    """Calls of every account, each on a topic of its own; only the last has a tone above nought."""
    own = {
        "interaction_id": "lpad(i::VARCHAR, 64, '0')",
        "account_id": f"lpad((i % {ACCOUNTS})::VARCHAR, 32, '0')",
        "occurred_at": "TIMESTAMP '2023-01-01' + to_seconds(i)",
        "kind": "'call'",
        "topic": f"lpad((i // {ACCOUNTS})::VARCHAR, 64, '0')",
        "sentiment": f"CASE WHEN i >= {ROWS - ACCOUNTS} THEN 0.0625e0 ELSE -1e0 END",
    }
    shown = ", ".join(f"{own.get(name, 'NULL')} AS {name}" for name in TABLES["interactions"].column_names)
    file = tmp_path / "interactions.parquet"
    with DuckdbEngine(tmp_path / "writing", f"{LIMIT_MIB}MiB", 1) as engine:
        engine.write_parquet(f"SELECT {shown} FROM range({ROWS}) t(i)", file)
    return file


@contextmanager
def watched(folder: Path) -> Iterator[set[str]]:
    """The files that stand in the folder at any time meanwhile; the engine takes them away when it is done."""
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.005):
            seen.update(file.name for file in folder.rglob("*.tmp"))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        done.set()
        looking.join()


def computed(events: Path, spill: Path, memory_limit: str) -> tuple[pd.DataFrame, set[str]]:
    spine = pd.DataFrame({"account_id": [f"{n:032}" for n in range(0, ACCOUNTS, 7)]})
    with DuckdbEngine(spill, memory_limit, 1) as engine, watched(spill) as spilt:
        engine.register_parquet("interactions", events)
        frame = signal_frame(engine, spine.assign(as_of=pd.Timestamp("2024-01-01")), SIGNALS, 45)
    return frame, spilt


def test_events_four_times_larger_than_the_memory_spill_and_give_the_same(events: Path, tmp_path: Path) -> None:
    assert ROWS * BYTES_READ > 4 * LIMIT_MIB * 2**20
    little, spilt = computed(events, tmp_path / "little", f"{LIMIT_MIB}MiB")
    assert spilt
    assert little[["topics", "calls"]].eq(CALLS_EACH).all(axis=None)
    assert little["tone"].eq(0.0625).all()
    enough, spilt = computed(events, tmp_path / "enough", "1GiB")
    assert not spilt
    pd.testing.assert_frame_equal(little, enough, check_exact=True)
