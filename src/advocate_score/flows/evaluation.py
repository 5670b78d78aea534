"""`backtest`: rolling-origin evaluation on request, and the validation curves of a recipe, small enough to be stored
with its promotion."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import iso, parse_as_of
from advocate_score.errors import InputError
from advocate_score.evaluation import backtest, comparison, leakage, metrics, promotion_gate
from advocate_score.evaluation.backtest import Method
from advocate_score.evaluation.methods import methods, recipes_compared, refit_method
from advocate_score.evaluation.own_methods import own_methods
from advocate_score.flows.datasets import TRAINING_TABLES, labelled_asks, numbered_owners
from advocate_score.flows.project import Progress, Project, open_data, resolve_as_of
from advocate_score.flows.serving import untrained_model
from advocate_score.frames import json_rows, json_value
from advocate_score.model.protocol import Model
from advocate_score.monitoring.segments import by_segment
from advocate_score.tracking.training_result import Evaluation
from advocate_score.tracking.training_run import log_backtest

METRICS = ("log_loss", "auc", "brier")


def predict(
    rows: pd.DataFrame,
    methods: Mapping[str, Method],
    settings: Settings,
    seen_until: datetime,
    progress: Progress,
    origins: Sequence[datetime] = (),
) -> pd.DataFrame:
    """Out-of-time predictions of each method at rolling origins.

    Parameters
    ----------
    rows : the ask frame. methods : name → method. settings : of the project.
    seen_until : the instant until which answers are known.
    progress : receives one step per origin and method.
    origins : where to predict; chosen from the log if empty.
    """
    days = settings.model.maturity_days
    chosen = origins or backtest.default_origins(rows, days)
    total, completed = len(chosen) * len(methods), 0

    def report(what: str) -> None:
        nonlocal completed
        progress.step(f"Backtest, {what}", completed, total)
        completed += 1

    return backtest.rolling_origins(rows, chosen, methods, maturity_days=days, seen_until=seen_until, progress=report)


def evaluate(
    project: Project, model: Model, rows: pd.DataFrame, as_of: datetime, kinds: pd.DataFrame | None = None
) -> Evaluation | None:
    """The backtest of a training, with its learning curve; None if the log is too short to test on later asks.

    Parameters
    ----------
    project : the project. model : the recipe to evaluate. rows : the ask frame.
    as_of : the instant until which answers are known.
    kinds : the accounts with their attributes, as `flows.datasets.account_kinds` returns them; None: do not look at
    kinds of client. Account managers are numbered, since the result is stored where their names have no place.
    """
    settings = project.settings
    try:
        origins = backtest.default_origins(rows, settings.model.maturity_days)
        last = backtest.splits(rows, origins, settings.model.maturity_days)[-1]
        plain = methods(model)
        watched = {name: comparison.Watched(plain[name], last.test(rows)) for name in comparison.CURVE_METHODS}
        predictions = predict(rows, {**plain, **watched}, settings, as_of, project.progress, origins)
    except InputError as error:
        project.progress.warn(f"the model could not be tested on later {error}")
        return None
    project.progress.step("Learning curve and summary")
    return Evaluation(
        predictions=predictions,
        summary=summarise(predictions, settings),
        recipes=recipes_compared(model),
        learning=comparison.learning_curve(watched, last, rows, settings.model.seed),
        segments=None if kinds is None else _segments(predictions, kinds, rows, settings.model.seed),
    )


def _segments(predictions: pd.DataFrame, kinds: pd.DataFrame, rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    return by_segment(predictions, numbered_owners(kinds), set(rows["account_id"]), seed=seed)


def capacities(settings: Settings) -> dict[int, float]:
    return {level: settings.policy.capacity.of(level) for level in settings.ladder.in_use}


def summarise(predictions: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    return comparison.summary(predictions, capacity=capacities(settings), seed=settings.model.seed)


def pooled_rows(summary_rows: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per method: log loss, AUC and Brier score over all asks, and the mean of the levels' log losses."""
    everything = summary_rows[summary_rows["subset"] == "all"]
    rows: dict[str, dict[str, Any]] = {}
    for row in everything.to_dict("records"):
        if row["level"] == "pooled" and row["metric"] in METRICS:
            rows.setdefault(row["method"], {})[row["metric"]] = row["value"]
        elif row["level"] == "macro" and row["metric"] == "log_loss":
            rows.setdefault(row["method"], {})["macro_log_loss"] = row["value"]
    return [
        {"method": method} | {metric: json_value(value) for metric, value in values.items()}
        for method, values in rows.items()
    ]


