"""Earlier publications, read back: what was predicted and planned, and when."""

import codecs
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.publication.contained import contained
from advocate_score.publication.durable import sha256
from advocate_score.publication.shelf import published_dates, read_manifest
from advocate_score.publication.spreadsheet_csv import Dialect, dialect_of
from advocate_score.spreadsheet_text import neutral
from advocate_score.windows import parse_as_of

READINESS, PLAN, LISTS = "readiness.parquet", "ask_plan.csv", "candidates.csv"
_LISTED = ["account_id", "level", "readiness"]
_IDS = {"account_id": "str", "policy_id": "str", "why_now": "str"}


@dataclass(frozen=True)
class Past:
    """One publication that stands in the folder."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def as_of(self) -> datetime:
        return parse_as_of(self.manifest["as_of"])

    @property
    def model(self) -> dict[str, str]:
        """name, version, digest of the model that it was made with."""
        return {str(name): str(value) for name, value in self.manifest.get("model", {}).items()}

    @property
    def served(self) -> tuple[str, str]:
        """Name and version of that model."""
        return self.model.get("name", ""), self.model.get("version", "")

    def file(self, name: str) -> Path | None:
        """A file as it was published; None where there is none or it was changed since."""
        path = contained(self.folder, name)
        digest = self.manifest.get("files", {}).get(name, {}).get("sha256")
        return path if digest and path and sha256(path) == digest else None

    def readiness(self, columns: Sequence[str] | None = None) -> pd.DataFrame | None:
        """`readiness.parquet`, or some `columns` of it; None where it was not published, or changed since."""
        path = self.file(READINESS)
        return None if path is None else pd.read_parquet(path, columns=None if columns is None else list(columns))

    def plan(self) -> pd.DataFrame | None:
        """`ask_plan.csv`, in whichever dialect it was written; None where it was not published, or changed since."""
        path = self.file(PLAN)
        return None if path is None else _with_own_ids(_read_csv(path, _dialect(path)), self.readiness())

    def lists(self, accounts: Iterable[str]) -> pd.DataFrame | None:
        """account_id, level, readiness of those who were listed; None where no `candidates.csv` was published, or it
        changed since. The ids of `accounts` are as they are, those of others as the file shows them."""
        path = self.file(LISTS)
        if path is None:
            return None
        how = _dialect(path)
        own = {neutral(account, how.other_delimiter): account for account in accounts}
        rows = _read_csv(path, how, _LISTED)[_LISTED].astype({"level": "int64", "readiness": "float64"})
        return rows.assign(account_id=[own.get(shown, shown) for shown in rows["account_id"]])


def past_publications(target: Path, until: datetime | None = None) -> list[Past]:
    """The publications in `target` with an as-of instant up to `until`, oldest first."""
    manifests = ((target / name, read_manifest(target / name)) for name in published_dates(target))
    found = [Past(folder, said) for folder, said in manifests if "as_of" in said]
    return [one for one in found if until is None or one.as_of <= until]


def latest_before(past: Iterable[Past], start: datetime, end: datetime) -> Past | None:
    """The newest with its as-of instant in (start, end] that has its readiness."""
    inside = [one for one in past if start < one.as_of <= end]
    return next((one for one in reversed(inside) if one.file(READINESS)), None)


def _dialect(path: Path) -> Dialect:
    with path.open("rb") as file:
        return dialect_of(file.read(len(codecs.BOM_UTF8)))


def _read_csv(path: Path, how: Dialect, columns: list[str] | None = None) -> pd.DataFrame:
    """Empty cells alone are missing: an account may be called NA."""
    return pd.read_csv(
        path,
        sep=how.delimiter,
        decimal=how.decimal,
        encoding=how.encoding,
        usecols=columns,
        dtype=_IDS,
        keep_default_na=False,
        na_values=[""],
    )


def _with_own_ids(plan: pd.DataFrame, readiness: pd.DataFrame | None) -> pd.DataFrame:
    """Account ids as they are, and not as they were made harmless for spreadsheets."""
    if readiness is None:
        return plan
    own = {neutral(account): account for account in readiness["account_id"].unique()}
    return plan.assign(account_id=plan["account_id"].map(lambda shown: own.get(shown, shown)))
