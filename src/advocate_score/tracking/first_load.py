"""Verified files become a model: at first in a process apart, and every time against the golden rows."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advocate_score.tracking.cache import cache_folder
from advocate_score.tracking.digests import digest_of_text
from advocate_score.tracking.whole_file import write_whole

if TYPE_CHECKING:
    from advocate_score.model.ladder_model import LadderModel

NOTE = "first_loads.json"
_READERS = ("advocate-score", "lightgbm", "numpy")
"""A model that one version of them could read is new to the next."""
_REMEMBERED = 50


class Loaded(NamedTuple):
    model: "LadderModel"
    golden: tuple[str, ...]


def load_verified(folder: Path, files: Path, digests: Mapping[str, str], golden: Sequence[str] = ()) -> Loaded:
    """The model in `files`; the cache in `folder`, the configuration's, remembers what this machine has loaded before.

    Golden rows come back as given, or as this model answers them where none were.

    Raises
    ------
    ModelRefusedError
        where a file is not of its digest or no model's, the first load fails in whatever way, or a golden row is
        answered otherwise.
    """
    from advocate_score.model.files import load, verify
    from advocate_score.model.golden import golden_rows, replay
    from advocate_score.model.trial import trial

    verify(files, digests)
    key = _key(digests)
    passed = _passed(folder)
    if key not in passed:
        golden = trial(files, digests, golden)
    model = load(files, digests)
    replay(model, golden)
    if key not in passed:
        write_whole(cache_folder(folder) / NOTE, json.dumps([*passed, key][-_REMEMBERED:]) + "\n")
    return Loaded(model, tuple(golden) or golden_rows(model))


def _key(digests: Mapping[str, str]) -> str:
    readers = {name: installed_version(name) for name in _READERS}
    return digest_of_text(json.dumps([dict(digests), readers], sort_keys=True))


def _passed(folder: Path) -> list[str]:
    """What cannot be read is as good as forgotten: it costs a load in a process apart."""
    try:
        told = json.loads((cache_folder(folder) / NOTE).read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []
