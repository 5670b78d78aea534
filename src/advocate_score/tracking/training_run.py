"""Logs one training as an MLflow run, with child runs for each compared method and each origin of the backtest, and
registers a version.

The registered model is a model from code: no pickle, with a signature, without an input example.
"""

import json
import math
import os
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.dates import iso
from advocate_score.evaluation.comparison import BLEND, methods_of
from advocate_score.evaluation.metrics import MACRO, POOLED, Estimate, estimate
from advocate_score.files import digest_of_digests
from advocate_score.model.recipe import Recipe
from advocate_score.signal_spec import Signal
from advocate_score.tracking import artifacts, training_result
from advocate_score.tracking.client import connect, experiment_id, reaching
from advocate_score.tracking.ledger import Registered, Trained, add_trained
from advocate_score.tracking.model_card import summary
from advocate_score.tracking.registry import CHALLENGER, MODEL_FOLDER, mlflow_files_digest

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric
    from mlflow.models import ModelSignature

RECORD_OF_ANSWERS = ("history_yes", "history_n")
DESCRIPTION = "Readiness of accounts to advocate: P(ready ≥ level) for the five levels of the ladder."


@dataclass(frozen=True)
class LoggedModel:
    """A model of a run, not registered yet."""

    run_id: str
    model_id: str
    uri: str


