"""How a night's signals were spread, small enough to be kept: what the next night's are held against.

The tables of the last night are gone when the next one runs. What its manifest keeps is, for each signal
that is a number, between which values a tenth of the accounts lies and how many lie there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.declaration import Signal
from advocate_score.scoring.drift import (
    ALARM,
    bin_names,
    bin_places,
    bins_for,
    chance_bound,
    edges_between,
    enough,
    stability_index,
)

_FOLLOW_THE_CALENDAR = ("tenure", "recency")
"""They grow for everybody from day to day, and follow the working week: that says nothing of the tables."""

Profile = Mapping[str, Any]


def profiles(accounts: pd.DataFrame, signals: Sequence[Signal]) -> dict[str, dict[str, Any]]:
    """By name of the signal: `edges` and `accounts` by bin, ready for JSON; nothing where there are too few accounts.

    `accounts`: one row an account, with a column a signal.
    """
    bins = bins_for(len(accounts))
    if bins < 2:
        return {}
    return {
        one.name: _profile(accounts[one.name], bins)
        for one in signals
        if not (one.is_category or _follows_the_calendar(one))
    }


def moved(before: Mapping[str, Profile], accounts: pd.DataFrame) -> pd.DataFrame:
    """Frame of signal, psi and chance (how far the index may go by chance), for the signals that both nights have; the
    largest index first."""
    names = [name for name in before if name in accounts.columns]
    rows = [(name, *_index(before[name], accounts[name], ALARM / len(names))) for name in names]
    found = pd.DataFrame(rows, columns=["signal", "psi", "chance"])
    return found.sort_values(["psi", "signal"], ascending=[False, True], ignore_index=True)


def _follows_the_calendar(signal: Signal) -> bool:
    return signal.aggregate in _FOLLOW_THE_CALENDAR or signal.column == "created_at"


def _profile(values: "pd.Series[float]", bins: int) -> dict[str, Any]:
    edges = edges_between(values, bins)
    return {"edges": edges.tolist(), "accounts": _counts(values, edges)}


def _counts(values: "pd.Series[float]", edges: "np.ndarray[Any, Any]") -> dict[str, int]:
    names = bin_names(edges)
    counts = np.bincount(bin_places(values, edges), minlength=len(names)).tolist()
    return {name: count for name, count in sorted(zip(names, counts, strict=True)) if count}


def _index(before: Profile, values: "pd.Series[float]", alarm: float) -> tuple[float, float]:
    after = _counts(values, np.asarray(before["edges"], np.float64))
    counts = pd.DataFrame({0: pd.Series(before["accounts"]), 1: pd.Series(after)}).fillna(0.0)
    earlier, later = enough(counts)
    if len(earlier) < 2 or not later.sum():
        return 0.0, 0.0
    chance = chance_bound(float(earlier.sum()), float(later.sum()), len(earlier), alarm)
    return stability_index(earlier, later), chance
