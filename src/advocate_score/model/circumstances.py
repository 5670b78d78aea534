"""What goes with the rows of X in `fit`: whose each ask is, when it was made, how it was chosen, what became of it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import _check_sample_weight

from advocate_score.model.arrays import Floats, Integers

_DAY = pd.Timedelta(days=1)
_MICROSECONDS = 86_400 * 1_000_000
_LONGEST_DAYS = 10_000_000
"""Beyond what microseconds can count; whoever gives seconds or nanoseconds for days is told."""


@dataclass(frozen=True)
class Circumstances:
    """Each (n,), or None where the user says nothing of it."""

    groups: ArrayLike | None = None
    times: ArrayLike | None = None
    sample_weight: ArrayLike | None = None
    propensity: ArrayLike | None = None
    exploration: ArrayLike | None = None
    completed: ArrayLike | None = None

    def frame(self, table: pd.DataFrame, maturity_days: float) -> pd.DataFrame:
        """(n, 7): account_id, asked_at, matures_at, weight, propensity, exploration, completed, beside `table`.

        Without groups every row is one of its own; without times the rows stand in order of time, answered at once.
        ValueError where something is not of every row, or not of its kind.
        """
        asked, matures = _places_in_time(table, self.times, maturity_days)
        weight = _check_sample_weight(self.sample_weight, table, dtype=np.float64, ensure_non_negative=True)
        return pd.DataFrame(
            {
                "account_id": np.arange(len(table)) if self.groups is None else _codes(table, self.groups),
                "asked_at": pd.to_datetime(asked, unit="us"),
                "matures_at": pd.to_datetime(matures, unit="us"),
                "weight": weight,
                "propensity": _numbers(table, self.propensity, _is_positive, "propensity holds numbers above 0"),
                "exploration": _numbers(table, self.exploration, _is_binary, "exploration is true or false"),
                "completed": _numbers(table, self.completed, _is_binary, "completed is 1, 0 or missing"),
            }
        )


def _codes(table: pd.DataFrame, groups: ArrayLike) -> NDArray[np.intp]:
    check_consistent_length(table, groups)
    codes: NDArray[np.intp] = pd.factorize(column_or_1d(groups), use_na_sentinel=False)[0]
    return codes


def _numbers(
    table: pd.DataFrame, given: ArrayLike | None, allowed: Callable[[Floats], NDArray[np.bool_]], rule: str
) -> Floats:
    """(n,) with NaN where nothing is known."""
    if given is None:
        return np.full(len(table), np.nan)
    check_consistent_length(table, given)
    try:
        numbers = np.asarray(pd.Series(column_or_1d(given)).astype("float64"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{rule}, and nothing else") from error
    if not allowed(numbers[~np.isnan(numbers)]).all():
        raise ValueError(f"{rule}, and nothing else")
    return numbers


def _is_positive(numbers: Floats) -> NDArray[np.bool_]:
    return np.isfinite(numbers) & (numbers > 0)


def _is_binary(numbers: Floats) -> NDArray[np.bool_]:
    return np.isin(numbers, (0.0, 1.0))


def _places_in_time(table: pd.DataFrame, times: ArrayLike | None, maturity_days: float) -> tuple[Integers, Integers]:
    """Microseconds (n,) since the first row; an answer is never known at the instant of its own ask."""
    if times is None:
        order = np.arange(len(table))
        return order, order + 1
    check_consistent_length(table, times)
    days = _days(pd.Series(np.asarray(times)))
    if not np.isfinite(days).all():
        raise ValueError("times hold a value that is missing or infinite")
    days = days - days.min()
    if days.max() > _LONGEST_DAYS:
        raise ValueError("times are days or instants; these lie too far apart to be either")
    asked = np.round(days * _MICROSECONDS).astype(np.int64)
    return asked, np.maximum(asked + round(maturity_days * _MICROSECONDS), asked + 1)


def _days(times: "pd.Series[float]") -> Floats:
    if pd.api.types.is_numeric_dtype(times):
        return np.asarray(times, dtype=np.float64)
    instants = pd.to_datetime(times, utc=True)
    return np.asarray((instants - pd.Timestamp(0, tz="UTC")) / _DAY, dtype=np.float64)
