"""How much does the width of an account's interval depend on the seed, and what do the refits cost?

    python -m benchmarks.intervals 2000 88 6

The same asks are learned with every seed, with no linear refits beside the 20 whole ones, and with so many for each of
these. All numbers of refits take turns, so that load from elsewhere meets all alike. Arguments: asks, signals, seeds.
"""

import time
from collections.abc import Sequence

import numpy as np
from benchmarks.measured import Row, numbers_asked, tell
from benchmarks.training import asks, declared

from advocate_score.model.arrays import Floats
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Recipe

LINEAR_REFITS = (0, 2, 4, 8)
ACCOUNTS = 300


def figures(count: int, width: int, seeds: int) -> list[Row]:
    signals = declared(width)
    rows = asks(count, signals)
    widths: dict[int, list[Floats]] = {each: [] for each in LINEAR_REFITS}
    seconds: dict[int, list[float]] = {each: [] for each in LINEAR_REFITS}
    for seed in range(1, seeds + 1):
        for each in LINEAR_REFITS:
            begun = time.process_time()
            model = LadderModel(signals, Recipe(linear_refits=each), seed).fit(rows)
            seconds[each].append(time.process_time() - begun)
            low, high = model.intervals(rows.head(ACCOUNTS))
            widths[each].append(high - low)
    fewest = np.median(seconds[LINEAR_REFITS[0]])
    return [
        {
            "": f"{Recipe(linear_refits=each).refits} refits",
            **_spread(np.stack(widths[each])),
            "processor": round(float(np.median(seconds[each])), 2),
            "× fewest": round(float(np.median(seconds[each]) / fewest), 2),
        }
        for each in LINEAR_REFITS
    ]


def _spread(widths: Floats) -> Row:
    """Of the widest interval over the narrowest, by account and level, and the deviation between seeds."""
    ratio = widths.max(axis=0) / widths.min(axis=0)
    deviation = (widths.std(axis=0, ddof=1) / widths.mean(axis=0)).mean()
    return {
        "mean width": round(float(widths.mean()), 3),
        "widest ÷ narrowest": round(float(np.median(ratio)), 2),
        "of the worst tenth": round(float(np.quantile(ratio, 0.9)), 2),
        "deviation": round(float(deviation), 3),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    given = numbers_asked(__doc__, {"asks": 2_000, "signals": 88, "seeds": 6}, arguments)
    tell("intervals", figures(given.asks, given.signals, given.seeds), as_json=given.json)


if __name__ == "__main__":
    main()
