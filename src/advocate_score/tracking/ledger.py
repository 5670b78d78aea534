"""Records kept beside the configuration and not in the registry: promotions, trainings and what they registered, and
which models learned from an account, told without naming anybody.

Whoever can write to the registry can change a model's files and the digests written next to them. What a model file
must look like is therefore known from here, and this file is trusted as the configuration is.

Between training and promotion a model lies in the registry alone. The gate judges the recipe on later asks, and not the
file: what is promoted has to be what was trained, and the registry's own word for that is not enough.

What models learned from stands beside the configuration and not in the tracking store, which holds nothing of an
account.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from advocate_score.files import digest_of_digests, one_at_a_time, read_record, write_whole

FILE = "champion.json"


class Promotion(BaseModel):
    """One promotion: which files of which version may serve, and why.

    `digests`: SHA-256 by file name; `wrapping`: one of the files that MLflow put around them. `golden`: made-up rows
    and what the model says of them, as `model.persistence` makes them. `trained_as_of`, `promoted_at`: naive UTC.
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


class _Promotions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    promotions: tuple[Promotion, ...] = ()


def last_promotion(folder: Path, model_name: str, version: str) -> Promotion | None:
    """The newest of the version; None where it never was champion."""
    matches = [promotion for promotion in promotions(folder, model_name) if promotion.version == version]
    return matches[-1] if matches else None


def promotions(folder: Path, model_name: str) -> tuple[Promotion, ...]:
    """Every promotion of the model, oldest first; none where the file is not there."""
    return tuple(promotion for promotion in _read_promotions(folder).promotions if promotion.model_name == model_name)


def learned_until(folder: Path) -> dict[tuple[str, str], datetime]:
    """Name and version of every model that was champion → the instant up to which it learned."""
    return {
        (promotion.model_name, promotion.version): promotion.trained_as_of
        for promotion in _read_promotions(folder).promotions
    }


def add_promotion(folder: Path, promotion: Promotion) -> None:
    """Appends; the file is replaced whole or not at all."""
    ledger = _Promotions(promotions=(*_read_promotions(folder).promotions, promotion))
    write_whole(folder / FILE, ledger.model_dump_json(indent=2) + "\n")


def _read_promotions(folder: Path) -> _Promotions:
    return read_record(folder / FILE, _Promotions, what="promotions", action="promote")


TRAININGS_FILE = "trained.json"


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
        required = {name: tags[name] for name in ("recipe", "schema_hash", "as_of")}
        return cls(digest=digest, wrapping=wrapping, **required)


class _Trainings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    models: tuple[Trained, ...] = ()


def add_trained(folder: Path, trained: Trained) -> None:
    """Appends what is new; the file is replaced whole or not at all. Trainings that end together wait for each
    other."""
    with one_at_a_time(folder):
        known = _read_trainings(folder).models
        if trained not in known:
            write_whole(folder / TRAININGS_FILE, _Trainings(models=(*known, trained)).model_dump_json(indent=1) + "\n")


def was_trained_here(folder: Path, trained: Trained) -> bool:
    return trained in _read_trainings(folder).models


def _read_trainings(folder: Path) -> _Trainings:
    return read_record(folder / TRAININGS_FILE, _Trainings, what="trainings", action="train")


@dataclass(frozen=True)
class Registered:
    model_name: str
    version: str
    run_id: str
    experiment_id: str


FOLDER = ".taught"


class TrainingMembership(BaseModel):
    """Whom one version learned from. `key`: by which the secret is known again; `accounts`: digests by it; `as_of`:
    naive UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_name: str
    version: str
    run_id: str
    as_of: datetime
    key: str
    accounts: tuple[str, ...]


def record_membership(folder: Path, registered: Registered, as_of: datetime, key: str, accounts: Iterable[str]) -> None:
    """`accounts`: digests."""
    membership = TrainingMembership(
        model_name=registered.model_name,
        version=registered.version,
        run_id=registered.run_id,
        as_of=as_of,
        key=key,
        accounts=tuple(sorted(accounts)),
    )
    directory = folder / FOLDER
    directory.mkdir(mode=0o700, exist_ok=True)
    write_whole(directory / f"{registered.run_id}.json", membership.model_dump_json() + "\n")


def models_trained_on(folder: Path, key: str, accounts: Collection[str]) -> list[TrainingMembership]:
    """The models that learned from any of `accounts`, oldest first."""
    known = [note for note in _notes(folder) if note.key == key]
    return sorted(
        (note for note in known if set(note.accounts) & set(accounts)), key=lambda note: (note.as_of, note.version)
    )


def versions_without_membership(folder: Path, model_name: str, key: str) -> list[str]:
    """Versions that were promoted and of which nobody noted whom they learned from, or by another secret."""
    known = {note.run_id for note in _notes(folder) if note.key == key}
    return list(
        dict.fromkeys(
            promotion.version for promotion in promotions(folder, model_name) if promotion.run_id not in known
        )
    )


def _notes(folder: Path) -> list[TrainingMembership]:
    """Those that can be read: one that cannot tells nothing, and its version is among the untold."""
    notes = []
    for file in sorted((folder / FOLDER).glob("*.json")):
        try:
            notes.append(TrainingMembership.model_validate_json(file.read_bytes()))
        except ValidationError:
            continue
    return notes
