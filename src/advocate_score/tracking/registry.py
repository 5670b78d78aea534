"""The model registry: aliases, versions, and the files of a version."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advocate_score.errors import Fault, InputError, ModelRefusedError

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
MODEL_FOLDER = "artifacts/ladder"
PLAIN_NAME = re.compile(r"[A-Za-z0-9_]{1,64}\.(json|txt)")
LARGEST_FILE = 64_000_000
MOST_FILES = 500


@dataclass(frozen=True)
class Version:
    """One registered version; `tags` are what training wrote beside it."""

    model_name: str
    number: str
    run_id: str
    tags: Mapping[str, str]


def version_of_alias(client: "MlflowClient", model_name: str, alias: str) -> str | None:
    """The version that the alias points to now; ask once and keep to the answer. None: no such alias, or no model."""
    from mlflow.exceptions import MlflowException

    try:
        version = client.get_registered_model(model_name).aliases.get(alias)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return None
        raise
    return None if version is None else str(version)


def version(client: "MlflowClient", model_name: str, number: str) -> Version:
    from mlflow.exceptions import MlflowException

    try:
        found = client.get_model_version(model_name, number)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise _no_such_version(client, model_name, number) from error
        raise
    return Version(model_name, str(found.version), found.run_id or "", dict(found.tags))


def _no_such_version(client: "MlflowClient", model_name: str, number: str) -> InputError:
    quoted = model_name.replace("'", "''")
    found = client.search_model_versions(f"name = '{quoted}'", max_results=20)
    there = ", ".join(sorted((str(one.version) for one in found), key=int)) or "none"
    return InputError(
        [Fault(f"version '{number}'", f"is not in the registry as '{model_name}'.", f"there are: {there}")]
    )


def download(model_name: str, number: str, names: Iterable[str], into: Path) -> None:
    """The named files of a version, moved into the empty folder `into`; nothing else is fetched.

    Raises
    ------
    ModelRefusedError
        for a name that is not plain, and a file that is missing or too large. Contents are not judged here.
    """
    from mlflow.artifacts import download_artifacts

    wanted = sorted(names)
    _refuse_odd(model_name, number, wanted)
    place = f"models:/{model_name}/{number}/{MODEL_FOLDER}"
    with tempfile.TemporaryDirectory(dir=into.parent) as staging:
        for name in wanted:
            fetched = Path(download_artifacts(artifact_uri=f"{place}/{name}", dst_path=staging))
            fetched.replace(into / name)


def _refuse_odd(model_name: str, number: str, wanted: list[str]) -> None:
    from mlflow.artifacts import list_artifacts

    which = f"version {number} of '{model_name}'"
    if not wanted or len(wanted) > MOST_FILES or not all(map(PLAIN_NAME.fullmatch, wanted)):
        raise ModelRefusedError(f"{which} names files that are not a model's")
    listed = list_artifacts(artifact_uri=f"models:/{model_name}/{number}/{MODEL_FOLDER}")
    sizes = {Path(one.path).name: one.file_size or 0 for one in listed if not one.is_dir}
    for name in wanted:
        if name not in sizes:
            fix = "bring the artefacts back to where MLflow expects them, promote another version, or train again"
            raise ModelRefusedError(f"{which} lacks its file {name}. Fix: {fix}")
        if sizes[name] > LARGEST_FILE:
            raise ModelRefusedError(f"{which}: {name} is larger than a model can be")
