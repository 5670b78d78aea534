"""The reliability table: what was predicted beside what happened, per level and bin."""

import numpy as np
import pandas as pd

from advocate_score.model.metrics import POOLED
from advocate_score.shares import effective_size, wilson

BINS = 10
SMALLEST_BIN = 10
COLUMNS = ["level", "bin", "predicted", "observed", "low", "high", "n", "n_accounts"]


def reliability(
    predictions: pd.DataFrame, method: str, bins: int = BINS, smallest: int = SMALLEST_BIN, confidence: float = 0.9
) -> pd.DataFrame:
    """Per level name (`pooled`, `1` … `5`) and bin of equal counts, at least `smallest` asks each: mean prediction,
    share of yes, and its Wilson interval at the effective number of asks (asks over their design effect by account).
    """
    rows: list[tuple[object, ...]] = []
    groups = [(POOLED, predictions), *((str(k), asks) for k, asks in predictions.groupby("level"))]
    for level, asks in groups:
        for number, part in enumerate(_bins(asks, method, bins, smallest), start=1):
            rows.append((level, number, float(part[method].mean()), *_observed(part, confidence)))
    return pd.DataFrame(rows, columns=COLUMNS)


def _bins(asks: pd.DataFrame, method: str, bins: int, smallest: int) -> list[pd.DataFrame]:
    """Equal counts; equal predictions stay in one bin, so that the order of the rows decides nothing."""
    count = max(1, min(bins, len(asks) // smallest))
    edges = np.unique(np.quantile(asks[method], np.linspace(0, 1, count + 1)[1:-1]))
    bin_of = np.searchsorted(edges, asks[method].to_numpy(), side="left")
    return [part for _, part in asks.groupby(bin_of)]


def _observed(asks: pd.DataFrame, confidence: float) -> tuple[float, float, float, int, int]:
    by_account = asks.groupby("account_id")["outcome"].agg(["sum", "count"])
    yes, n = by_account["sum"].to_numpy(np.float64), by_account["count"].to_numpy(np.float64)
    share = yes.sum() / n.sum()
    low, high = wilson(share, effective_size(yes, n), confidence)
    return float(share), low, high, len(asks), len(by_account)
