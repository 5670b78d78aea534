"""Training: optionally search a recipe, refuse signals with information from after the ask, evaluate on later asks,
fit, log, and register a challenger."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import iso
from advocate_score.errors import Fault, InputError
from advocate_score.evaluation.backtest import default_origins, splits
from advocate_score.evaluation.comparison import level_order
from advocate_score.evaluation.leakage import STRONG, suspicion
from advocate_score.flows import account_scores, datasets, erase, preflight, promote, serving
from advocate_score.flows.evaluation import evaluate, pooled_rows
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.frames import json_rows
from advocate_score.model.hyperparameter_search import Tuned, check_installed, optuna_search
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.persistence import save
from advocate_score.model.training_data import ask_rows
from advocate_score.monitoring.segments import ATTRIBUTES
from advocate_score.schema import TABLES
from advocate_score.signal_spec import Signal
from advocate_score.signals import catalogue, compute
from advocate_score.tracking.ledger import Registered
from advocate_score.tracking.training_result import Evaluation, InputTable, Log, Training
from advocate_score.tracking.training_run import log_training

_DEVIATIONS = 3.0
"""A signal's power must exceed the limit by this many standard deviations to refuse the run, because among many signals
one is strong by chance."""


def reject_todays_values(settings: Settings) -> None:
    """Raise InputError if a declared signal reads an account attribute without history and is not declared static.

    The export has only today's value of such an attribute, which a past ask could not have known.
    """
    attribute_signals = [signal for signal in settings.signals if signal.aggregate == "value" and not signal.static]
    faults = [
        _todays_value(signal)
        for signal in attribute_signals
        if catalogue.column_type(signal.table, signal.column or "") is None
    ]
    if faults:
        raise InputError(faults)


def reject_later_facts(rows: pd.DataFrame, signals: Sequence[Signal]) -> tuple[str, ...]:
    """Warnings on signals that predict the outcome of past asks suspiciously well; InputError if chance cannot explain
    it.

    `rows`: the ask frame.
    """
    suspicions = suspicion(rows, {signal.name: signal.concept for signal in signals})
    suspects = [str(name) for name in suspicions.loc[suspicions["suspicious"], "signal"]]
    certain = [name for name in suspects if _lower_bound(rows, suspicions, name) >= STRONG]
    if certain:
        raise InputError([*_later_facts(suspicions, certain)])
    return tuple(
        f"signal {name} predicts answers suspiciously well: check that it was known before each ask."
        for name in suspects
    )


def _todays_value(signal: Signal) -> Fault:
    problem = f"accounts.{signal.column} has today's value only, which a past ask could not have known."
    fix = "add static = true where it never changes, or take the signal out of the configuration"
    return Fault(f"[[signals]] {signal.name}", problem, fix)


def _later_facts(suspicions: pd.DataFrame, names: Sequence[str]) -> Iterator[Fault]:
    power = suspicions.set_index("signal")[["auc", "auc_of_absence"]].max(axis=1)
    for name in names:
        problem = f"predicts past answers better (AUC {power[name]:.2f}) than anything known before them can."
        yield Fault(f"signal {name}", problem, "correct its recorded_at, or switch it off in [catalogue] off")


def _lower_bound(rows: pd.DataFrame, suspicions: pd.DataFrame, name: str) -> float:
    """The power of a signal minus what chance may have added, estimated from the smaller class."""
    value, absence = (
        suspicions.loc[suspicions["signal"] == name, ["auc", "auc_of_absence"]].fillna(0.5).to_numpy(np.float64)[0]
    )
    by_value = value >= absence
    outcome = rows.loc[rows[name].notna(), "outcome"] if by_value else rows["outcome"]
    power = float(max(value, absence))
    fewer = min(outcome.sum(), len(outcome) - outcome.sum())
    return power - _DEVIATIONS * float(np.sqrt(power * (1 - power) / max(1, fewer)))


def search_recipe(project: Project, model: LadderModel, rows: pd.DataFrame, trials: int) -> Tuned | None:
    """Set the best recipe found on `model` and return the search; None, with a warning, if the log is too short to
    search on.

    The search uses only asks and answers known at the backtest's first origin, so that backtest and gate evaluate the
    recipe on asks that had no part in choosing it.

    Parameters
    ----------
    project : the project. model : receives the recipe. rows : the ask frame. trials : number of recipes to try.
    """

    def report(completed: int, total: int) -> None:
        project.progress.step("Searching for a recipe", completed, total)

    days = project.settings.model.maturity_days
    try:
        known = splits(rows, default_origins(rows, days), days)[0].training(rows)
        plan = model.plan()
        tuned = optuna_search(ask_rows(known, plan.schema, model.levels), plan, trials, report)
    except InputError as error:
        project.progress.warn(f"the recipe was not tuned: {error}")
        return None
    model.set_params(**{f"recipe__{name.replace('.', '__')}": value for name, value in tuned.choices.items()})
    return tuned


def tuning_summary(tuned: Tuned | None) -> dict[str, Any] | None:
    """The search for the result of `train`; None without one."""
    if tuned is None:
        return None
    return {
        "trials": tuned.trials,
        "log_loss_before": tuned.log_loss_before,
        "log_loss": tuned.log_loss,
        "choices": dict(tuned.choices),
    }


IMPORTANCE_ASKS = 500
"""Number of asks that concept importance is measured on, limited because contributions cost far more than
predictions."""


def train_model(project: Project, as_of: str | None, tune: int = 0) -> dict[str, Any]:
    """Train, evaluate and register a challenger. `tune`: number of recipes to try first; 0 uses the configured one."""
    if tune:
        check_installed()
    settings = project.settings
    reject_todays_values(settings)
    with open_data(project, datasets.TRAINING_TABLES) as data:
        instant = resolve_as_of(settings, as_of, data.tables.data_cut)
        preflight.reject_ahead_of_clock(instant, None, as_of, data.tables.after_clock, project.settings.sources.as_of)
        challenger = serving.untrained_model(settings, data.signals)
        comparison = promote.challenger_comparison(project, data, challenger)
        dataset = datasets.training_set(project, data, instant, comparison.signals)
        for warning in _warnings(project, data, dataset):
            project.progress.warn(warning)
        tuned = search_recipe(project, challenger, dataset.rows, tune) if tune else None
        evaluation = evaluate(
            project, challenger, dataset.rows, instant, datasets.account_kinds(data, instant, ATTRIBUTES)
        )
        project.progress.step(f"Fitting on {len(dataset.rows)} asks")
        challenger.fit(dataset.rows)
        training = replace(_training(project, data, challenger, comparison, dataset, evaluation), tuned=tuned)
        for warning in _level_order_warnings(training.log.order):
            project.progress.warn(warning)
        project.progress.step("Logging to MLflow")
        registered = log_training(settings, training)
        erase.record_training_accounts(settings, registered, instant, dataset.rows["account_id"].unique())
        return _result(project, registered, training)


def _warnings(project: Project, data: Data, dataset: datasets.TrainingSet) -> Iterator[str]:
    """Warnings on the training data; InputError if a signal must not be used."""
    yield from account_scores.silent_signal_warnings(dataset.accounts, data.signals)
    yield from reject_later_facts(dataset.rows, data.signals)
    yield from account_scores.unanswered_asks_warning(data, project.settings, dataset.as_of)


def _level_order_warnings(order: pd.DataFrame) -> Iterator[str]:
    for pair in order[order["contradicts"]].to_dict("records"):
        observed = (
            f"level {pair['higher']} was granted more often than level {pair['lower']}, "
            f"{pair['rate_higher']:.0%} of its asks against {pair['rate_lower']:.0%}"
        )
        yield f"{observed}: the model takes a higher level for harder. See whether [[ladder.levels]] has your order."


def _training(
    project: Project,
    data: Data,
    model: LadderModel,
    comparison: promote.ChallengerComparison,
    dataset: datasets.TrainingSet,
    evaluation: Evaluation | None,
) -> Training:
    folder = data.folder / "model"
    return Training(
        model_folder=folder,
        digests=save(model, folder),
        recipe=project.settings.model.recipe,
        as_of=dataset.as_of,
        signals=data.signals,
        schema_hash=compute.schema_hash(data.signals),
        choices=model.plan().recipe,
        recipes_digest=serving.recipes_digest(project.settings),
        inputs=(*_tables(data), _learned_from(dataset.rows)),
        log=_log(model, dataset.rows, project.settings.model.seed),
        weights=model.fitted_.blend.weights,
        evaluation=evaluation,
        comparison=promote.compare_with_service(
            project, comparison, dataset, evaluation.predictions if evaluation else None
        ),
        importance=_importance(model, dataset.rows),
        selection=model.selection_bias(dataset.accounts),
    )


_MLFLOW_TYPES = {"integer": "long", "number": "double", "flag": "boolean", "time": "datetime"}
LEARNED_FROM = "asks_with_signals"


def _tables(data: Data) -> Iterator[InputTable]:
    """The tables as they were read: rows in use, and their columns; a column of one's own is text."""
    for name, digest in data.tables.digests.items():
        declared = {column.name: column.type for column in TABLES[name].columns} if name in TABLES else {}
        columns = sorted(data.tables.present.get(name, ()))
        types = {column: _MLFLOW_TYPES.get(declared.get(column, "text"), "string") for column in columns}
        yield InputTable(name, digest, data.tables.counts[name].accepted if name in data.tables.counts else 0, types)


