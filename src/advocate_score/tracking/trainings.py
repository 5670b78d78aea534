"""The record of trainings, kept beside the configuration: which models were made here.

Between training and promotion a model lies in the registry alone. The gate judges the recipe on later asks, and not the
file: what is promoted has to be what was trained, and the registry's own word for that is not enough.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from advocate_score.tracking.whole_file import one_at_a_time, read_record, write_whole

FILE = "trained.json"


class Trained(BaseModel):
    """One model as training left it. `digest`: of all its files; `wrapping`: of those that MLflow put around them;
    the rest is what the version's tags have to say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    wrapping: str
    recipe: str
    schema_hash: str
    as_of: str

    @classmethod
    def of_tags(cls, tags: Mapping[str, str], digest: str, wrapping: str) -> "Trained":
        named = {name: tags[name] for name in ("recipe", "schema_hash", "as_of")}
        return cls(digest=digest, wrapping=wrapping, **named)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[Trained, ...] = ()


def add_trained(folder: Path, trained: Trained) -> None:
    """Appends what is new; the file is replaced whole or not at all. Trainings that end together wait for each
    other."""
    with one_at_a_time(folder):
        known = _read(folder).models
        if trained not in known:
            write_whole(folder / FILE, _Record(models=(*known, trained)).model_dump_json(indent=1) + "\n")


def was_trained_here(folder: Path, trained: Trained) -> bool:
    return trained in _read(folder).models


def _read(folder: Path) -> _Record:
    return read_record(folder / FILE, _Record, what="trainings", again="train")
