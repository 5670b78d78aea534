"""What a night's scores must fulfil before anybody ranks by them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from advocate_score.errors import Fault, InputError
from advocate_score.ladder import LEVEL_NUMBERS

_PLACE = "readiness"
_RETRAIN = "train and promote a model again, or roll back to an earlier version"


def check_readiness(readiness: pd.DataFrame) -> None:
    """InputError where a score is missing or no probability, where everybody has the same, where a curve rises along
    the ladder or lies outside its interval.

    `readiness`: account_id, level, readiness, readiness_low, readiness_high; every account at each level, in order.
    """
    if faults := list(_faults(readiness)):
        raise InputError(faults)


def _faults(readiness: pd.DataFrame) -> Iterator[Fault]:
    names = ["readiness_low", "readiness", "readiness_high"]
    low, score, high = (readiness[name].to_numpy().reshape(-1, len(LEVEL_NUMBERS)) for name in names)
    if wrong := _count(~((score >= 0) & (score <= 1))):
        yield Fault(_PLACE, f"{wrong} scores are missing or outside 0…1.", _RETRAIN)
        return
    if len(score) > 1 and (score == score[0]).all():
        fix = "give tables in which accounts differ, or train on them again"
        yield Fault(_PLACE, f"all {len(score)} accounts have the same scores: nothing tells them apart.", fix)
    if rising := _count(np.logical_or.reduce(score[:, 1:] > score[:, :-1], axis=1)):
        yield Fault(_PLACE, f"{rising} accounts are readier for a higher level than for a lower one.", _RETRAIN)
    if outside := _count(~((low <= score) & (score <= high))):
        yield Fault(_PLACE, f"{outside} scores lie outside their own interval.", _RETRAIN)


def _count(flags: np.ndarray) -> int:
    return int(flags.sum())
