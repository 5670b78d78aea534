"""The model registry: aliases, versions, and downloads of a version's files, refusing any file that does not belong."""

import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlparse
from urllib.request import url2pathname

from advocate_score.errors import Fault, InputError, ModelRefusedError
from advocate_score.files import digest_of_digests, digest_of_file

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.store.artifact.artifact_repo import ArtifactRepository

MODEL_FOLDER = "artifacts/ladder"
WRAPPING = (
    "MLmodel",
    "artifacts/digests.json",
    "conda.yaml",
    "ladder_pyfunc.py",
    "python_env.yaml",
    "requirements.txt",
)
"""The files that MLflow puts around a model. The job runs none of them, and refuses a model if they have changed."""
WHEELS = "wheels"
"""The folder of the wheel that lets others install this package; models of earlier versions have none."""
_WHEEL = re.compile(r"wheels/advocate_score-[A-Za-z0-9.+!_]{1,64}-py3-none-any\.whl")
LARGEST_FILE = 64_000_000
_LEFT_BY_READERS = "registered_model_meta"
"""MLflow writes this into a local store whenever the model is loaded there; nothing here reads it."""
_FOLDERS = ("", "artifacts", MODEL_FOLDER, WHEELS)
_FIX = "Fix: find out who can write to the registry's store, then promote a version that is whole, or train again"


def refuse_odd(which: str, files: "ArtifactRepository", expected: Sequence[str]) -> None:
    """Raise ModelRefusedError if the registry lists a missing, unexpected or too large file of the model."""
    sizes = dict(_list_files(files))
    missing = sorted(set(expected) - sizes.keys())
    if missing:
        fix = "bring the artefacts back to where MLflow expects them, promote another version, or train again"
        raise ModelRefusedError(f"{which} lacks its file {PurePosixPath(missing[0]).name}. Fix: {fix}")
    if {path for path in sizes if not _WHEEL.fullmatch(path)} - {*expected, _LEFT_BY_READERS}:
        raise ModelRefusedError(f"{which} holds files that no model has. {_FIX}")
    for path, size in sizes.items():
        if size > LARGEST_FILE:
            raise ModelRefusedError(f"{which}: {PurePosixPath(path).name} is larger than a model can be. {_FIX}")


def _list_files(files: "ArtifactRepository") -> Iterator[tuple[str, int]]:
    """Yield (path, size) of every file, and of every unexpected folder."""
    for folder in _FOLDERS:
        for artifact in files.list_artifacts(folder or None) or ():
            if not (artifact.is_dir and artifact.path in _FOLDERS):
                yield artifact.path, artifact.file_size or 0


def refuse_links(which: str, root: str, expected: Sequence[str]) -> None:
    """Raise ModelRefusedError if the artefacts are on this machine's disk and one is a link or a device."""
    parsed = urlparse(root)
    if parsed.scheme not in ("", "file"):
        return
    folder = Path(url2pathname(parsed.path))
    for file in {*(folder / path for path in (*expected, *_FOLDERS[1:])), *folder.glob(f"{WHEELS}/*")}:
        if file.is_symlink() or (file.exists() and not _is_plain(file)):
            raise ModelRefusedError(f"{which}: {file.name} is not a plain file. {_FIX}")


def _is_plain(file: Path) -> bool:
    mode = file.lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


CHAMPION, CHALLENGER = "champion", "challenger"
PLAIN_NAME = re.compile(r"[A-Za-z0-9_]{1,64}\.(json|txt)")
MOST_FILES = 500


@dataclass(frozen=True)
class Version:
    """One registered version; `tags` are those that training wrote."""

    model_name: str
    number: str
    run_id: str
    tags: Mapping[str, str]


def version_of_alias(client: "MlflowClient", model_name: str, alias: str) -> str | None:
    """Return the version of the alias now, None without alias or model; call it once and keep the answer."""
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
        registered = client.get_model_version(model_name, number)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise _no_such_version(client, model_name, number) from error
        raise
    return Version(model_name, str(registered.version), registered.run_id or "", dict(registered.tags))


def _no_such_version(client: "MlflowClient", model_name: str, number: str) -> InputError:
    quoted = model_name.replace("'", "''")
    versions = client.search_model_versions(f"name = '{quoted}'", max_results=20)
    available = sorted((str(registered.version) for registered in versions), key=int)
    fix = f"choose one of {', '.join(available)}" if available else "run 'advocate-score train' first"
    return InputError([Fault("--version", f"the registry has no version '{number}' of '{model_name}'.", fix)])


def describe_version(model_name: str, number: str) -> str:
    """Return how messages name a version."""
    return f"version {number} of '{model_name}'"


def download(client: "MlflowClient", model_name: str, number: str, names: Iterable[str], into: Path) -> str:
    """Download the named files of a version into the empty folder `into`; return the digest of the files around them.

    Contents are not checked here.

    Parameters
    ----------
    client : of the store.
    model_name, number : the version.
    names : of the model's files.
    into : an empty folder.

    Raises
    ------
    ModelRefusedError
        if a name is not plain, or a file is missing, unexpected, too large, or a link.
    """
    requested = sorted(names)
    which = describe_version(model_name, number)
    if not requested or len(requested) > MOST_FILES or not all(map(PLAIN_NAME.fullmatch, requested)):
        raise ModelRefusedError(f"{which} names files that are not a model's")
    expected = [*WRAPPING, *(f"{MODEL_FOLDER}/{name}" for name in requested)]
    location = client.get_model_version_download_uri(model_name, number)
    files = artifact_files(client, location)
    refuse_links(which, location, expected)
    refuse_odd(which, files, expected)
    with tempfile.TemporaryDirectory(dir=into.parent) as staging:
        for name in requested:
            _fetch(files, f"{MODEL_FOLDER}/{name}", staging).replace(into / name)
        return mlflow_files_digest(files, Path(staging))


def artifact_files(client: "MlflowClient", location: str) -> "ArtifactRepository":
    """Return the files at `location`, read by way of the client's store and not of the notebook's."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return get_artifact_repository(location, tracking_uri=client.tracking_uri, registry_uri=client.tracking_uri)


def mlflow_files_digest(files: "ArtifactRepository", staging: Path) -> str:
    """Return one digest of the files that MLflow put around the model."""
    wheels = [artifact.path for artifact in files.list_artifacts(WHEELS) or () if _WHEEL.fullmatch(artifact.path)]
    fetched = {name: _fetch(files, name, str(staging)) for name in (*WRAPPING, *wheels)}
    return digest_of_digests({name: digest_of_file(file) for name, file in fetched.items()})


def _fetch(files: "ArtifactRepository", path: str, staging: str) -> Path:
    return Path(files.download_artifacts(path, staging))  # type: ignore[no-untyped-call]
