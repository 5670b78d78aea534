"""Logs one training as an MLflow run, with child runs for each compared method and each origin of the backtest, and
registers a version.

Everything goes through a client of the configured store. MLflow's fluent functions are not used: they would log to the
store, the active run and the active model of the notebook that calls us.
"""

import json
import math
import os
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
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
from advocate_score.tracking import artifacts, ledger, logged_model, model_card, registry, training_result
from advocate_score.tracking.client import call_undisturbed, connect, experiment_id, translate_store_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput, Metric, Run

DESCRIPTION = "Readiness of accounts to advocate: P(ready ≥ level) for the levels of the ladder."


def register(
    client: "MlflowClient",
    model_name: str,
    logged: logged_model.Logged,
    run_id: str,
    tags: Mapping[str, str],
    description: str,
) -> str:
    """Register a new version with the alias `challenger`; return its number.

    Parameters
    ----------
    client : of the store.
    model_name : the registered model, created if needed.
    logged, run_id : the model and its run.
    tags : of the version.
    description : of the version.
    """
    _ensure_model(client, model_name)
    version = client.create_model_version(
        model_name, logged.location, run_id, dict(tags), description=description, model_id=logged.model_id
    ).version
    client.set_registered_model_alias(model_name, registry.CHALLENGER, version)
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
    compared = [_method_run(evaluation, method, losses[method]) for method in methods]
    return compared + [_origin_run(origin, asks, estimates) for origin, asks, estimates in by_origin]


def _method_run(evaluation: training_result.Evaluation, method: str, losses: Sequence[Estimate]) -> Child:
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
        parameters={"method": method} | (flatten_recipe(recipe) if recipe else {}),
        course=(*course, *_learning_course(evaluation.learning, method)),
    )


def _origin_run(origin: object, asks: pd.DataFrame, estimates: Estimates) -> Child:
    """Return the child run of an origin: every method on the asks after it; the blend's metrics have no prefix."""
    metrics = {"asks": float(len(asks)), "yes": float(asks["outcome"].sum())}
    for (method, metric), result in estimates.items():
        prefix = "" if method == BLEND else f"{method}/"
        metrics |= {f"{prefix}{metric}_{level}": result.value[level] for level in (POOLED, MACRO)}
    date = f"{origin:%Y-%m-%d}"
    return Child("origin", f"origin {date}", metrics, {"origin": date})


def flatten_recipe(recipe: Recipe) -> dict[str, object]:
    """Return every choice of the recipe by its path in the recipes file: `components`, `boosting.rounds` …."""
    return dict(_flatten(recipe.model_dump(mode="json"), ""))


def _flatten(choices: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in choices.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _learning_course(learning: pd.DataFrame, method: str) -> Iterator[Step]:
    own = learning[learning["method"] == method]
    for metric, asks, value in zip(own["metric"], own["asks"], own["value"], strict=True):
        yield Step(f"by_asks_learned_from/{metric}_pooled", float(value), int(asks))


def _log_child(
    client: "MlflowClient", experiment: str, parent: str, child: Child, shared: Mapping[str, object]
) -> None:
    tags = {"mlflow.parentRunId": parent, "kind": child.kind, **training_result.SOURCE}
    run_id = client.create_run(experiment, tags=tags, run_name=child.name).info.run_id
    with _end_of_run(client, run_id):
        _log_batch(client, run_id, _child_metrics(child), {**shared, **child.parameters})


def _log_batch(
    client: "MlflowClient", run_id: str, metrics: "Iterable[Metric]", parameters: Mapping[str, object]
) -> None:
    from mlflow.entities import Param

    texts = [Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in parameters.items()]
    client.log_batch(run_id, metrics=[*metrics], params=texts)


@contextmanager
def _end_of_run(client: "MlflowClient", run_id: str) -> Iterator[None]:
    """End the run as FINISHED, or as FAILED if anything goes wrong, be it a stop by hand."""
    try:
        yield
    except BaseException:
        with suppress(Exception):  # the store may be what failed
            client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id)


