"""Remove accounts from an existing publication.

Their rows are deleted; the other rows keep their ranks, so that what people were told stays true. The counts in the
manifest and the report are reduced as far as `readiness.parquet` shows by how much. The manifest says how many accounts
were erased, but not which.
"""

import hashlib
import io
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from advocate_score.config.settings import PerLevel
from advocate_score.publication import (
    history,
    list_files,
    ranking,
    report,
    spreadsheet_csv,
    store,
    workbook,
    workbook_sheets,
)
from advocate_score.spreadsheet_text import escape_formula, printable, unescape_formula


def counts_without(
    counts: Mapping[str, Any], table: pd.DataFrame, account_ids: Collection[str], thresholds: PerLevel
) -> dict[str, Any]:
    """The manifest's counts with `accounts`, `levels` and `rules` reduced by the removed accounts; the others are
    unchanged.

    Parameters
    ----------
    counts : of the manifest.
    table : as returned by `publication.ranking.readiness_table`, still with the accounts.
    account_ids : the accounts to remove.
    thresholds : readiness from which an account counts as ready.
    """
    removed = table[table["account_id"].isin(account_ids)]
    order = ranking.rank_accounts(table, len(table))
    removed_ranks = order[order["account_id"].isin(account_ids)]
    resting = removed[~removed["eligible"]].groupby("rule")["account_id"].nunique()
    rules = {rule: number - int(resting.get(rule, 0)) for rule, number in counts["rules"].items()}
    levels = {
        level: _reduce_figures(
            figures,
            removed[removed["level"] == int(level)],
            removed_ranks[removed_ranks["level"] == int(level)],
            thresholds,
        )
        for level, figures in counts["levels"].items()
    }
    remaining = {rule: number for rule, number in rules.items() if number}
    return {
        **counts,
        "accounts": counts["accounts"] - removed["account_id"].nunique(),
        "levels": levels,
        "rules": remaining,
    }


def _reduce_figures(
    figures: Mapping[str, int], removed: pd.DataFrame, removed_ranks: pd.DataFrame, thresholds: PerLevel
) -> dict[str, int]:
    eligible = int(removed["eligible"].sum())
    ready = [
        readiness >= thresholds.of(level)
        for readiness, level in zip(removed["readiness"], removed["level"], strict=True)
    ]
    reductions = {
        "ready": sum(ready),
        "eligible": eligible,
        "listed": int((removed_ranks["rank"] <= figures["listed"]).sum()),
        "resting": len(removed) - eligible,
    }
    return {name: number - reductions.get(name, 0) for name, number in figures.items()}


_ACCOUNT = "account_id"


@dataclass(frozen=True)
class Remainder:
    """The publication without the accounts: file name → content.

    `left_out`: files that have changed since they were published or are not this program's; their content is unknown,
    so they are dropped. `removed`: the removed accounts, in each spelling.
    """

    files: Mapping[str, bytes]
    manifest: Mapping[str, Any]
    left_out: tuple[str, ...]
    removed: frozenset[str]


@dataclass(frozen=True)
class _File:
    """`content` is None if the file cannot be edited, empty if nothing is left in it."""

    content: bytes | None
    removed: frozenset[str]


def without_accounts(
    publication: Path,
    account_ids: Collection[str],
    thresholds: PerLevel,
    is_spelling: Callable[[str], bool] = lambda _: False,
) -> Remainder | None:
    """The publication without the accounts; None if it holds none of them.

    Parameters
    ----------
    publication : its folder.
    account_ids : the accounts to remove.
    thresholds : readiness from which an account counts as ready.
    is_spelling : whether an id found in the publication is another spelling of one of them.
    """
    manifest, contents = store.read_manifest(publication), _files(publication)
    unchanged = _unchanged_files(manifest, contents, publication)
    spellings = {*account_ids, *filter(is_spelling, _account_ids_in({name: contents[name] for name in unchanged}))}
    edited = {name: _file_without(name, contents[name], spellings, name in unchanged) for name in contents}
    removed = frozenset().union(*(edit.removed for edit in edited.values()))
    if not removed:
        return None
    new_manifest = _new_manifest(
        manifest, contents[history.READINESS] if history.READINESS in unchanged else None, removed, thresholds
    )
    files = {name: edit.content for name, edit in edited.items() if edit.content}
    if report.REPORT in files:
        files[report.REPORT] = report.report_without(files[report.REPORT], removed, new_manifest["counts"])
    left_out = (name for name, edit in edited.items() if edit.content is None)
    return Remainder(files, new_manifest, tuple(sorted(left_out)), removed)


