"""The record of promotions, kept beside the configuration and not in the registry.

Whoever can write to the registry can change a model's files and the digests written next to them. What a model file
must look like is therefore known from here, and this file is trusted as the configuration is.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from advocate_score.tracking.digests import digest_of_digests
from advocate_score.tracking.whole_file import read_record, write_whole

FILE = "champion.json"


class Promotion(BaseModel):
    """One promotion: which files of which version may serve, and why.

    `digests`: SHA-256 by file name; `wrapping`: one of the files that MLflow put around them. `golden`: made-up rows
    and what the model says of them, as `model.golden` makes them. `trained_as_of`, `promoted_at`: naive UTC.
    `previous`: the version that served before. `forced`: the reason given where the gate was overruled. `returned`: the
    reason given where an earlier champion came back without the gate. `verdict`: the gate's figures; `proof`: how the
    recipe did on later asks, for its readers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_name: str
    version: str
    run_id: str
    recipe: str
    schema_hash: str
    digests: Mapping[str, str]
    wrapping: str = ""
    golden: tuple[str, ...] = ()
    trained_as_of: datetime
    promoted_at: datetime
    previous: str | None = None
    forced: str | None = None
    returned: str | None = None
    verdict: tuple[dict[str, Any], ...] = ()
    proof: Mapping[str, Any] = {}

    @property
    def digest(self) -> str:
        """One digest for all files of the model."""
        return digest_of_digests(self.digests)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    promotions: tuple[Promotion, ...] = ()


def last_promotion(folder: Path, model_name: str, version: str) -> Promotion | None:
    """The newest of the version; None where it never was champion."""
    found = [one for one in promotions(folder, model_name) if one.version == version]
    return found[-1] if found else None


def promotions(folder: Path, model_name: str) -> tuple[Promotion, ...]:
    """Every promotion of the model, oldest first; none where the file is not there."""
    return tuple(one for one in _read(folder).promotions if one.model_name == model_name)


def learned_until(folder: Path) -> dict[tuple[str, str], datetime]:
    """Name and version of every model that was champion → the instant up to which it learned."""
    return {(one.model_name, one.version): one.trained_as_of for one in _read(folder).promotions}


def add_promotion(folder: Path, promotion: Promotion) -> None:
    """Appends; the file is replaced whole or not at all."""
    kept = _Record(promotions=(*_read(folder).promotions, promotion))
    write_whole(folder / FILE, kept.model_dump_json(indent=2) + "\n")


def _read(folder: Path) -> _Record:
    return read_record(folder / FILE, _Record, what="promotions", again="promote")
