"""The readiness curve of every account: what the model says at each level, in one frame."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.arrays import Floats
from advocate_score.model.ladder_model import LadderModel
from advocate_score.scoring.checks import check_readiness

Curve = Callable[[pd.DataFrame], pd.DataFrame]
COLUMNS = ("account_id", "level", "readiness", "readiness_low", "readiness_high", "completion", "evidence")


def score_accounts(model: LadderModel, accounts: pd.DataFrame, curve: Curve | None = None) -> pd.DataFrame:
    """The readiness frame of `accounts` (account_id and the model's inputs, one row an account).

    Parameters
    ----------
    curve : what `readiness_curve` would say of all of them, where it is to be computed in another way.

    Returns
    -------
    frame of `COLUMNS`, one row account × level 1–5, sorted by account_id, level. Probabilities in 0…1 with
    readiness_low ≤ readiness ≤ readiness_high (90 %), never rising along the levels; completion NaN where unknown.

    Raises
    ------
    InputError
        where scores are missing, the same for everybody, or rise along the ladder.
    """
    ordered = accounts
    if not accounts["account_id"].is_monotonic_increasing:
        ordered = accounts.sort_values("account_id", ignore_index=True)
    readiness = curve(ordered) if curve else readiness_curve(model, ordered)
    check_readiness(readiness)
    return readiness


def readiness_curve(model: LadderModel, accounts: pd.DataFrame) -> pd.DataFrame:
    """As `score_accounts`, in the order of `accounts` and unchecked: of accounts that are a part of all."""
    found = model.scores(accounts)
    return _frame(model, accounts["account_id"], (found.readiness, found.low, found.high, found.completion))


def _frame(model: LadderModel, account_ids: "pd.Series[str]", curve: tuple[Floats, ...]) -> pd.DataFrame:
    """Columns are made as they stay: a column of five texts an account, built as objects, would be the largest."""
    levels = len(LEVEL_NUMBERS)
    evidence = pd.Series([model.evidence()[level] for level in LEVEL_NUMBERS], dtype="str").array
    return pd.DataFrame(
        {
            "account_id": account_ids.astype("str").array.repeat(levels),
            "level": np.tile(np.array(LEVEL_NUMBERS, dtype=np.int64), len(account_ids)),
            **{name: scores.ravel() for name, scores in zip(COLUMNS[2:6], curve, strict=True)},
            "evidence": evidence.take(np.tile(np.arange(levels), len(account_ids))),
        },
        copy=False,
    )