def _learned_from(rows: pd.DataFrame) -> InputTable:
    """The training rows, one an ask, with a digest over every cell."""
    digest = hashlib.sha256(pd.util.hash_pandas_object(rows, index=False).to_numpy().tobytes()).hexdigest()
    kinds = {"i": "long", "u": "long", "f": "double", "b": "boolean", "M": "datetime"}
    types = {str(name): kinds.get(kind.kind, "string") for name, kind in rows.dtypes.items()}
    return InputTable(LEARNED_FROM, digest, len(rows), types)


def _log(model: LadderModel, rows: pd.DataFrame, seed: int) -> Log:
    counts = rows.groupby("level").agg(
        asks=("outcome", "size"), yes=("outcome", "sum"), accounts=("account_id", "nunique")
    )
    levels = counts.reindex(list(model.levels), fill_value=0).rename_axis("level").reset_index()
    return Log(
        asks=len(rows),
        yes=int(rows["outcome"].sum()),
        accounts=int(rows["account_id"].nunique()),
        first_ask=rows["asked_at"].min().to_pydatetime(),
        last_ask=rows["asked_at"].max().to_pydatetime(),
        levels=levels.assign(
            evidence=levels["level"].map(model.evidence()), borrowed=np.isin(levels["level"], model.borrowed())
        ),
        order=level_order(rows, seed=seed),
    )


def _importance(model: LadderModel, rows: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute contribution of each concept to the log-odds, over the newest asks."""
    concepts = model.explain(rows.tail(IMPORTANCE_ASKS)).concepts.abs().mean().sort_values(ascending=False)
    return concepts.rename_axis("concept").reset_index(name="importance")


def _result(project: Project, registered: Registered, training: Training) -> dict[str, Any]:
    comparison, evaluation = training.comparison, training.evaluation
    return {
        "model_name": registered.model_name,
        "version": registered.version,
        "run_id": registered.run_id,
        "tracking_uri": project.settings.tracking_uri,
        "as_of": iso(training.as_of),
        "asks": training.log.asks,
        "yes": training.log.yes,
        "signals": len(training.signals),
        "level_order": json_rows(training.log.order),
        "tuned": tuning_summary(training.tuned),
        "evaluation": pooled_rows(evaluation.summary) if evaluation else [],
        "gate": {
            "compared_with": comparison.beside,
            "would_promote": comparison.verdict.promoted,
            "checks": comparison.verdict.table().to_dict("records"),
        },
        "calibration_identified": training.selection.identified,
    }
