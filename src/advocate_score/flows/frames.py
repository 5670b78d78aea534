"""The two frames that the model sees: one row an ask, or one row an account."""

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from advocate_score.asks.history import HISTORY
from advocate_score.asks.training import training_rows
from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.engine.sql import quote_literal
from advocate_score.flows.project import Data
from advocate_score.signals.build import signal_frame


def ask_frame(data: Data, settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Training rows mature by `as_of` and the data cut, with the signals as of each ask."""
    rows = mature_asks(data, settings, as_of)
    spine = rows[["account_id", "asked_at"]].rename(columns={"asked_at": "as_of"})
    return pd.concat([rows, _signals(data, spine, data.signals, settings)], axis=1)


def mature_asks(data: Data, settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Training rows mature by `as_of` and the data cut, without signals."""
    asks = data.engine.frame(f"SELECT * FROM asks WHERE asked_at < {quote_literal(as_of)}")
    return training_rows(asks, seen_until(data, as_of), settings.model.maturity_days, settings.model.completion_days)


def seen_until(data: Data, as_of: datetime) -> datetime:
    """Until when an answer would be in the tables."""
    cut = data.tables.data_cut
    return min(as_of, cut) if cut else as_of


def account_frame(data: Data, settings: Settings, as_of: datetime) -> pd.DataFrame:
    """Every account known at `as_of`, with its signals."""
    spine = account_spine(data, as_of)
    return pd.concat([spine[["account_id"]], _signals(data, spine, data.signals, settings)], axis=1)


def account_spine(data: Data, as_of: datetime) -> pd.DataFrame:
    known = f"created_at IS NULL OR created_at < {quote_literal(as_of)}"
    accounts = data.engine.frame(f"SELECT account_id FROM accounts WHERE {known} ORDER BY account_id")
    return accounts.assign(as_of=pd.Series(as_of, index=accounts.index, dtype="datetime64[us]"))


def ask_spine(data: Data, as_of: datetime) -> pd.DataFrame:
    return data.engine.frame(
        f"SELECT ask_id, account_id, level, asked_at AS as_of FROM asks WHERE asked_at < {quote_literal(as_of)} "
        "ORDER BY asked_at, ask_id"
    )


def _signals(data: Data, spine: pd.DataFrame, signals: Sequence[Signal], settings: Settings) -> pd.DataFrame:
    return signal_frame(data.engine, spine, [*HISTORY, *signals], settings.model.maturity_days)
