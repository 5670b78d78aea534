"""What the tests of tracking share: three signals, and asks of accounts whose ids are canaries."""

from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.signal_spec import Signal

NOW = datetime(2026, 3, 1, 2, 30)
CANARY = "Canary Muebles S.L."

SIGNALS = (
    Signal(
        name="nps_mean",
        family="sentiment",
        table="surveys",
        aggregate="mean",
        column="nps",
        lookback_days=365,
        direction=1,
        concept="satisfaction",
        en="{value}",
        es="{value}",
    ),
    Signal(
        name="meetings",
        family="relationship_depth",
        table="interactions",
        aggregate="count",
        lookback_days=90,
        direction=1,
        concept="meeting",
        en="{value}",
        es="{value}",
    ),
    Signal(
        name="industry",
        family="firmographics",
        table="accounts",
        aggregate="value",
        column="industry",
        concept="industry",
        en="{value}",
        es="{value}",
    ),
)


def asks(n: int, seed: int) -> pd.DataFrame:
    """The ask frame of accounts whose ids and names are canaries."""
    random = np.random.default_rng(seed)
    account = random.integers(0, n // 4, n)
    frame = pd.DataFrame(
        {
            "ask_id": [f"{CANARY}-ask-{number}" for number in range(n)],
            "account_id": [f"{CANARY}-{number}" for number in account],
            "level": random.integers(1, 6, n),
            "asked_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(random.integers(0, 700, n)), "D"),
            "completed": np.nan,
            "propensity": 1.0,
            "exploration": False,
            "policy_id": None,
            "history_yes": random.integers(0, 3, n).astype(float),
            "history_n": 3.0,
            "nps_mean": np.where(random.random(n) < 0.2, np.nan, random.integers(0, 11, n)),
            "meetings": random.poisson(3, n).astype(float),
            "industry": random.choice(["retail", "energy"], n),
        }
    )
    frame["matures_at"] = frame["asked_at"] + pd.Timedelta(days=45)
    log_odds = 0.5 * frame["nps_mean"].fillna(5) + 0.4 * frame["meetings"] - 0.7 * frame["level"] - 2
    frame["outcome"] = (random.random(n) < 1 / (1 + np.exp(-log_odds))).astype("int64")
    return frame
