"""The model's files as a version in the registry: models from code, no pickle, with a signature, without examples."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING

from advocate_score.declaration import Signal
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.tracking.listing import MODEL_FOLDER
from advocate_score.tracking.registry import CHALLENGER

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature

RECORD_OF_ANSWERS = ("history_yes", "history_n")
DESCRIPTION = "Readiness of accounts to advocate: P(ready ≥ level) for the five levels of the ladder."


@dataclass(frozen=True)
class LoggedModel:
    """A model of a run that no registry knows yet."""

    run_id: str
    model_id: str
    uri: str


def log_model(
    run_id: str, model_folder: Path, digests: Mapping[str, str], signals: Sequence[Signal], temporary: Path
) -> LoggedModel:
    """Logs the folder as a model of the active run."""
    import mlflow

    # A folder's own name becomes part of the artefact's path.
    folder = Path(shutil.copytree(model_folder, temporary / Path(MODEL_FOLDER).name))
    expected = temporary / "digests.json"
    expected.write_text(json.dumps(dict(digests), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    logged = mlflow.pyfunc.log_model(
        name="ladder",
        python_model=str(Path(__file__).with_name("ladder_pyfunc.py")),
        artifacts={"ladder": str(folder), "digests": str(expected)},
        signature=signature(signals),
        pip_requirements=[f"advocate-score=={installed_version('advocate-score')}"],
    )
    return LoggedModel(run_id, str(logged.model_id), str(logged.model_uri))


def signature(signals: Sequence[Signal]) -> "ModelSignature":
    """Inputs: the account's record of answers and every signal; outputs: `readiness_1` … `readiness_5`."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    categories = {one.name for one in signals if one.is_category}
    names = dict.fromkeys((*RECORD_OF_ANSWERS, *(one.name for one in signals)))
    return ModelSignature(
        inputs=Schema([ColSpec("string" if name in categories else "double", name) for name in names]),
        outputs=Schema([ColSpec("double", f"readiness_{level}") for level in LEVEL_NUMBERS]),
    )


def register(
    client: "MlflowClient", model_name: str, logged: LoggedModel, tags: Mapping[str, str], description: str
) -> str:
    """A new version under the alias `challenger`; gives its number."""
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
