"""A log of asks with a known story: accounts of lasting warmth, one signal that shows it, one that is noise."""

from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings

from advocate_score.signal_spec import Signal

settings.register_profile("loaded_machine", deadline=None)
settings.load_profile("loaded_machine")

MATURITY_DAYS = 45


def signal(name: str, **more: object) -> Signal:
    """A declared signal of which only name, direction and concept matter here."""
    plain = {"family": "renewals", "table": "renewals", "aggregate": "count", "concept": name, "en": "", "es": ""}
    return Signal.model_validate({"name": name, **plain, **more})


@pytest.fixture(scope="session")
def log_signals() -> tuple[Signal, ...]:
    return signal("shown", direction=1), signal("noise")


@pytest.fixture(scope="session")
def ask_log() -> Callable[..., pd.DataFrame]:
    return make_ask_log


def make_ask_log(asks: int = 400, accounts: int = 60, seed: int = 0, warmth: float = 1.5) -> pd.DataFrame:
    """The ask frame of four years from 2020: outcome follows the account's warmth and falls with the level."""
    rng = np.random.default_rng(seed)
    account = rng.integers(accounts, size=asks)
    warm = rng.normal(size=accounts)
    level = rng.choice([1, 2, 3], size=asks, p=[0.5, 0.3, 0.2])
    seconds = np.sort(rng.integers(4 * 365 * 86_400, size=asks))
    asked_at = pd.Series(pd.Timestamp(2020, 1, 1) + pd.to_timedelta(seconds, unit="s")).astype("datetime64[us]")
    chance = 1 / (1 + np.exp(-(0.6 + warmth * warm[account] - 0.5 * level)))
    rows = pd.DataFrame(
        {
            "ask_id": [f"k{number:05d}" for number in range(asks)],
            "account_id": [f"a{number:04d}" for number in account],
            "level": level,
            "asked_at": asked_at,
            "matures_at": asked_at + pd.Timedelta(days=MATURITY_DAYS),
            "known_at": asked_at + pd.Timedelta(days=MATURITY_DAYS),
            "outcome": (rng.random(asks) < chance).astype("int8"),
            "completed": np.nan,
            "propensity": 1.0,
            "exploration": False,
            "shown": warm[account] + rng.normal(0, 0.5, asks),
            "noise": rng.normal(size=asks),
        }
    )
    return rows.assign(**record_of_answers(rows))


def record_of_answers(rows: pd.DataFrame) -> dict[str, list[float]]:
    """`history_yes` and `history_n`, counted one ask at a time."""
    past = [
        rows["outcome"][(rows["account_id"] == ask.account_id) & (rows["known_at"] < ask.asked_at)]
        for ask in rows.itertuples()
    ]
    return {"history_yes": [float(one.sum()) for one in past], "history_n": [float(len(one)) for one in past]}


@pytest.fixture(scope="session")
def log_end() -> datetime:
    """After the last ask of the log is mature."""
    return datetime(2024, 6, 1)