def _child_metrics(child: Child) -> "Iterator[Metric]":
    steps = [*(Step(name, value, 0) for name, value in child.metrics.items()), *child.course]
    return _metrics(steps)


def _metrics(steps: Iterable[Step], model_id: str | None = None) -> "Iterator[Metric]":
    """Yield the metrics that have a value; MLflow would store the others as 0."""
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    for step in steps:
        if np.isfinite(step.value):
            yield Metric(step.name, step.value, now, step.step, model_id=model_id)


LONGEST_DATASET_DIGEST = 36


def log_training(settings: Settings, training: training_result.Training) -> ledger.Registered:
    """Log a training as a run and register its model with the alias `challenger`.

    The run has parameters, digests, metrics, child runs, figures, tables and the model card.

    Raises
    ------
    RegistryUnreachableError
        if the store cannot be used; a run that was started is marked as failed.
    """
    with translate_store_errors(settings):
        return call_undisturbed(lambda: _log_training(settings, training))


def log_backtest(settings: Settings, as_of: datetime, evaluation: training_result.Evaluation) -> str:
    """Log a backtest as a run with a child run for each method and origin, and no model; return its id.

    Raises
    ------
    RegistryUnreachableError
        if the store cannot be used; a run that was started is marked as failed.
    """
    with translate_store_errors(settings):
        return call_undisturbed(lambda: _log_backtest(settings, as_of, evaluation))


def _log_backtest(settings: Settings, as_of: datetime, evaluation: training_result.Evaluation) -> str:
    client = connect(settings)
    experiment, source = experiment_id(client, settings), {"mlflow.source.name": "advocate-score backtest"}
    tags = {"kind": "backtest", **training_result.SOURCE, **source}
    run_id = str(client.create_run(experiment, tags=tags, run_name=f"backtest {iso(as_of)}").info.run_id)
    with _end_of_run(client, run_id):
        steps = (Step(name, value, 0) for name, value in training_result.metrics_of(evaluation.summary).items())
        recipe = evaluation.recipes.get(BLEND)
        parameters = {"recipe": settings.model.recipe, "as_of": iso(as_of)} | (flatten_recipe(recipe) if recipe else {})
        _log_batch(client, run_id, _metrics(steps), parameters)
        log_children(client, settings, experiment, run_id, evaluation)
    return run_id


def _log_training(settings: Settings, training: training_result.Training) -> ledger.Registered:
    client = connect(settings)
    run = _project_run(client) or _new_run(client, settings, training)
    run_id, experiment = run.info.run_id, run.info.experiment_id
    with _end_of_run(client, run_id), tempfile.TemporaryDirectory() as temporary, warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="mlflow")
        _describe(client, run, settings, training)
        number = _log_run(client, run, settings, training, Path(temporary))
    return ledger.Registered(settings.tracking.model_name, number, run_id, experiment)


def _project_run(client: "MlflowClient") -> "Run | None":
    """Return the run that `mlflow run` began for this process, if it is in this store: the training is that run."""
    from mlflow.exceptions import MlflowException

    started = os.environ.get("MLFLOW_RUN_ID")
    if not started:
        return None
    try:
        run = client.get_run(started)
    except MlflowException as error:
        if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise
        return None
    is_project = run.data.tags.get("mlflow.source.type") == "PROJECT"
    return run if is_project and run.info.status == "RUNNING" else None


def _new_run(client: "MlflowClient", settings: Settings, training: training_result.Training) -> "Run":
    """Create the run through the client; MLflow's own function would store the name of the machine's user."""
    return client.create_run(
        experiment_id(client, settings), tags=training_result.SOURCE, run_name=f"train {iso(training.as_of)}"
    )


def _describe(client: "MlflowClient", run: "Run", settings: Settings, training: training_result.Training) -> None:
    """Log the inputs of the model. A parameter that `mlflow run` was given stays as it was given."""
    from mlflow.entities import RunTag

    tags = {
        "kind": "training",
        **training_result.origin_tags(settings, training),
        **training_result.comparison_tags(training),
    }
    client.log_batch(run.info.run_id, tags=[RunTag(name, value) for name, value in tags.items()])
    parameters = _parameters(settings, training)
    _log_batch(
        client, run.info.run_id, (), {name: parameters[name] for name in parameters if name not in run.data.params}
    )
    client.log_inputs(run.info.run_id, _datasets(training.inputs))


