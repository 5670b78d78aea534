"""Scores and verdicts in one table, the best eligible accounts of each level, and who came onto the lists or left them
since the last night.

Here the rules are read, last: only an eligible account can be ranked, whatever its readiness.
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
    """What `readiness.parquet` holds: every scored account × level with its verdict, sorted by account_id, level.

    Scores are rounded to the digits that every file shows, so that all of them rank alike.
    """
    if readiness.empty:
        return readiness.assign(eligible=pd.Series(dtype="bool"), rule=pd.Series(dtype="str"))[list(READINESS_COLUMNS)]
    table = _with_verdicts(readiness, verdicts)
    if table["eligible"].isna().any():
        raise ValueError("every scored account needs a verdict at every level")
    evidence = pd.Categorical(table["evidence"])  # a word for each of many millions of rows
    rounded = {name: table[name].astype("float64").round(DIGITS) for name in SCORES}
    table = table.assign(eligible=table["eligible"].astype(bool), evidence=evidence, **rounded)
    return (table if in_order(table) else table.sort_values(KEYS, ignore_index=True))[list(READINESS_COLUMNS)]


def ranked(table: pd.DataFrame, list_size: int) -> pd.DataFrame:
    """The `list_size` eligible accounts of highest readiness at each level, ties in the order of account_id.

    Returns
    -------
    frame of `rank` (1 = best) and the columns of `table`, sorted by level, rank.
    """
    leading = table.iloc[_leading_rows(table, list_size)]
    order = leading.sort_values(["level", "readiness", "account_id"], ascending=[True, False, True])
    order.insert(0, "rank", order.groupby("level").cumcount() + 1)
    return order[order["rank"] <= list_size].reset_index(drop=True)


def _with_verdicts(readiness: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each score with its verdict. As a rule the two stand row by row: to join millions of texts costs more than to
    score them."""
    if in_order(readiness) and alike(readiness, verdicts):
        shared = verdicts.set_axis(readiness.index)  # of two equal columns of keys one is enough
        return readiness.assign(**{name: shared[name] for name in (*KEYS, "eligible", "rule")})
    return readiness.merge(verdicts[[*KEYS, "eligible", "rule"]], on=KEYS, how="left", validate="one_to_one")


def _leading_rows(table: pd.DataFrame, list_size: int) -> NDArray[np.intp]:
    """Where the eligible are that may be among the best of their level: who is as ready as the last of them stays."""
    is_leading = table["eligible"].to_numpy(bool, copy=True)
    levels, readiness = table["level"].to_numpy(), table["readiness"].to_numpy(np.float64)
    for level in pd.unique(levels):  # sorts no copy of a column of millions
        rows = np.flatnonzero(is_leading & (levels == level))
        if 0 < list_size < len(rows):
            unready = -readiness[rows]
            last = np.partition(unready, list_size - 1)[list_size - 1]
            is_leading[rows] = ~(unready > last)
    return np.flatnonzero(is_leading)


MOVEMENT_COLUMNS = ("account_id", "account_name", "level", "kind", "before", "now", "why", "rule")
CAME, LEFT = "came", "left"
MOST = 50
"""Of each level and kind, the most that are told: more is another list, and the lists are in the files."""


@dataclass(frozen=True)
class PublishedRanks:
    """One night: `table` as `publication.ranking.readiness_table` gives it, `listed`: level → how many it listed."""

    table: pd.DataFrame
    listed: dict[int, int]

    def places(self) -> pd.DataFrame:
        """account_id, level and rank of those who are on a list."""
        order = ranked(self.table, max(self.listed.values(), default=0))
        most = order["level"].map(self.listed).fillna(0)
        return order.loc[order["rank"] <= most, ["account_id", "level", "rank"]]


def movement(before: PublishedRanks, now: PublishedRanks, accounts: pd.DataFrame) -> pd.DataFrame:
    """Frame of `MOVEMENT_COLUMNS`, sorted by level, kind, then the rank held or lost; at most `MOST` of each level and
    kind.

    `before`, `now`: readiness on either night, NaN where the account was not scored · why: `free` (a rule no longer
    rests it), `new` (it was not scored before), `rose`, `room` (others left the list); `rests` (by `rule`), `gone` (it
    is scored no longer), `fell`, `overtaken`.

    Parameters
    ----------
    accounts : account_id, account_name.
    """
    keys = ["account_id", "level"]
    rank_changes = now.places().merge(before.places(), on=keys, how="outer", suffixes=("", "_before"))
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
