"""Training: fit, judge on later asks, log, register as challenger."""

from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score.errors import Fault, InputError
from advocate_score.flows.evaluation import compared, foretell, pooled, summarised, untrained
from advocate_score.flows.frames import ask_frame
from advocate_score.flows.project import Data, Project, open_data, resolve_as_of
from advocate_score.model.files import save
from advocate_score.model.ladder_model import LadderModel
from advocate_score.signals.build import schema_hash
from advocate_score.tracking.record import Registered, Training, log_training
from advocate_score.windows import iso

TAUGHT_BY = ("asks",)


def train_model(project: Project, as_of: str | None) -> dict[str, Any]:
    with open_data(project, TAUGHT_BY) as data:
        instant = resolve_as_of(project.settings, as_of, data.tables.data_cut)
        rows = labelled_asks(project, data, instant)
        model = untrained(project.settings, data.signals)
        predictions, found = _evaluated(project, model, rows, instant)
        project.progress.step(f"Fitting on {len(rows)} asks")
        model.fit(rows)
        project.progress.step("Logging to MLflow")
        training = _training(project, data, rows, model, instant, predictions, found)
        registered = log_training(project.settings, training)
        return _result(project, registered, data, rows, instant, found)


def labelled_asks(project: Project, data: Data, as_of: datetime) -> pd.DataFrame:
    """The ask frame; InputError where there is nothing to learn from."""
    project.progress.step("Signals as of each ask")
    rows = ask_frame(data, project.settings, as_of)
    if rows["outcome"].nunique() < 2:
        ended = "all ended alike" if len(rows) else "are none"
        problem = f"{len(rows)} mature asks before {iso(as_of)}: they {ended}, so there is nothing to tell apart."
        raise InputError([Fault("asks", problem, "'score' works with the scorecard until more answers are in")])
    return rows


def _evaluated(
    project: Project, model: LadderModel, rows: pd.DataFrame, as_of: datetime
) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Predictions and their summary; neither where the log is too short to test on later asks."""
    try:
        predictions = foretell(rows, compared(model), project.settings, as_of, project.progress)
    except InputError as error:
        project.progress.warn(f"the model could not be judged on later asks: {error}")
        return None, None
    return predictions, summarised(predictions, project.settings)


def _training(
    project: Project,
    data: Data,
    rows: pd.DataFrame,
    model: LadderModel,
    as_of: datetime,
    predictions: pd.DataFrame | None,
    found: pd.DataFrame | None,
) -> Training:
    folder = data.folder / "model"
    return Training(
        model_folder=folder,
        digests=save(model, folder),
        recipe=project.settings.model.recipe,
        as_of=as_of,
        signals=data.signals,
        schema_hash=schema_hash(data.signals),
        data_digests=data.tables.digests,
        summary=found,
        predictions=predictions,
        importance=_importance(model, rows),
        counts={"asks": len(rows), "yes": int(rows["outcome"].sum()), "accounts": rows["account_id"].nunique()},
    )


def _importance(model: LadderModel, rows: pd.DataFrame) -> pd.DataFrame:
    """Mean absolute contribution of each concept to the log-odds, over the newest asks."""
    newest = rows.tail(500)
    concepts = model.explain(newest).concepts.abs().mean().sort_values(ascending=False)
    return concepts.rename_axis("concept").reset_index(name="importance")


def _result(
    project: Project,
    registered: Registered,
    data: Data,
    rows: pd.DataFrame,
    as_of: datetime,
    found: pd.DataFrame | None,
) -> dict[str, Any]:
    return {
        "model_name": registered.model_name,
        "version": registered.version,
        "run_id": registered.run_id,
        "tracking_uri": project.settings.tracking_uri,
        "as_of": iso(as_of),
        "asks": len(rows),
        "yes": int(rows["outcome"].sum()),
        "signals": len(data.signals),
        "evaluation": [] if found is None else pooled(found),
    }