def _log_run(
    client: "MlflowClient", run: "Run", settings: Settings, training: training_result.Training, temporary: Path
) -> str:
    """Log what came out of the training and register the model; return the version's number."""
    run_id, experiment = run.info.run_id, run.info.experiment_id
    if training.evaluation is not None:
        log_children(client, settings, experiment, run_id, training.evaluation)
    client.log_artifacts(run_id, str(artifacts.write_artifacts(temporary / "artefacts", settings, training)))
    described = logged_model.signature(training.signals, settings.ladder.in_use)
    parameters = {name: str(value)[:LONGEST_PARAMETER] for name, value in _parameters(settings, training).items()}
    files = logged_model.ModelFiles(training.model_folder, training.digests)
    model = logged_model.log_model(client, run_id, files, described, parameters, temporary)
    metrics, text = _run_metrics(training), _summary(training, run_id, experiment)
    client.set_tag(run_id, training_result.NOTE, text)
    _log_batch(client, run_id, _metrics((Step(name, value, 0) for name, value in metrics.items()), model.model_id), {})
    tags = training_result.version_tags(settings, training, metrics)
    ledger.add_trained(
        settings.folder, ledger.Trained.of_tags(tags, digest_of_digests(training.digests), model.wrapping)
    )
    return register(client, settings.tracking.model_name, model, run_id, tags, text)


def _parameters(settings: Settings, training: training_result.Training) -> dict[str, object]:
    """Return the parameters by which runs are compared: every choice of the recipe, so that an edit of it shows."""
    tuned = training.tuned
    return (
        flatten_recipe(training.choices)
        | ({"tuning_trials": tuned.trials} if tuned else {})
        | {
            "recipe": training.recipe,
            "recipes_sha256": training.recipes_digest,
            "as_of": iso(training.as_of),
            "maturity_days": settings.model.maturity_days,
            "seed": settings.model.seed,
            "engine": settings.engine.name,
            "signals": len(training.signals),
        }
    )


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
    if training.evaluation is not None:
        metrics |= training_result.segment_metrics(training.evaluation.segments)
    for name, diff in training.comparison.differences.items():
        metrics |= {f"vs_{name}/delta_log_loss_macro": diff.delta, f"vs_{name}/p_better": diff.p_below_zero}
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _datasets(inputs: Iterable[training_result.InputTable]) -> "list[DatasetInput]":
    """Return the datasets with digests of the whole files; MLflow's own digests cover a sample of the rows."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    training = [InputTag("mlflow.data.context", "training")]
    return [
        DatasetInput(
            Dataset(
                name=table.name,
                digest=table.digest[:LONGEST_DATASET_DIGEST],
                source_type="code",
                source=json.dumps({"tags": {"sha256": table.digest}}),
                schema=_schema(table.columns),
                profile=json.dumps({"num_rows": table.rows}),
            ),
            training,
        )
        for table in sorted(inputs, key=lambda table: table.name)
    ]


def _schema(columns: Mapping[str, str]) -> str:
    """Return the columns as MLflow writes a schema; empty without columns, of which MLflow refuses to make one."""
    from mlflow.types import ColSpec, Schema

    if not columns:
        return ""
    schema = Schema([ColSpec(kind, name, required=False) for name, kind in columns.items()])
    return json.dumps({"mlflow_colspec": schema.to_dict()})


def _summary(training: training_result.Training, run_id: str, experiment: str) -> str:
    """Return the summary with a link that MLflow's pages understand."""
    card = f"#/experiments/{experiment}/runs/{run_id}/artifacts/{artifacts.MODEL_CARD}"
    return model_card.summary(training, card, f"runs:/{run_id}/{artifacts.MODEL_CARD}")
