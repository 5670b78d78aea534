import numpy as np
import pandas as pd
import pytest

from advocate_score.model.arrays import draw_accounts, interval

ACCOUNTS = pd.Series(["b", "a", "b", "c", "b"])


def test_each_draw_takes_as_many_accounts_as_there_are() -> None:
    drawn = draw_accounts(ACCOUNTS, 50, seed=1)
    assert (drawn.counts.sum(axis=1) == 3).all()
    weight = np.concatenate(list(drawn.weights()))
    assert weight.shape == (50, 5)
    np.testing.assert_array_equal(weight[:, 0], weight[:, 2])


def test_the_order_of_rows_decides_nothing_and_the_seed_all() -> None:
    drawn, turned = (draw_accounts(rows, 20, seed=4) for rows in (ACCOUNTS, ACCOUNTS[::-1]))
    np.testing.assert_array_equal(drawn.counts[:, drawn.code], turned.counts[:, turned.code][:, ::-1])
    assert not np.array_equal(drawn.counts, draw_accounts(ACCOUNTS, 20, seed=5).counts)


def test_some_rows_keep_the_weights_they_have_in_the_whole() -> None:
    drawn = draw_accounts(ACCOUNTS, 20, seed=4)
    rows = np.array([3, 0])
    whole, part = (np.concatenate(list(one.weights())) for one in (drawn, drawn.only(rows)))
    np.testing.assert_array_equal(part, whole[:, rows])


def test_no_rows_no_weights() -> None:
    (weight,) = draw_accounts(pd.Series([], dtype=str), 4, seed=0).weights()
    assert weight.shape == (4, 0)


def test_the_interval_passes_over_draws_without_a_value() -> None:
    assert interval(np.array([np.nan, *np.linspace(0, 1, 101)])) == pytest.approx((0.05, 0.95))
    assert all(np.isnan(interval(np.array([np.nan]))))
