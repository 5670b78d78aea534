"""The model registry: aliases, versions, and the files of a version."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from advocate_score.errors import Fault, InputError, ModelRefusedError
from advocate_score.tracking.digests import digest_of_digests, digest_of_file
from advocate_score.tracking.listing import MODEL_FOLDER, WRAPPING, refuse_links, refuse_odd

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
PLAIN_NAME = re.compile(r"[A-Za-z0-9_]{1,64}\.(json|txt)")
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
    there = sorted((str(one.version) for one in found), key=int)
    fix = f"there are: {', '.join(there)}" if there else "run 'advocate-score train' first"
    return InputError([Fault(f"version '{number}'", f"is not in the registry as '{model_name}'.", fix)])


def named(model_name: str, number: str) -> str:
    """How messages call a version."""
    return f"version {number} of '{model_name}'"


def download(client: "MlflowClient", model_name: str, number: str, names: Iterable[str], into: Path) -> str:
    """The named files of a version, moved into the empty folder `into`; gives the digest of what lies around them.

    Raises
    ------
    ModelRefusedError
        for a name that is not plain, for anything that no model has, and where a file is missing, too large, or a link.
        Contents are not judged here.
    """
    wanted = sorted(names)
    which = named(model_name, number)
    if not wanted or len(wanted) > MOST_FILES or not all(map(PLAIN_NAME.fullmatch, wanted)):
        raise ModelRefusedError(f"{which} names files that are not a model's")
    expected = [*WRAPPING, *(f"{MODEL_FOLDER}/{name}" for name in wanted)]
    refuse_links(which, client.get_model_version_download_uri(model_name, number), expected)
    place = f"models:/{model_name}/{number}"
    refuse_odd(which, place, expected)
    with tempfile.TemporaryDirectory(dir=into.parent) as staging:
        for name in wanted:
            _fetched(f"{place}/{MODEL_FOLDER}/{name}", staging).replace(into / name)
        return wrapping(place, Path(staging))


def wrapping(place: str, staging: Path) -> str:
    """One digest of the files that MLflow put around the model's at `place`."""
    return digest_of_digests({name: digest_of_file(_fetched(f"{place}/{name}", str(staging))) for name in WRAPPING})


def _fetched(uri: str, staging: str) -> Path:
    from mlflow.artifacts import download_artifacts

    return Path(download_artifacts(artifact_uri=uri, dst_path=staging))
