"""Arrays of fitted parts, written to JSON and read back bit for bit, and how they are worked on: one thread for linear
algebra, large frames block by block, account-clustered bootstrap.

No block's answer depends on another's, so neither their size nor the number of processors shows in what is written.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def _finite(value: object) -> Floats:
    array = np.array(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("holds a number that is not finite")
    array.setflags(write=False)
    return array


def _to_list(array: Floats) -> Any:
    return array.tolist()


Vector = Annotated[Floats, BeforeValidator(_finite), PlainSerializer(_to_list)]


class Fitted(BaseModel):
    """Base of everything that is learned: frozen, strict about names, ready for JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)


@contextmanager
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="blas"):
        yield


def processors() -> int:
    """As many as may be used at once: `OMP_NUM_THREADS`, as native code takes it, else all there are."""
    setting = os.environ.get("OMP_NUM_THREADS", "")
    return int(setting) if setting.isdecimal() and int(setting) else os.cpu_count() or 1


ROWS = 4_096
"""So few that a block's matrices stay near the processor, a multiple of what linear algebra takes at a time."""

Work = Callable[[pd.DataFrame], Sequence[Floats]]
"""Some rows of a frame → arrays (rows, K)."""


def by_blocks(work: Work, frame: pd.DataFrame, arrays: int, levels: int) -> Floats:
    """(arrays, n, K): what `work` makes of `frame`; of no rows it is asked too, since it may refuse their columns."""
    written = np.empty((arrays, len(frame), levels))

    def write(start: int) -> None:
        for array, block in zip(written, work(frame.iloc[start : start + ROWS]), strict=True):
            array[start : start + ROWS] = block

    write(0)
    if len(frame) > ROWS:
        with ThreadPoolExecutor(processors()) as pool:
            list(pool.map(write, range(ROWS, len(frame), ROWS)))
    return written


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
