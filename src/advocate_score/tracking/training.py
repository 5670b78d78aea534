"""What a training hands over to be tracked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.model.differences import Difference
from advocate_score.model.gate import Verdict
from advocate_score.model.recipe import Component, Recipe

if TYPE_CHECKING:
    from advocate_score.model.selection import Selection
    from advocate_score.model.tuner import Tuned


@dataclass(frozen=True)
class Log:
    """The asks that taught: first_ask, last_ask are naive UTC; `levels` has one row a level: level, asks, yes,
    accounts, evidence, borrowed."""

    asks: int
    yes: int
    accounts: int
    first_ask: datetime
    last_ask: datetime
    levels: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """The gate as it would judge today. `beside`: what the challenger was put beside, in words; `differences`:
    challenger minus each reference in the log loss as the mean of the levels, by the reference's name."""

    beside: str
    verdict: Verdict
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class Evaluation:
    """A backtest. The predictions are drawn, and not stored.

    recipes : of the methods that are ladder models, by method.
    learning : log loss by number of training asks, as `model.learning_curve` gives it.
    """

    predictions: pd.DataFrame
    summary: pd.DataFrame
    recipes: Mapping[str, Recipe]
    learning: pd.DataFrame


@dataclass(frozen=True)
class Training:
    """One training, ready to be logged and registered.

    model_folder, digests : what `model.files.save` wrote, and what it returned.
    signals : the model's inputs beside the account's record of answers, in their order.
    schema_hash : hash of the signal schema, as in the manifest.
    data_digests : SHA-256 of each source file, by table.
    log : the asks that taught.
    weights : of the blend's components.
    importance : columns `concept, importance`.
    selection : how the asks were chosen.
    evaluation : None where the log is too short to test on later asks.
    tuned : the search that the recipe comes from; None without one.
    """

    model_folder: Path
    digests: Mapping[str, str]
    recipe: str
    as_of: datetime
    signals: tuple[Signal, ...]
    schema_hash: str
    data_digests: Mapping[str, str]
    log: Log
    weights: Mapping[Component, float]
    importance: pd.DataFrame
    selection: "Selection"
    comparison: Comparison
    evaluation: Evaluation | None
    tuned: "Tuned | None" = None
