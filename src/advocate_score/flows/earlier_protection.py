"""What protected in the publications before this run: the newest live one of an earlier date, and the one of the same
date that is written anew. One that was withdrawn counts too: a "no" that it had was said."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pandas as pd

from advocate_score.protection.record import IDENTITY, typed
from advocate_score.publication.past import Past
from advocate_score.publication.shelf import folder_of, published_dates, read_manifest

RECORD = "protection.parquet"
"""The file of a publication that says what protected whom."""


@dataclass(frozen=True)
class Earlier:
    """record: what protected, `record.COLUMNS`, None where there is none to compare with · damaged: dates whose record
    cannot be read · is_older: the newest publication was made before there was such a record."""

    record: pd.DataFrame | None = None
    damaged: tuple[str, ...] = ()
    is_older: bool = False


@dataclass
class _Found:
    records: list[pd.DataFrame] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def earlier_protection(target: Path, as_of: datetime) -> Earlier:
    """What the publications in `target` say up to the date of `as_of`."""
    today, found = folder_of(target, as_of).name, _Found()
    days = [day for day in reversed(published_dates(target)) if day <= today]
    is_older = False
    for day in days:
        manifest = read_manifest(target / day)
        if manifest and not _is_live(manifest):
            continue
        is_older = "as_of" in manifest and RECORD not in manifest.get("files", {})
        if not is_older:
            _add(found, Past(target / day, manifest))
        if day < today and day not in found.damaged:
            break
    record = _united(found.records)
    return Earlier(record, tuple(found.damaged), is_older and record is None)


def _is_live(manifest: dict[str, object]) -> bool:
    protecting = manifest.get("protecting")
    return not isinstance(protecting, dict) or protecting.get("live") != "false"


def _add(found: _Found, past: Past) -> None:
    path = past.file(RECORD) if "as_of" in past.manifest else None
    if path is None:
        found.damaged.append(past.folder.name)
        return
    rows = typed(pd.read_parquet(path))
    found.records.append(rows.assign(last_seen=rows["last_seen"].where(rows["vanished"], past.as_of)))


def _united(records: list[pd.DataFrame]) -> pd.DataFrame | None:
    """One record of several: what protected in any of them, when it did so last."""
    if not records:
        return None
    rows = pd.concat(records, ignore_index=True)
    newest = rows.groupby(IDENTITY)["last_seen"].transform("max")
    first = rows.assign(last_seen=newest).sort_values("vanished", kind="stable")
    return first.drop_duplicates(IDENTITY, ignore_index=True)
