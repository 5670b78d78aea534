"""What users hand over: tables of any library, and tables and labels checked by scikit-learn's own rules."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import validate_data

from advocate_score.errors import Fault, InputError, ModelRefusedError
from advocate_score.model.arrays import Integers


class Table(Protocol):
    """A frame of pandas or Polars, an Arrow table, or whatever else hands its columns over as Arrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def frame_of(given: Table) -> pd.DataFrame:
    """The same rows as a pandas frame; InputError where it is no table."""
    frame = as_pandas(given)
    if not isinstance(frame, pd.DataFrame):
        fix = "give a pandas or Polars frame, or an Arrow table, with named columns"
        raise InputError([Fault("the rows", f"are no table but of type {type(given).__name__}.", fix)])
    return frame


def as_pandas(given: object) -> object:
    """Polars and Arrow tables as pandas; all else as it is."""
    is_foreign = not isinstance(given, pd.DataFrame) and hasattr(given, "__arrow_c_stream__")
    return pa.table(given).to_pandas() if is_foreign else given


def table_of(estimator: BaseEstimator, given: object, reset: bool) -> pd.DataFrame:
    """A table as it is, an array or nested lists as numbers in columns x0, x1, …; ValueError where X is neither, or
    not as it was in fit."""
    given = as_pandas(given)
    if isinstance(given, pd.DataFrame):
        validate_data(estimator, given, skip_check_array=True, reset=reset)
        return given
    array = validate_data(estimator, given, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
    return pd.DataFrame(array, columns=[f"x{place}" for place in range(array.shape[1])])


def binary_labels(estimator: BaseEstimator, given: object, table: pd.DataFrame) -> NDArray[np.generic]:
    """(n,) labels of at most two classes."""
    if given is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    labels: NDArray[np.generic] = column_or_1d(given, warn=True)
    check_consistent_length(table, labels)
    check_classification_targets(labels)
    kind = type_of_target(labels, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
    return labels


def two_classes(labels: NDArray[np.generic]) -> tuple[NDArray[np.generic], Integers]:
    """The classes (2,), the second a yes, and the labels (n,) as 0 and 1."""
    classes, outcome = np.unique(labels, return_inverse=True)
    if len(classes) != 2:
        raise ValueError(f"y has only one class in {len(labels)} rows of weight above 0; two classes are needed")
    return classes, outcome.astype(np.int64)


@contextmanager
def refusals_as_value_errors() -> Iterator[None]:
    """scikit-learn's callers expect a ValueError where input is refused."""
    try:
        yield
    except (InputError, ModelRefusedError) as error:
        raise ValueError(str(error)) from error
