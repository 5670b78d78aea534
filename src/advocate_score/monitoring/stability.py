"""The stability gate's comparison of a run's readiness with that of the last run, level by level.

All scored accounts are compared, not the lists: an account that was asked rests and leaves the lists, but is as ready
as before. Two things are compared: the distribution of readiness (the stability index of `drift`), and whether the best
accounts are still the same. Both bounds follow from the numbers of accounts, so that small numbers raise no alarm.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from advocate_score.frames import among
from advocate_score.monitoring.drift import drift

MOST_BEST = 100
"""The most accounts per level that count as the best."""
FEWEST_BEST = 10
"""With fewer, half of the best may change by chance."""
_OF_ALL = 4
"""The best are at most a quarter of all accounts: in a random order a quarter of them would stay."""


@dataclass(frozen=True)
class Limits:
    """The bounds of the gate.

    `most_drift`: of the stability index, unless chance alone reaches further · `least_overlap`: the share of the best
    that must stay · `list_size`: the number of accounts on a list.
    """

    most_drift: float
    least_overlap: float
    list_size: int


@dataclass(frozen=True)
class Movement:
    """The comparison of one level.

    `psi`: the stability index, with `psi_bound`; `overlap`: the share of the earlier `best` that are still among the
    best, with `overlap_bound`. None if there are too few accounts.
    """

    level: int
    accounts_before: int
    accounts: int
    psi: float | None
    psi_bound: float | None
    best: int
    overlap: float | None
    overlap_bound: float

    @property
    def drifted(self) -> bool:
        return self.psi is not None and self.psi_bound is not None and self.psi > self.psi_bound

    @property
    def reshuffled(self) -> bool:
        return self.overlap is not None and self.overlap < self.overlap_bound

    @property
    def uneasy(self) -> bool:
        """Whether half of the tolerated change among the best has occurred; ordinary runs change almost nothing."""
        return not self.held and self.overlap is not None and self.overlap < (1 + self.overlap_bound) / 2

    @property
    def held(self) -> bool:
        return self.drifted or self.reshuffled

    def figures(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


def movements(before: pd.DataFrame, after: pd.DataFrame, limits: Limits) -> list[Movement]:
    """Return one movement for each level that both frames have.

    Parameters
    ----------
    before, after : account_id, level, readiness of every scored account, eligible or not.
    """
    levels = [level for level in _levels(before) if level in _levels(after)]
    old, new = ({str(level): _scores(readiness, level) for level in levels} for readiness in (before, after))
    drifts = drift(old, new, dict.fromkeys(old, "readiness"), limits.most_drift)
    indices = {str(row["name"]): (float(row["psi"]), float(row["bound"])) for row in drifts.to_dict("records")}
    return [_movement(level, before, after, indices[str(level)], limits) for level in levels]


def _levels(readiness: pd.DataFrame) -> list[int]:
    return sorted(map(int, readiness["level"].unique()))


def _scores(readiness: pd.DataFrame, level: int) -> "pd.Series[float]":
    return readiness.loc[readiness["level"] == level, "readiness"]


def _by_account(readiness: pd.DataFrame, level: int) -> "pd.Series[float]":
    at_level = readiness["level"] == level
    return pd.Series(readiness.loc[at_level, "readiness"].to_numpy(), readiness.loc[at_level, "account_id"])


def _movement(
    level: int, earlier: pd.DataFrame, later: pd.DataFrame, index: tuple[float, float], limits: Limits
) -> Movement:
    before, after = (_by_account(run, level) for run in (earlier, later))
    best = min(MOST_BEST, limits.list_size, len(before) // _OF_ALL)
    return Movement(
        level=level,
        accounts_before=len(before),
        accounts=len(after),
        psi=_round(index[0]),
        psi_bound=_round(index[1]),
        best=best,
        overlap=_round(overlap(before, after, best)) if best >= FEWEST_BEST else None,
        overlap_bound=limits.least_overlap,
    )


def overlap(before: "pd.Series[float]", after: "pd.Series[float]", best: int) -> float:
    """Return the share of the `best` of `before` that are still as ready as the `best` of `after`; ties stay together.

    The later best are chosen among accounts that both runs know, so that a new account displaces none. An account that
    is no longer there has not stayed.
    """
    leading = before[before >= _last_of(before, best)]
    earlier = leading.sort_index().sort_values(ascending=False, kind="stable").index[:best]
    later = after[among(after.index, before.index)]
    if later.empty:
        return 0.0
    later_scores = after[among(after.index, earlier)].reindex(earlier)
    return float((later_scores >= _last_of(later, best)).mean())


def _last_of(scores: "pd.Series[float]", best: int) -> float:
    """Return the score of the last of the `best`, or of all accounts if there are fewer."""
    rank = len(scores) - min(best, len(scores))
    return float(np.partition(scores.to_numpy(), rank)[rank]) if len(scores) else np.nan


def _round(figure: float) -> float | None:
    return None if np.isnan(figure) else round(float(figure), 4)
