"""One training as an MLflow run and a registered version."""

import json
import os
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.tracking import artefacts
from advocate_score.tracking.digests import digest_of_digests, digest_of_text
from advocate_score.tracking.metric_names import metrics_of
from advocate_score.tracking.registration import log_model, register
from advocate_score.tracking.store import connect, experiment_id, reaching
from advocate_score.windows import iso

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

LONGEST_DATASET_DIGEST = 36


@dataclass(frozen=True)
class Training:
    """What a training hands over.

    model_folder, digests : what `model.files.save` wrote, and what it returned.
    signals : the model's inputs beside the account's record of answers, in their order.
    schema_hash : hash of the signal schema, as in the manifest.
    data_digests : SHA-256 of each source file, by table.
    summary, predictions : of the backtest; the predictions are drawn, and not stored. None: nothing was evaluated.
    importance : columns `concept, importance`.
    counts : further numbers of the run, logged as metrics.
    """

    model_folder: Path
    digests: Mapping[str, str]
    recipe: str
    as_of: datetime
    signals: tuple[Signal, ...]
    schema_hash: str
    data_digests: Mapping[str, str]
    summary: pd.DataFrame | None = None
    predictions: pd.DataFrame | None = None
    importance: pd.DataFrame | None = None
    counts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    model_name: str
    version: str
    run_id: str
    experiment_id: str


def log_training(settings: Settings, training: Training) -> Registered:
    """Logs parameters, digests, metrics, figures and tables, and registers the model under the alias `challenger`.

    Raises
    ------
    RegistryUnreachableError
        where the store cannot be used; a run that was begun is marked as failed.
    """
    with reaching(settings):
        client = connect(settings)
        experiment = experiment_id(client, settings)
        run_id = _new_run(client, settings, training, experiment)
        number = _log(client, settings, training, run_id)
    return Registered(settings.tracking.model_name, number, run_id, experiment)


def _new_run(client: "MlflowClient", settings: Settings, training: Training, experiment: str) -> str:
    """Made by hand: MLflow's own would write the name of the machine's user into the store."""
    tags = _tags(settings, training) | _parent(settings)
    return str(client.create_run(experiment, tags=tags, run_name=f"train {iso(training.as_of)}").info.run_id)


def _parent(settings: Settings) -> dict[str, str]:
    """Under `mlflow run` in the same store: our run hangs below the one that MLflow began for the project."""
    handed = os.environ.get("MLFLOW_RUN_ID")
    same = os.environ.get("MLFLOW_TRACKING_URI") == settings.tracking_uri
    return {"mlflow.parentRunId": handed} if handed and same else {}


def _tags(settings: Settings, training: Training) -> dict[str, str]:
    return {
        "mlflow.source.name": "advocate-score train",
        "mlflow.source.type": "LOCAL",
        "recipe": training.recipe,
        "as_of": iso(training.as_of),
        "config_hash": digest_of_text(settings.canonical_json()),
        "schema_hash": training.schema_hash,
        "model_digest": digest_of_digests(training.digests),
        "package_version": installed_version("advocate-score"),
        **{f"data.{table}": digest for table, digest in training.data_digests.items()},
    }


def _log(client: "MlflowClient", settings: Settings, training: Training, run_id: str) -> str:
    import mlflow

    with mlflow.start_run(run_id=run_id), tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="mlflow")
        mlflow.log_params(_parameters(settings, training))
        client.log_inputs(run_id, _datasets(training.data_digests))
        mlflow.log_artifacts(str(_artefacts(Path(temporary), settings, training)))
        model = log_model(run_id, training.model_folder, training.digests, training.signals, Path(temporary))
        metrics = dict(training.counts) | ({} if training.summary is None else metrics_of(training.summary))
        mlflow.log_metrics(metrics, model_id=model.model_id)
        return register(client, settings.tracking.model_name, model, _version_tags(settings, training, metrics))


def _parameters(settings: Settings, training: Training) -> dict[str, object]:
    return {
        "recipe": training.recipe,
        "as_of": iso(training.as_of),
        "maturity_days": settings.model.maturity_days,
        "seed": settings.model.seed,
        "engine": settings.engine.name,
        "signals": len(training.signals),
    }


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


def _artefacts(temporary: Path, settings: Settings, training: Training) -> Path:
    folder = temporary / "artefacts"
    folder.mkdir()
    artefacts.write_inputs(folder, settings, training.signals)
    if training.summary is not None and training.predictions is not None:
        artefacts.write_evaluation(folder, training.summary, training.predictions)
    if training.importance is not None:
        artefacts.write_importance(folder, training.importance)
    return folder


def _version_tags(settings: Settings, training: Training, metrics: Mapping[str, float]) -> dict[str, str]:
    """What the promotion and people who compare versions need; model files by name with their SHA-256."""
    shown = ("log_loss_macro", "log_loss_pooled", "auc_pooled", "brier_pooled")
    return {
        **{name: tag for name, tag in _tags(settings, training).items() if not name.startswith("mlflow.")},
        "maturity_days": str(settings.model.maturity_days),
        "digests": json.dumps(dict(training.digests), sort_keys=True),
        **{name: f"{metrics[name]:.6f}" for name in shown if name in metrics},
    }
