"""How long does a training take, beside the least that any program must do? Arguments: asks, signals, repeats.

Timed on an ask frame that is ready: the backtest at four origins beside every baseline, with summary and learning
curve; the fit with its 20 refits; both together, which is the training without reading tables and logging. The least:
one plain LightGBM and one proportional-odds logit on the same matrix. Prints medians of wall and processor seconds and
the peak memory.
"""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.flows.evaluation import evaluated, untrained
from advocate_score.flows.progress import Silent
from advocate_score.flows.project import Project
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.logit import Prior, fit_logit
from advocate_score.model.threads import one_thread
from advocate_score.signals.catalogue import shipped

FIRST, DAYS = pd.Timestamp("2023-01-01"), 1_095
AS_OF = (FIRST + timedelta(days=DAYS + 60)).to_pydatetime()
ROUNDS, LEAVES = 100, 31


def declared(count: int) -> list[Signal]:
    """The shipped signals of numbers, repeated under other names until there are `count`."""
    numbers = [signal for signal in shipped().signals if not signal.is_category]
    return [numbers[place % len(numbers)].model_copy(update={"name": f"signal_{place:03}"}) for place in range(count)]


def asks(count: int, signals: list[Signal], seed: int = 1) -> pd.DataFrame:
    """The ask frame of accounts with six asks each; one signal in ten tells something, one value in ten is missing."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(count, len(signals)))
    told = values[:, ::10].sum(axis=1) / np.sqrt(len(signals) / 10)
    level = random.integers(1, 6, count)
    outcome = random.random(count) < 1 / (1 + np.exp(0.6 * level - told))
    asked_at = FIRST + pd.to_timedelta(np.sort(random.uniform(0, DAYS, count)), "D")
    values[random.random(values.shape) < 0.1] = np.nan
    named = pd.DataFrame(values, columns=[signal.name for signal in signals])
    rows = pd.DataFrame(
        {
            "ask_id": [f"K{number:07}" for number in range(count)],
            "account_id": [f"A{number}" for number in random.integers(0, max(1, count // 6), count)],
            "level": level,
            "asked_at": asked_at.astype("datetime64[us]"),
            "matures_at": (asked_at + timedelta(days=45)).astype("datetime64[us]"),
            "outcome": outcome.astype("int64"),
            "completed": np.nan,
            "propensity": 1.0,
            "exploration": False,
            "history_yes": random.integers(0, 3, count).astype(float),
            "history_n": 3.0,
        }
    )
    return pd.concat([rows, named], axis=1)


def works(project: Project, rows: pd.DataFrame, signals: list[Signal]) -> dict[str, Callable[[], object]]:
    def backtest() -> object:
        return evaluated(project, untrained(project.settings, signals), rows, AS_OF)

    def fit() -> LadderModel:
        return untrained(project.settings, signals).fit(rows)

    return {
        "one plain LightGBM": lambda: plain_trees(rows, signals),
        "one proportional-odds logit": lambda: plain_logit(rows, signals),
        "fit with 20 refits": fit,
        "backtest, learning curve": backtest,
        "training: both": lambda: (backtest(), fit()),
    }


@one_thread()
def plain_trees(rows: pd.DataFrame, signals: list[Signal]) -> object:
    matrix = rows[["level", *(signal.name for signal in signals)]].to_numpy(np.float64)
    options = {"objective": "binary", "num_leaves": LEAVES, "num_threads": 1, "verbosity": -1}
    return lightgbm.train(options, lightgbm.Dataset(matrix, rows["outcome"]), ROUNDS)


@one_thread()
def plain_logit(rows: pd.DataFrame, signals: list[Signal]) -> object:
    matrix = np.nan_to_num(rows[[signal.name for signal in signals]].to_numpy(np.float64))
    width = matrix.shape[1]
    prior = Prior(np.zeros(width), np.full(width, 10.0), np.zeros(width, dtype=np.int64), np.linspace(0.5, -1.5, 5))
    level, outcome = rows["level"].to_numpy(np.int64) - 1, rows["outcome"].to_numpy(np.float64)
    return fit_logit(matrix, level, outcome, np.ones(len(rows)), prior)


def seconds(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median wall and processor seconds."""
    wall, processor = [], []
    for _ in range(repeats):
        begun, used = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - begun)
        processor.append(time.process_time() - used)
    return statistics.median(wall), statistics.median(processor)


def main(count: int = 2_000, width: int = 70, repeats: int = 3) -> None:
    signals = declared(width)
    rows = asks(count, signals)
    print(f"{count:,} asks × {width} signals, {rows['outcome'].mean():.0%} yes")
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Settings(folder=Path(folder)), shipped(), Silent())
        for what, work in works(project, rows, signals).items():
            wall, processor = seconds(work, repeats)
            print(f"{what:30} {wall:8.2f} s wall {processor:8.2f} s processor")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
