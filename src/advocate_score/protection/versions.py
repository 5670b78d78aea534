"""Rows that speak of the same ask are one: what any of them protects is protected, and silence never releases."""

import numpy as np
import pandas as pd

from advocate_score.protection.readings import REFUSALS
from advocate_score.tables.values import OTHER


def united_asks(asks: pd.DataFrame) -> pd.DataFrame:
    """One row an ask and level: of several, the strongest refusal counts, unless a yes was known later than all.

    An answer that no mapping knows counts as a refusal.
    """
    strict = asks.assign(response=asks["response"].mask(asks["response"] == OTHER, "declined"))
    again = strict["ask_id"].duplicated(keep=False) & strict["ask_id"].notna()
    if not again.any():
        return strict
    keys = ["ask_id", "account_id", "level"]
    several = again & strict.duplicated(keys, keep=False)
    united = [_united(rows) for _, rows in strict[several].groupby(keys, sort=False)]
    return pd.concat([strict[~several], *united], ignore_index=True)


def _united(versions: pd.DataFrame) -> pd.DataFrame:
    known_at = versions[["recorded_at", "responded_at", "asked_at"]].bfill(axis=1).iloc[:, 0]
    refused = versions["response"].isin(REFUSALS)
    agreed = known_at[versions["response"] == "accepted"].max()
    is_released = refused.any() and agreed > known_at[refused].max()
    by_weight = versions.assign(known_at=known_at, weight=versions["response"].map({"declined": 0, "not_now": 1}))
    if is_released or not refused.any():
        by_weight = by_weight[~refused]
        by_weight = by_weight.assign(weight=np.where(by_weight["response"].isna(), 1, 0))
    one = by_weight.sort_values(["weight", "known_at"], ascending=[True, False], na_position="last").head(1)
    return one.drop(columns=["weight", "known_at"]).assign(asked_at=versions["asked_at"].max())
