"""`resting.csv`: who must not be asked, by which rule, and the first date on which they may."""

import pandas as pd

from advocate_score.ladder import LEVELS

COLUMNS = ("account_id", "account_name", "owner", "level", "rule", "since", "until", "detail")
_SAME = ["account_id", "rule", "since", "until", "detail"]


def resting(verdicts: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Frame of `COLUMNS`, sorted by account_id, level. An account that rests at every level for the same reason has one
    row with an empty level. `since` and `until` are days."""
    blocked = verdicts[~verdicts["eligible"]]
    everywhere = blocked.groupby(_SAME, dropna=False)["level"].transform("size") == len(LEVELS)
    once = blocked[~everywhere | (blocked["level"] == LEVELS[0].number)]
    level = once["level"].astype("Int64").mask(everywhere[once.index])
    rows = once.assign(level=level, since=once["since"].dt.normalize(), until=once["until"].dt.normalize())
    rows = rows.merge(accounts[["account_id", "account_name", "owner"]], on="account_id", how="left")
    return rows.sort_values(["account_id", "level"], ignore_index=True, na_position="first")[list(COLUMNS)]
