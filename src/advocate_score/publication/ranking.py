"""Scores and verdicts in one table, and the best eligible accounts of each level.

Here the rules are read, last: only an eligible account can be ranked, whatever its readiness.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from advocate_score.account_rows import KEYS, alike, in_order
from advocate_score.publication.spreadsheet_csv import DIGITS

SCORES = ("readiness", "readiness_low", "readiness_high", "completion")
COLUMNS = ("account_id", "level", *SCORES, "evidence", "eligible", "rule")


def readiness_table(readiness: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """What `readiness.parquet` holds: every scored account × level with its verdict, sorted by account_id, level.

    Scores are rounded to the digits that every file shows, so that all of them rank alike.
    """
    if readiness.empty:
        return readiness.assign(eligible=pd.Series(dtype="bool"), rule=pd.Series(dtype="str"))[list(COLUMNS)]
    table = _judged(readiness, verdicts)
    if table["eligible"].isna().any():
        raise ValueError("every scored account needs a verdict at every level")
    evidence = pd.Categorical(table["evidence"])  # a word for each of many millions of rows
    rounded = {name: table[name].astype("float64").round(DIGITS) for name in SCORES}
    table = table.assign(eligible=table["eligible"].astype(bool), evidence=evidence, **rounded)
    return (table if in_order(table) else table.sort_values(KEYS, ignore_index=True))[list(COLUMNS)]


def ranked(table: pd.DataFrame, list_size: int) -> pd.DataFrame:
    """The `list_size` eligible accounts of highest readiness at each level, ties in the order of account_id.

    Returns
    -------
    frame of `rank` (1 = best) and the columns of `table`, sorted by level, rank.
    """
    leading = table.iloc[_leading(table, list_size)]
    order = leading.sort_values(["level", "readiness", "account_id"], ascending=[True, False, True])
    order.insert(0, "rank", order.groupby("level").cumcount() + 1)
    return order[order["rank"] <= list_size].reset_index(drop=True)


def _judged(readiness: pd.DataFrame, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Each score with its verdict. As a rule the two stand row by row: to join millions of texts costs more than to
    score them."""
    if in_order(readiness) and alike(readiness, verdicts):
        shared = verdicts.set_axis(readiness.index)  # of two equal columns of keys one is enough
        return readiness.assign(**{name: shared[name] for name in (*KEYS, "eligible", "rule")})
    return readiness.merge(verdicts[[*KEYS, "eligible", "rule"]], on=KEYS, how="left", validate="one_to_one")


def _leading(table: pd.DataFrame, list_size: int) -> NDArray[np.intp]:
    """Where the eligible are that may be among the best of their level: who is as ready as the last of them stays."""
    kept = table["eligible"].to_numpy(bool, copy=True)
    levels, readiness = table["level"].to_numpy(), table["readiness"].to_numpy(np.float64)
    for level in pd.unique(levels):  # sorts no copy of a column of millions
        here = np.flatnonzero(kept & (levels == level))
        if 0 < list_size < len(here):
            unready = -readiness[here]
            last = np.partition(unready, list_size - 1)[list_size - 1]
            kept[here] = ~(unready > last)
    return np.flatnonzero(kept)
