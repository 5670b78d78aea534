"""Read earlier publications back: their predictions, plans and lists as typed tables, and the publication that a run is
compared with."""

import codecs
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score.dates import parse_as_of
from advocate_score.files import digest_of_file
from advocate_score.publication.columns import Kind, kinds
from advocate_score.publication.spreadsheet_csv import Dialect, decode_csv, dialect_of, is_yes
from advocate_score.publication.store import active_dates, folder_of, published_dates, read_manifest, resolve_inside
from advocate_score.spreadsheet_text import escape_formula, unescape_formula

READINESS, PLAN, LISTS = "readiness.parquet", "ask_plan.csv", "candidates.csv"
_LISTED = ["account_id", "level", "readiness"]
_IDS = {"account_id": "str", "policy_id": "str", "why_now": "str"}


@dataclass(frozen=True)
class Publication:
    """One publication in the folder."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def as_of(self) -> datetime:
        return parse_as_of(self.manifest["as_of"])

    @property
    def model(self) -> dict[str, str]:
        """name, version, digest of the model it was made with."""
        return {str(name): str(value) for name, value in self.manifest.get("model", {}).items()}

    @property
    def served(self) -> tuple[str, str]:
        """Name and version of the model it was made with."""
        return self.model.get("name", ""), self.model.get("version", "")

    def file(self, name: str) -> Path | None:
        """The path of a file as it was published; None if it is missing or has changed since."""
        path = resolve_inside(self.folder, name)
        digest = self.manifest.get("files", {}).get(name, {}).get("sha256")
        return path if digest and path and digest_of_file(path) == digest else None

    def readiness(self, columns: Sequence[str] | None = None) -> pd.DataFrame | None:
        """`readiness.parquet`, or some `columns` of it; None if it was not published or has changed since."""
        path = self.file(READINESS)
        return None if path is None else pd.read_parquet(path, columns=None if columns is None else list(columns))

    def plan(self) -> pd.DataFrame | None:
        """`ask_plan.csv`, whatever its dialect; None if it was not published or has changed since."""
        path = self.file(PLAN)
        return None if path is None else _with_own_ids(_read_csv(path, _dialect(path)), self.readiness())

    def lists(self, accounts: Iterable[str]) -> pd.DataFrame | None:
        """account_id, level, readiness of the listed accounts; None if `candidates.csv` was not published or has
        changed since.

        The ids of `accounts` are restored; other ids stay as written in the file.
        """
        path = self.file(LISTS)
        if path is None:
            return None
        dialect = _dialect(path)
        own = {escape_formula(account, dialect.other_delimiter): account for account in accounts}
        rows = _read_csv(path, dialect, _LISTED)[_LISTED].astype({"level": "int64", "readiness": "float64"})
        return rows.assign(account_id=[own.get(shown, shown) for shown in rows["account_id"]])


def past_publications(target: Path, until: datetime | None = None) -> list[Publication]:
    """The publications in `target` with an as-of instant up to `until`, oldest first."""
    manifests = ((target / name, read_manifest(target / name)) for name in published_dates(target))
    publications = [Publication(folder, manifest) for folder, manifest in manifests if "as_of" in manifest]
    return [publication for publication in publications if until is None or publication.as_of <= until]


def latest_publication_in(publications: Iterable[Publication], start: datetime, end: datetime) -> Publication | None:
    """The newest publication with its as-of instant in (start, end] whose readiness file is intact."""
    inside = [publication for publication in publications if start < publication.as_of <= end]
    return next((publication for publication in reversed(inside) if publication.file(READINESS)), None)


def _dialect(path: Path) -> Dialect:
    with path.open("rb") as file:
        return dialect_of(file.read(len(codecs.BOM_UTF8)))


def _read_csv(path: Path, dialect: Dialect, columns: list[str] | None = None) -> pd.DataFrame:
    """Read the file; only empty cells count as missing, because an account may be called NA."""
    return pd.read_csv(
        path,
        sep=dialect.delimiter,
        decimal=dialect.decimal,
        encoding=dialect.encoding,
        usecols=columns,
        dtype=_IDS,
        converters={"exploration": is_yes},
        keep_default_na=False,
        na_values=[""],
    )


def _with_own_ids(plan: pd.DataFrame, readiness: pd.DataFrame | None) -> pd.DataFrame:
    """The plan with the original account ids instead of those escaped for spreadsheets."""
    if readiness is None:
        return plan
    own = {escape_formula(account): account for account in readiness["account_id"].unique()}
    return plan.assign(account_id=plan["account_id"].map(lambda shown: own.get(shown, shown)))


def previous_publication(target: Path, as_of: datetime) -> Publication | None:
    """The newest publication in use with a date before that of `as_of`; None if there is none or its manifest cannot be
    read.

    This is the target of `current`, unless the date itself is replaced or an earlier one is backfilled.
    """
    today = folder_of(target, as_of).name
    days = [day for day in active_dates(target) if day < today]
    if not days:
        return None
    folder = target / days[-1]
    manifest = read_manifest(folder)
    return Publication(folder, manifest) if "as_of" in manifest else None


LISTS_READ_BACK: Mapping[str, str] = {
    "candidates": "candidates.csv",
    "ask_plan": "ask_plan.csv",
    "nurture": "nurture.csv",
    "resting": "resting.csv",
    "reference_pool": "reference_pool.csv",
    "advisory_board": "advisory_board.csv",
    "readiness": "readiness.parquet",
}
"""Name of a list → the file that holds all of it."""

_TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "count": pa.int64(),
    **dict.fromkeys(("share", "figure"), pa.float64()),
    "flag": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us"),
}
"""Instants are naive UTC."""


def _type_of(name: str) -> pa.DataType:
    """The type of a column, in every list that has it; only `readiness.parquet` has `eligible`."""
    return _TYPES["flag" if name == "eligible" else kinds().get(name, "text")]


def read_back(publication: Publication) -> dict[str, pa.Table]:
    """The published lists of `LISTS_READ_BACK` whose files are unchanged; unknown values are null."""
    paths = {name: publication.file(file) for name, file in LISTS_READ_BACK.items()}
    contents = {name: path.read_bytes() for name, path in paths.items() if path is not None}
    return {name: _read(LISTS_READ_BACK[name], content) for name, content in contents.items()}


def _read(file: str, content: bytes) -> pa.Table:
    if file.endswith(".parquet"):
        table = pq.read_table(io.BytesIO(content))
        return table.cast(pa.schema([(name, _type_of(name)) for name in table.column_names]))
    dialect, header, rows = decode_csv(content)
    cells = zip(*rows, strict=True) if rows else [()] * len(header)
    columns = [_column(name, column, dialect) for name, column in zip(header, cells, strict=True)]
    return pa.Table.from_arrays(columns, names=header)


def _column(name: str, cells: Sequence[str], dialect: Dialect) -> pa.Array:
    kind = _type_of(name)
    value = _value(kind, dialect)
    known = {cell: value(cell) for cell in set(cells) if cell}
    return pa.array(map(known.get, cells), kind)


def _value(kind: pa.DataType, dialect: Dialect) -> Callable[[str], Any]:
    if pa.types.is_integer(kind):
        return int
    if pa.types.is_floating(kind):
        return partial(_number, decimal=dialect.decimal)
    if pa.types.is_boolean(kind):
        return is_yes
    if pa.types.is_date(kind):
        return _day
    return (
        parse_as_of
        if pa.types.is_timestamp(kind)
        else partial(unescape_formula, other_delimiter=dialect.other_delimiter)
    )


def _number(cell: str, decimal: str) -> float:
    return float(cell.replace(decimal, "."))


def _day(cell: str) -> date:
    return datetime.fromisoformat(cell).date()
