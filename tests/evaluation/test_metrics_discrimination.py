import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from sklearn import metrics as oracle

from advocate_score.evaluation.metrics import Cases, auc, average_precision, plain_weights
from advocate_score.model.arrays import Floats

SCORES = st.sampled_from([0.1, 0.2, 0.35, 0.5, 0.8, 0.9])
ASKS = st.lists(st.tuples(st.integers(0, 1), SCORES, st.integers(1, 3)), min_size=2, max_size=40)


def cases(outcome: list[int], probability: list[float] | Floats) -> Cases:
    n = len(outcome)
    return Cases(np.array(outcome, float), np.array(probability, float), np.zeros(n, np.int64), np.ones(1))


@given(ASKS)
def test_they_are_what_scikit_learn_says_with_ties_and_weights(asks: list[tuple[int, float, int]]) -> None:
    outcome, probability, weight = map(list, zip(*asks, strict=True))
    assume(0 < sum(outcome) < len(outcome))
    weights = np.array([np.ones(len(asks)), weight])
    for mine, theirs in ((auc, oracle.roc_auc_score), (average_precision, oracle.average_precision_score)):
        expected = [theirs(outcome, probability, sample_weight=one) for one in weights]
        assert mine(cases(outcome, probability), weights).tolist() == pytest.approx(expected)


@given(ASKS)
def test_only_the_order_of_the_scores_matters(asks: list[tuple[int, float, int]]) -> None:
    outcome, probability, _ = map(list, zip(*asks, strict=True))
    some, stretched = cases(outcome, probability), cases(outcome, np.array(probability) ** 3 / 7)
    for measure in (auc, average_precision):
        np.testing.assert_array_equal(measure(some, plain_weights(some)), measure(stretched, plain_weights(some)))


@pytest.mark.parametrize("outcome", [[1, 1], [0, 0], []])
def test_one_class_has_no_discrimination(outcome: list[int]) -> None:
    some = cases(outcome, [0.4] * len(outcome))
    assert np.isnan(auc(some, plain_weights(some))).all()
    assert np.isnan(average_precision(some, plain_weights(some))).all()


def test_a_draw_of_one_class_does_not_spoil_the_others() -> None:
    some = cases([1, 0], [0.9, 0.1])
    np.testing.assert_array_equal(auc(some, np.array([[1.0, 0.0], [1.0, 1.0]])), [np.nan, 1.0])
