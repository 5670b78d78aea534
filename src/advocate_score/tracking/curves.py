"""Points of the curves that show how well a method ranks: both are functions of where the line is drawn."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Curve(NamedTuple):
    """Points from (0, 0) to (1, 1), one a distinct score, best first; tied asks share one step."""

    x: FloatArray
    y: FloatArray


def gain(predictions: pd.DataFrame, method: str) -> Curve:
    """Share of all yes (y) among the share of asks ranked best (x)."""
    yes, n = _by_descending_score(predictions, method)
    return Curve(_cumulative_share(n), _cumulative_share(yes))


def roc(predictions: pd.DataFrame, method: str) -> Curve:
    """True positive rate (y) by false positive rate (x)."""
    yes, n = _by_descending_score(predictions, method)
    return Curve(_cumulative_share(n - yes), _cumulative_share(yes))


def _by_descending_score(predictions: pd.DataFrame, method: str) -> tuple[FloatArray, FloatArray]:
    grouped = predictions.groupby(method)["outcome"].agg(["sum", "count"]).iloc[::-1]
    return grouped["sum"].to_numpy(np.float64), grouped["count"].to_numpy(np.float64)


def _cumulative_share(counts: FloatArray) -> FloatArray:
    total = counts.sum()
    return np.concatenate([[0.0], np.cumsum(counts) / total]) if total else np.linspace(0, 1, len(counts) + 1)
