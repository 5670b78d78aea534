"""Account-clustered bootstrap: whole accounts are drawn, since asks of one account are not independent."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Floats, Integers

CELLS_AT_ONCE = 300_000


@dataclass(frozen=True)
class AccountDraws:
    """How often each account came up in each draw, `counts` (draws × accounts), and each row's account, `code` (n,)."""

    counts: Floats
    code: Integers

    def only(self, rows: Integers) -> "AccountDraws":
        """The same draws seen by some of the rows, so that parts stay paired with the whole."""
        return AccountDraws(self.counts, self.code[rows])

    def weights(self) -> Iterator[Floats]:
        """Row weights (draws × n), a bounded number of draws at a time."""
        at_once = max(1, CELLS_AT_ONCE // max(1, len(self.code)))
        for start in range(0, len(self.counts), at_once):
            yield self.counts[start : start + at_once][:, self.code]


def draw_accounts(account_id: "pd.Series[str]", draws: int, seed: int) -> AccountDraws:
    """`draws` samples of accounts with replacement; the same whatever the order of the rows."""
    code, accounts = pd.factorize(account_id, sort=True)
    total = len(accounts)
    if total == 0:
        return AccountDraws(np.zeros((draws, 0)), code.astype(np.int64))
    counts = np.random.default_rng(seed).multinomial(total, np.full(total, 1 / total), size=draws)
    return AccountDraws(counts.astype(np.float64), code.astype(np.int64))


def interval(value: Floats, confidence: float = 0.9) -> tuple[float, float]:
    """The central interval of the draws that gave a value; NaN where none did."""
    known = value[np.isfinite(value)]
    if len(known) == 0:
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
