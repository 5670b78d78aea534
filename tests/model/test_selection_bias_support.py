import numpy as np
import pytest
from scipy.stats import chi2

from advocate_score.model.selection_bias import TrainingSupport


def cloud(n: int, columns: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, columns)) @ rng.normal(size=(columns, columns))


def fitted(encoded: np.ndarray, accounts: int = 50) -> TrainingSupport:
    found = TrainingSupport.fit(encoded, np.arange(len(encoded)) % accounts)
    assert found is not None
    return found


def test_of_normal_signals_the_limit_is_the_textbook_one() -> None:
    assert fitted(cloud(5_000, 4, 0)).limit == pytest.approx(np.sqrt(chi2.ppf(0.99, 4)), rel=0.05)


@pytest.mark.parametrize(("n", "columns"), [(5_000, 6), (300, 30), (120, 60)])
def test_one_of_a_hundred_like_the_asked_lies_outside_however_few_they_are(n: int, columns: int) -> None:
    rng = np.random.default_rng(1)
    shape = rng.normal(size=(columns, columns))
    support = fitted(rng.normal(size=(n, columns)) @ shape)
    assert support.are_outside(rng.normal(size=(4_000, columns)) @ shape).mean() < 0.04


def test_a_combination_that_nobody_had_is_outside_though_each_value_is_common() -> None:
    rng = np.random.default_rng(2)
    one = rng.uniform(-1, 1, 2_000)
    support = fitted(np.column_stack([one, one + rng.normal(0, 0.05, 2_000)]))
    assert support.are_outside(np.array([[0.8, -0.8], [0.8, 0.8]])).tolist() == [True, False]


def test_a_constant_signal_is_no_obstacle() -> None:
    encoded = np.column_stack([cloud(300, 2, 3), np.zeros(300)])
    support = fitted(encoded)
    assert np.isfinite(support.distance(encoded)).all()
    assert support.are_outside(np.array([[0.0, 0.0, 1.0]])).all()


def test_of_one_account_no_support_can_be_learned() -> None:
    assert TrainingSupport.fit(cloud(20, 3, 4), np.zeros(20, dtype=np.int64)) is None
    assert TrainingSupport.fit(np.empty((20, 0)), np.arange(20)) is None
