"""The result of a training as it is handed to tracking: its parts, its tags, and its evaluation as MLflow metrics."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import iso
from advocate_score.evaluation.comparison import BLEND
from advocate_score.evaluation.metrics import MACRO, POOLED, Difference
from advocate_score.evaluation.promotion_gate import Verdict
from advocate_score.files import digest_of_digests, digest_of_text
from advocate_score.model.recipe import Component, Recipe
from advocate_score.signal_spec import Signal

if TYPE_CHECKING:
    from advocate_score.model.hyperparameter_search import Tuned
    from advocate_score.model.selection_bias import SelectionBias


@dataclass(frozen=True)
class Log:
    """The training asks.

    first_ask, last_ask are naive UTC; `levels` has one row per level: level, asks, yes, accounts, evidence, borrowed;
    `order` is the observed order of the levels, as `evaluation.comparison` returns it.
    """

    asks: int
    yes: int
    accounts: int
    first_ask: datetime
    last_ask: datetime
    levels: pd.DataFrame
    order: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """The verdict of the gate on the day of the training.

    `beside`: what the challenger was compared with, in words; `differences`: challenger minus each reference in the log
    loss as the mean of the levels, by the reference's name.
    """

    beside: str
    verdict: Verdict
    differences: Mapping[str, Difference]


@dataclass(frozen=True)
class Evaluation:
    """A backtest. Figures are drawn from the predictions, which are not stored.

    recipes : of the methods that are ladder models, by method.
    learning : log loss by number of training asks, as `evaluation.comparison` returns it.
    segments : the predictions by kind of client, as `monitoring.segments` returns them; None if not looked at.
    """

    predictions: pd.DataFrame
    summary: pd.DataFrame
    recipes: Mapping[str, Recipe]
    learning: pd.DataFrame
    segments: pd.DataFrame | None = None


@dataclass(frozen=True)
class InputTable:
    """A table that the training read: SHA-256 of its source, rows in use, the columns' types as MLflow calls them."""

    name: str
    digest: str
    rows: int
    columns: Mapping[str, str]


@dataclass(frozen=True)
class Training:
    """One training, ready to be logged and registered.

    model_folder, digests : where `model.persistence.save` wrote the model, and what it returned.
    signals : the model's inputs beside the account's record of answers, in their order.
    schema_hash : hash of the signal schema, as in the manifest.
    choices, recipes_digest : the recipe as it was used, and the SHA-256 of the recipes file.
    inputs : the tables, and the asks with their signals.
    log : the training asks.
    weights : of the blend's components.
    importance : columns `concept, importance`.
    selection : how the asks were chosen.
    evaluation : None if the log is too short to test on later asks.
    tuned : the search that found the recipe; None without a search.
    """

    model_folder: Path
    digests: Mapping[str, str]
    recipe: str
    as_of: datetime
    signals: tuple[Signal, ...]
    schema_hash: str
    choices: Recipe
    recipes_digest: str
    inputs: tuple[InputTable, ...]
    log: Log
    weights: Mapping[Component, float]
    importance: pd.DataFrame
    selection: "SelectionBias"
    comparison: Comparison
    evaluation: Evaluation | None
    tuned: "Tuned | None" = None


SOURCE = {"mlflow.source.name": "advocate-score train", "mlflow.source.type": "LOCAL"}
NOTE = "mlflow.note.content"
"""What MLflow shows as the description of a run or an experiment."""
SHOWN = ("log_loss_macro", "log_loss_pooled", "auc_pooled", "brier_pooled")


def origin_tags(settings: Settings, training: Training) -> dict[str, str]:
    """Return the tags that identify the inputs of the model."""
    return {
        "recipe": training.recipe,
        "as_of": iso(training.as_of),
        "config_hash": digest_of_text(settings.canonical_json()),
        "schema_hash": training.schema_hash,
        "model_digest": digest_of_digests(training.digests),
        "package_version": installed_version("advocate-score"),
        **{f"data.{table.name}": table.digest for table in training.inputs},
    }


