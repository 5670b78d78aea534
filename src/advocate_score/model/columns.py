"""What each column of a user's table is to the model: the level, the record of answers, or an input.

Inside, columns go by names of our own, so that no name of the user's meets a reserved one or one that trees refuse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Self

import numpy as np
import pandas as pd

from advocate_score.model.boosting import LEVEL
from advocate_score.model.reasons import Explanation
from advocate_score.model.rows import HISTORY_N, HISTORY_YES
from advocate_score.model.schema import Input, Schema

Directions = Mapping[str, Literal[-1, 0, 1]]
_RECORD = (HISTORY_YES, HISTORY_N)


@dataclass(frozen=True)
class Columns:
    """given: the columns' names in the table · inside: their names here · schema: of those that are inputs."""

    given: tuple[str, ...]
    inside: tuple[str, ...]
    schema: Schema

    @classmethod
    def of(cls, table: pd.DataFrame, level_column: str | int | None, directions: Directions) -> Self:
        """`level_column` is a name or a position; without one the ladder has a single level.

        Raises
        ------
        ValueError
            where the level column is not there, two columns have one name, the record of answers is half there, or a
            direction is of no number among the inputs.
        """
        given = tuple(map(str, table.columns))
        level = None if level_column is None else _place(given, level_column)
        _check_names(given)
        inside = tuple(LEVEL if place == level else _inside(place, name) for place, name in enumerate(given))
        inputs = [place for place, name in enumerate(inside) if name not in (LEVEL, *_RECORD)]
        categories = {place for place in inputs if _is_category(table.iloc[:, place])}
        _check_directions(directions, {given[place] for place in inputs if place not in categories})
        schema = Schema(
            inputs=tuple(
                Input(
                    name=inside[place],
                    category=place in categories,
                    direction=directions.get(given[place], 0),
                    concept=given[place],  # of no family: columns with a direction weigh alike in the scorecard
                )
                for place in inputs
            )
        )
        return cls(given, inside, schema)

    def frame(self, table: pd.DataFrame) -> pd.DataFrame:
        """The same columns under the names used here, categories as text; a level where the table has none.

        ValueError where the record of answers says more yes than answers.
        """
        categories = {one.name for one in self.schema.categories}
        named = table.set_axis(list(self.inside), axis=1).reset_index(drop=True)
        columns = {name: _text(one) if name in categories else one.infer_objects() for name, one in named.items()}
        frame = pd.DataFrame({LEVEL: np.zeros(len(table))} | columns)
        _check_record(frame)
        return frame

    def with_level(self, accounts: pd.DataFrame, lowest: object) -> pd.DataFrame:
        """`accounts` with a level, where only that is missing: readiness is of every level."""
        place = self.inside.index(LEVEL) if LEVEL in self.inside else None
        if place is None or self.given[place] in accounts.columns or len(accounts.columns) != len(self.given) - 1:
            return accounts
        whole = accounts.copy(deep=False)
        whole.insert(place, self.given[place], [lowest] * len(accounts))
        return whole

    def told(self, found: Explanation) -> Explanation:
        """`found` by the table's own names."""
        names = dict(zip(self.inside, self.given, strict=True))
        return replace(
            found,
            contributions=found.contributions.rename(columns=names),
            values=found.values.rename(columns=names),
            concept_of={names.get(name, name): concept for name, concept in found.concept_of.items()},
        )


def _place(given: tuple[str, ...], level_column: str | int) -> int:
    if isinstance(level_column, str) and level_column in given:
        return given.index(level_column)
    if isinstance(level_column, int) and -len(given) <= level_column < len(given):
        return level_column % len(given)
    raise ValueError(
        f"X has no column {level_column!r} for the level; set level_column to a name, to an index (NumPy), or to None"
    )


def _inside(place: int, name: str) -> str:
    return name if name in _RECORD else f"x{place}_" + re.sub(r"[^A-Za-z0-9]+", "_", name)


def _is_category(column: "pd.Series[float]") -> bool:
    plain = column.infer_objects()
    if pd.api.types.is_datetime64_any_dtype(plain) or pd.api.types.is_timedelta64_dtype(plain):
        raise ValueError(f"column '{column.name}' holds times; give their age as a number")
    return not (pd.api.types.is_numeric_dtype(plain) or plain.isna().all())


def _text(column: "pd.Series[float]") -> "pd.Series[float]":
    return column.astype(object).map(str, na_action="ignore")


def _check_names(given: tuple[str, ...]) -> None:
    if len(set(given)) != len(given):
        raise ValueError("X has two columns of one name")
    if len({*_RECORD} & {*given}) == 1:
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
