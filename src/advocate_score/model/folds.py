"""Out of fold in time: each fold trains on asks that were mature when its own first ask was made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.recipe import Folds
from advocate_score.model.rows import AskRows

Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Fold:
    train: Positions
    test: Positions


def rolling_folds(rows: AskRows, choices: Folds) -> Iterator[Fold]:
    """Up to `count` folds over equal shares of the later asks; one whose training rows teach nothing is left out."""
    edges = np.unique(np.quantile(rows.asked_at, _shares(choices), method="nearest")) if len(rows) else np.empty(0)
    for start, end in pairwise(edges):
        last = end == edges[-1]
        train = np.flatnonzero(rows.matures_at <= start)
        test = np.flatnonzero((rows.asked_at >= start) & ((rows.asked_at < end) | last))
        if teaches(rows.outcome[train], choices.min_asks) and len(test):
            yield Fold(train, test)


def teaches(outcome: Floats, min_asks: int) -> bool:
    """Whether there are enough asks, and both answers among them."""
    return len(outcome) >= max(min_asks, 2) and 0 < outcome.sum() < len(outcome)


def _shares(choices: Folds) -> Floats:
    return np.linspace(choices.first_share, 1.0, choices.count + 1)


def account_folds(rows: AskRows, count: int, seed: int) -> Iterator[Fold]:
    """Folds over whole accounts, drawn by `seed`; an account's asks are never on both sides."""
    accounts = rows.account.max() + 1 if len(rows) else 0
    part = np.random.default_rng(seed).permutation(accounts) % count
    for number in range(count):
        tested = part[rows.account] == number
        if tested.any() and teaches(rows.outcome[~tested], 2):
            yield Fold(np.flatnonzero(~tested), np.flatnonzero(tested))


def earlier_and_later(fold: Integers) -> Iterator[Fold]:
    """Each fold's rows to test on, with the rows of all folds before it to train on."""
    for number in np.unique(fold)[1:]:
        yield Fold(np.flatnonzero(fold < number), np.flatnonzero(fold == number))


def positions(parts: Sequence[Positions]) -> Positions:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.intp)
