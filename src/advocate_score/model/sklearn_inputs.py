"""Validates and converts the input of the estimator by scikit-learn's rules: tables of any library, labels, and the
meaning of each column and further argument.

Columns get internal names, so that no name of the user's collides with a reserved one or is refused by LightGBM.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, validate_data

from advocate_score.errors import Fault, InputError, ModelRefusedError
from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.boosting import LEVEL
from advocate_score.model.predict import Explanation
from advocate_score.model.training_data import HISTORY_N, HISTORY_YES, Input, Schema


class Table(Protocol):
    """A pandas or Polars frame, an Arrow table, or another object that exports its columns as Arrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def frame_of(data: Table) -> pd.DataFrame:
    """Return the rows as a pandas frame; raise InputError if `data` is not a table."""
    frame = as_pandas(data)
    if not isinstance(frame, pd.DataFrame):
        fix = "give a pandas or Polars frame, or an Arrow table, with named columns"
        raise InputError([Fault("the rows", f"are no table but of type {type(data).__name__}.", fix)])
    return frame


def as_pandas(data: object) -> object:
    """Return Polars and Arrow tables as pandas frames, anything else unchanged."""
    is_foreign = not isinstance(data, pd.DataFrame) and hasattr(data, "__arrow_c_stream__")
    return pa.table(data).to_pandas() if is_foreign else data


def table_of(estimator: BaseEstimator, data: object, reset: bool) -> pd.DataFrame:
    """Return a table as a frame, an array or nested lists as numeric columns x0, x1, ….

    Raises
    ------
    ValueError
        if X is neither, or does not match what was fitted.
    """
    data = as_pandas(data)
    if isinstance(data, pd.DataFrame):
        validate_data(estimator, data, skip_check_array=True, reset=reset)
        return data
    array = validate_data(estimator, data, reset=reset, dtype="numeric", ensure_all_finite="allow-nan")
    return pd.DataFrame(array, columns=[f"x{position}" for position in range(array.shape[1])])


def binary_labels(estimator: BaseEstimator, target: object, table: pd.DataFrame) -> NDArray[np.generic]:
    """Return the labels (n,), of at most two classes."""
    if target is None:
        raise ValueError(f"{type(estimator).__name__} requires y to be passed, but the target y is None")
    labels: NDArray[np.generic] = column_or_1d(target, warn=True)
    check_consistent_length(table, labels)
    check_classification_targets(labels)
    kind = type_of_target(labels, input_name="y", raise_unknown=True)
    if kind != "binary":
        raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
    return labels


YES_WORDS = frozenset({"accepted", "yes", "y", "true", "t", "sí", "si", "s", "won", "ready"})
NO_WORDS = frozenset({"declined", "not_now", "no_reply", "no", "n", "false", "f", "lost", "not_ready"})


@dataclass(frozen=True)
class Answers:
    """The two classes in their order, the position among them of the one that is a yes, and the labels as 0 and 1."""

    classes: NDArray[np.generic]
    yes: int
    outcome: Integers


def answers_of(labels: NDArray[np.generic], yes: object) -> Answers:
    """Return what the labels (n,) say; `yes` is the label of a yes, None for the one that its word or order tells.

    Raises
    ------
    ValueError
        if there are not two classes, `yes` is none of them, or both mean the same.
    """
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) != 2:
        raise ValueError(f"y has only one class in {len(labels)} rows of weight above 0; two classes are needed")
    position = _position_of_yes(classes, yes)
    return Answers(classes, position, (codes == position).astype(np.int64))


def _position_of_yes(classes: NDArray[np.generic], yes: object) -> int:
    if yes is not None:
        matches = [position for position, label in enumerate(classes.tolist()) if label == yes]
        if not matches:
            raise ValueError(f"yes={yes!r} is none of the classes of y: {', '.join(map(str, classes))}")
        return matches[0]
    words = [label.strip().casefold() if isinstance(label, str) else "" for label in classes.tolist()]
    said_yes, said_no = ([word in known for word in words] for known in (YES_WORDS, NO_WORDS))
    if all(said_yes) or all(said_no):
        raise ValueError(f"y has two words for the same, {' and '.join(words)}; say which is a yes: yes={words[0]!r}")
    if any(said_yes) or any(said_no):
        return said_yes.index(True) if any(said_yes) else said_no.index(False)
    return 1


@contextmanager
def refusals_as_value_errors() -> Iterator[None]:
    """Turn refused input into ValueError, which scikit-learn's callers expect."""
    try:
        yield
    except (InputError, ModelRefusedError) as error:
        raise ValueError(str(error)) from error


Directions = Mapping[str, Literal[-1, 0, 1]]
_RECORD = (HISTORY_YES, HISTORY_N)


