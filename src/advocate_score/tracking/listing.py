"""What lies in a version's folder in the registry, before any is fetched: our files and MLflow's, and no other."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import urlparse
from urllib.request import url2pathname

from advocate_score.errors import ModelRefusedError

MODEL_FOLDER = "artifacts/ladder"
WRAPPING = (
    "MLmodel",
    "artifacts/digests.json",
    "conda.yaml",
    "ladder_pyfunc.py",
    "python_env.yaml",
    "requirements.txt",
)
"""What MLflow puts around a model. The nightly job runs none of it, and refuses it where it was changed."""
LARGEST_FILE = 64_000_000
_LEFT_BY_READERS = "registered_model_meta"
"""MLflow writes it into a store on this disk whenever somebody loads the model there; nothing here reads it."""
_FOLDERS = ("", "artifacts", MODEL_FOLDER)
_FIX = "Fix: find out who can write to the registry's store, then promote a version that is whole, or train again"


def refuse_odd(which: str, place: str, expected: Sequence[str]) -> None:
    """ModelRefusedError where a file is missing, foreign or too large by the registry's own list of `place`."""
    sizes = dict(_listed(place))
    missing = sorted(set(expected) - sizes.keys())
    if missing:
        fix = "bring the artefacts back to where MLflow expects them, promote another version, or train again"
        raise ModelRefusedError(f"{which} lacks its file {PurePosixPath(missing[0]).name}. Fix: {fix}")
    if sizes.keys() - {*expected, _LEFT_BY_READERS}:
        raise ModelRefusedError(f"{which} holds files that no model has. {_FIX}")
    for path, size in sizes.items():
        if size > LARGEST_FILE:
            raise ModelRefusedError(f"{which}: {PurePosixPath(path).name} is larger than a model can be. {_FIX}")


def _listed(place: str) -> Iterator[tuple[str, int]]:
    """(path, size) of every file, and of every folder that is not ours."""
    from mlflow.artifacts import list_artifacts

    for folder in _FOLDERS:
        for one in list_artifacts(artifact_uri=f"{place}/{folder}".rstrip("/")) or ():
            if not (one.is_dir and one.path in _FOLDERS):
                yield one.path, one.file_size or 0


def refuse_links(which: str, root: str, expected: Sequence[str]) -> None:
    """ModelRefusedError where the artefacts lie on this machine's disk and one is a link or a device."""
    parsed = urlparse(root)
    if parsed.scheme not in ("", "file"):
        return
    folder = Path(url2pathname(parsed.path))
    for path in {*expected, *_FOLDERS[1:]}:
        there = folder / path
        if there.is_symlink() or (there.exists() and not _is_plain(there)):
            raise ModelRefusedError(f"{which}: {there.name} is not a plain file. {_FIX}")


def _is_plain(there: Path) -> bool:
    mode = there.lstat().st_mode
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)
