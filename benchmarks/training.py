"""How long does a training take, beside the least that any program must do? Arguments: asks, signals, repeats.

Timed on an ask frame that is ready: the backtest at four origins beside every baseline, with summary and learning
curve; the fit with its refits; both together, which is the training without reading tables and logging. The least:
one plain LightGBM and one proportional-odds logit on the same matrix.

    python -m benchmarks.training 2000 70 3
"""

import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
from benchmarks.measured import Row, compared, numbers_asked, row, tell

from advocate_score.config import Settings
from advocate_score.flows.evaluation import evaluate
from advocate_score.flows.project import Project, Silent
from advocate_score.flows.serving import untrained_model
from advocate_score.model.arrays import single_thread
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.ordinal_logit import Prior, fit_logit
from advocate_score.signal_spec import Signal
from advocate_score.signals.catalogue import shipped_catalogue

FIRST, DAYS = pd.Timestamp("2023-01-01"), 1_095
AS_OF = (FIRST + timedelta(days=DAYS + 60)).to_pydatetime()
ROUNDS, LEAVES = 100, 31


def declared(count: int) -> list[Signal]:
    """The shipped signals of numbers, repeated under other names until there are `count`."""
    numbers = [signal for signal in shipped_catalogue().signals if not signal.is_category]
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


def backtest(rows: pd.DataFrame, signals: list[Signal]) -> object:
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Settings(folder=Path(folder)), shipped_catalogue(), Silent())
        return evaluate(project, untrained_model(project.settings, signals), rows, AS_OF)


def fit(rows: pd.DataFrame, signals: list[Signal]) -> LadderModel:
    with tempfile.TemporaryDirectory() as folder:
        return untrained_model(Settings(folder=Path(folder)), signals).fit(rows)


def training(rows: pd.DataFrame, signals: list[Signal]) -> object:
    return backtest(rows, signals), fit(rows, signals)


@single_thread()
def plain_trees(rows: pd.DataFrame, signals: list[Signal]) -> object:
    matrix = rows[["level", *(signal.name for signal in signals)]].to_numpy(np.float64)
    options = {"objective": "binary", "num_leaves": LEAVES, "num_threads": 1, "verbosity": -1}
    return lightgbm.train(options, lightgbm.Dataset(matrix, rows["outcome"]), ROUNDS)


@single_thread()
def plain_logit(rows: pd.DataFrame, signals: list[Signal]) -> object:
    matrix = np.nan_to_num(rows[[signal.name for signal in signals]].to_numpy(np.float64))
    width = matrix.shape[1]
    prior = Prior(np.zeros(width), np.full(width, 10.0), np.zeros(width, dtype=np.int64), np.linspace(0.5, -1.5, 5))
    level, outcome = rows["level"].to_numpy(np.int64) - 1, rows["outcome"].to_numpy(np.float64)
    return fit_logit(matrix, level, outcome, np.ones(len(rows)), prior)


WORKS: dict[str, Callable[[pd.DataFrame, list[Signal]], object]] = {
    "one plain LightGBM": plain_trees,
    "one proportional-odds logit": plain_logit,
    "fit with its refits": fit,
    "backtest, learning curve": backtest,
    "training: both": training,
}


def prepared(what: str, count: int, width: int) -> Callable[[], object]:
    """The asks are drawn before the clock starts."""
    signals = declared(width)
    return partial(WORKS[what], asks(count, signals), signals)


def figures(count: int, width: int, repeats: int) -> list[Row]:
    costs = compared({what: partial(prepared, what, count, width) for what in WORKS}, repeats)
    return [row(what, cost, asks=count, signals=width) for what, cost in costs.items()]


def main(arguments: Sequence[str] | None = None) -> None:
    given = numbers_asked(__doc__, {"asks": 2_000, "signals": 70, "repeats": 3}, arguments)
    tell("training", figures(given.asks, given.signals, given.repeats), as_json=given.json)


if __name__ == "__main__":
    main()
