"""Fast operations on frames of many accounts that are keyed by account and level, without joins on text where they can
be avoided; and their values as JSON holds them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from advocate_score.dates import iso

KEYS = ["account_id", "level"]


def known_before(events: pd.DataFrame, as_of: datetime, time_column: str = "occurred_at") -> pd.DataFrame:
    """The events that had happened, and were known to the firm, strictly before `as_of`."""
    recorded = events["recorded_at"].fillna(events[time_column])
    return events[(events[time_column] < as_of) & (recorded < as_of)]


def in_order(rows: pd.DataFrame) -> bool:
    """Whether the rows are sorted by account_id, level, without duplicate keys."""
    account, level = (rows[key].array for key in KEYS)
    rises = (account[1:] == account[:-1]) & (level[1:] > level[:-1])
    return bool((rises | (account[1:] > account[:-1])).all())


def alike(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Whether both frames have the same keys in the same order."""
    return len(left) == len(right) and all(bool((left[key].array == right[key].array).all()) for key in KEYS)


def begins(values: pd.api.extensions.ExtensionArray) -> npt.NDArray[np.bool_]:
    """Whether each row is the first of a run of equal values; (n,) bool."""
    changes: Any = values[1:] != values[:-1]
    return np.append(np.ones(min(1, len(values)), dtype=bool), np.asarray(changes, dtype=bool))


def among(account_ids: "pd.Series[str] | pd.Index[str]", members: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Whether each id is one of `members`; (n,) bool. Leaner than pandas' `isin`, which makes objects of them."""
    texts = pa.large_string()
    values = pa.array(
        members.array if isinstance(members, pd.Series | pd.Index) else list(members), texts, from_pandas=True
    )
    matches = pc.is_in(pa.array(account_ids.array, texts, from_pandas=True), _single_chunk(values), skip_nulls=True)
    return np.asarray(matches, dtype=bool)


def _single_chunk(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def merge_frames(
    left: pd.DataFrame, right: pd.DataFrame, on: list[str], how: Literal["left", "outer"] = "left"
) -> pd.DataFrame:
    """`left.merge(right)` that also works if both are empty, which pandas refuses for several text keys.

    Parameters
    ----------
    left, right : the frames to join.
    on : key columns, present in both.
    how : as in `DataFrame.merge`.
    """
    if left.empty and right.empty:
        return pd.concat([left, right.drop(columns=on)], axis=1)
    return left.merge(right, on=on, how=how)


Positions = npt.NDArray[np.intp]


def kinds(columns: Sequence[pd.Series]) -> tuple[Positions, Positions]:
    """Groups rows that agree in all `columns`; missing values are equal.

    Returns the position of the first row of each kind, (k,), and the number of each row's kind, (n,).
    """
    kind = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, different = pd.factorize(column, use_na_sentinel=False)
        kind = pd.factorize(kind * max(len(different), 1) + codes)[0]
    return np.unique(kind, return_index=True, return_inverse=True)[1:]


def json_value(value: Any) -> Any:
    """The value ready for JSON: null for anything unknown or infinite, ISO text for an instant, Python's numbers."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, datetime):
        return iso(pd.Timestamp(value).to_pydatetime())
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def json_rows(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Each row as column → `json_value`."""
    return [{str(name): json_value(value) for name, value in row.items()} for row in rows.to_dict("records")]


def json_day(instant: Any) -> str | None:
    """The date of an instant, for what is told by the day; null for an unknown one."""
    return None if pd.isna(instant) else f"{instant:%Y-%m-%d}"