def differences(summary_rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Blend minus each baseline in pooled log loss; below 0 is better."""
    losses = summary_rows[
        (summary_rows["subset"] == "all") & (summary_rows["metric"] == "log_loss") & (summary_rows["level"] == "pooled")
    ]
    names = {"delta": "difference", "delta_low": "low", "delta_high": "high", "p_delta_below_zero": "p_better"}
    rows = losses.loc[losses["delta"].notna(), ["method", *names]].rename(columns=names | {"method": "baseline"})
    return json_rows(rows)


def by_origin(predictions: pd.DataFrame, own: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Pooled log loss of each published method, and of the firm's `own`, at each origin."""
    rows, shown = [], (*backtest.PUBLISHED_METHODS, *own)
    for origin, asks in predictions.groupby("origin"):
        estimates = metrics.estimate(asks, shown, ["log_loss"], draws=1)
        losses = {method: estimates[method, "log_loss"].value["pooled"] for method in shown}
        rows.append({"origin": f"{origin:%Y-%m-%d}", "asks": len(asks), "yes": int(asks["outcome"].sum()), **losses})
    return rows


def backtest_model(
    project: Project,
    as_of: str | None = None,
    origins: str | None = None,
    predictions: Path | None = None,
    *,
    controls: bool = False,
    own: Sequence[str | Method] = (),
) -> dict[str, Any]:
    """Evaluate the configured recipe at rolling origins; return the figures that `backtest --json` prints.

    With methods of the firm's own, the backtest is logged to MLflow.

    Parameters
    ----------
    project : the project. as_of : the instant, None for the configured rule.
    origins : instants separated by commas, None to choose them from the log.
    predictions : a Parquet file for one row per ask and origin, if any. controls : add the negative controls.
    own : methods beside the baselines, as `evaluation.own_methods` takes them.
    """
    settings = project.settings
    chosen = [parse_as_of(text.strip()) for text in origins.split(",")] if origins else []
    with open_data(project, TRAINING_TABLES) as data:
        until = resolve_as_of(settings, as_of, data.tables.data_cut)
        model = untrained_model(settings, data.signals)
        shipped = methods(model)
        with own_methods(own, settings.folder, [*shipped, *backtest.KEYS, backtest.NEVER_ASKED]) as added:
            rows = labelled_asks(project, data, until)
            prediction_rows = predict(rows, {**shipped, **added}, settings, until, project.progress, chosen)
        if predictions:
            predictions.parent.mkdir(parents=True, exist_ok=True)
            prediction_rows[[*backtest.PREDICTION_COLUMNS, *added]].to_parquet(predictions, index=False)
        summary_rows = summarise(prediction_rows, settings)
        return {
            "as_of": iso(until),
            "recipe": settings.model.recipe,
            "predictions": str(predictions) if predictions else None,
            "by_origin": by_origin(prediction_rows, [*added]),
            "evaluation": pooled_rows(summary_rows),
            "differences": differences(summary_rows),
            "controls": [vars(check) for check in _controls(project, model, rows, until, prediction_rows)]
            if controls
            else [],
        } | ({"run_id": _log_backtest(settings, model, until, prediction_rows, summary_rows)} if own else {})


def _log_backtest(
    settings: Settings, model: Model, until: datetime, predictions: pd.DataFrame, summary_rows: pd.DataFrame
) -> str:
    """The id of the run; a backtest has no learning curve."""
    no_curve = pd.DataFrame(columns=comparison.LEARNING_CURVE_COLUMNS)
    return log_backtest(settings, until, Evaluation(predictions, summary_rows, recipes_compared(model), no_curve))


def _controls(
    project: Project, model: Model, rows: pd.DataFrame, until: datetime, predictions: pd.DataFrame
) -> tuple[promotion_gate.Check, ...]:
    settings = project.settings
    project.progress.step("Negative controls")
    noise = leakage.permuted_labels(
        rows,
        [origin.to_pydatetime() for origin in predictions["origin"].drop_duplicates()],
        refit_method(model),
        maturity_days=settings.model.maturity_days,
        seen_until=until,
        seed=settings.model.seed,
    )
    concepts = {signal.name: signal.concept for signal in model.signals}
    return noise, *leakage.planted_leak(rows, concepts, settings.model.seed)


SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
_DIGITS = 4


def validation_curves(predictions: pd.DataFrame, method: str, seed: int) -> dict[str, Any]:
    """Calibration by level and lift over all levels, with 90 % intervals, ready for JSON; empty without predictions.

    Parameters
    ----------
    predictions : account_id, level, asked_at, origin, outcome and the column `method`, one row per later ask.
    """
    if predictions.empty:
        return {}
    bins = comparison.reliability(predictions, method).round(_DIGITS)
    lift = comparison.lift_curve(predictions, method, SHARES, seed=seed).round(_DIGITS)
    days = predictions["asked_at"].dt.strftime("%Y-%m-%d")
    shown = ["predicted", "observed", "low", "high", "n"]
    named = lift.rename(columns={"lift_low": "low", "lift_high": "high"})[["share", "lift", "low", "high"]]
    return {
        "asks": len(predictions),
        "first": days.min(),
        "last": days.max(),
        "calibration": {str(level): rows[shown].to_dict("records") for level, rows in bins.groupby("level")},
        "lift": named.dropna().to_dict("records"),
    }
