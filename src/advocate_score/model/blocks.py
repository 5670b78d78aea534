"""A large frame is read block by block, on every processor: what is held beside it does not grow with it.

No block's answer depends on another's, so neither their size nor the number of processors shows in what is written.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from advocate_score.model.arrays import Floats
from advocate_score.model.threads import processors

ROWS = 4_096
"""So few that a block's matrices stay near the processor, a multiple of what linear algebra takes at a time."""

Work = Callable[[pd.DataFrame], Sequence[Floats]]
"""Some rows of a frame → arrays (rows, K)."""


def by_blocks(work: Work, frame: pd.DataFrame, arrays: int, levels: int) -> Floats:
    """(arrays, n, K): what `work` makes of `frame`; of no rows it is asked too, since it may refuse their columns."""
    written = np.empty((arrays, len(frame), levels))

    def write(start: int) -> None:
        for array, block in zip(written, work(frame.iloc[start : start + ROWS]), strict=True):
            array[start : start + ROWS] = block

    write(0)
    if len(frame) > ROWS:
        with ThreadPoolExecutor(processors()) as pool:
            list(pool.map(write, range(ROWS, len(frame), ROWS)))
    return written