@dataclass(frozen=True)
class Columns:
    """The columns of a table.

    names: their names in the table · internal: their internal names · schema: of the columns used as inputs ·
    orders: the categories, in order, of each ordered categorical · numeric_texts: columns of numbers written as text.
    Both go by internal names, and are numbers to the model.
    """

    names: tuple[str, ...]
    internal: tuple[str, ...]
    schema: Schema
    orders: Mapping[str, tuple[object, ...]]
    numeric_texts: frozenset[str]

    @classmethod
    def of(cls, table: pd.DataFrame, level_column: str | int | None, directions: Directions) -> Self:
        """Return the columns of a table; `level_column` is a name or a position, None for a ladder of a single level.

        Raises
        ------
        ValueError
            if the level column is missing, two columns have one name, only one half of the record of answers is there,
            or a direction is given for something other than a numeric input.
        """
        names = tuple(map(str, table.columns))
        level = None if level_column is None else _level_position(names, level_column)
        _check_names(names)
        internal = tuple(
            LEVEL if position == level else _internal_name(position, name) for position, name in enumerate(names)
        )
        inputs = [position for position, name in enumerate(internal) if name not in (LEVEL, *_RECORD)]
        columns = {internal[position]: table.iloc[:, position] for position in inputs}
        texts = {name: column for name, column in columns.items() if _is_category(column)}
        orders = {name: order for name, column in texts.items() if (order := _category_order(column))}
        numeric = frozenset(name for name, column in texts.items() if name not in orders and _is_numeric_text(column))
        categories = {position for position in inputs if internal[position] in texts.keys() - orders.keys() - numeric}
        _check_directions(directions, {names[position] for position in inputs if position not in categories})
        schema = Schema(
            inputs=tuple(
                Input(
                    name=internal[position],
                    category=position in categories,
                    direction=directions.get(names[position], 0),
                    concept=names[position],  # no family: columns with a direction weigh the same
                )
                for position in inputs
            )
        )
        return cls(names, internal, schema, orders, numeric)

    def frame(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the columns under their internal names, categories as text, with a level column if there is none.

        Raises
        ------
        ValueError
            if the record of answers has more yes than answers.
        """
        renamed = table.set_axis(list(self.internal), axis=1).reset_index(drop=True)
        columns = {str(name): self._plain(str(name), column) for name, column in renamed.items()}
        frame = pd.DataFrame({LEVEL: np.zeros(len(table))} | columns)
        _check_record(frame)
        return frame

    def _plain(self, name: str, column: "pd.Series[float]") -> "pd.Series[float]":
        if name in self.orders:
            return _positions_in_order(column, self.orders[name])
        if name in self.numeric_texts:
            return _numbers_of_text(column.rename(self.names[self.internal.index(name)]))
        if name in {category.name for category in self.schema.categories}:
            return _text(column)
        return column.astype(object).infer_objects() if column.dtype == "category" else column.infer_objects()

    def with_level(self, accounts: pd.DataFrame, lowest: object) -> pd.DataFrame:
        """Return `accounts` with the level column added if only that is missing; readiness does not read it."""
        position = self.internal.index(LEVEL) if LEVEL in self.internal else None
        if position is None or self.names[position] in accounts.columns or len(accounts.columns) != len(self.names) - 1:
            return accounts
        complete = accounts.copy(deep=False)
        complete.insert(position, self.names[position], [lowest] * len(accounts))
        return complete

    def with_own_names(self, explanation: Explanation) -> Explanation:
        """Return `explanation` with the table's own names."""
        names = dict(zip(self.internal, self.names, strict=True))
        return replace(
            explanation,
            contributions=explanation.contributions.rename(columns=names),
            values=self._with_words(explanation.values).rename(columns=names),
            concept_of={names.get(name, name): concept for name, concept in explanation.concept_of.items()},
        )

    def _with_words(self, values: pd.DataFrame) -> pd.DataFrame:
        """Return the values with categories in the place of their positions."""
        words: dict[str, Any] = {
            name: [None if np.isnan(place) else order[int(place)] for place in values[name]]
            for name, order in self.orders.items()
            if name in values
        }
        return values.assign(**words)


def _category_order(column: "pd.Series[float]") -> tuple[object, ...]:
    """Return the categories of an ordered categorical, lowest first; empty for any other column."""
    return tuple(column.cat.categories) if getattr(column.dtype, "ordered", False) else ()


def _positions_in_order(column: "pd.Series[float]", order: tuple[object, ...]) -> "pd.Series[float]":
    """Return the position of each value in the order, unknown if it is not in there."""
    positions = pd.Index(order, dtype=object).get_indexer(pd.Index(column.astype(object)))
    return pd.Series(np.where(positions < 0, np.nan, positions), column.index)


_NUMBER = r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?"
"""Text that is a number. What begins with a further zero is an id or a code."""


def _is_numeric_text(column: "pd.Series[float]") -> bool:
    known = column.dropna().astype("str").str.strip()
    return len(known) > 0 and bool(known.str.fullmatch(_NUMBER).all())


def _numbers_of_text(column: "pd.Series[float]") -> "pd.Series[float]":
    numbers = pd.to_numeric(column.astype(object), errors="coerce").astype("float64")
    if (numbers.isna() & column.notna()).any():
        raise ValueError(
            f"column '{column.name}' was numbers written as text when the model was fitted, and is not now"
        )
    return numbers


def levels_in_order(column: "pd.Series[float]", frame_column: "pd.Series[float]") -> tuple[object, ...]:
    """Return the levels seen, lowest first: in the order of the categorical `column`, or of their numbers.

    Raises
    ------
    ValueError
        if they are words, whose order nobody told.
    """
    seen = frame_column.dropna().unique()
    order = [value for value in _category_order(column) if value in set(seen)]
    if order:
        return tuple(order)
    if pd.api.types.is_numeric_dtype(pd.Series(seen).infer_objects()):
        return tuple(sorted(seen))
    if not _is_numeric_text(pd.Series(seen, dtype=object)):
        words = ", ".join(sorted(map(str, seen))[:9])
        raise ValueError(f"the levels are words, whose order nobody told; give levels=(…), lowest first, of {words}")
    return tuple(sorted(seen, key=float))


def _level_position(names: tuple[str, ...], level_column: str | int) -> int:
    if isinstance(level_column, str) and level_column in names:
        return names.index(level_column)
    if isinstance(level_column, int) and -len(names) <= level_column < len(names):
        return level_column % len(names)
    raise ValueError(
        f"X has no column {level_column!r} for the level; set level_column to a name, to an index (NumPy), or to None"
    )


def _internal_name(position: int, name: str) -> str:
    return name if name in _RECORD else f"x{position}_" + re.sub(r"[^A-Za-z0-9]+", "_", name)


def _is_category(column: "pd.Series[float]") -> bool:
    plain = column.infer_objects()
    if pd.api.types.is_datetime64_any_dtype(plain) or pd.api.types.is_timedelta64_dtype(plain):
        raise ValueError(f"column '{column.name}' holds times; give their age as a number")
    return not (pd.api.types.is_numeric_dtype(plain) or plain.isna().all())


def _text(column: "pd.Series[float]") -> "pd.Series[float]":
    return column.astype(object).map(str, na_action="ignore")


def _check_names(names: tuple[str, ...]) -> None:
    if len(set(names)) != len(names):
        raise ValueError("X has two columns of one name")
    if len({*_RECORD} & {*names}) == 1:
        raise ValueError(f"{HISTORY_YES} and {HISTORY_N} go together; X has only one of them")


def _check_record(frame: pd.DataFrame) -> None:
    if HISTORY_YES in frame and not frame[HISTORY_YES].fillna(0).between(0, frame[HISTORY_N].fillna(0)).all():
        raise ValueError(f"{HISTORY_YES} lies between 0 and {HISTORY_N} in every row")


def _check_directions(directions: Directions, numbers: set[str]) -> None:
    foreign = sorted(set(directions) - numbers)
    if foreign:
        raise ValueError(f"directions are of numbers among the inputs; not so {', '.join(foreign[:5])}")
    if not set(directions.values()) <= {-1, 0, 1}:
        raise ValueError("a direction is -1, 0 or 1")


_DAY = pd.Timedelta(days=1)
_MICROSECONDS = 86_400 * 1_000_000
_LONGEST_DAYS = 10_000_000
"""More days than microseconds can count; the limit catches seconds or nanoseconds given as days."""


@dataclass(frozen=True)
class Circumstances:
    """What is known of the rows beside X and y: each (n,), or None if not given."""

    groups: ArrayLike | None = None
    times: ArrayLike | None = None
    sample_weight: ArrayLike | None = None
    propensity: ArrayLike | None = None
    exploration: ArrayLike | None = None
    completed: ArrayLike | None = None

    def frame(self, table: pd.DataFrame, maturity_days: float) -> pd.DataFrame:
        """Return (n, 7): account_id, asked_at, matures_at, weight, propensity, exploration, completed.

        Without groups every row is its own account; without times the rows are in order of time and answered at once.

        Raises
        ------
        ValueError
            if something does not have a value per row, or has values of the wrong kind.
        """
        asked, matures = _times_of_asks(table, self.times, maturity_days)
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
    hashes = pd.util.hash_pandas_object(pd.Series(column_or_1d(groups)), index=False)
    codes: NDArray[np.intp] = pd.factorize(hashes.to_numpy(), sort=True)[0]  # whatever the order of the rows
    return codes


def _numbers(
    table: pd.DataFrame, values: ArrayLike | None, allowed: Callable[[Floats], NDArray[np.bool_]], rule: str
) -> Floats:
    """Return (n,) numbers, NaN if unknown."""
    if values is None:
        return np.full(len(table), np.nan)
    check_consistent_length(table, values)
    try:
        numbers = np.asarray(pd.Series(column_or_1d(values)).astype("float64"))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{rule}, and nothing else") from error
    if not allowed(numbers[~np.isnan(numbers)]).all():
        raise ValueError(f"{rule}, and nothing else")
    return numbers


def _is_positive(numbers: Floats) -> NDArray[np.bool_]:
    return np.isfinite(numbers) & (numbers > 0)


def _is_binary(numbers: Floats) -> NDArray[np.bool_]:
    return np.isin(numbers, (0.0, 1.0))


def _times_of_asks(table: pd.DataFrame, times: ArrayLike | None, maturity_days: float) -> tuple[Integers, Integers]:
    """Return microseconds (n,) since the earliest row, of ask and maturity; maturity is always later than the ask."""
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
