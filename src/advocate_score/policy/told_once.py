"""Few sentences are told of many rows: each is made once."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

Places = npt.NDArray[np.intp]


def kinds(columns: Sequence[pd.Series]) -> tuple[Places, Places]:
    """The first row of each kind, and for every row the place of its kind among them; rows are of one kind where all
    `columns` agree, missing with missing."""
    kind = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, different = pd.factorize(column, use_na_sentinel=False)
        kind = pd.factorize(kind * max(len(different), 1) + codes)[0]
    return np.unique(kind, return_index=True, return_inverse=True)[1:]
