"""Encodes signals as numbers: a standardised design for the logit, raw values and one-hot categories for the trees."""

from typing import Self

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Fitted, Floats, Integers, Vector
from advocate_score.model.training_data import Schema

_CLIP = 3.0
_MAX_KNOTS = 33
_DIGITS = 12
_RARE_MISSING = 0.02
_LEAST_UNIT, _LEAST_DEVIATION = 1e-12, 1e-9


class Scale(Fitted):
    """How a number enters the design: as its standing among the training rows, and as its standardised logarithm.

    The standing is the mid-rank in [−1, 1], interpolated between `knots`; it suits any distribution. The logarithm
    keeps what ranks lose: how far out extreme values are.
    """

    knots: Vector
    standings: Vector
    unit: float
    mean: float
    deviation: float

    @classmethod
    def fit(cls, values: Floats) -> Self:
        known = np.sort(values[~np.isnan(values)])
        if len(known) == 0:
            known = np.zeros(1)
        distinct = np.unique(known)
        knots = distinct if len(distinct) <= _MAX_KNOTS else _quantiles(known)
        below = np.searchsorted(known, knots, side="left")
        up_to = np.searchsorted(known, knots, side="right")
        size = np.abs(known[known != 0])
        unit = float(np.median(size)) if len(size) else 1.0  # makes the logarithm act alike on fractions and amounts
        logs = _signed_log(known, unit)
        return cls(
            knots=knots,
            standings=(below + up_to) / len(known) - 1.0,
            unit=unit,
            mean=float(logs.mean()),
            deviation=max(float(logs.std()), _LEAST_DEVIATION),
        )

    def signed_rank(self, values: Floats) -> Floats:
        """Return standings in [−1, 1], 0 if unknown; rounded, as interpolation may break the order in the last bit."""
        return _zero_if_unknown(np.interp(values, self.knots, self.standings).round(_DIGITS))

    def standardise(self, values: Floats) -> Floats:
        """Return logarithms with mean 0 and deviation 1 on the training rows, clipped; 0 if unknown."""
        logs = (_signed_log(values, self.unit) - self.mean) / self.deviation
        return _zero_if_unknown(np.clip(logs, -_CLIP, _CLIP))


def _zero_if_unknown(values: Floats) -> Floats:
    return np.where(np.isnan(values), 0.0, values)


def _quantiles(known: Floats) -> Floats:
    return np.unique(np.quantile(known, np.linspace(0, 1, _MAX_KNOTS), method="nearest"))


def _signed_log(values: Floats, unit: float) -> Floats:
    return np.sign(values) * np.log1p(np.abs(values) / max(unit, _LEAST_UNIT))


class Encoder(Fitted):
    """The encoding, fitted on training rows only; the order of the rows does not matter.

    scales: one per number, in the schema's order · missing: numbers unknown often enough to have an indicator ·
    kept: for each category, the values seen at enough accounts to have an indicator; any other value is all zeros.
    """

    schema_: Schema
    scales: tuple[Scale, ...]
    missing: tuple[str, ...]
    kept: tuple[tuple[str, ...], ...]

    @classmethod
    def fit(cls, schema: Schema, signals: pd.DataFrame, account: Integers, min_accounts: int) -> Self:
        """Fit the encoding on training rows.

        Parameters
        ----------
        schema : the inputs.
        signals : (n, inputs).
        account : (n,) codes of the accounts.
        min_accounts : the number of accounts at which a category's value must be seen to be kept.
        """
        scales = tuple(Scale.fit(signals[spec.name].to_numpy()) for spec in schema.numbers)
        unknown = signals[[spec.name for spec in schema.numbers]].isna().mean()
        indicated = [name for name, share in unknown.items() if _RARE_MISSING <= share <= 1 - _RARE_MISSING]
        categories = tuple(_frequent_values(signals[spec.name], account, min_accounts) for spec in schema.categories)
        return cls(schema_=schema, scales=scales, missing=tuple(map(str, indicated)), kept=categories)

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.schema_.numbers)

    @property
    def one_hot(self) -> tuple[tuple[str, str], ...]:
        """(category, value) of each indicator."""
        names = (spec.name for spec in self.schema_.categories)
        return tuple((name, value) for name, values in zip(names, self.kept, strict=True) for value in values)

    @property
    def design_sources(self) -> tuple[str, ...]:
        """The input behind each design column; the first columns are the numbers' standings."""
        return (*self.numbers, *self.numbers, *self.missing, *(name for name, _ in self.one_hot))

    @property
    def design_directions(self) -> Integers:
        signs = [spec.direction for spec in self.schema_.numbers] * 2
        return np.array(signs + [0] * (len(self.missing) + len(self.one_hot)), dtype=np.int64)

    def design(self, signals: pd.DataFrame) -> Floats:
        """(n, columns): standings, standardised logarithms, missing indicators, one-hot categories."""
        design = np.empty((len(signals), len(self.design_sources)))
        self.write_design(self.columns(signals), design)
        return design

    def columns(self, signals: pd.DataFrame) -> Floats:
        """Return (numbers + one-hot, n) as the trees read them, NaN if unknown; the design is made from these."""
        numbers = signals[list(self.numbers)].to_numpy(dtype=np.float64).T
        return np.concatenate([numbers, *self._indicators(signals)])

    def write_design(self, columns: Floats, design: Floats) -> None:
        """Write the design of `columns` into `design` (n, columns)."""
        count, unknown = len(self.scales), len(self.missing)
        numbers = columns[:count]
        for position, (scale, values) in enumerate(zip(self.scales, numbers, strict=True)):
            design[:, position] = scale.signed_rank(values)
            design[:, count + position] = scale.standardise(values)
        for position, name in enumerate(self.missing, 2 * count):
            design[:, position] = np.isnan(numbers[self.numbers.index(name)])
        design[:, 2 * count + unknown :] = columns[count:].T

    @property
    def tree_names(self) -> tuple[str, ...]:
        return (*self.numbers, *(f"one_hot_{position}" for position in range(len(self.one_hot))))

    @property
    def tree_sources(self) -> tuple[str, ...]:
        return (*self.numbers, *(name for name, _ in self.one_hot))

    @property
    def tree_directions(self) -> tuple[int, ...]:
        return (*(spec.direction for spec in self.schema_.numbers), *(0 for _ in self.one_hot))

    def _indicators(self, signals: pd.DataFrame) -> list[Floats]:
        """Return the indicators of each category, (kept values, n)."""
        return [
            _one_hot(signals[spec.name], values)
            for spec, values in zip(self.schema_.categories, self.kept, strict=True)
        ]


def _one_hot(values: "pd.Series[str]", categories: tuple[str, ...]) -> Floats:
    codes = pd.Index(categories, dtype=object).get_indexer(pd.Index(values, dtype=object))
    return np.asarray(codes == np.arange(len(categories))[:, None], dtype=np.float64)


def _frequent_values(values: "pd.Series[str]", account: Integers, min_accounts: int) -> tuple[str, ...]:
    places, known = pd.factorize(values.to_numpy(object))
    accounts, owners = np.unique(account, return_inverse=True)
    pairs = np.unique((places * len(accounts) + owners)[places >= 0])
    seen_at = np.bincount(pairs // max(len(accounts), 1), minlength=len(known))
    return tuple(sorted(map(str, known[seen_at >= min_accounts])))
