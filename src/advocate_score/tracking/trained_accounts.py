"""Which models learned from an account, told without naming anybody: digests of ids, by a secret kept elsewhere.

They stand beside the configuration and not in the tracking store, which holds nothing of an account.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from advocate_score.tracking.promotions import promotions
from advocate_score.tracking.record import Registered
from advocate_score.tracking.whole_file import write_whole

FOLDER = ".taught"


class Taught(BaseModel):
    """Whom one version learned from. `key`: by which the secret is known again; `accounts`: digests by it; `as_of`:
    naive UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_name: str
    version: str
    run_id: str
    as_of: datetime
    key: str
    accounts: tuple[str, ...]


def note_taught(folder: Path, registered: Registered, as_of: datetime, key: str, accounts: Iterable[str]) -> None:
    """`accounts`: digests."""
    taught = Taught(
        model_name=registered.model_name,
        version=registered.version,
        run_id=registered.run_id,
        as_of=as_of,
        key=key,
        accounts=tuple(sorted(accounts)),
    )
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    write_whole(place / f"{registered.run_id}.json", taught.model_dump_json() + "\n")


def taught_by(folder: Path, key: str, accounts: Collection[str]) -> list[Taught]:
    """The models that learned from any of `accounts`, oldest first."""
    known = [one for one in _notes(folder) if one.key == key]
    return sorted((one for one in known if set(one.accounts) & set(accounts)), key=lambda one: (one.as_of, one.version))


def untold(folder: Path, model_name: str, key: str) -> list[str]:
    """Versions that were promoted and of which nobody noted whom they learned from, or by another secret."""
    told = {one.run_id for one in _notes(folder) if one.key == key}
    return list(dict.fromkeys(one.version for one in promotions(folder, model_name) if one.run_id not in told))


def _notes(folder: Path) -> list[Taught]:
    """Those that can be read: one that cannot tells nothing, and its version is among the untold."""
    found = []
    for file in sorted((folder / FOLDER).glob("*.json")):
        try:
            found.append(Taught.model_validate_json(file.read_bytes()))
        except ValidationError:
            continue
    return found
