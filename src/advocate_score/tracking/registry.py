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
LARGEST_FILE = 64_000_000
_LEFT_BY_READERS = "registered_model_meta"
"""MLflow writes this into a local store whenever the model is loaded there; nothing here reads it."""
_FOLDERS = ("", "artifacts", MODEL_FOLDER)
_FIX = "Fix: find out who can write to the registry's store, then promote a version that is whole, or train again"


def refuse_odd(which: str, location: str, expected: Sequence[str]) -> None:
    """Raise ModelRefusedError if the registry lists a missing, unexpected or too large file at `location`."""
    sizes = dict(_list_files(location))
    missing = sorted(set(expected) - sizes.keys())
    if missing:
        fix = "bring the artefacts back to where MLflow expects them, promote another version, or train again"
        raise ModelRefusedError(f"{which} lacks its file {PurePosixPath(missing[0]).name}. Fix: {fix}")
    if sizes.keys() - {*expected, _LEFT_BY_READERS}:
        raise ModelRefusedError(f"{which} holds files that no model has. {_FIX}")
    for path, size in sizes.items():
        if size > LARGEST_FILE:
            raise ModelRefusedError(f"{which}: {PurePosixPath(path).name} is larger than a model can be. {_FIX}")


def _list_files(location: str) -> Iterator[tuple[str, int]]:
    """Yield (path, size) of every file, and of every unexpected folder."""
    from mlflow.artifacts import list_artifacts

    for folder in _FOLDERS:
        for artifact in list_artifacts(artifact_uri=f"{location}/{folder}".rstrip("/")) or ():
            if not (artifact.is_dir and artifact.path in _FOLDERS):
                yield artifact.path, artifact.file_size or 0


def refuse_links(which: str, root: str, expected: Sequence[str]) -> None:
    """Raise ModelRefusedError if the artefacts are on this machine's disk and one is a link or a device."""
    parsed = urlparse(root)
    if parsed.scheme not in ("", "file"):
        return
    folder = Path(url2pathname(parsed.path))
    for path in {*expected, *_FOLDERS[1:]}:
        file = folder / path
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
    fix = f"there are: {', '.join(available)}" if available else "run 'advocate-score train' first"
    return InputError([Fault(f"version '{number}'", f"is not in the registry as '{model_name}'.", fix)])


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
    refuse_links(which, client.get_model_version_download_uri(model_name, number), expected)
    uri = f"models:/{model_name}/{number}"
    refuse_odd(which, uri, expected)
    with tempfile.TemporaryDirectory(dir=into.parent) as staging:
        for name in requested:
            _fetch(f"{uri}/{MODEL_FOLDER}/{name}", staging).replace(into / name)
        return mlflow_files_digest(uri, Path(staging))


def mlflow_files_digest(uri: str, staging: Path) -> str:
    """Return one digest of the files that MLflow put around the model at `uri`."""
    return digest_of_digests({name: digest_of_file(_fetch(f"{uri}/{name}", str(staging))) for name in WRAPPING})


def _fetch(uri: str, staging: str) -> Path:
    from mlflow.artifacts import download_artifacts

    return Path(download_artifacts(artifact_uri=uri, dst_path=staging))
