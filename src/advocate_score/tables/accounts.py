"""The accounts come first: every other table's rows are held against them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from advocate_score.engine.protocol import Engine
from advocate_score.engine.sql import quote_identifier as name
from advocate_score.tables.identity import KNOWN_ACCOUNTS, LEFT_OUT_ACCOUNTS, judgements_sql, staged_view
from advocate_score.tables.merges import Merges, resolve_merges
from advocate_score.tables.settle import MERGED, judge, settle
from advocate_score.tables.staging import Staged
from advocate_score.tables.table_file import ROW
from advocate_score.tables.tombstones import ERASED, Tombstones, with_merged


def settle_accounts(engine: Engine, staged: Staged, path: Path, erased: Tombstones) -> Merges:
    """Writes the accounts that stay, registers KNOWN_ACCOUNTS and LEFT_OUT_ACCOUNTS; returns how accounts were merged.

    The row of a merged account leaves as deduplicated: the client goes on under the survivor's id. An erased account
    leaves, and with it whoever was merged into it since.
    """
    judged = judge(engine, judgements_sql(staged.table, staged.schema.names, None))
    rows = engine.frame(f"SELECT {name(ROW)}, account_id, merged_into FROM {staged_view(staged.table)}")
    rows = rows[judged.of(rows[ROW].to_numpy()) < 0]
    gone = with_merged(rows, erased)
    judged = judged.joined(_rows_of(rows, gone), ERASED)
    rows = rows[~rows["account_id"].isin(gone)]
    merged = rows[rows["merged_into"].notna()]
    left_out = _left_out(staged)
    into = dict(zip(merged["account_id"], merged["merged_into"], strict=True))
    merges = resolve_merges(into, set(rows["account_id"]))
    for accounts, code in (
        (merges.survivors, MERGED),
        (merges.cycles, "merge_cycle"),
        (merges.lost, "unknown_survivor"),
    ):
        judged = judged.joined(_rows_of(merged, list(accounts)), code)
    settle(staged, judged, {}, path)
    known = rows.loc[~rows["account_id"].isin(merges.cycles | merges.lost), ["account_id"]]
    engine.register_frame(KNOWN_ACCOUNTS, known)
    engine.register_frame(LEFT_OUT_ACCOUNTS, left_out[["account_id"]].drop_duplicates())
    gone_before = left_out.dropna()
    further = dict(zip(gone_before["account_id"], gone_before["merged_into"], strict=True)) | into
    return replace(merges, ends=resolve_merges(further, set(rows["account_id"])).ends)


def _left_out(staged: Staged) -> pd.DataFrame:
    """account_id and merged_into of the accounts that `where` does not take."""
    rows: pd.DataFrame = pa.concat_tables(staged.left_out).to_pandas().astype("str")
    return rows[rows["account_id"].notna()]


def _rows_of(merged: pd.DataFrame, accounts: list[str]) -> npt.NDArray[np.int64]:
    return merged.loc[merged["account_id"].isin(accounts), ROW].to_numpy(np.int64)