def _account_ids_in(files: Mapping[str, bytes]) -> Iterator[str]:
    """Account ids in the files: the readiness has all that were scored, and the report also those that have left
    since."""
    if report.REPORT in files:
        yield from report.named_in_report(files[report.REPORT]) or ()
    if history.READINESS in files:
        yield from pd.read_parquet(io.BytesIO(files[history.READINESS]), columns=[_ACCOUNT])[_ACCOUNT].unique()
        return
    for name in (name for name in files if name.endswith(".csv")):
        dialect, header, rows = spreadsheet_csv.decode_csv(files[name])
        if _ACCOUNT in header:
            yield from (unescape_formula(row[header.index(_ACCOUNT)], dialect.other_delimiter) for row in rows)


def _files(publication: Path) -> dict[str, bytes]:
    """Name → content of every file except the manifest and the sums."""
    names = [str(path.relative_to(publication)) for path in publication.rglob("*")]
    paths = {
        name: store.resolve_inside(publication, name)
        for name in names
        if Path(name).name not in (store.MANIFEST, store.SUMS)
    }
    return {name: path.read_bytes() for name, path in paths.items() if path is not None}


def _unchanged_files(manifest: Mapping[str, Any], files: Mapping[str, bytes], publication: Path) -> set[str]:
    """Names of the files that are as published."""
    digests = {str(name): facts["sha256"] for name, facts in manifest.get("files", {}).items()}
    for name in [name for name in digests if Path(name).name == store.SUMS]:
        path = store.resolve_inside(publication, name)
        if path is not None and _digest(path.read_bytes()) == digests[name]:
            digests |= store.read_sums(path)
    return {name for name, content in files.items() if _digest(content) == digests.get(name)}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _file_without(name: str, content: bytes, account_ids: Collection[str], is_unchanged: bool) -> _File:
    if (
        is_unchanged
        and name == report.REPORT
        and (named := report.accounts_in_report(content, account_ids)) is not None
    ):
        return _File(content, named)
    if is_unchanged and name.endswith(Path(workbook.WORKBOOK).suffix):
        return _workbook_without(name, content, account_ids)
    if is_unchanged and name.endswith(".csv"):
        return _csv_without(name, content, account_ids)
    if is_unchanged and name.endswith(".parquet"):
        table = pd.read_parquet(io.BytesIO(content))
        is_removed = table[_ACCOUNT].isin(account_ids)
        return _File(list_files.parquet_bytes(table[~is_removed]), frozenset(table.loc[is_removed, _ACCOUNT]))
    return _File(None, frozenset(account_id for account_id in account_ids if account_id.encode() in content))


def _workbook_without(name: str, content: bytes, account_ids: Collection[str]) -> _File:
    """The workbook without the accounts; one that does not hold them stays as it is. An account manager's workbook
    without rows is empty."""
    removed = workbook_sheets.accounts_in_workbook(content, account_ids)
    rest = workbook_sheets.workbook_without(content, account_ids) if removed else content
    is_empty = "/" in name and not workbook_sheets.lists_accounts(rest)
    return _File(b"" if is_empty else rest, removed)


def _csv_without(name: str, content: bytes, account_ids: Collection[str]) -> _File:
    """The file without the accounts; the other rows stay the same to the byte. An account manager's file without rows
    is empty."""
    dialect, header, rows = spreadsheet_csv.decode_csv(content)
    if _ACCOUNT not in header:
        return _File(content, frozenset())
    ids_by_cell = {escape_formula(account_id, dialect.other_delimiter): account_id for account_id in account_ids} | {
        account_id: account_id for account_id in account_ids
    }
    column = header.index(_ACCOUNT)
    remaining = [row for row in rows if row[column] not in ids_by_cell]
    removed = frozenset(ids_by_cell[row[column]] for row in rows if row[column] in ids_by_cell)
    is_empty = not remaining and "/" in name
    return _File(b"" if is_empty else spreadsheet_csv.encode_csv([header, *remaining], dialect), removed)


def _new_manifest(
    manifest: Mapping[str, Any], readiness: bytes | None, removed: Collection[str], thresholds: PerLevel
) -> dict[str, Any]:
    new_manifest = {name: value for name, value in manifest.items() if name != "files"}
    new_manifest["erased"] = int(manifest.get("erased", 0)) + len(set(map(printable, removed)))
    if readiness is not None:
        table = pd.read_parquet(io.BytesIO(readiness))
        new_manifest["counts"] = counts_without(manifest["counts"], table, removed, thresholds)
    return new_manifest
