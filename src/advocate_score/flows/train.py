"""Training: fit, judge on later asks, log, register as challenger."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.flows.contest import Contest, compared_with_service, contest_with_champion
from advocate_score.flows.evaluation import evaluated, pooled
from advocate_score.flows.leaks import refuse_later_facts, refuse_todays_values
from advocate_score.flows.lesson import TAUGHT_BY, Lesson, lesson
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.flows.recipes import untrained
from advocate_score.flows.remarks import silent_asks, silent_signals
from advocate_score.flows.secret import note_taught_accounts
from advocate_score.flows.tuning import described, tune_recipe
from advocate_score.model.files import save
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.tuner import check_installed
from advocate_score.signals.build import schema_hash
from advocate_score.tracking.record import Registered, log_training
from advocate_score.tracking.training import Evaluation, Log, Training
from advocate_score.windows import iso

NEWEST = 500
"""Asks that concept importance is measured on: contributions cost far more than predictions."""


def train_model(project: Project, as_of: str | None, tune: int = 0) -> dict[str, Any]:
    """`tune`: how many recipes to try before; 0 takes the configured one as it is."""
    if tune:
        check_installed()
    settings = project.settings
    refuse_todays_values(settings)
    with open_data(project, TAUGHT_BY) as data:
        instant = resolve_as_of(settings, as_of, data.tables.data_cut)
        contest = contest_with_champion(project, data, untrained(settings, data.signals))
        given = lesson(project, data, instant, contest.signals)
        for warning in _warnings(project, data, given):
            project.progress.warn(warning)
        tuned = tune_recipe(project, contest.challenger, given.rows, tune) if tune else None
        evaluation = evaluated(project, contest.challenger, given.rows, instant)
        project.progress.step(f"Fitting on {len(given.rows)} asks")
        contest.challenger.fit(given.rows)
        training = replace(_training(project, data, contest, given, evaluation), tuned=tuned)
        project.progress.step("Logging to MLflow")
        registered = log_training(settings, training)
        note_taught_accounts(settings, registered, instant, given.rows["account_id"].unique())
        return _result(project, registered, training)


def _warnings(project: Project, data: Data, given: Lesson) -> Iterator[str]:
    """InputError where the signals must not be learned from."""
    yield from silent_signals(given.accounts, data.signals)
    yield from refuse_later_facts(given.rows, data.signals)
    yield from silent_asks(data, project.settings, given.as_of)


def _training(project: Project, data: Data, contest: Contest, given: Lesson, evaluation: Evaluation | None) -> Training:
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
