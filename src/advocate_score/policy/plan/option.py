"""The option value: a client who is scarce at a high level is not spent on a low one."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.windows import PERIOD_DAYS


def kept_for_later(
    account: npt.NDArray[np.integer[Any]], level: pd.Series, worth: pd.Series, policy: config.Policy
) -> pd.Series:
    """For each account × level, what the account would be worth later at the best of its higher levels, beyond the
    client who would take its place there.

    To ask now takes the account away until the cooldown has passed. Until then level j has room for capacity_j ×
    (1 + cooldown / period) asks. Its marginal client is the first for whom there is no room, and that client's worth
    (0 where there is room for everybody) is the price of the level's scarcity; an account above it loses the
    difference. Levels at which the account may not be asked now do not count. `account`: 0, 1, 2 … of each row.
    """
    held = np.zeros((len(LEVEL_NUMBERS), account.max(initial=-1) + 1))
    held[level.to_numpy() - 1, account] = worth
    periods = 1 + policy.cooldown_days / PERIOD_DAYS[policy.plan.period]
    best_above = np.zeros(held.shape[1])
    for place, number in reversed([*enumerate(LEVEL_NUMBERS)]):
        above = _surplus(held[place], periods * policy.capacity.of(number))
        held[place] = best_above
        best_above = np.maximum(best_above, above)
    return pd.Series(held[level.to_numpy() - 1, account], worth.index)


def _surplus(worth: np.ndarray, room: float) -> np.ndarray:
    """Worth beyond the first client for whom there is no room."""
    places = int(room)
    marginal = 0.0 if places >= len(worth) else float(-np.partition(-worth, places)[places])
    return np.maximum(worth - marginal, 0.0) if places else np.zeros_like(worth)
