"""What every metric takes: asks with known outcomes, one method's probabilities, and weights of many draws."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Floats, Integers

CAPACITY_SHARE = 0.1
"""Share of a block's asks that are taken where no capacity is given. Logged asks were themselves chosen under a
capacity, so taking that many again would take them all."""


@dataclass(frozen=True)
class Cases:
    """`n` asks: outcome (0/1), probability, and the block (origin × level) within which asks compete for capacity.

    `share` (one value a block) is the part of the block that capacity lets through.
    """

    outcome: Floats
    probability: Floats
    block: Integers
    share: Floats

    def __len__(self) -> int:
        return len(self.outcome)


def cases_of(predictions: pd.DataFrame, method: str, capacity: Mapping[int, float] | None = None) -> Cases:
    """The cases of the column `method`; `capacity` is the number of asks taken by level within one origin's window."""
    block: Integers = predictions.groupby(["origin", "level"], sort=True).ngroup().to_numpy().astype(np.int64)
    return Cases(
        outcome=predictions["outcome"].to_numpy(np.float64),
        probability=predictions[method].to_numpy(np.float64),
        block=block,
        share=_shares(predictions["level"].to_numpy(np.int64), block, capacity),
    )


def _shares(level: Integers, block: Integers, capacity: Mapping[int, float] | None) -> Floats:
    size = np.bincount(block)
    if capacity is None:
        return np.maximum(CAPACITY_SHARE, 1 / size)
    level_of_block = np.zeros(len(size), np.int64)
    level_of_block[block] = level
    asks = np.array([capacity.get(int(one), 0.0) for one in level_of_block])
    return np.minimum(1.0, asks / size)


def plain_weights(cases: Cases) -> Floats:
    """Weights of one draw in which each ask counts once."""
    return np.ones((1, len(cases)))


def ratio(top: Floats, bottom: Floats) -> Floats:
    """`top / bottom`, NaN where there is nothing to divide by."""
    nothing = np.full(np.broadcast(top, bottom).shape, np.nan)
    return np.asarray(np.divide(top, bottom, out=nothing, where=bottom != 0))
