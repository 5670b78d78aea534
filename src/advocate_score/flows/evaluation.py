"""Backtests as the flows need them: which methods, at which origins, told in a few rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.errors import InputError
from advocate_score.flows.progress import Progress
from advocate_score.flows.project import Project
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.backtest import PUBLISHED_METHODS, rolling_origins
from advocate_score.model.baselines import Method
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.learning_curve import CURVE_METHODS, Watched, learning_curve
from advocate_score.model.methods import methods, recipes_compared
from advocate_score.model.metrics import estimate
from advocate_score.model.origins import default_origins, splits
from advocate_score.model.recipe import Recipe
from advocate_score.model.summary import summary
from advocate_score.tracking.training import Evaluation

METRICS = ("log_loss", "auc", "brier")


def compared(model: LadderModel) -> dict[str, Method]:
    """The model's own recipe, its parts each alone, and the plain baselines."""
    return methods(model.signals, model.recipe or Recipe(), model.seed, model.scorecard)


def foretell(
    rows: pd.DataFrame,
    methods: Mapping[str, Method],
    settings: Settings,
    seen_until: datetime,
    progress: Progress,
    origins: Sequence[datetime] = (),
) -> pd.DataFrame:
    """Predictions at `origins`, or at origins chosen from the log itself."""
    days = settings.model.maturity_days
    chosen = origins or default_origins(rows, days)
    total, done = len(chosen) * len(methods), 0

    def report(what: str) -> None:
        nonlocal done
        progress.step(f"Backtest, {what}", done, total)
        done += 1

    return rolling_origins(rows, chosen, methods, maturity_days=days, seen_until=seen_until, progress=report)


def evaluated(project: Project, model: LadderModel, rows: pd.DataFrame, as_of: datetime) -> Evaluation | None:
    """The backtest of a training, with its learning curve; None where the log is too short to test on later asks."""
    settings = project.settings
    try:
        origins = default_origins(rows, settings.model.maturity_days)
        last = splits(rows, origins, settings.model.maturity_days)[-1]
        plain = compared(model)
        watched = {name: Watched(plain[name], last.test(rows)) for name in CURVE_METHODS}
        predictions = foretell(rows, {**plain, **watched}, settings, as_of, project.progress, origins)
    except InputError as error:
        project.progress.warn(f"the model could not be judged on later asks: {error}")
        return None
    project.progress.step("Learning curve and summary")
    return Evaluation(
        predictions=predictions,
        summary=summarised(predictions, settings),
        recipes=recipes_compared(model.recipe or Recipe()),
        learning=learning_curve(watched, last, rows, settings.model.seed),
    )


def capacities(settings: Settings) -> dict[int, float]:
    return {level: settings.policy.capacity.of(level) for level in LEVEL_NUMBERS}


def summarised(predictions: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    return summary(predictions, capacity=capacities(settings), seed=settings.model.seed)


def pooled(found: pd.DataFrame) -> list[dict[str, Any]]:
    """One row a method: log loss, AUC and Brier over all asks, log loss as the mean of the levels."""
    everything = found[found["subset"] == "all"]
    rows: dict[str, dict[str, Any]] = {}
    for one in everything.to_dict("records"):
        if one["level"] == "pooled" and one["metric"] in METRICS:
            rows.setdefault(one["method"], {})[one["metric"]] = one["value"]
        elif one["level"] == "macro" and one["metric"] == "log_loss":
            rows.setdefault(one["method"], {})["macro_log_loss"] = one["value"]
    return [{"method": method, **_plain(values)} for method, values in rows.items()]


def differences(found: pd.DataFrame) -> list[dict[str, Any]]:
    """Blend minus each baseline in pooled log loss; below 0 is better."""
    one = found[(found["subset"] == "all") & (found["metric"] == "log_loss") & (found["level"] == "pooled")]
    names = {"delta": "difference", "delta_low": "low", "delta_high": "high", "p_delta_below_zero": "p_better"}
    rows = one.loc[one["delta"].notna(), ["method", *names]].rename(columns=names | {"method": "baseline"})
    return [_plain(row) for row in rows.to_dict("records")]


def by_origin(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Pooled log loss of each method at each origin."""
    found = []
    for origin, asks in predictions.groupby("origin"):
        estimates = estimate(asks, PUBLISHED_METHODS, ["log_loss"], draws=1)
        losses = {method: estimates[method, "log_loss"].value["pooled"] for method in PUBLISHED_METHODS}
        found.append({"origin": f"{origin:%Y-%m-%d}", "asks": len(asks), "yes": int(asks["outcome"].sum()), **losses})
    return found


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Ready for JSON: numbers of Python, null for what could not be measured."""
    return {key: None if isinstance(one, float) and np.isnan(one) else one for key, one in row.items()}
