"""The runs below a training: one a method that was compared, one an origin of the backtest."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from advocate_score.config import Settings
from advocate_score.model.metrics import MACRO, POOLED, Estimate, estimate
from advocate_score.model.recipe import Recipe
from advocate_score.model.summary import BLEND, methods_of
from advocate_score.tracking.metric_names import differences_of, metrics_of
from advocate_score.tracking.tags import SOURCE
from advocate_score.tracking.training import Evaluation

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

Estimates = Mapping[tuple[str, str], Estimate]

AT_ORIGINS = ("log_loss", "brier", "auc")
LONGEST_PARAMETER = 500


@dataclass(frozen=True)
class Step:
    """A metric that has a course: over the origins, or over the asks that were learned from."""

    name: str
    value: float
    step: int


@dataclass(frozen=True)
class Child:
    """`kind` is `method` or `origin`, a tag to search by."""

    kind: str
    name: str
    metrics: Mapping[str, float]
    parameters: Mapping[str, object] = field(default_factory=dict)
    course: tuple[Step, ...] = ()


def log_children(
    client: "MlflowClient", settings: Settings, experiment: str, parent: str, evaluation: Evaluation
) -> None:
    """Finished runs nested below `parent`: three calls each, whatever they hold."""
    both = {"seed": settings.model.seed, "maturity_days": settings.model.maturity_days}
    for child in children(evaluation):
        _log(client, experiment, parent, child, both)


def children(evaluation: Evaluation) -> list[Child]:
    predictions = evaluation.predictions
    methods = methods_of(predictions)
    by_origin = [
        (origin, asks, estimate(asks, methods, AT_ORIGINS, draws=0)) for origin, asks in predictions.groupby("origin")
    ]
    losses = {method: [found[method, "log_loss"] for _, _, found in by_origin] for method in methods}
    compared = [_method(evaluation, method, losses[method]) for method in methods]
    return compared + [_origin(origin, asks, found) for origin, asks, found in by_origin]


def _method(evaluation: Evaluation, method: str, losses: Sequence[Estimate]) -> Child:
    """Metrics of the whole backtest under the names that the training's own have, so that runs can be compared; what
    the blend is better or worse by; the recipe; and the course of the log loss."""
    own = evaluation.summary[evaluation.summary["method"] == method]
    recipe = evaluation.recipes.get(method)
    course = [Step("by_origin/log_loss_pooled", one.value[POOLED], step) for step, one in enumerate(losses)]
    return Child(
        kind="method",
        name=method,
        metrics=metrics_of(own.assign(method=BLEND)) | differences_of(own),
        parameters={"method": method} | (flat(recipe) if recipe else {}),
        course=(*course, *_learned(evaluation.learning, method)),
    )


def _origin(origin: object, asks: pd.DataFrame, found: Estimates) -> Child:
    """Every method on the asks that followed one origin: the blend under plain names, the others under their own."""
    metrics = {"asks": float(len(asks)), "yes": float(asks["outcome"].sum())}
    for (method, metric), one in found.items():
        prefix = "" if method == BLEND else f"{method}/"
        metrics |= {f"{prefix}{metric}_{level}": one.value[level] for level in (POOLED, MACRO)}
    date = f"{origin:%Y-%m-%d}"
    return Child("origin", f"origin {date}", metrics, {"origin": date})


def flat(recipe: Recipe) -> dict[str, object]:
    """`components`, `boosting.rounds` …: every choice of the recipe by its place in the recipes file."""
    return dict(_flat(recipe.model_dump(mode="json"), ""))


def _flat(choices: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, object]]:
    for name, value in choices.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _learned(learning: pd.DataFrame, method: str) -> Iterator[Step]:
    own = learning[learning["method"] == method]
    for metric, asks, value in zip(own["metric"], own["asks"], own["value"], strict=True):
        yield Step(f"by_asks_learned_from/{metric}_pooled", float(value), int(asks))


def _log(client: "MlflowClient", experiment: str, parent: str, child: Child, both: Mapping[str, object]) -> None:
    from mlflow.entities import Param

    tags = {"mlflow.parentRunId": parent, "kind": child.kind, **SOURCE}
    run_id = client.create_run(experiment, tags=tags, run_name=child.name).info.run_id
    parameters = [Param(name, str(value)[:LONGEST_PARAMETER]) for name, value in {**both, **child.parameters}.items()]
    client.log_batch(run_id, metrics=[*_metrics(child)], params=parameters)
    client.set_terminated(run_id)


def _metrics(child: Child) -> "Iterator[Metric]":
    """Those that have a value: MLflow would keep the others as 0."""
    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    steps = [*(Step(name, value, 0) for name, value in child.metrics.items()), *child.course]
    yield from (Metric(one.name, one.value, now, one.step) for one in steps if np.isfinite(one.value))
