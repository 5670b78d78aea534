"""What every strategy is given at the beginning of a quarter: the tables and readiness as they are then known."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from benchmarks.forward.stage import Stage

from advocate_score import config
from advocate_score.asks import HISTORY, training_rows
from advocate_score.engine.base import Engine
from advocate_score.flows import datasets
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.ladder_model import LadderModel
from advocate_score.policy.eligibility import verdicts
from advocate_score.policy.inputs import TABLE_COLUMNS as FACTS, Facts
from advocate_score.policy.moments import moments
from advocate_score.scoring import score_accounts
from advocate_score.signals.catalogue import shipped_catalogue
from advocate_score.signals.compute import signal_frame

MATURITY_DAYS = 45
POLICY = config.Policy.model_validate(
    {
        "capacity": {"level_1": 60, "level_2": 30, "level_3": 30, "level_4": 12, "level_5": 6},
        "plan": {"period": "quarter", "owner_load": 0},
    }
)


@dataclass(frozen=True)
class Night:
    """truth and deliveries are for the oracle alone: (n, 5), rows as `accounts`."""

    quarter: int
    as_of: datetime
    accounts: pd.DataFrame
    readiness: pd.DataFrame
    verdicts: pd.DataFrame
    asks: pd.DataFrame
    moments: pd.DataFrame
    surveys: pd.DataFrame
    truth: np.ndarray
    deliveries: np.ndarray


class Eyes:
    """Reads the stage through the engine, as the nightly job would; signals of other tables are computed once."""

    def __init__(self, stage: Stage, engine: Engine) -> None:
        self.stage, self.engine = stage, engine
        present = {name: frozenset(frame.columns) for name, frame in stage.tables.items()}
        first = stage.asks_table([stage.past])
        self.signals = shipped_catalogue().active({**present, "asks": frozenset(first.columns)})
        for name, frame in stage.tables.items():
            engine.register_frame(name, frame)
        self._others: dict[int, pd.DataFrame] = {}

    def learned(self, seed: int, bootstrap: int) -> LadderModel:
        """The model as trained when the first quarter begins; every strategy has the same."""
        as_of = self.stage.begins(0)
        asks = self.stage.asks_table([self.stage.past])
        self.engine.register_frame("asks", asks)
        rows = training_rows(asks[asks["asked_at"] < as_of], as_of, MATURITY_DAYS, 180)
        spine = rows[["account_id", "asked_at"]].rename(columns={"asked_at": "as_of"})
        signals = signal_frame(self.engine, spine, [*HISTORY, *self.signals], MATURITY_DAYS)
        return LadderModel(self.signals, seed=seed).fit(pd.concat([rows, signals], axis=1), bootstrap)

    def night(self, quarter: int, parts: list[pd.DataFrame], model: LadderModel) -> Night:
        as_of, stage = self.stage.begins(quarter), self.stage
        asks = stage.asks_table(parts)
        self.engine.register_frame("asks", asks)
        active = stage.active(quarter)
        accounts = stage.tables["accounts"][active].assign(status="active").reset_index(drop=True)
        self.engine.register_frame("accounts", accounts)
        signals = pd.concat([accounts[["account_id"]], self._signals(quarter, accounts, as_of)], axis=1)
        facts = Facts(**{name: datasets.table(self.engine, name) for name in FACTS})  # type: ignore[arg-type]
        so_far = pd.concat(parts, ignore_index=True)
        happened = datasets.moment_events(self.engine, as_of, POLICY.moments)
        return Night(
            quarter=quarter,
            as_of=as_of,
            accounts=accounts,
            readiness=score_accounts(model, signals),
            verdicts=verdicts(facts, as_of, POLICY),
            asks=asks[asks["asked_at"] < as_of],
            moments=moments(happened, as_of, POLICY.moments),
            surveys=stage.tables["surveys"],
            truth=stage.chances(quarter, so_far)[active],
            deliveries=stage.deliveries(quarter)[active],
        )

    def _signals(self, quarter: int, accounts: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
        spine = accounts[["account_id"]].assign(as_of=pd.Series(as_of, accounts.index, dtype="datetime64[us]"))
        told = [one for one in self.signals if one.table != "asks"]
        if quarter not in self._others:
            self._others[quarter] = signal_frame(self.engine, spine, told, MATURITY_DAYS)
        asked = [one for one in self.signals if one.table == "asks"]
        own = signal_frame(self.engine, spine, [*HISTORY, *asked], MATURITY_DAYS)
        return pd.concat([own, self._others[quarter]], axis=1)


def curve(values: np.ndarray, accounts: pd.DataFrame, name: str) -> pd.DataFrame:
    """(n, 5) as one row an account and level."""
    rows = accounts[["account_id"]].loc[accounts.index.repeat(len(LEVEL_NUMBERS))].reset_index(drop=True)
    return rows.assign(level=np.tile(LEVEL_NUMBERS, len(accounts)), **{name: values.ravel()})
