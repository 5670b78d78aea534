"""Scores and verdicts in one table, the best eligible accounts of each level, and the accounts that joined or left the
lists since the last publication.

The verdicts are applied here, last: only an eligible account can be ranked, whatever its readiness.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.frames import KEYS, alike, in_order
from advocate_score.publication.spreadsheet_csv import DIGITS

SCORES = ("readiness", "readiness_low", "readiness_high", "completion")
READINESS_COLUMNS = ("account_id", "level", *SCORES, "evidence", "eligible", "rule")


def readiness_table(readiness: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """The content of `readiness.parquet`: every scored account × level with its verdict, sorted by account_id, level.

    Scores are rounded to the digits shown in every file, so that all files give the same ranking.
    """
    if readiness.empty:
        return readiness.assign(eligible=pd.Series(dtype="bool"), rule=pd.Series(dtype="str"))[list(READINESS_COLUMNS)]
    table = _with_verdicts(readiness, verdicts)
    if table["eligible"].isna().any():
        raise ValueError("every scored account needs a verdict at every level")
    evidence = pd.Categorical(table["evidence"])  # saves memory: millions of rows repeat a few words
    rounded = {name: table[name].astype("float64").round(DIGITS) for name in SCORES}
    table = table.assign(eligible=table["eligible"].astype(bool), evidence=evidence, **rounded)
    return (table if in_order(table) else table.sort_values(KEYS, ignore_index=True))[list(READINESS_COLUMNS)]


def rank_accounts(table: pd.DataFrame, list_size: int) -> pd.DataFrame:
    """The `list_size` eligible accounts of highest readiness at each level; ties by account_id.

    Returns
    -------
    frame of `rank` (1 = best) and the columns of `table`, sorted by level, rank.
    """
    leading = table.iloc[_leading_rows(table, list_size)]
    order = leading.sort_values(["level", "readiness", "account_id"], ascending=[True, False, True])
    order.insert(0, "rank", order.groupby("level").cumcount() + 1)
    return order[order["rank"] <= list_size].reset_index(drop=True)


def _with_verdicts(readiness: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each score with its verdict.

    Both frames usually have the same rows in the same order; then the join, which would cost more than the scoring, is
    skipped.
    """
    if in_order(readiness) and alike(readiness, verdicts):
        shared = verdicts.set_axis(readiness.index)  # keeps one of two equal columns of keys
        return readiness.assign(**{name: shared[name] for name in (*KEYS, "eligible", "rule")})
    return readiness.merge(verdicts[[*KEYS, "eligible", "rule"]], on=KEYS, how="left", validate="one_to_one")


def _leading_rows(table: pd.DataFrame, list_size: int) -> NDArray[np.intp]:
    """Positions of the eligible rows that may be among the best of their level, including ties with the last of
    them."""
    is_leading = table["eligible"].to_numpy(bool, copy=True)
    levels, readiness = table["level"].to_numpy(), table["readiness"].to_numpy(np.float64)
    for level in pd.unique(levels):  # unlike np.unique, does not sort a copy of millions of rows
        rows = np.flatnonzero(is_leading & (levels == level))
        if 0 < list_size < len(rows):
            unready = -readiness[rows]
            last = np.partition(unready, list_size - 1)[list_size - 1]
            is_leading[rows] = ~(unready > last)
    return np.flatnonzero(is_leading)


MOVEMENT_COLUMNS = ("account_id", "account_name", "level", "kind", "before", "now", "why", "rule")
CAME, LEFT = "came", "left"
MOST = 50
"""The most changes shown per level and kind; the complete lists are in the files."""


@dataclass(frozen=True)
class PublishedRanks:
    """The ranks of one publication. `table`: as returned by `publication.ranking.readiness_table`; `listed`: level →
    number of accounts listed."""

    table: pd.DataFrame
    listed: dict[int, int]

    def positions(self) -> pd.DataFrame:
        """account_id, level and rank of the listed accounts."""
        order = rank_accounts(self.table, max(self.listed.values(), default=0))
        most = order["level"].map(self.listed).fillna(0)
        return order.loc[order["rank"] <= most, ["account_id", "level", "rank"]]


def movement(before: PublishedRanks, now: PublishedRanks, accounts: pd.DataFrame) -> pd.DataFrame:
    """The accounts that joined or left the lists: frame of `MOVEMENT_COLUMNS`, sorted by level, kind, then the rank
    held or lost; at most `MOST` of each level and kind.

    Columns `before`, `now`: readiness in each publication, NaN if the account was not scored · `why`: `free` (a rule no
    longer rests it), `new` (it was not scored before), `rose`, `room` (others left the list); `rests` (by `rule`),
    `gone` (it is no longer scored), `fell`, `overtaken`.

    Parameters
    ----------
    before, now : the two publications. accounts : account_id, account_name.
    """
    keys = ["account_id", "level"]
    rank_changes = now.positions().merge(before.positions(), on=keys, how="outer", suffixes=("", "_before"))
    moved = rank_changes[rank_changes["rank"].isna() != rank_changes["rank_before"].isna()]
    current, previous = (ranks.table[ranks.table["account_id"].isin(moved["account_id"])] for ranks in (now, before))
    scores = current.merge(previous, on=keys, how="outer", suffixes=("", "_before"))
    moved = moved.merge(scores, on=keys, how="left")
    came = moved["rank"].notna()
    why = [_why_came(row) if row["rank"] > 0 else _why_left(row) for row in moved.to_dict("records")]
    ended = moved["rule_before"].where(pd.Series(why, moved.index) == "free", moved["rule"])
    moves = moved.assign(
        kind=came.map({True: CAME, False: LEFT}),
        list_rank=moved["rank"].fillna(moved["rank_before"]),
        before=moved["readiness_before"],
        now=moved["readiness"],
        why=pd.Series(why, moved.index, "str"),
        rule=ended.astype("str").fillna(""),
    ).merge(accounts[["account_id", "account_name"]], on="account_id", how="left")
    moves = moves.sort_values(["level", "kind", "list_rank", "account_id"], ignore_index=True)
    return moves[moves.groupby(["level", "kind"]).cumcount() < MOST].reset_index(drop=True)[list(MOVEMENT_COLUMNS)]


def _why_came(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["readiness_before"]):
        return "new"
    if not row["eligible_before"]:
        return "free"
    return "rose" if row["readiness"] > row["readiness_before"] else "room"


def _why_left(row: Mapping[Hashable, Any]) -> str:
    if pd.isna(row["readiness"]):
        return "gone"
    if not row["eligible"]:
        return "rests"
    return "fell" if row["readiness"] < row["readiness_before"] else "overtaken"
