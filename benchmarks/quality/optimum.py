"""The best that can be read from the signals: the truth averaged over what no signal shows.

Four sets of trees learn it from the true probabilities themselves, of 10,000 accounts each, in other worlds of the same
cell. No method can have such labels, and none of the accounts judged are among them.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
from benchmarks.quality.cells import Cell
from benchmarks.quality.inputs import Inputs, as_curves, at_every_level
from benchmarks.quality.worlds import Judged, made_world
from scipy.special import expit

from advocate_score.model.arrays import Floats
from advocate_score.simulate.world import World

_ROUNDS = 400
_PARAMETERS = {
    "objective": "cross_entropy",  # whose minimum, with probabilities as labels, is their conditional mean
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 50,
    "lambda_l2": 10.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "max_bin": 63,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Optimum:
    """curve (n, 5) · error: standard error at one account and level, as the sets of trees differ from each other."""

    curve: Floats
    error: float


def optimum(cell: Cell, judged: Judged, folder: Path) -> Optimum:
    """For the judged accounts; the trees of the cell are kept in `folder`."""
    log_odds = np.stack([_log_odds(file, judged) for file in learned_optimum(cell, folder)])
    variance = expit(log_odds).var(axis=0, ddof=1).mean() / len(log_odds)
    return Optimum(np.asarray(expit(log_odds.mean(axis=0))), float(np.sqrt(variance)))


def learned_optimum(cell: Cell, folder: Path) -> list[Path]:
    """The files with the trees, learned once for a cell."""
    return [_learned(world, folder / "optimum" / f"{cell.name}-{world.seed}.txt") for world in cell.optimum_worlds()]


def _log_odds(file: Path, judged: Judged) -> Floats:
    booster = lightgbm.Booster(model_file=file)
    inputs = Inputs(tuple(booster.feature_name()[1:]))
    return as_curves(np.asarray(booster.predict(inputs.pooled(at_every_level(judged.accounts)), raw_score=True)))


def _learned(world: World, file: Path) -> Path:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(f".{os.getpid()}")
        _learn(made_world(world, with_asks=False)).save_model(unfinished)
        unfinished.rename(file)
    return file


def _learn(world: Judged) -> lightgbm.Booster:
    table = Inputs.of(world.accounts).pooled(at_every_level(world.accounts))
    data = lightgbm.Dataset(table, world.truth.T.ravel())
    return lightgbm.train(_PARAMETERS, data, _ROUNDS)
