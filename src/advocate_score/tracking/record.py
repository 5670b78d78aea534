"""One training as an MLflow run with runs below it, and a registered version."""

import json
import math
import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advocate_score.config import Settings
from advocate_score.tracking import artefacts
from advocate_score.tracking.child_runs import log_children
from advocate_score.tracking.digests import digest_of_digests
from advocate_score.tracking.metric_names import metrics_of
from advocate_score.tracking.model_card import summary
from advocate_score.tracking.registration import log_model, register
from advocate_score.tracking.registry import wrapping
from advocate_score.tracking.store import connect, experiment_id, reaching
from advocate_score.tracking.tags import NOTE, SHOWN, SOURCE, origin_tags, standing_tags, version_tags
from advocate_score.tracking.training import Training
from advocate_score.tracking.trainings import Trained, add_trained
from advocate_score.windows import iso

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

LONGEST_DATASET_DIGEST = 36


@dataclass(frozen=True)
class Registered:
    model_name: str
    version: str
    run_id: str
    experiment_id: str


def log_training(settings: Settings, training: Training) -> Registered:
    """Logs parameters, digests, metrics, child runs, figures, tables and model card, and registers the model under the
    alias `challenger`.

    Raises
    ------
    RegistryUnreachableError
        where the store cannot be used; a run that was begun is marked as failed.
    """
    with reaching(settings):
        client = connect(settings)
        experiment = experiment_id(client, settings)
        run_id = _new_run(client, settings, training, experiment)
        number = _log(client, settings, training, run_id, experiment)
    return Registered(settings.tracking.model_name, number, run_id, experiment)


def _new_run(client: "MlflowClient", settings: Settings, training: Training, experiment: str) -> str:
    """Made by hand: MLflow's own would write the name of the machine's user into the store."""
    tags = {**SOURCE, "kind": "training", **origin_tags(settings, training), **standing_tags(training)}
    run = client.create_run(experiment, tags=tags | _parent(settings), run_name=f"train {iso(training.as_of)}")
    return str(run.info.run_id)


def _parent(settings: Settings) -> dict[str, str]:
    """Under `mlflow run` in the same store: our run hangs below the one that MLflow began for the project."""
    handed = os.environ.get("MLFLOW_RUN_ID")
    same = os.environ.get("MLFLOW_TRACKING_URI") == settings.tracking_uri
    return {"mlflow.parentRunId": handed} if handed and same else {}


def _log(client: "MlflowClient", settings: Settings, training: Training, run_id: str, experiment: str) -> str:
    import mlflow

    with mlflow.start_run(run_id=run_id), tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="mlflow")
        mlflow.log_params(_parameters(settings, training))
        client.log_inputs(run_id, _datasets(training.data_digests))
        if training.evaluation is not None:
            log_children(client, settings, experiment, run_id, training.evaluation)
        mlflow.log_artifacts(str(artefacts.written(Path(temporary) / "artefacts", settings, training)))
        model = log_model(run_id, training.model_folder, training.digests, training.signals, Path(temporary))
        metrics, told = _metrics(training), _summary(training, run_id, experiment)
        client.set_tag(run_id, NOTE, told)
        mlflow.log_metrics(metrics, model_id=model.model_id)
        tags = version_tags(settings, training, metrics)
        around = wrapping(client.get_logged_model(model.model_id).artifact_location, Path(temporary))
        add_trained(settings.folder, Trained.of_tags(tags, digest_of_digests(training.digests), around))
        return register(client, settings.tracking.model_name, model, tags, told)


def _parameters(settings: Settings, training: Training) -> dict[str, object]:
    tuned = training.tuned
    searched = {"tuning_trials": tuned.trials, **tuned.choices} if tuned else {}
    return searched | {
        "recipe": training.recipe,
        "as_of": iso(training.as_of),
        "maturity_days": settings.model.maturity_days,
        "seed": settings.model.seed,
        "engine": settings.engine.name,
        "signals": len(training.signals),
    }


def _metrics(training: Training) -> dict[str, float]:
    """Of the whole: what runs are compared by, the log, the blend's weights, how the asks were chosen, the rest of the
    backtest, the comparison."""
    log, tested = training.log, metrics_of(training.evaluation.summary) if training.evaluation is not None else {}
    found = {name: tested[name] for name in SHOWN if name in tested}
    found |= {"asks": float(log.asks), "yes": float(log.yes), "accounts": float(log.accounts)}
    found |= {f"blend_weight/{component}": weight for component, weight in training.weights.items()}
    found |= training.selection.metrics()
    found |= tested
    for name, one in training.comparison.differences.items():
        found |= {f"vs_{name}/delta_log_loss_macro": one.delta, f"vs_{name}/p_better": one.p_below_zero}
    return {name: value for name, value in found.items() if math.isfinite(value)}


def _datasets(digests: Mapping[str, str]) -> "list[DatasetInput]":
    """MLflow's own digests look at a sample of the rows: these are of the whole files."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    training = [InputTag("mlflow.data.context", "training")]
    described = [
        Dataset(name=table, digest=digest[:LONGEST_DATASET_DIGEST], source_type="code", source=_source(digest))
        for table, digest in sorted(digests.items())
    ]
    return [DatasetInput(dataset, training) for dataset in described]


def _source(digest: str) -> str:
    return json.dumps({"tags": {"sha256": digest}})


def _summary(training: Training, run_id: str, experiment: str) -> str:
    """The link is one that MLflow's pages understand."""
    card = f"#/experiments/{experiment}/runs/{run_id}/artifacts/{artefacts.MODEL_CARD}"
    return summary(training, card, f"runs:/{run_id}/{artefacts.MODEL_CARD}")
