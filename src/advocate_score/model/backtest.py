"""Rolling-origin evaluation: at each origin every method learns from the past and foretells the asks that came next.

Time splits only: random splits flatter, because asks of one account and one season fall on both sides.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from advocate_score.errors import AdvocateScoreError
from advocate_score.model.arrays import Floats
from advocate_score.model.baselines import Method, with_last_outcome
from advocate_score.model.origins import Split, splits
from advocate_score.model.threads import one_thread
from advocate_score.windows import iso

KEYS = ("ask_id", "account_id", "level", "asked_at", "origin", "outcome")
PUBLISHED_METHODS = ("readiness", "base_rate", "nps_rule", "smoothed_history", "logit", "lightgbm", "scorecard")
PREDICTION_COLUMNS = (*KEYS, *PUBLISHED_METHODS)
NEVER_ASKED = "never_asked_before"


@one_thread()
def rolling_origins(
    rows: pd.DataFrame,
    origins: Sequence[datetime],
    methods: Mapping[str, Method],
    *,
    maturity_days: int,
    seen_until: datetime,
    progress: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """One row a tested ask, oldest first.

    At each origin: train on asks with asked_at ≤ origin − maturity window, test on asks in [origin, next origin), the
    last for one year; asks that are not mature by `seen_until` are left out.

    Parameters
    ----------
    rows : the ask frame: training rows, `history_yes`, `history_n`, signal columns.
    methods : probability of yes for the test rows, by the name of its column.

    Returns
    -------
    frame of `KEYS`, one column a method in the order given, and `never_asked_before`: whether the account had not
    been asked at all before this ask. `PREDICTION_COLUMNS` are the ones that are written to file.

    Raises
    ------
    InputError
        where an origin cannot be used.
    """
    mature = rows[rows["matures_at"] <= seen_until]
    described = with_last_outcome(mature.assign(**{NEVER_ASKED: _never_asked_before(mature)}))
    parts = [
        _test_at(split, described, methods, progress or _in_silence)
        for split in splits(described, origins, maturity_days)
    ]
    return pd.concat(parts, ignore_index=True)


def _test_at(
    split: Split, rows: pd.DataFrame, methods: Mapping[str, Method], progress: Callable[[str], None]
) -> pd.DataFrame:
    training, test = split.training(rows), split.test(rows).sort_values(["asked_at", "ask_id"], kind="stable")
    found = test.assign(origin=pd.Timestamp(split.origin))[list(KEYS)]
    for name, method in methods.items():
        progress(f"origin {iso(split.origin)}: {name} on {len(training)} asks, tested on {len(test)}")
        found[name] = _checked(name, method(training, test))
    found[NEVER_ASKED] = test[NEVER_ASKED]
    return found


def _checked(name: str, probability: Floats) -> Floats:
    if not ((probability >= 0) & (probability <= 1)).all():
        raise AdvocateScoreError(f"method '{name}' gave something that is not a probability")
    return probability


def _never_asked_before(rows: pd.DataFrame) -> "pd.Series[bool]":
    return rows["asked_at"] == rows.groupby("account_id")["asked_at"].transform("min")


def _in_silence(message: str) -> None:
    """Progress that nobody asked to see."""
