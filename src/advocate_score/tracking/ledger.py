"""Records kept beside the configuration, not in the registry: promotions, trainings with what they registered, and the
accounts that models were trained on, as digests.

Whoever can write to the registry can change a model's files and the digests beside them, so the record of promotions
is kept here and trusted like the configuration.

Between training and promotion a model is in the registry only. The gate tests the recipe on later asks, not the file,
so the record of trainings is needed to prove that the promoted file is the trained one.

The accounts a model was trained on are recorded here because the tracking store must hold nothing about an account.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from advocate_score.files import PRIVATE, digest_of_digests, read_record, replace_file
from advocate_score.locks import folder_lock

FILE = "champion.json"


class Promotion(BaseModel):
    """One promotion: the version, its files, and why it may serve.

    `digests`: SHA-256 by file name; `wrapping`: one digest of the files that MLflow put around them. `golden`:
    synthetic rows with the model's predictions, as `model.persistence` makes them. `trained_as_of`, `promoted_at`:
    naive UTC. `previous`: the version that served before. `forced`: the reason if the gate was overruled. `returned`:
    the reason if an earlier champion came back without the gate. `verdict`: the gate's figures; `proof`: the recipe's
    results on later asks, for readers.
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
        """One digest over all files of the model."""
        return digest_of_digests(self.digests)


class _Promotions(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    promotions: tuple[Promotion, ...] = ()


def last_promotion(folder: Path, model_name: str, version: str) -> Promotion | None:
    """Return the newest promotion of the version; None if it was never champion."""
    matches = [promotion for promotion in promotions(folder, model_name) if promotion.version == version]
    return matches[-1] if matches else None


def promotions(folder: Path, model_name: str) -> tuple[Promotion, ...]:
    """Return every promotion of the model, oldest first; empty if there is no file."""
    return tuple(promotion for promotion in _read_promotions(folder).promotions if promotion.model_name == model_name)


def names_of_champions(folder: Path) -> tuple[str, ...]:
    """Return the names under which models were promoted, the latest first."""
    return tuple(dict.fromkeys(promotion.model_name for promotion in reversed(_read_promotions(folder).promotions)))


def learned_until(folder: Path) -> dict[tuple[str, str], datetime]:
    """Return, by name and version of every model that was champion, the instant up to which it was trained."""
    return {
        (promotion.model_name, promotion.version): promotion.trained_as_of
        for promotion in _read_promotions(folder).promotions
    }


def add_promotion(folder: Path, promotion: Promotion) -> None:
    """Append a promotion; the file is replaced atomically. The caller must hold `champion.exclusive_lock`."""
    ledger = _Promotions(promotions=(*_read_promotions(folder).promotions, promotion))
    replace_file(folder / FILE, f"{ledger.model_dump_json(indent=2)}\n".encode(), PRIVATE)


def _read_promotions(folder: Path) -> _Promotions:
    return read_record(folder / FILE, _Promotions, what="promotions", action="promote")


TRAININGS_FILE = "trained.json"


class Trained(BaseModel):
    """One model as it was trained.

    `digest`: of all its files; `wrapping`: of those that MLflow put around them; the other fields come from the tags of
    the version.
    """

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
    """Append a training if it is new; the file is replaced atomically, and concurrent trainings wait for each other."""
    with folder_lock(folder):
        known = _read_trainings(folder).models
        if trained not in known:
            text = _Trainings(models=(*known, trained)).model_dump_json(indent=1)
            replace_file(folder / TRAININGS_FILE, f"{text}\n".encode(), PRIVATE)


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
    """The accounts one version was trained on.

    `key`: identifies the secret of the digests; `accounts`: digests of the accounts; `as_of`: naive UTC.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_name: str
    version: str
    run_id: str
    as_of: datetime
    key: str
    accounts: tuple[str, ...]


def record_membership(folder: Path, registered: Registered, as_of: datetime, key: str, accounts: Iterable[str]) -> None:
    """Record the accounts that a registered version was trained on.

    Parameters
    ----------
    folder : the configuration's.
    registered : the version.
    as_of : naive UTC.
    key : identifies the secret of the digests.
    accounts : digests of the accounts.
    """
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
    replace_file(directory / f"{registered.run_id}.json", f"{membership.model_dump_json()}\n".encode(), PRIVATE)


def models_trained_on(folder: Path, key: str, accounts: Collection[str]) -> list[TrainingMembership]:
    """Return the models that were trained on any of `accounts`, oldest first."""
    known = [note for note in _read_notes(folder) if note.key == key]
    return sorted(
        (note for note in known if set(note.accounts) & set(accounts)), key=lambda note: (note.as_of, note.version)
    )


def versions_without_membership(folder: Path, model_name: str, key: str) -> list[str]:
    """Return promoted versions whose accounts were not recorded, or only with another secret."""
    known = {note.run_id for note in _read_notes(folder) if note.key == key}
    return list(
        dict.fromkeys(
            promotion.version for promotion in promotions(folder, model_name) if promotion.run_id not in known
        )
    )


def _read_notes(folder: Path) -> list[TrainingMembership]:
    """Return the readable notes; the version of an unreadable one counts as not recorded."""
    notes = []
    for file in sorted((folder / FOLDER).glob("*.json")):
        try:
            notes.append(TrainingMembership.model_validate_json(file.read_bytes()))
        except ValidationError:
            continue
    return notes
