"""What became of those who were listed: how many were asked, what they answered, and what their lists had foretold."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.metrics import POOLED
from advocate_score.model.reliability import reliability
from advocate_score.scoring.realised import TOO_FEW, Prediction, predicted, realised

COLUMNS = ("level", "listed", "asked", "asks", "yes", "predicted", "observed", "low", "high", "verdict")
WORKED_WITH_DAYS = 30
"""A list is worked with for so long, or until the next one."""

_ANSWERS = ["yes", "predicted", "observed", "low", "high"]
_FIGURES = ["predicted", "observed", "low", "high", "n"]


def of_lists(asks: pd.DataFrame, lists: Sequence[Prediction]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Mature asks made since the first of the lists: those of accounts that stood on a list of that level, with the
    `readiness` that the last such list said, and those of others.

    Parameters
    ----------
    lists : of each night, those who were listed: one at least, and none by a model that learned from later answers.
    """
    nights = np.array(sorted(one.as_of for one in lists), dtype="datetime64[us]")
    told = predicted(asks[asks["asked_at"] >= nights[0]], lists)
    asked_at = told["asked_at"].to_numpy("datetime64[us]")
    last = nights[np.searchsorted(nights, asked_at, side="right") - 1]
    fresh = np.minimum(last, asked_at - np.timedelta64(WORKED_WITH_DAYS, "D"))
    is_listed = told["predicted_as_of"].to_numpy("datetime64[us]") >= fresh
    return told[is_listed].reset_index(drop=True), told[~is_listed].reset_index(drop=True)


def became(lists: Sequence[Prediction], asks: pd.DataFrame, smallest: int, seed: int = 0) -> pd.DataFrame:
    """Frame of `COLUMNS`, `pooled` first, then every level. Where fewer than `smallest` accounts were asked, nothing is
    told of their answers.

    Parameters
    ----------
    asks : as `of_lists` gives those of listed accounts.

    Returns
    -------
    listed, asked: accounts · yes: asks that ended in one · the others as `scoring.realised.realised` has them.
    """
    rows = pd.concat([one.readiness[["account_id", "level"]] for one in lists])
    judged = realised(asks, asks.iloc[:0], seed=seed).set_index("level")
    found = pd.DataFrame([_counts(level, rows, judged) for level in (POOLED, *map(str, LEVEL_NUMBERS))])
    found = found.join(judged[["predicted", "observed", "low", "high", "verdict"]].astype(object), on="level")
    found["yes"] = (found["asks"] * found["observed"]).astype("float64").round()
    few = found["asked"] < max(1, smallest)
    found.loc[few, _ANSWERS] = None
    found.loc[few, "verdict"] = TOO_FEW
    return found[list(COLUMNS)].astype(dict.fromkeys(_ANSWERS, "float64"))


def foretold(asks: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """Predicted beside observed in bins, all levels together; empty where too few were asked to draw a line.

    Parameters
    ----------
    asks : as `of_lists` gives those of listed accounts. told : as `became` gives it.
    """
    pooled = told.loc[told["level"] == POOLED, "verdict"].item()
    bins = reliability(asks, "readiness") if pooled != TOO_FEW else pd.DataFrame(columns=["level", *_FIGURES])
    pooled_bins = bins.loc[bins["level"] == POOLED, _FIGURES]
    return pooled_bins if len(pooled_bins) > 1 else pooled_bins.iloc[:0]


def _counts(level: str, rows: pd.DataFrame, judged: pd.DataFrame) -> dict[str, object]:
    own = rows if level == POOLED else rows[rows["level"] == int(level)]
    found = judged.loc[judged.index == level, ["accounts", "n"]].sum().astype("int64")
    return {"level": level, "listed": own["account_id"].nunique(), "asked": found["accounts"], "asks": found["n"]}
