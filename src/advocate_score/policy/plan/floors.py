"""Diversity: how many asks each industry, segment and region gets at least."""

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.account_rows import begins
from advocate_score.policy.plan.request import DIMENSIONS

COLUMNS = ("dimension", "value", "wanted", "free", "floor")


def floors(pairs: pd.DataFrame, asks: int, plan: config.Plan) -> pd.DataFrame:
    """Frame of `COLUMNS`, sorted by dimension and value, one row a group of which an ask is wanted.

    A group's even part of the `asks` planned is its part of the accounts that may be asked; `wanted` is the
    configured share of that, rounded down, or the number configured for it by name. `free` is how many of its accounts
    may be asked; `floor` is wanted as far as that goes.
    """
    accounts = pairs.loc[begins(pairs["account_id"].array), list(DIMENSIONS)]
    rows = [_of_dimension(accounts, dimension, asks, plan) for dimension in DIMENSIONS]
    return pd.concat(rows, ignore_index=True)


def _of_dimension(accounts: pd.DataFrame, dimension: str, asks: int, plan: config.Plan) -> pd.DataFrame:
    known = accounts[dimension].value_counts().drop("", errors="ignore")
    known = known[known > 0].rename(index=str)
    named = pd.Series(getattr(plan.floors, dimension), dtype="float64")
    free = known.reindex(pd.Index(sorted({*known.index, *named.index})), fill_value=0)
    share = getattr(plan.floor_share, dimension) * asks / max(len(accounts), 1)
    wanted = np.floor(share * free + 1e-9).combine(named.reindex(free.index).fillna(0), max).astype("int64")
    rows = pd.DataFrame(
        {"dimension": dimension, "value": free.index, "wanted": wanted.to_numpy(), "free": free.to_numpy()}
    )
    rows = rows.assign(floor=rows[["wanted", "free"]].min(axis=1))
    return rows[rows["wanted"] > 0]
