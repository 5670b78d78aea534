"""Rows of many accounts: what is known of them without joining texts."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

KEYS = ["account_id", "level"]


def in_order(rows: pd.DataFrame) -> bool:
    """Whether no two rows have the same keys, and all stand by account_id, level."""
    account, level = (rows[key].array for key in KEYS)
    rises = (account[1:] == account[:-1]) & (level[1:] > level[:-1])
    return bool((rises | (account[1:] > account[:-1])).all())


def alike(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether they have the same keys in the same order."""
    return len(one) == len(other) and all(bool((one[key].array == other[key].array).all()) for key in KEYS)


def begins(values: pd.api.extensions.ExtensionArray) -> npt.NDArray[np.bool_]:
    """Whether a row is the first of those that stand together with its value."""
    changes: Any = values[1:] != values[:-1]
    return np.append(np.ones(min(1, len(values)), dtype=bool), np.asarray(changes, dtype=bool))


def among(account_ids: "pd.Series[str] | pd.Index[str]", wanted: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Whether each is one of `wanted`, which may be as many: pandas' own `isin` makes an object of each of those."""
    texts = pa.large_string()
    values = pa.array(
        wanted.array if isinstance(wanted, pd.Series | pd.Index) else list(wanted), texts, from_pandas=True
    )
    found = pc.is_in(pa.array(account_ids.array, texts, from_pandas=True), _whole(values), skip_nulls=True)
    return np.asarray(found, dtype=bool)


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
