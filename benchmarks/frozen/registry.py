"""What a training left in MLflow, read by MLflow's own client: runs, models, versions, and the files of each."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlparse

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

PARENT = "mlflow.parentRunId"


@dataclass(frozen=True)
class Registry:
    """texts: content by name · places: folders of files by name · ids: what MLflow called by chance → its stand-in."""

    texts: Mapping[str, str]
    places: Mapping[str, Path]
    ids: Mapping[str, str]


def read(database: Path) -> Registry:
    os.environ |= {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    from mlflow import MlflowClient

    uri = f"sqlite:///{database}"
    client = MlflowClient(uri, uri)
    experiments = sorted(client.search_experiments(), key=lambda one: int(one.experiment_id))
    numbers = [one.experiment_id for one in experiments]
    runs = _named(client.search_runs(numbers, order_by=["attributes.start_time ASC"], max_results=1_000))
    logged = client.search_logged_models(numbers, order_by=[{"field_name": "creation_timestamp", "ascending": True}])
    models = {f"model {number}": model for number, model in enumerate(logged, start=1)}
    texts = {f"run {name}": _text(_run(client, run)) for name, run in runs.items()}
    texts |= {name: _text(_logged(model)) for name, model in models.items()}
    texts |= {"experiments": _text([{"name": one.name, "tags": one.tags} for one in experiments])}
    texts |= {"registered": _text(_registered(client))}
    places = {f"files of {name}": _place(run.info.artifact_uri) for name, run in runs.items()}
    places |= {f"files of {name}": _place(model.artifact_location) for name, model in models.items()}
    ids = {run.info.run_id: f"{{run {name}}}" for name, run in runs.items()}
    return Registry(texts, places, ids | {model.model_id: f"{{{name}}}" for name, model in models.items()})


def _named(runs: "Iterable[Run]") -> "dict[str, Run]":
    """By its own name after its parent's, and by a number where several are called alike."""
    known = {run.info.run_id: run for run in runs}
    found: dict[str, Run] = {}
    met: Counter[str] = Counter()
    for run in known.values():
        parent = known.get(run.data.tags.get(PARENT, ""))
        name = " · ".join(one.info.run_name for one in (parent, run) if one is not None)
        met[name] += 1
        found[name if met[name] == 1 else f"{name} ({met[name]})"] = run
    return found


def _run(client: "MlflowClient", run: "Run") -> dict[str, Any]:
    told = {name: client.get_metric_history(run.info.run_id, name) for name in run.data.metrics}
    inputs = run.inputs.dataset_inputs if run.inputs else []
    return {
        "status": run.info.status,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": {name: sorted([one.step, one.value] for one in history) for name, history in told.items()},
        "datasets": [[one.dataset.to_dictionary(), {tag.key: tag.value for tag in one.tags}] for one in inputs],
    }


def _logged(model: Any) -> dict[str, Any]:
    metrics = sorted([one.key, one.step, one.value] for one in model.metrics or [])
    about = {"name": model.name, "status": str(model.status), "type": model.model_type, "run": model.source_run_id}
    return about | {"params": model.params, "tags": model.tags, "metrics": metrics}


def _registered(client: "MlflowClient") -> list[dict[str, Any]]:
    return [
        {
            "name": model.name,
            "description": model.description,
            "aliases": model.aliases,
            "tags": model.tags,
            "versions": [
                {
                    "version": one.version,
                    "status": one.status,
                    "source": one.source,
                    "run": one.run_id,
                    "description": one.description,
                    "tags": one.tags,
                }
                for one in sorted(_versions(client, model.name), key=lambda one: int(one.version))
            ],
        }
        for model in client.search_registered_models()
    ]


def _versions(client: "MlflowClient", name: str) -> list[Any]:
    return list(client.search_model_versions(f"name = '{name}'"))


def _text(content: Any) -> str:
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, default=str) + "\n"


def _place(address: str) -> Path:
    return Path(unquote(urlparse(address).path))
