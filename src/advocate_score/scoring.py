"""Computes the readiness curve of every account and checks the scores before they are used.

The model can also be sent to an engine's workers: a ladder model is pickled as its own files, whose digests are
verified when it is unpickled.
"""

import tempfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from advocate_score.errors import Fault, InputError
from advocate_score.model.arrays import Floats
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.persistence import load, save
from advocate_score.model.protocol import Model
from advocate_score.text import counted

_PLACE = "readiness"
_RETRAIN = "train and promote a model again, or roll back to an earlier version"


def check_readiness(readiness: pd.DataFrame, levels: int) -> None:
    """Raises InputError if a score is missing, is not a probability, is the same for all accounts, rises along the
    ladder, or lies outside its interval.

    They cannot if a score is missing or outside [0, 1], if all accounts have the same scores, if readiness rises
    along the ladder, or if a score lies outside its interval.

    Parameters
    ----------
    readiness : account_id, level, readiness, readiness_low, readiness_high; every account at each level, in order.
    levels : how many levels the ladder has.
    """
    if faults := list(_faults(readiness, levels)):
        raise InputError(faults)


def _faults(readiness: pd.DataFrame, levels: int) -> Iterator[Fault]:
    names = ["readiness_low", "readiness", "readiness_high"]
    low, score, high = (readiness[name].to_numpy().reshape(-1, levels) for name in names)
    if wrong := _count(~((score >= 0) & (score <= 1))):
        yield Fault(_PLACE, f"{counted(wrong, 'score is', 'scores are')} missing or outside 0…1.", _RETRAIN)
        return
    if len(score) > 1 and (score == score[0]).all():
        fix = "give tables in which accounts differ, or train on them again"
        yield Fault(_PLACE, f"all {len(score)} accounts have the same scores: nothing tells them apart.", fix)
    if rising := _count(np.logical_or.reduce(score[:, 1:] > score[:, :-1], axis=1)):
        yield Fault(
            _PLACE,
            f"{counted(rising, 'account is', 'accounts are')} readier for a higher level than for a lower one.",
            _RETRAIN,
        )
    if outside := _count(~((low <= score) & (score <= high))):
        yield Fault(_PLACE, f"{counted(outside, 'score lies', 'scores lie')} outside the interval given.", _RETRAIN)


def _count(flags: np.ndarray) -> int:
    return int(flags.sum())


Curve = Callable[[pd.DataFrame], pd.DataFrame]
COLUMNS = ("account_id", "level", "readiness", "readiness_low", "readiness_high", "completion", "evidence")


def score_accounts(model: Model, accounts: pd.DataFrame, curve: Curve | None = None) -> pd.DataFrame:
    """Return the readiness frame of `accounts` (account_id and the model's inputs, one row per account).

    Parameters
    ----------
    curve : replaces `readiness_curve`, for example to compute it on an engine's workers.

    Returns
    -------
    frame of `COLUMNS`, one row per account and level, sorted by account_id, level. Probabilities in [0, 1] with
    readiness_low ≤ readiness ≤ readiness_high (90 %), never rising along the levels; completion NaN where unknown.

    Raises
    ------
    InputError
        if scores are missing, are the same for all accounts, rise along the ladder, or lie outside their interval.
    """
    by_account = accounts
    if not accounts["account_id"].is_monotonic_increasing:
        by_account = accounts.sort_values("account_id", ignore_index=True)
    readiness = curve(by_account) if curve else readiness_curve(model, by_account)
    check_readiness(readiness, len(model.levels))
    return readiness


def readiness_curve(model: Model, accounts: pd.DataFrame) -> pd.DataFrame:
    """The readiness frame as in `score_accounts`, in the order of `accounts` and unchecked; they may be part of all."""
    scores = model.scores(accounts)
    return _frame(model, accounts["account_id"], (scores.readiness, scores.low, scores.high, scores.completion))


def _frame(model: Model, account_ids: "pd.Series[str]", curve: tuple[Floats, ...]) -> pd.DataFrame:
    """The readiness frame. Text columns are built in their final type, since columns of Python objects would take most
    of the memory."""
    levels, grades = len(model.levels), model.evidence()
    evidence = pd.Series([grades[level] for level in model.levels], dtype="str").array
    return pd.DataFrame(
        {
            "account_id": account_ids.astype("str").array.repeat(levels),
            "level": np.tile(np.array(model.levels, dtype=np.int64), len(account_ids)),
            **{name: scores.ravel() for name, scores in zip(COLUMNS[2:6], curve, strict=True)},
            "evidence": evidence.take(np.tile(np.arange(levels), len(account_ids))),
        },
        copy=False,
    )


Contents = tuple[tuple[str, str, bytes], ...]
"""(name, sha256, content) of each file of a model."""


_TYPES = {"account_id": pa.string(), "level": pa.int64(), "evidence": pa.string()}
READINESS = pa.schema([(name, _TYPES.get(name, pa.float64())) for name in COLUMNS])


class Scorer:
    """Maps frames of accounts with their signals to readiness frames, by `readiness_curve`.

    It can be pickled: a ladder model as its own files, any other as it is pickled itself.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    def __call__(self, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        return (readiness_curve(self._model, frame) for frame in frames)

    def __reduce__(self) -> tuple[Callable[..., "Scorer"], tuple[object]]:
        if isinstance(self._model, LadderModel):
            return _unpickled_scorer, (_contents(self._model),)
        return Scorer, (self._model,)


def _contents(model: LadderModel) -> Contents:
    with tempfile.TemporaryDirectory() as name:
        digests = save(model, Path(name))
        return tuple((file, digest, (Path(name) / file).read_bytes()) for file, digest in digests.items())


@lru_cache(1)
def _unpickled_scorer(contents: Contents) -> Scorer:
    """The unpickled scorer, cached, since one process gets many parts of the same job."""
    with tempfile.TemporaryDirectory() as name:
        for file, _, content in contents:
            (Path(name) / file).write_bytes(content)
        return Scorer(load(Path(name), {file: digest for file, digest, _ in contents}))
