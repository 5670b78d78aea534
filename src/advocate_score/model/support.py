"""Where the asks were: how far an account lies from the clients that the model learned from, in the signals' own terms.

Signals are taken as the encoder sees them: standings in [−1, 1], what is unknown, categories. Distances are
Mahalanobis', with the covariance shrunk as Ledoit and Wolf (2004) do, so that many signals and few asks are no
obstacle; the limit is learned on accounts left out.
"""

from typing import Annotated, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from advocate_score.model.arrays import Fitted, Floats, Integers, Vector
from advocate_score.model.encoding import Encoder

EXPECTED = 0.01
"""Share of asks like those learned from that lie outside by the definition of the limit."""
_FOLDS = 5
_MOST = 5_000
"""Asks looked at; the newest, which are the most like those to come."""
_LEAST_VARIANCE = 1e-6


class Support(Fitted):
    """`precision` is the inverse of the shrunk covariance around `centre`, both over the standings' columns;
    `limit` is the distance within which 99 of 100 asks of accounts left out lie."""

    centre: Vector
    precision: Vector
    limit: Annotated[float, Field(gt=0)]

    @classmethod
    def fit(cls, encoded: Floats, account: Integers) -> Self | None:
        """Of the encoded signals (n, columns) of asks, oldest first; None where fewer than two accounts were asked."""
        encoded, part = encoded[-_MOST:], account[-_MOST:] % _FOLDS
        tested = [fold for fold in np.unique(part) if (part != fold).any()]
        if not tested or not encoded.shape[1]:
            return None
        left_out = [_distance(encoded[part == fold], *_centre(encoded[part != fold])) for fold in tested]
        centre, precision = _centre(encoded)
        limit = float(np.quantile(np.concatenate(left_out), 1 - EXPECTED))
        return cls(centre=centre, precision=precision, limit=max(limit, _LEAST_VARIANCE))

    def outside(self, encoded: Floats) -> NDArray[np.bool_]:
        """(n,): whether the account lies farther out than 99 of 100 asks."""
        return self.distance(encoded) > self.limit

    def distance(self, encoded: Floats) -> Floats:
        """(n,)."""
        return _distance(encoded, self.centre, self.precision)


def standings(encoder: Encoder, signals: pd.DataFrame) -> Floats:
    """(n, columns): standings, what is unknown, categories; logarithms say the same as standings and are left out."""
    design, numbers = encoder.design(signals), len(encoder.numbers)
    return np.delete(design, np.s_[numbers : 2 * numbers], axis=1)


def _centre(encoded: Floats) -> tuple[Floats, Floats]:
    from sklearn.covariance import ledoit_wolf

    centre = encoded.mean(axis=0)
    covariance = ledoit_wolf(encoded)[0] + _LEAST_VARIANCE * np.eye(encoded.shape[1])
    return centre, np.asarray(np.linalg.inv(covariance))


def _distance(encoded: Floats, centre: Floats, precision: Floats) -> Floats:
    apart = encoded - centre
    squared = np.einsum("ij,ij->i", apart @ precision, apart)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))
