"""Scores and verdicts in one table, and the best eligible accounts of each level.

Here the rules are read, last: only an eligible account can be ranked, whatever its readiness.
"""

import pandas as pd

from advocate_score.publication.spreadsheet_csv import DIGITS

SCORES = ("readiness", "readiness_low", "readiness_high", "completion")
COLUMNS = ("account_id", "level", *SCORES, "evidence", "eligible", "rule")


def readiness_table(readiness: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """What `readiness.parquet` holds: every scored account × level with its verdict, sorted by account_id, level.

    Scores are rounded to the digits that every file shows, so that all of them rank alike.
    """
    keys = ["account_id", "level"]
    if readiness.empty:
        return readiness.assign(eligible=pd.Series(dtype="bool"), rule=pd.Series(dtype="str"))[list(COLUMNS)]
    table = readiness.merge(verdicts[[*keys, "eligible", "rule"]], on=keys, how="left", validate="one_to_one")
    if table["eligible"].isna().any():
        raise ValueError("every scored account needs a verdict at every level")
    rounded = {name: table[name].astype("float64").round(DIGITS) for name in SCORES}
    table = table.assign(eligible=table["eligible"].astype(bool), **rounded)
    return table.sort_values(keys, ignore_index=True)[list(COLUMNS)]


def ranked(table: pd.DataFrame, list_size: int) -> pd.DataFrame:
    """The `list_size` eligible accounts of highest readiness at each level, ties in the order of account_id.

    Returns
    -------
    frame of `rank` (1 = best) and the columns of `table`, sorted by level, rank.
    """
    order = table[table["eligible"]].sort_values(["level", "readiness", "account_id"], ascending=[True, False, True])
    order.insert(0, "rank", order.groupby("level").cumcount() + 1)
    return order[order["rank"] <= list_size].reset_index(drop=True)