def log_model(run_id: str, training: training_result.Training, levels: Iterable[int], temporary: Path) -> LoggedModel:
    """Log the folder as a model of the active run.

    Parameters
    ----------
    run_id : of the active run.
    training : the model's files, their digests and its inputs.
    levels : the ladder's levels, for the signature.
    temporary : an existing folder for copies.
    """
    import mlflow

    # A folder's own name becomes part of the artefact's path.
    folder = Path(shutil.copytree(training.model_folder, temporary / Path(MODEL_FOLDER).name))
    expected = temporary / "digests.json"
    expected.write_text(json.dumps(dict(training.digests), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    logged = mlflow.pyfunc.log_model(
        name="ladder",
        python_model=str(Path(__file__).with_name("ladder_pyfunc.py")),
        artifacts={"ladder": str(folder), "digests": str(expected)},
        signature=signature(training.signals, levels),
        pip_requirements=[f"advocate-score=={installed_version('advocate-score')}"],
    )
    return LoggedModel(run_id, str(logged.model_id), str(logged.model_uri))


def signature(signals: Sequence[Signal], levels: Iterable[int]) -> "ModelSignature":
    """Return the signature. Inputs: the record of answers and every signal; outputs: `readiness_1`, `readiness_2` …."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    categories = {signal.name for signal in signals if signal.is_category}
    names = dict.fromkeys((*RECORD_OF_ANSWERS, *(signal.name for signal in signals)))
    return ModelSignature(
        inputs=Schema([ColSpec("string" if name in categories else "double", name) for name in names]),
        outputs=Schema([ColSpec("double", f"readiness_{level}") for level in levels]),
    )


def register(
    client: "MlflowClient", model_name: str, logged: LoggedModel, tags: Mapping[str, str], description: str
) -> str:
    """Register a new version with the alias `challenger`; return its number.

    Parameters
    ----------
    client : of the store.
    model_name : the registered model, created if needed.
    logged : the model of the run.
    tags : of the version.
    description : of the version.
    """
    _ensure_model(client, model_name)
    version = client.create_model_version(
        model_name, logged.uri, logged.run_id, dict(tags), description=description, model_id=logged.model_id
    ).version
    client.set_registered_model_alias(model_name, CHALLENGER, version)
    return str(version)


def _ensure_model(client: "MlflowClient", model_name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(model_name, description=DESCRIPTION)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


Estimates = Mapping[tuple[str, str], Estimate]

AT_ORIGINS = ("log_loss", "brier", "auc")
LONGEST_PARAMETER = 500


@dataclass(frozen=True)
class Step:
    """One point of a metric with a course: over the origins, or over the number of training asks."""

    name: str
    value: float
    step: int


@dataclass(frozen=True)
class Child:
    """A child run. `kind` is `method` or `origin`, a tag to search by."""

    kind: str
    name: str
    metrics: Mapping[str, float]
    parameters: Mapping[str, object] = field(default_factory=dict)
    course: tuple[Step, ...] = ()


def log_children(
    client: "MlflowClient", settings: Settings, experiment: str, parent: str, evaluation: training_result.Evaluation
) -> None:
    """Log finished runs nested below `parent`, with three calls each.

    Parameters
    ----------
    client : of the store.
    experiment : the experiment's id.
    parent : the id of the training's run.
    evaluation : the backtest.
    """
    shared = {"seed": settings.model.seed, "maturity_days": settings.model.maturity_days}
    for child in children(evaluation):
        _log_child(client, experiment, parent, child, shared)


def children(evaluation: training_result.Evaluation) -> list[Child]:
    predictions = evaluation.predictions
    methods = methods_of(predictions)
    by_origin = [
        (origin, asks, estimate(asks, methods, AT_ORIGINS, draws=0)) for origin, asks in predictions.groupby("origin")
    ]
    losses = {method: [estimates[method, "log_loss"] for _, _, estimates in by_origin] for method in methods}
    compared = [_method(evaluation, method, losses[method]) for method in methods]
    return compared + [_origin(origin, asks, estimates) for origin, asks, estimates in by_origin]


def _method(evaluation: training_result.Evaluation, method: str, losses: Sequence[Estimate]) -> Child:
    """Return the child run of a method.

    It has the metrics of the whole backtest, named as in the training's run so that runs can be compared, the
    differences from the blend, the recipe, and the course of the log loss.
    """
    own = evaluation.summary[evaluation.summary["method"] == method]
    recipe = evaluation.recipes.get(method)
    course = [Step("by_origin/log_loss_pooled", estimate.value[POOLED], step) for step, estimate in enumerate(losses)]
    return Child(
        kind="method",
        name=method,
        metrics=training_result.metrics_of(own.assign(method=BLEND)) | training_result.differences_of(own),
        parameters={"method": method} | (flat(recipe) if recipe else {}),
        course=(*course, *_learning_course(evaluation.learning, method)),
    )


def _origin(origin: object, asks: pd.DataFrame, estimates: Estimates) -> Child:
    """Return the child run of an origin: every method on the asks after it; the blend's metrics have no prefix."""
    metrics = {"asks": float(len(asks)), "yes": float(asks["outcome"].sum())}
    for (method, metric), result in estimates.items():
        prefix = "" if method == BLEND else f"{method}/"
        metrics |= {f"{prefix}{metric}_{level}": result.value[level] for level in (POOLED, MACRO)}
    date = f"{origin:%Y-%m-%d}"
    return Child("origin", f"origin {date}", metrics, {"origin": date})


def flat(recipe: Recipe) -> dict[str, object]:
    """Return every choice of the recipe by its path in the recipes file: `components`, `boosting.rounds` …."""
    return dict(_flat(recipe.model_dump(mode="json"), ""))


def _flat(choices: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in choices.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _learning_course(learning: pd.DataFrame, method: str) -> Iterator[Step]:
    own = learning[learning["method"] == method]
    for metric, asks, value in zip(own["metric"], own["asks"], own["value"], strict=True):
        yield Step(f"by_asks_learned_from/{metric}_pooled", float(value), int(asks))


def _log_child(
    client: "MlflowClient", experiment: str, parent: str, child: Child, shared: Mapping[str, object]
) -> None:
    from mlflow.entities import Param

    tags = {"mlflow.parentRunId": parent, "kind": child.kind, **training_result.SOURCE}
    run_id = client.create_run(experiment, tags=tags, run_name=child.name).info.run_id
    parameters = [Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in {**shared, **child.parameters}.items()]
    client.log_batch(run_id, metrics=[*_child_metrics(child)], params=parameters)
    client.set_terminated(run_id)


def _child_metrics(child: Child) -> "Iterator[Metric]":
    """Yield the metrics that have a value; MLflow would store the others as 0."""
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    steps = [*(Step(name, value, 0) for name, value in child.metrics.items()), *child.course]
    yield from (Metric(step.name, step.value, now, step.step) for step in steps if np.isfinite(step.value))


LONGEST_DATASET_DIGEST = 36


def log_training(settings: Settings, training: training_result.Training) -> Registered:
    """Log a training as a run and register its model with the alias `challenger`.

    The run has parameters, digests, metrics, child runs, figures, tables and the model card.

    Raises
    ------
    RegistryUnreachableError
        if the store cannot be used; a run that was started is marked as failed.
    """
    with reaching(settings):
        client = connect(settings)
        experiment = experiment_id(client, settings)
        run_id = _new_run(client, settings, training, experiment)
        number = _log_run(client, settings, training, run_id, experiment)
    return Registered(settings.tracking.model_name, number, run_id, experiment)


def _new_run(client: "MlflowClient", settings: Settings, training: training_result.Training, experiment: str) -> str:
    """Create the run through the client; MLflow's own function would store the name of the machine's user."""
    tags = {
        **training_result.SOURCE,
        "kind": "training",
        **training_result.origin_tags(settings, training),
        **training_result.comparison_tags(training),
    }
    run = client.create_run(experiment, tags=tags | _parent(settings), run_name=f"train {iso(training.as_of)}")
    return str(run.info.run_id)


def _parent(settings: Settings) -> dict[str, str]:
    """Return the tag that puts the run below the one of `mlflow run`, if that is in the same store."""
    parent = os.environ.get("MLFLOW_RUN_ID")
    same = os.environ.get("MLFLOW_TRACKING_URI") == settings.tracking_uri
    return {"mlflow.parentRunId": parent} if parent and same else {}


def _log_run(
    client: "MlflowClient", settings: Settings, training: training_result.Training, run_id: str, experiment: str
) -> str:
    import mlflow

    with mlflow.start_run(run_id=run_id), tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="mlflow")
        mlflow.log_params(_parameters(settings, training))
        client.log_inputs(run_id, _datasets(training.data_digests))
        if training.evaluation is not None:
            log_children(client, settings, experiment, run_id, training.evaluation)
        mlflow.log_artifacts(str(artifacts.written(Path(temporary) / "artefacts", settings, training)))
        model = log_model(run_id, training, settings.ladder.in_use, Path(temporary))
        metrics, summary = _run_metrics(training), _summary(training, run_id, experiment)
        client.set_tag(run_id, training_result.NOTE, summary)
        mlflow.log_metrics(metrics, model_id=model.model_id)
        tags = training_result.version_tags(settings, training, metrics)
        wrapping = mlflow_files_digest(client.get_logged_model(model.model_id).artifact_location, Path(temporary))
        add_trained(settings.folder, Trained.of_tags(tags, digest_of_digests(training.digests), wrapping))
        return register(client, settings.tracking.model_name, model, tags, summary)


def _parameters(settings: Settings, training: training_result.Training) -> dict[str, object]:
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


def _run_metrics(training: training_result.Training) -> dict[str, float]:
    """Return the metrics of the whole run, those by which runs are compared first.

    Then come the log, the blend's weights, the selection of the asks, the rest of the backtest and the comparison.
    """
    log, tested = (
        training.log,
        training_result.metrics_of(training.evaluation.summary) if training.evaluation is not None else {},
    )
    metrics = {name: tested[name] for name in training_result.SHOWN if name in tested}
    metrics |= {"asks": float(log.asks), "yes": float(log.yes), "accounts": float(log.accounts)}
    metrics |= {f"blend_weight/{component}": weight for component, weight in training.weights.items()}
    metrics |= training.selection.metrics()
    metrics |= tested
    for name, diff in training.comparison.differences.items():
        metrics |= {f"vs_{name}/delta_log_loss_macro": diff.delta, f"vs_{name}/p_better": diff.p_below_zero}
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _datasets(digests: Mapping[str, str]) -> "list[DatasetInput]":
    """Return the datasets with digests of the whole files; MLflow's own digests cover a sample of the rows."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    training = [InputTag("mlflow.data.context", "training")]
    described = [
        Dataset(name=table, digest=digest[:LONGEST_DATASET_DIGEST], source_type="code", source=_source(digest))
        for table, digest in sorted(digests.items())
    ]
    return [DatasetInput(dataset, training) for dataset in described]


def _source(digest: str) -> str:
    return json.dumps({"tags": {"sha256": digest}})


def _summary(training: training_result.Training, run_id: str, experiment: str) -> str:
    """Return the summary with a link that MLflow's pages understand."""
    card = f"#/experiments/{experiment}/runs/{run_id}/artifacts/{artifacts.MODEL_CARD}"
    return summary(training, card, f"runs:/{run_id}/{artifacts.MODEL_CARD}")
