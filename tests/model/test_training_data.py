from collections.abc import Callable
from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from advocate_score.model.blend import fit_added, fit_weights
from advocate_score.model.recipe import Folds
from advocate_score.model.training_data import (
    AskRows,
    Schema,
    account_folds,
    ask_rows,
    earlier_and_later,
    rolling_folds,
)
from advocate_score.signal_spec import Signal

LogMaker = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker, log_signals: tuple[Signal, ...]) -> AskRows:
    return ask_rows(ask_log(asks=300, seed=4), Schema.of_signals(log_signals), (1, 2, 3))


def test_every_fold_learns_from_asks_that_were_mature_when_its_first_was_made(rows: AskRows) -> None:
    folds = list(rolling_folds(rows, Folds(count=4)))
    assert len(folds) == 4
    for fold in folds:
        assert rows.matures_at[fold.train].max() <= rows.asked_at[fold.test].min()
    tested = np.concatenate([fold.test for fold in folds])
    assert sorted(tested) == list(range(len(rows) - len(tested), len(rows)))


def test_a_fold_with_too_little_behind_it_is_left_out(rows: AskRows) -> None:
    assert list(rolling_folds(rows, Folds(min_asks=10_000))) == []
    assert list(rolling_folds(rows.take(np.empty(0, dtype=np.intp)), Folds())) == []


def test_no_account_is_on_both_sides_and_every_ask_is_tested_once(rows: AskRows) -> None:
    folds = list(account_folds(rows, 5, seed=1))
    for fold in folds:
        assert not set(rows.account[fold.train]) & set(rows.account[fold.test])
    assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(rows)))


def test_rows_taken_keep_together(rows: AskRows) -> None:
    taken = rows.take(np.array([7, 3]))
    for one in fields(AskRows):
        assert len(getattr(taken, one.name)) == 2
    assert taken.asked_at.tolist() == rows.asked_at[[7, 3]].tolist()
    assert taken.signals["shown"].tolist() == rows.signals["shown"].iloc[[7, 3]].tolist()


def test_many_asks_of_one_account_count_as_few(rows: AskRows) -> None:
    share = rows.shares(0.1)
    worth = pd.Series(share).groupby(rows.account).sum()
    asks = pd.Series(rows.account).value_counts()
    assert worth.to_dict() == pytest.approx((asks / (1 + 0.1 * (asks - 1))).to_dict())
    assert (rows.shares(0.0) == 1).all()
    assert pd.Series(rows.shares(1.0)).groupby(rows.account).sum().to_numpy() == pytest.approx(1.0)


def test_the_first_fold_only_teaches() -> None:
    folds = list(earlier_and_later(np.array([0, 0, 1, 2, 2])))
    assert [(fold.train.tolist(), fold.test.tolist()) for fold in folds] == [([0, 1], [2]), ([0, 1, 2], [3, 4])]


def candidates(asks: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns: the truth, noise, half the truth."""
    rng = np.random.default_rng(0)
    truth = rng.normal(0, 2, asks)
    outcome = (rng.random(asks) < 1 / (1 + np.exp(-truth))).astype(np.float64)
    return np.column_stack([truth, rng.normal(0, 2, asks), truth / 2]), outcome


def test_weights_go_to_the_component_that_is_right() -> None:
    log_odds, outcome = candidates(3000)
    weights = fit_weights(log_odds, outcome, np.ones(3000), np.full(3, 1 / 3), strength=10.0)
    assert weights[0] > 0.8
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1.0)


def test_few_asks_leave_the_start() -> None:
    log_odds, outcome = candidates(5)
    start = np.array([0.0, 0.7, 0.3])
    assert fit_weights(log_odds[:0], outcome[:0], np.empty(0), start, 10.0) == pytest.approx(start)
    assert fit_weights(log_odds, outcome, np.ones(5), start, 1e6) == pytest.approx(start, abs=1e-3)


def test_what_adds_nothing_has_no_share_and_what_helps_has_one() -> None:
    log_odds, outcome = candidates(3000)
    truth, noise, half = log_odds.T
    assert fit_added(truth, noise, outcome, np.ones(3000), start=0.5, strength=10.0) < 0.05
    assert fit_added(half, half, outcome, np.ones(3000), start=0.5, strength=10.0) > 0.8
