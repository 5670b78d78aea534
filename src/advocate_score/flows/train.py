"""Training: search a recipe on what was known before, refuse signals that know too much, fit, judge on later asks, log,
register as challenger."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import iso
from advocate_score.errors import Fault, InputError
from advocate_score.evaluation.backtest import default_origins, splits
from advocate_score.evaluation.leakage import STRONG, suspicion
from advocate_score.flows.account_scores import silent_asks, silent_signals
from advocate_score.flows.datasets import TRAINING_TABLES, TrainingSet, training_set
from advocate_score.flows.erase import note_taught_accounts
from advocate_score.flows.evaluation import evaluated, pooled
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.flows.promote import ChallengerComparison, compared_with_service, contest_with_champion
from advocate_score.flows.serving import untrained
from advocate_score.model.hyperparameter_search import Tuned, check_installed, optuna_search
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.persistence import save
from advocate_score.model.training_data import ask_rows
from advocate_score.signal_spec import Signal
from advocate_score.signals.columns import column_type
from advocate_score.signals.compute import schema_hash
from advocate_score.tracking.ledger import Registered
from advocate_score.tracking.training_result import Evaluation, Log, Training
from advocate_score.tracking.training_run import log_training

_DEVIATIONS = 3.0
"""How far above doubt the power of a signal must lie to refuse the run: among many signals one is strong by chance."""


def refuse_todays_values(settings: Settings) -> None:
    """InputError where a declared signal reads an attribute of the account of which the export has today's value only,
    and the declaration does not say that it never changes."""
    own = [one for one in settings.signals if one.aggregate == "value" and not one.static]
    faults = [_todays_value(one) for one in own if column_type(one.table, one.column or "") is None]
    if faults:
        raise InputError(faults)


def refuse_later_facts(rows: pd.DataFrame, signals: Sequence[Signal]) -> tuple[str, ...]:
    """InputError where a signal alone tells the outcome of past asks as no client's past does; warnings where it may be
    chance. `rows`: the ask frame."""
    found = suspicion(rows, {one.name: one.concept for one in signals})
    told = [str(one) for one in found.loc[found["suspicious"], "signal"]]
    certain = [name for name in told if _lower(rows, found, name) >= STRONG]
    if certain:
        raise InputError([*_later_facts(found, certain)])
    return tuple(f"signal {name} tells the outcome suspiciously well: see whether it is known before." for name in told)


def _todays_value(signal: Signal) -> Fault:
    problem = f"accounts.{signal.column} has today's value only, which a past ask could not have known."
    fix = "add static = true where it never changes, or take the signal out of the configuration"
    return Fault(f"[[signals]] {signal.name}", problem, fix)


def _later_facts(found: pd.DataFrame, names: Sequence[str]) -> Iterator[Fault]:
    power = found.set_index("signal")[["auc", "auc_of_absence"]].max(axis=1)
    for name in names:
        problem = f"tells the outcomes of past asks apart, AUC {power[name]:.2f}: no client's past does."
        yield Fault(f"signal {name}", problem, "mend its recorded_at, or switch it off in [catalogue] off")


def _lower(rows: pd.DataFrame, found: pd.DataFrame, name: str) -> float:
    """The power less what chance may have added to it, by the smaller class."""
    value, absence = found.loc[found["signal"] == name, ["auc", "auc_of_absence"]].fillna(0.5).to_numpy(np.float64)[0]
    by_value = value >= absence
    outcome = rows.loc[rows[name].notna(), "outcome"] if by_value else rows["outcome"]
    power = float(max(value, absence))
    fewer = min(outcome.sum(), len(outcome) - outcome.sum())
    return power - _DEVIATIONS * float(np.sqrt(power * (1 - power) / max(1, fewer)))


def search_recipe(project: Project, model: LadderModel, rows: pd.DataFrame, trials: int) -> Tuned | None:
    """Gives `model` the recipe found; None, with a warning, where the log is too short to search on.

    Only asks and answers known at the backtest's first origin are searched on, so that backtest and gate judge the
    recipe on asks which had no part in choosing it.
    """

    def report(done: int, total: int) -> None:
        project.progress.step("Searching for a recipe", done, total)

    days = project.settings.model.maturity_days
    try:
        known = splits(rows, default_origins(rows, days), days)[0].training(rows)
        plan = model.plan()
        found = optuna_search(ask_rows(known, plan.schema, model.levels), plan, trials, report)
    except InputError as error:
        project.progress.warn(f"the recipe was left as it is: {error}")
        return None
    model.set_params(**{f"recipe__{name.replace('.', '__')}": value for name, value in found.choices.items()})
    return found


def described(found: Tuned | None) -> dict[str, Any] | None:
    """For the result of `train`."""
    if found is None:
        return None
    return {
        "trials": found.trials,
        "log_loss_before": found.log_loss_before,
        "log_loss": found.log_loss,
        "choices": dict(found.choices),
    }


NEWEST = 500
"""Asks that concept importance is measured on: contributions cost far more than predictions."""


def train_model(project: Project, as_of: str | None, tune: int = 0) -> dict[str, Any]:
    """`tune`: how many recipes to try before; 0 takes the configured one as it is."""
    if tune:
        check_installed()
    settings = project.settings
    refuse_todays_values(settings)
    with open_data(project, TRAINING_TABLES) as data:
        instant = resolve_as_of(settings, as_of, data.tables.data_cut)
        contest = contest_with_champion(project, data, untrained(settings, data.signals))
        given = training_set(project, data, instant, contest.signals)
        for warning in _warnings(project, data, given):
            project.progress.warn(warning)
        tuned = search_recipe(project, contest.challenger, given.rows, tune) if tune else None
        evaluation = evaluated(project, contest.challenger, given.rows, instant)
        project.progress.step(f"Fitting on {len(given.rows)} asks")
        contest.challenger.fit(given.rows)
        training = replace(_training(project, data, contest, given, evaluation), tuned=tuned)
        project.progress.step("Logging to MLflow")
        registered = log_training(settings, training)
        note_taught_accounts(settings, registered, instant, given.rows["account_id"].unique())
        return _result(project, registered, training)


def _warnings(project: Project, data: Data, given: TrainingSet) -> Iterator[str]:
    """InputError where the signals must not be learned from."""
    yield from silent_signals(given.accounts, data.signals)
    yield from refuse_later_facts(given.rows, data.signals)
    yield from silent_asks(data, project.settings, given.as_of)


def _training(
    project: Project, data: Data, contest: ChallengerComparison, given: TrainingSet, evaluation: Evaluation | None
) -> Training:
    folder, model = data.folder / "model", contest.challenger
    return Training(
        model_folder=folder,
        digests=save(model, folder),
        recipe=project.settings.model.recipe,
        as_of=given.as_of,
        signals=data.signals,
        schema_hash=schema_hash(data.signals),
        data_digests=data.tables.digests,
        log=_log(model, given.rows),
        weights=model.fitted_.blend.weights,
        evaluation=evaluation,
        comparison=compared_with_service(project, contest, given, evaluation.predictions if evaluation else None),
        importance=_importance(model, given.rows),
        selection=model.selection_.among(given.accounts, model.fitted_),
    )


def _log(model: LadderModel, rows: pd.DataFrame) -> Log:
    found = rows.groupby("level").agg(
        asks=("outcome", "size"), yes=("outcome", "sum"), accounts=("account_id", "nunique")
    )
    levels = found.reindex(list(model.levels), fill_value=0).rename_axis("level").reset_index()
    return Log(
        asks=len(rows),
        yes=int(rows["outcome"].sum()),
        accounts=int(rows["account_id"].nunique()),
        first_ask=rows["asked_at"].min().to_pydatetime(),
        last_ask=rows["asked_at"].max().to_pydatetime(),
        levels=levels.assign(
            evidence=levels["level"].map(model.evidence()), borrowed=np.isin(levels["level"], model.borrowed())
        ),
    )


def _importance(model: LadderModel, rows: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute contribution of each concept to the log-odds, over the newest asks."""
    concepts = model.explain(rows.tail(NEWEST)).concepts.abs().mean().sort_values(ascending=False)
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
        "tuned": described(training.tuned),
        "evaluation": pooled(evaluation.summary) if evaluation else [],
        "gate": {
            "compared_with": comparison.beside,
            "would_promote": comparison.verdict.promoted,
            "checks": comparison.verdict.table().to_dict("records"),
        },
        "calibration_identified": training.selection.identified,
    }
