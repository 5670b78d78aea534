"""Numeric arrays of the model: exact storage in JSON, one thread for linear algebra, processing of large frames in
blocks, and the bootstrap over accounts.

No block depends on another, so the results do not depend on the block size or the number of processors.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock, current_thread, main_thread
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from threadpoolctl import threadpool_limits

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def _finite_values(value: object) -> Floats:
    array = np.array(value, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError("holds a number that is not finite")
    array.setflags(write=False)
    return array


def _to_list(array: Floats) -> Any:
    return array.tolist()


Vector = Annotated[Floats, BeforeValidator(_finite_values), PlainSerializer(_to_list)]


class Fitted(BaseModel):
    """Base of all fitted parts: frozen, without unknown fields, and written to JSON."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True)


class _BlasLimit:
    """The limit of one thread for linear algebra, which is the whole process's: the first to come sets it, the last to
    leave lifts it.

    OpenBLAS obeys the thread that set a limit first and no other. So the main thread sets and lifts its own, and a
    thread of this class those of all other threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = Counter[bool]()
        self._limit: threadpool_limits | None = None
        self._is_of_main = False
        self._others = ThreadPoolExecutor(1, "blas-limit")

    def enter(self) -> None:
        is_main = current_thread() is main_thread()
        with self._lock:
            if not self._inside.total():
                self._set(of_main=is_main)
            self._inside[is_main] += 1

    def leave(self) -> None:
        is_main = current_thread() is main_thread()
        with self._lock:
            self._inside[is_main] -= 1
            if not self._inside.total() or (self._is_of_main and not self._inside[True]):
                self._lift()
                if self._inside.total():
                    self._set(of_main=False)

    def _set(self, *, of_main: bool) -> None:
        limit_to_one = partial(threadpool_limits, limits=1, user_api="blas")
        self._is_of_main = of_main
        self._limit = limit_to_one() if of_main else self._others.submit(limit_to_one).result()

    def _lift(self) -> None:
        if self._limit is not None:
            lift = self._limit.restore_original_limits
            _ = lift() if self._is_of_main else self._others.submit(lift).result()
            self._limit = None


_blas_limit = _BlasLimit()


def _renew_blas_limit() -> None:
    """In a forked process the thread of the limit does not exist."""
    global _blas_limit  # noqa: PLW0603
    _blas_limit = _BlasLimit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_blas_limit)


@contextmanager
def single_thread() -> Iterator[None]:
    """Linear algebra on one thread, so that the number of processors changes no bit; afterwards as it was."""
    limit = _blas_limit
    limit.enter()
    try:
        yield
    finally:
        limit.leave()


def processor_count() -> int:
    """Return how many processors may be used at once: `OMP_NUM_THREADS`, as native code reads it, else all."""
    setting = os.environ.get("OMP_NUM_THREADS", "")
    return int(setting) if setting.isdecimal() and int(setting) else os.cpu_count() or 1


ROWS = 4_096
"""Rows per block: few enough for a block's matrices to stay in the processor's cache, and a multiple of the block size
of linear algebra.
"""

Work = Callable[[pd.DataFrame], Sequence[Floats]]
"""Maps some rows of a frame to arrays (rows, K)."""


def by_blocks(work: Work, frame: pd.DataFrame, arrays: int, levels: int) -> Floats:
    """Apply `work` to `frame` block by block and return its arrays, (arrays, n, K).

    It is also applied to a frame without rows, because it may refuse the columns.

    Parameters
    ----------
    work : maps rows to that many arrays (rows, K).
    frame : n rows.
    arrays : the number of arrays that `work` returns.
    levels : K.
    """
    written = np.empty((arrays, len(frame), levels))

    def write(start: int) -> None:
        for array, block in zip(written, work(frame.iloc[start : start + ROWS]), strict=True):
            array[start : start + ROWS] = block

    write(0)
    if len(frame) > ROWS:
        with ThreadPoolExecutor(processor_count()) as pool:
            list(pool.map(write, range(ROWS, len(frame), ROWS)))
    return written


CELLS_AT_ONCE = 300_000


@dataclass(frozen=True)
class AccountDraws:
    """How often each account occurs in each draw, `counts` (draws × accounts), and each row's account, `code` (n,)."""

    counts: Floats
    code: Integers

    def only(self, rows: Integers) -> "AccountDraws":
        """Return the same draws restricted to some rows, so that parts stay paired with the whole."""
        return AccountDraws(self.counts, self.code[rows])

    def weights(self) -> Iterator[Floats]:
        """Yield row weights (draws × n), a bounded number of draws at a time."""
        at_once = max(1, CELLS_AT_ONCE // max(1, len(self.code)))
        for start in range(0, len(self.counts), at_once):
            yield self.counts[start : start + at_once][:, self.code]


def draw_accounts(account_id: "pd.Series[str]", draws: int, seed: int) -> AccountDraws:
    """Return `draws` samples of accounts with replacement; the order of the rows does not matter."""
    code, accounts = pd.factorize(account_id, sort=True)
    total = len(accounts)
    if total == 0:
        return AccountDraws(np.zeros((draws, 0)), code.astype(np.int64))
    counts = np.random.default_rng(seed).multinomial(total, np.full(total, 1 / total), size=draws)
    return AccountDraws(counts.astype(np.float64), code.astype(np.int64))


def interval(value: Floats, confidence: float = 0.9) -> tuple[float, float]:
    """Return the central interval of the finite draws; NaN if there are none."""
    known = value[np.isfinite(value)]
    if len(known) == 0:
        return np.nan, np.nan
    low, high = np.quantile(known, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
