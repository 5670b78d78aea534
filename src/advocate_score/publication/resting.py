"""`resting.csv`: who must not be asked, by which rule, and the first date on which they may."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from advocate_score.account_rows import begins
from advocate_score.ladder import LEVELS

COLUMNS = ("account_id", "account_name", "owner", "level", "rule", "since", "until", "detail")
_SAME = ["account_id", "rule", "since", "until", "detail"]


def resting(verdicts: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Frame of `COLUMNS`, sorted by account_id, level, as `verdicts` are. An account that rests at every level for the
    same reason has one row with an empty level. `since` and `until` are days."""
    blocked = verdicts[~verdicts["eligible"]]
    run = np.cumsum(np.logical_or.reduce([_changes(blocked[name]) for name in _SAME])) - 1
    everywhere = (np.bincount(run) == len(LEVELS))[run]
    kept = ~everywhere | (blocked["level"] == LEVELS[0].number).to_numpy()
    once = blocked[kept]
    level = once["level"].astype("Int64").mask(everywhere[kept])
    rows = once.assign(level=level, since=once["since"].dt.normalize(), until=once["until"].dt.normalize())
    whole: pd.DataFrame = rows.merge(accounts[["account_id", "account_name", "owner"]], on="account_id", how="left")
    return whole[list(COLUMNS)]


def _changes(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Whether a value is another than that of the row before; missing is as missing."""
    return begins((column.astype("int64") if is_datetime64_any_dtype(column.dtype) else column).array)