def comparison_tags(training: Training) -> dict[str, str]:
    """Return tags for whether calibration is identified, and for the gate's verdict with its figures by reference."""
    comparison, verdict = training.comparison, training.comparison.verdict
    tags = {
        "calibration_identified": str(training.selection.identified).lower(),
        "compared_with": comparison.beside,
        "gate": "would promote" if verdict.promoted else "would hold",
        "gate_failures": "; ".join(check.title for check in verdict.failures),
        "level_order": _level_order(training.log.order),
    }
    for name, diff in comparison.differences.items():
        tags[f"vs_{name}.delta_log_loss"] = f"{diff.delta:+.6f} ({diff.low:+.6f} to {diff.high:+.6f})"
        tags[f"vs_{name}.p_better"] = f"{diff.p_below_zero:.4f}"
    return tags


def _level_order(order: pd.DataFrame) -> str:
    against = order[order["contradicts"]]
    pairs = ", ".join(f"{pair.higher} above {pair.lower}" for pair in against.itertuples())
    return f"contradicted: {pairs}" if pairs else "not contradicted"


def version_tags(settings: Settings, training: Training, metrics: Mapping[str, float]) -> dict[str, str]:
    """Return the tags for promotion and for comparing versions, with the SHA-256 of the model's files by name."""
    return {
        **origin_tags(settings, training),
        **comparison_tags(training),
        "maturity_days": str(settings.model.maturity_days),
        "digests": json.dumps(dict(training.digests), sort_keys=True),
        **{name: f"{metrics[name]:.6f}" for name in SHOWN if name in metrics},
    }


EVERYTHING = "all"


def metrics_of(summary: pd.DataFrame) -> dict[str, float]:
    """Return metrics by name, such as `log_loss_macro`, `auc_level_3`, `never_asked_before/auc_pooled`.

    The model has its metrics at every level, with the bounds of their 90 % interval (`…_low`, `…_high`) over all
    levels. Baselines, as in `nps_rule/log_loss_macro`, have theirs over all levels only, because the summary table
    holds the others. Undefined metrics are left out.
    """
    over_all, own = summary["level"].isin([MACRO, POOLED]), summary["method"] == BLEND
    values = _by_metric_name(summary[over_all | own], "value")
    bounded = summary[over_all & own & (summary["subset"] == EVERYTHING)]
    return _known_metrics(values | _by_metric_name(bounded, "low", "_low") | _by_metric_name(bounded, "high", "_high"))


def differences_of(summary: pd.DataFrame) -> dict[str, float]:
    """Return blend minus one method, whose rows these are, over all levels; empty for the blend itself.

    Names are `blend_minus_this/log_loss_macro` with `…_low`, `…_high` and `…_p_below_zero`.
    """
    over_all = summary[summary["level"].isin([MACRO, POOLED])].assign(method=BLEND)
    ends = {"delta": "", "delta_low": "_low", "delta_high": "_high", "p_delta_below_zero": "_p_below_zero"}
    values = {
        name: value for column, end in ends.items() for name, value in _by_metric_name(over_all, column, end).items()
    }
    return {f"blend_minus_this/{name}": value for name, value in _known_metrics(values).items()}


def segment_metrics(segments: pd.DataFrame | None) -> dict[str, float]:
    """Return how many kinds of client were judged on later asks, and for how many predictions were wrong."""
    if segments is None:
        return {}
    return {"segments_judged": float(segments["judged"].sum()), "segments_wrong": float(segments["wrong"].sum())}


def _known_metrics(metrics: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _by_metric_name(rows: pd.DataFrame, column: str, suffix: str = "") -> dict[str, float]:
    keys = zip(*(rows[key].astype(str) for key in ("method", "subset", "metric", "level")), strict=True)
    return {_metric_name(*key) + suffix: float(value) for key, value in zip(keys, rows[column], strict=True)}


def _metric_name(method: str, subset: str, metric: str, level: str) -> str:
    suffix = level if level in (MACRO, POOLED) else f"level_{level}"
    prefix = ("" if method == BLEND else f"{method}/") + ("" if subset == EVERYTHING else f"{subset}/")
    return f"{prefix}{metric}_{suffix}"
