"""The option value: a client who is scarce at a high level is not spent on a low one."""

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.windows import PERIOD_DAYS


def kept_for_later(account_id: pd.Series, level: pd.Series, worth: pd.Series, policy: config.Policy) -> pd.Series:
    """For each account × level, what the account would be worth later at the best of its higher levels, beyond the
    client who would take its place there.

    To ask now takes the account away until the cooldown has passed. Until then level j has room for capacity_j ×
    (1 + cooldown / period) asks. Its marginal client is the first for whom there is no room, and that client's worth
    (0 where there is room for everybody) is the price of the level's scarcity; an account above it loses the
    difference. Levels at which the account may not be asked now do not count.
    """
    rows = pd.factorize(account_id)[0]
    held = np.zeros((rows.max(initial=-1) + 1, len(LEVEL_NUMBERS)))
    held[rows, level.to_numpy() - 1] = worth
    periods = 1 + policy.cooldown_days / PERIOD_DAYS[policy.plan.period]
    above = np.column_stack(
        [_surplus(held[:, place], periods * policy.capacity.of(number)) for place, number in enumerate(LEVEL_NUMBERS)]
    )
    best_from = np.maximum.accumulate(above[:, ::-1], axis=1)[:, ::-1]
    best_above = np.column_stack([best_from[:, 1:], np.zeros(len(held))])
    return pd.Series(best_above[rows, level.to_numpy() - 1], worth.index)


def _surplus(worth: np.ndarray, room: float) -> np.ndarray:
    """Worth beyond the first client for whom there is no room."""
    places = int(room)
    marginal = 0.0 if places >= len(worth) else float(-np.partition(-worth, places)[places])
    return np.maximum(worth - marginal, 0.0) if places else np.zeros_like(worth)
