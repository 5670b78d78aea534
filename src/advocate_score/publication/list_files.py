"""The list files of a publication, as bytes: the lists for people, one file for each account manager, and
`crm_load.csv` for a CRM's importer, with ids, integers and codes, one row per account and no free text.

In `crm_load.csv` the account's id, by which the CRM finds its record, is the first column. No cell is empty, because
importers keep the CRM's value where a cell is empty.
"""

import hashlib
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from advocate_score import config
from advocate_score.dates import iso
from advocate_score.ladder import Levels
from advocate_score.publication import lists, spreadsheet_csv, workbook, workbook_sheets
from advocate_score.publication.columns import Edition, column_names, nullable_types

NO_OWNER = "without owner"
_LONGEST = 120
"""Bytes of a name; every file system accepts this length."""
_DIGITS = 16
_ENDS_IN_DIGEST = re.compile(f"-[0-9a-f]{{{_DIGITS}}}$", re.IGNORECASE).search
_IS_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)", re.IGNORECASE).match
"""Names that Windows treats as a device, whatever follows the first dot."""


def by_owner(candidates: pd.DataFrame, resting: pd.DataFrame, nurture: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The columns of `by_owner`, and the owner of each row.

    Candidates come first (state `candidate`), then resting (state `resting`), then nurture (state `nurture`, described
    in `detail`).
    """
    states = {"candidate": candidates, "resting": resting, "nurture": nurture.assign(detail=_nurture_detail(nurture))}
    states = {name: frame.astype({"level": "Int64"}) for name, frame in states.items()}
    rows = pd.concat([frame.assign(state=state) for state, frame in states.items()], ignore_index=True)
    shown = rows.reindex(columns=column_names("by_owner")).astype(nullable_types("by_owner"))
    return shown, _owners(rows)


def _owners(rows: pd.DataFrame) -> "pd.Series[str]":
    return rows["owner"].fillna("").astype("str").where(lambda names: names.str.strip() != "", NO_OWNER)


def own_workbooks(plan: pd.DataFrame, resting: pd.DataFrame, edition: Edition) -> dict[str, bytes]:
    """Owner → workbook, for every owner whom the plan gives an ask or who has a resting account."""
    plans, rests = (dict(iter(rows.groupby(_owners(rows)))) for rows in (plan, resting))
    return {
        str(owner): workbook_sheets.own_workbook(
            plans.get(owner, plan.head(0)), rests.get(owner, resting.head(0)), edition
        )
        for owner in sorted({*plans, *rests})
    }


def _nurture_detail(nurture: pd.DataFrame) -> pd.Series:
    """One text for each row: what is missing, the changes that the model would respond to, and the note."""
    parts = nurture[["missing", *lists.CHANGES, "note"]].to_numpy().tolist()
    return pd.Series([" · ".join(filter(None, row)) for row in parts], nurture.index, "str")


def file_names(owners: Iterable[str], ending: str = ".csv") -> dict[str, str]:
    """Owner → file name, of letters, digits and safe signs, valid and distinct on every file system.

    A digest is added to names that would otherwise be equal or differ only by case.
    """
    safe = {owner: _safe_name(owner) for owner in owners}
    alike = Counter(map(_without_case, safe.values()))
    apart = {owner: alike[_without_case(name)] > 1 or _ENDS_IN_DIGEST(name) for owner, name in safe.items()}
    return {owner: f"{name}{f'-{_digest(owner)}' if apart[owner] else ''}{ending}" for owner, name in safe.items()}


def _safe_name(owner: str) -> str:
    composed = unicodedata.normalize("NFKC", owner)
    cleaned = "".join(sign if sign.isalnum() or sign in " ._@-" else "_" for sign in composed)
    name = cleaned.encode()[:_LONGEST].decode(errors="ignore").strip(" ._-") or "owner"
    return f"owner {name}" if _IS_DEVICE(name) else name


def _without_case(name: str) -> str:
    """The name as a case-insensitive file system compares it; such systems fold to upper or to lower case."""
    return unicodedata.normalize("NFKC", name.upper().casefold())


def _digest(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "replace")).hexdigest()[:_DIGITS]


_NOT_IN_CRM = ("deleted", "merged")
_NO_RULE = "none"
_MEGABYTE = 1_000_000


def crm_load(table: pd.DataFrame, as_of: datetime, ladder: config.Ladder) -> pd.DataFrame:
    """account_id, as_of, ladder_level (the highest level whose threshold is reached, 0 for none), then for each level
    readiness in per cent, eligible as 0 or 1, rule. Accounts that the CRM no longer has are left out.

    `table`: as returned by `publication.ranking.readiness_table`.
    """
    in_crm, levels = ~table["rule"].isin(_NOT_IN_CRM).to_numpy(), table["level"].to_numpy()
    readiness, eligible = table["readiness"].to_numpy(), table["eligible"].to_numpy("int8")
    rule = pd.Categorical(table["rule"]).rename_categories({"": _NO_RULE})
    by_level = {level: np.flatnonzero(in_crm & (levels == level)) for level in ladder.in_use}
    highest = np.zeros(len(by_level[1]), dtype=np.int8)
    columns: dict[str, Any] = {}
    for level, rows in by_level.items():
        highest[readiness[rows] >= ladder.thresholds.of(level)] = level
        columns[f"readiness_{level}"] = (100 * readiness[rows]).round().astype(np.int8)
        columns[f"eligible_{level}"] = eligible[rows]
        columns[f"rule_{level}"] = rule.take(rows)
    account_ids = table["account_id"].array.take(by_level[1])
    when = pd.Categorical.from_codes(np.zeros(len(highest), dtype=np.int8), pd.Index([iso(as_of)]))
    return pd.DataFrame({"account_id": account_ids, "as_of": when, "ladder_level": highest, **columns}, copy=False)


def crm_load_files(loaded: pd.DataFrame, outputs: config.Outputs) -> dict[str, bytes]:
    """File name → content: `crm_load.csv`, then `crm_load_2.csv` and so on if one file would exceed what an importer
    accepts.

    These files always have commas and decimal points, whatever the dialect of the lists for people.
    """
    rows = outputs.crm_load_rows
    while True:
        starts = range(0, max(1, len(loaded)), rows)
        parts = [spreadsheet_csv.csv_bytes(loaded.iloc[start : start + rows]) for start in starts]
        if rows == 1 or max(map(len, parts)) <= outputs.crm_load_megabytes * _MEGABYTE:
            return {f"crm_load{f'_{n}' if n > 1 else ''}.csv": part for n, part in enumerate(parts, start=1)}
        rows //= 2


_ROW_GROUP = 1024 * 1024


def _lists_by_level(candidates: pd.DataFrame, levels: Levels) -> dict[str, pd.DataFrame]:
    return {f"{level.list_name}.csv": candidates[candidates["level"] == level.number] for level in levels.values()}


def list_files(
    table: pd.DataFrame,
    candidates: pd.DataFrame,
    resting: pd.DataFrame,
    other_lists: Mapping[str, pd.DataFrame],
    edition: Edition,
    outputs: config.Outputs,
) -> dict[str, bytes]:
    """File name → content of every list file that `outputs` asks for. Only the files that people open use the
    spreadsheet's dialect.

    Parameters
    ----------
    table : as returned by `publication.ranking.readiness_table`.
    candidates, resting : as `publication.lists` makes them; candidates are also split into one list per level.
    other_lists : file name → frame; nurture.csv also goes into the account managers' files.
    edition : as-of instant, model version, language and ladder.
    outputs : formats, dialect and limits.
    """
    files: dict[str, bytes] = {}
    everybody = {owner for rows in (candidates, resting, *other_lists.values()) for owner in _owners_in(rows)}
    if "csv" in outputs.formats:
        people = _lists_by_level(candidates, edition.ladder.in_use)
        people |= {"candidates.csv": candidates, "resting.csv": resting, **other_lists}
        files |= {
            name: spreadsheet_csv.csv_bytes(frame, outputs.csv, edition.language) for name, frame in people.items()
        }
        rows, owners = by_owner(candidates, resting, other_lists["nurture.csv"])
        own_lists = spreadsheet_csv.csv_parts(rows, owners, outputs.csv, edition.language)
        files |= _in_folder(own_lists, ".csv", everybody)
        files |= crm_load_files(crm_load(table, edition.as_of, edition.ladder), outputs)
    if "xlsx" in outputs.formats:
        files[workbook.WORKBOOK] = workbook_sheets.candidates_workbook(candidates, resting, other_lists, edition)
        plan = other_lists.get("ask_plan.csv", pd.DataFrame(columns=column_names("ask_plan")))
        files |= _in_folder(own_workbooks(plan, resting, edition), ".xlsx", everybody)
    if "parquet" in outputs.formats:
        files["readiness.parquet"] = parquet_bytes(table)
    return files


def _owners_in(rows: pd.DataFrame) -> Iterable[str]:
    return _owners(rows).unique() if "owner" in rows else ()


def _in_folder(contents: Mapping[str, bytes], ending: str, everybody: Iterable[str]) -> dict[str, bytes]:
    """Name in the folder `by_owner` → content, from owner → content. `everybody`: all owners of the publication, so
    that the files of one have one name."""
    names = file_names(sorted(everybody), ending)
    return {f"by_owner/{names[owner]}": content for owner, content in contents.items()}


def parquet_bytes(frame: pd.DataFrame) -> bytes:
    """The rows and their types as Parquet without other metadata, so that equal frames give equal bytes."""
    buffer = io.BytesIO()
    parts = (_plain(frame.iloc[start : start + _ROW_GROUP]) for start in range(0, max(1, len(frame)), _ROW_GROUP))
    first = next(parts)
    with pq.ParquetWriter(buffer, first.schema, compression="zstd") as file:
        for part in chain([first], parts):
            file.write_table(part, _ROW_GROUP)
    return buffer.getvalue()


def _plain(frame: pd.DataFrame) -> pa.Table:
    arrow = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    plain = [
        pa.field(field.name, field.type if pa.types.is_primitive(field.type) else pa.string()) for field in arrow.schema
    ]
    return arrow.cast(pa.schema(plain))
