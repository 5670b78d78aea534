"""Whoever is timed must have computed the same numbers as ours."""

import numpy as np
import pandas as pd
from benchmarks.signals.in_duckdb import SIGNALS

TOLERANCE = 1e-3
"""Ours round what they add to four decimals."""


def assert_same(mine: pd.DataFrame, theirs: pd.DataFrame) -> int:
    """The number of signals compared: all that the contender has. Rows are in the order of the accounts."""
    compared = [signal for signal in SIGNALS if signal.name in theirs]
    for one in compared:
        if one.is_category:
            assert (mine[one.name].fillna("") == theirs[one.name].fillna("")).all(), one.name
        else:
            computed = theirs[one.name].astype("float64").to_numpy()
            np.testing.assert_allclose(computed, mine[one.name].to_numpy(), rtol=1e-9, atol=TOLERANCE, err_msg=one.name)
    return len(compared)
