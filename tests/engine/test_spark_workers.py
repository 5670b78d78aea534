"""Two workers in processes of their own, as on two machines; the night goes on where one of them is lost."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from advocate_score.engine.duckdb_engine import DuckdbEngine
from engine import spark_job

pytestmark = pytest.mark.extra


def events(parts: Path, rows: int = 6_000) -> Path:
    """A folder of Parquet in three parts."""
    chance = np.random.default_rng(7)
    happened = pd.Timestamp("2023-06-01") + pd.to_timedelta(chance.integers(0, 600 * 86_400, rows), unit="s")
    frame = pd.DataFrame(
        {
            "interaction_id": [f"I{number}" for number in range(rows)],
            "account_id": [f"A{number}" for number in chance.integers(0, spark_job.ACCOUNTS, rows)],
            "contact_id": [f"C{number}" for number in chance.integers(0, 900, rows)],
            "occurred_at": happened.astype("datetime64[us]"),
            "recorded_at": (happened + pd.Timedelta(hours=5)).astype("datetime64[us]"),
            "kind": chance.choice(["meeting", "call", "email", "qbr", "praise"], rows),
            "required": chance.random(rows) < 0.3,
            "executive": chance.random(rows) < 0.2,
            "initiated_by": chance.choice(["client", "us"], rows),
            "sentiment": chance.integers(-100, 101, rows) / 100,
            "duration_minutes": chance.integers(5, 90, rows).astype("float64"),
            "topic": chance.choice(["price", "roadmap", "support"], rows),
            "counterpart": chance.choice(["U1", "U2"], rows),
        }
    )
    parts.mkdir()
    for number, part in enumerate(np.array_split(np.arange(rows), 3)):
        frame.iloc[part].to_parquet(parts / f"part-{number}.parquet", index=False)
    return parts


def test_the_job_survives_the_loss_of_a_worker(tmp_path: Path) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed: make extras")
    tables = events(tmp_path / "interactions")
    places = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    words = [sys.executable, "-m", "engine.spark_job", str(tables), str(tmp_path)]
    done = subprocess.run(words, env=os.environ | {"PYTHONPATH": places}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    assert done.stdout == ""
    with DuckdbEngine(tmp_path / "duckdb") as engine:
        wanted = spark_job.signals(engine, tables)
    before, worked, after = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("before", "worked", "after"))
    assert not Path("/proc", (tmp_path / "fallen").read_text()).exists()
    pd.testing.assert_frame_equal(before, wanted, check_exact=True)
    pd.testing.assert_frame_equal(after, wanted, check_exact=True)
    assert worked["account_id"].tolist() == wanted["account_id"].tolist()
    assert (2 * worked["half"]).tolist() == wanted["contact_volume_365d"].tolist()
