"""Who came onto the lists since the last night and who left them, and why."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from advocate_score.publication.ranking import ranked

COLUMNS = ("account_id", "account_name", "level", "kind", "before", "now", "why", "rule")
CAME, LEFT = "came", "left"
MOST = 50
"""Of each level and kind, the most that are told: more is another list, and the lists are in the files."""


@dataclass(frozen=True)
class Shelf:
    """One night: `table` as `publication.ranking.readiness_table` gives it, `listed`: level → how many it listed."""

    table: pd.DataFrame
    listed: dict[int, int]

    def places(self) -> pd.DataFrame:
        """account_id, level and rank of those who are on a list."""
        order = ranked(self.table, max(self.listed.values(), default=0))
        most = order["level"].map(self.listed).fillna(0)
        return order.loc[order["rank"] <= most, ["account_id", "level", "rank"]]


def movement(before: Shelf, now: Shelf, accounts: pd.DataFrame) -> pd.DataFrame:
    """Frame of `COLUMNS`, sorted by level, kind, then the rank held or lost; at most `MOST` of each level and kind.

    `before`, `now`: readiness on either night, NaN where the account was not scored · why: `free` (a rule no longer
    rests it), `new` (it was not scored before), `rose`, `room` (others left the list); `rests` (by `rule`), `gone` (it
    is scored no longer), `fell`, `overtaken`.

    Parameters
    ----------
    accounts : account_id, account_name.
    """
    keys = ["account_id", "level"]
    places = now.places().merge(before.places(), on=keys, how="outer", suffixes=("", "_before"))
    moved = places[places["rank"].isna() != places["rank_before"].isna()]
    tonight, then = (one.table[one.table["account_id"].isin(moved["account_id"])] for one in (now, before))
    scores = tonight.merge(then, on=keys, how="outer", suffixes=("", "_before"))
    moved = moved.merge(scores, on=keys, how="left")
    came = moved["rank"].notna()
    why = [_why_came(row) if row["rank"] > 0 else _why_left(row) for row in moved.to_dict("records")]
    ended = moved["rule_before"].where(pd.Series(why, moved.index) == "free", moved["rule"])
    told = moved.assign(
        kind=came.map({True: CAME, False: LEFT}),
        place=moved["rank"].fillna(moved["rank_before"]),
        before=moved["readiness_before"],
        now=moved["readiness"],
        why=pd.Series(why, moved.index, "str"),
        rule=ended.astype("str").fillna(""),
    ).merge(accounts[["account_id", "account_name"]], on="account_id", how="left")
    told = told.sort_values(["level", "kind", "place", "account_id"], ignore_index=True)
    return told[told.groupby(["level", "kind"]).cumcount() < MOST].reset_index(drop=True)[list(COLUMNS)]


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
