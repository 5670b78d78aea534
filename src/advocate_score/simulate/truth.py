"""The truth apart from the tables: what every account would say at the data cut, asked or not."""

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.policy import Choices
from advocate_score.simulate.readiness import Readiness, remaining_fatigue


def truth_table(setting: Setting, clients: Clients, readiness: Readiness, choices: Choices) -> pd.DataFrame:
    """One row an account and level 1–5: `account_id, level, p_yes, goodwill, blocked, never_asked`.

    `p_yes` is P(yes within the maturity window) of an ask made at the data cut, with what fatigue then remains. It
    never rises with the level except over a `blocked` rung. `never_asked` means at no level above 0.
    """
    days, levels, n = setting.clock.days, len(LEVEL_NUMBERS), clients.count
    half_life = setting.world.fatigue_half_life_days
    fatigue = remaining_fatigue(choices.account, choices.day, n, days, half_life)
    account, level = np.repeat(np.arange(n), levels), np.tile(LEVEL_NUMBERS, n)
    last = np.full(len(account), setting.clock.periods - 1)
    day = np.full(len(account), float(days))
    asked = np.bincount(choices.account, minlength=n) > 0
    return pd.DataFrame(
        {
            "account_id": clients.ids.iloc[account].reset_index(drop=True),
            "level": level,
            "p_yes": readiness.probability(account, level, day, last, fatigue[account]),
            "goodwill": clients.goodwill[account],
            "blocked": readiness.blocked.ravel(),
            "never_asked": ~asked[account],
        }
    )


def ask_truth_table(asks: pd.DataFrame) -> pd.DataFrame:
    """One row an ask at levels 1–5: `ask_id, level, p_yes, propensity`, whether or not the asks table logs the last."""
    ladder = asks.loc[asks["level"] > 0, ["ask_id", "level", "chance", "propensity"]]
    return ladder.rename(columns={"chance": "p_yes"}).reset_index(drop=True)
