"""Rows that speak of the same ask, or of the same case, are one: whatever any of them protects is protected.

Silence never releases: only a later yes ends a refusal, and only a closing date ends a case.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from advocate_score.protection.readings import REFUSALS
from advocate_score.tables.values import OTHER


def united_asks(asks: pd.DataFrame) -> pd.DataFrame:
    """One row an ask and level: of several, the strongest refusal counts, unless a yes was known later than all.

    An answer that no mapping knows counts as a refusal.
    """
    strict = asks.assign(response=asks["response"].mask(asks["response"] == OTHER, "declined"))
    keys = ["ask_id", "account_id", "level"]
    several = strict["ask_id"].notna() & strict.duplicated(keys, keep=False)
    if not several.any():
        return strict
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


def united_cases(cases: pd.DataFrame) -> pd.DataFrame:
    """A version without a closing date falls away where another of the same case was closed after it was opened."""
    several = cases["case_id"].notna() & cases.duplicated("case_id", keep=False)
    if not several.any():
        return cases
    return pd.concat([cases[~several], *_still_said(cases[several])], ignore_index=True)


def _still_said(cases: pd.DataFrame) -> Iterator[pd.DataFrame]:
    for _, versions in cases.groupby("case_id", sort=False):
        closed_at = versions["closed_at"].max()
        is_over = versions["closed_at"].isna() & (versions["opened_at"] <= closed_at)
        yield versions[~is_over]
