import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from advocate_score.evaluation.metrics import (
    Cases,
    calibration_intercept,
    calibration_slope,
    integrated_calibration_index,
    plain_weights,
)
from advocate_score.model.arrays import Floats


def cases(outcome: Floats, probability: Floats) -> Cases:
    return Cases(outcome.astype(float), probability, np.zeros(len(outcome), np.int64), np.ones(1))


def drawn(log_odds: Floats, seed: int) -> Floats:
    return (np.random.default_rng(seed).random(len(log_odds)) < expit(log_odds)).astype(float)


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (0.5, -1.0), (1.7, 0.8)])
def test_logistic_recalibration_is_the_unpenalised_logit(slope: float, intercept: float) -> None:
    x = np.random.default_rng(1).normal(0.7, 1.2, 600)
    outcome = drawn(intercept + slope * x, 2)
    weight = np.random.default_rng(3).integers(0, 4, (2, 600)).astype(float)
    some = cases(outcome, expit(x))
    for number, one in enumerate(weight):
        fit = LogisticRegression(C=np.inf, tol=1e-10).fit(x[:, None], outcome, sample_weight=one)
        assert calibration_slope(some, weight)[number] == pytest.approx(fit.coef_[0, 0], rel=1e-4)
        assert calibration_intercept(some, weight)[number] == pytest.approx(fit.intercept_[0], abs=1e-4)


@pytest.mark.parametrize(
    ("outcome", "probability"),
    [([1, 1, 1], [0.2, 0.5, 0.9]), ([0, 1, 1, 0], [0.3] * 4), ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]), ([], [])],
    ids=["one class", "one probability", "separated", "empty"],
)
def test_an_unidentified_slope_is_nan(outcome: list[int], probability: list[float]) -> None:
    some = cases(np.array(outcome), np.array(probability))
    assert np.isnan(calibration_slope(some, plain_weights(some))).all()
    assert np.isnan(calibration_intercept(some, plain_weights(some))).all()


@given(st.floats(0, 1), st.integers(1, 9))
def test_the_index_of_one_probability_is_its_distance_from_the_rate(probability: float, yes: int) -> None:
    some = cases(np.repeat([1.0, 0.0], [yes, 10 - yes]), np.full(10, probability))
    index = integrated_calibration_index(some, plain_weights(some))
    assert index[0] == pytest.approx(abs(yes / 10 - probability), abs=1e-9)


def test_the_index_is_near_the_true_miscalibration() -> None:
    probability = np.random.default_rng(4).uniform(0.05, 0.6, 20_000)
    truth = probability + 0.15
    some = cases((np.random.default_rng(5).random(20_000) < truth).astype(float), probability)
    assert integrated_calibration_index(some, plain_weights(some))[0] == pytest.approx(0.15, abs=0.01)


def test_the_index_of_right_probabilities_is_near_zero() -> None:
    x = np.random.default_rng(6).normal(-1, 1, 20_000)
    some = cases(drawn(x, 7), expit(x))
    assert integrated_calibration_index(some, plain_weights(some))[0] < 0.01


def test_the_smoother_gives_a_straight_line_back() -> None:
    """With outcomes that lie on a line the local line is that line, so the index is known exactly."""
    probability = np.linspace(0.1, 0.9, 200)
    some = cases(np.zeros(200), probability)
    on_a_line = Cases(0.2 + 0.5 * probability, probability, some.block, some.share)
    index = integrated_calibration_index(on_a_line, plain_weights(some))
    assert index[0] == pytest.approx(np.abs(0.2 - 0.5 * probability).mean(), abs=1e-6)


def test_an_index_of_one_class_is_nan() -> None:
    some = cases(np.ones(5), np.linspace(0.1, 0.9, 5))
    assert np.isnan(integrated_calibration_index(some, plain_weights(some))).all()


def test_extreme_probabilities_do_no_harm() -> None:
    some = cases(np.array([1.0, 0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0, 1.0]))
    assert np.isfinite(calibration_slope(some, plain_weights(some))).all()
    assert np.isfinite(integrated_calibration_index(some, plain_weights(some))).all()
