"""The readiness curve of every account: what the model says at each level, in one frame."""

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.ladder_model import LadderModel
from advocate_score.scoring.checks import check_readiness

COLUMNS = ("account_id", "level", "readiness", "readiness_low", "readiness_high", "completion", "evidence")
BATCH = 20_000


def score_accounts(model: LadderModel, accounts: pd.DataFrame, batch: int = BATCH) -> pd.DataFrame:
    """The readiness frame of `accounts` (account_id and the model's inputs, one row an account).

    Returns
    -------
    frame of `COLUMNS`, one row account × level 1–5, sorted by account_id, level. Probabilities in 0…1 with
    readiness_low ≤ readiness ≤ readiness_high (90 %), never rising along the levels; completion NaN where unknown.

    Raises
    ------
    InputError
        where scores are missing, the same for everybody, or rise along the ladder.
    """
    ordered = accounts.sort_values("account_id", ignore_index=True)
    parts = [_curve(model, ordered.iloc[start : start + batch]) for start in range(0, len(ordered), batch)]
    readiness = pd.concat(parts, ignore_index=True) if parts else _frame(ordered, {}, model)
    check_readiness(readiness)
    return readiness


def _curve(model: LadderModel, accounts: pd.DataFrame) -> pd.DataFrame:
    found = model.curve(accounts)
    curve = {"readiness": found.readiness, "readiness_low": found.low, "readiness_high": found.high}
    return _frame(accounts, curve | {"completion": model.completion(accounts)}, model)


def _frame(accounts: pd.DataFrame, curve: dict[str, np.ndarray], model: LadderModel) -> pd.DataFrame:
    levels = len(LEVEL_NUMBERS)
    empty = np.empty((0, levels))
    grades = np.array([model.evidence()[level] for level in LEVEL_NUMBERS], dtype="object")
    return pd.DataFrame(
        {
            "account_id": accounts["account_id"].repeat(levels).to_numpy(),
            "level": np.tile(LEVEL_NUMBERS, len(accounts)),
            **{name: curve.get(name, empty).ravel() for name in COLUMNS[2:6]},
            "evidence": np.tile(grades, len(accounts)),
        }
    ).astype({"account_id": "str", "level": "int64", "evidence": "str"})
