"""Small moves on arrays that every table is made with."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from advocate_score.simulate.streams import Rng

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def sigmoid(log_odds: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-log_odds))
    return result


def numbered(prefix: str, numbers: Ints, digits: int = 7) -> pd.Series:
    """Ids such as `I0000042`."""
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=digits, padding="0")
    return _text(pc.binary_join_element_wise(pa.scalar(prefix), text, ""))


def ids(prefix: str, count: int) -> pd.Series:
    return numbered(prefix, np.arange(1, count + 1))


def words(choices: Sequence[str | None], codes: Ints) -> pd.Series:
    """The chosen word of each row."""
    return _text(pa.array(choices, pa.string()).take(pa.array(codes)))


def chosen(rng: Rng, shares: Sequence[float], count: int) -> Ints:
    """Codes 0, 1, … drawn with these shares."""
    bounds = np.cumsum(np.asarray(shares, dtype=float))
    codes: Ints = np.searchsorted(bounds / bounds[-1], rng.random(count), side="right").astype(np.int64)
    return codes


def chosen_by_row(rng: Rng, shares: Floats) -> Ints:
    """One code a row, drawn with the shares of that row, (n, k)."""
    bounds = np.cumsum(shares, axis=1)
    draw = rng.random(len(shares)) * bounds[:, -1]
    codes: Ints = np.minimum((draw[:, None] >= bounds).sum(axis=1), shares.shape[1] - 1)
    return codes


def flags(values: Bools, known: Bools | None = None) -> pd.Series:
    """Nullable booleans; unknown where `known` is false."""
    series = pd.Series(values, dtype="boolean")
    return series if known is None else series.where(pd.Series(known))


def gaps(values: Floats, known: Bools, decimals: int) -> Floats:
    """Rounded values, NaN where not known."""
    return np.where(known, np.round(values, decimals), np.nan)


def _text(array: Any) -> pd.Series:
    return pd.Series(array.to_pandas(), dtype="str")
