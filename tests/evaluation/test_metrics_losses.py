import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn import metrics as oracle

from advocate_score.evaluation.metrics import Cases, brier, log_loss, plain_weights, ranked_probability_score

ASKS = st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1), st.integers(0, 3)), min_size=1, max_size=30)


def cases(outcome: list[int], probability: list[float]) -> Cases:
    n = len(outcome)
    return Cases(np.array(outcome, float), np.array(probability), np.zeros(n, np.int64), np.ones(1))


@given(ASKS)
def test_they_are_what_scikit_learn_says(asks: list[tuple[int, float, int]]) -> None:
    outcome, probability, _ = map(list, zip(*asks, strict=True))
    some = cases(outcome, probability)
    both = log_loss(some, plain_weights(some))[0], brier(some, plain_weights(some))[0]
    expected = oracle.log_loss(outcome, probability, labels=[0, 1]), np.mean((np.array(outcome) - probability) ** 2)
    assert both == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(ASKS)
def test_a_whole_weight_is_that_many_copies(asks: list[tuple[int, float, int]]) -> None:
    outcome, probability, copies = map(list, zip(*asks, strict=True))
    repeated = cases(np.repeat(outcome, copies).tolist(), np.repeat(probability, copies).tolist())
    for loss in (log_loss, brier):
        weighted = loss(cases(outcome, probability), np.array([copies], float))
        np.testing.assert_allclose(weighted, loss(repeated, plain_weights(repeated)), rtol=1e-9)


def test_nothing_to_score_is_nan() -> None:
    assert np.isnan(log_loss(cases([1], [0.5]), np.zeros((1, 1)))).all()


def test_ranked_probability_score_by_hand() -> None:
    curve = np.array([[0.9, 0.5], [0.2, 0.1]])
    reached = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert ranked_probability_score(curve, reached) == pytest.approx((0.01 + 0.25 + 0.04 + 0.01) / 4)
    assert ranked_probability_score(curve, curve) == 0
