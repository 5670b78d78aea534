import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.special import expit

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.calibration import Calibration, fit_calibration, prior_covariance
from advocate_score.model.recipe import Shrinkage
from advocate_score.model.training_data import effective_size, ipw_weights

LOOSE = Shrinkage(intercept=5.0, slope=5.0, level=0.0)
NONE = Shrinkage(intercept=0.0, slope=0.0, level=0.0)


def overconfident(asks: int, seed: int = 0) -> tuple[Floats, Integers, Floats]:
    """Log-odds twice as far out as the truth, and one too high."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 1, asks)
    return 2 * truth + 1, rng.integers(3, size=asks), (rng.random(asks) < expit(truth)).astype(np.float64)


def fit(asks: int, shrinkage: Shrinkage) -> Calibration:
    log_odds, level, outcome = overconfident(asks)
    return fit_calibration(log_odds, level, outcome, np.ones(asks), shrinkage, levels=3)


def test_it_mends_what_is_wrong_everywhere() -> None:
    found = fit(20_000, LOOSE)
    assert found.slope == pytest.approx(0.5, abs=0.04)
    assert found.intercepts == pytest.approx([-0.5] * 3, abs=0.06)


def test_few_asks_hardly_move_it() -> None:
    found = fit(10, Shrinkage(intercept=0.1, slope=0.1, level=0.1))
    assert found.slope == pytest.approx(1.0, abs=0.05)
    assert np.abs(found.intercepts).max() < 0.05


def test_held_wholly_it_is_the_identity_and_sure_of_itself() -> None:
    found = fit(500, NONE)
    assert (found.slope, found.intercepts.tolist()) == (1.0, [0.0] * 3)
    assert not found.covariance.any()


def test_what_is_left_open_shrinks_with_asks_from_the_prior() -> None:
    shrinkage = Shrinkage(intercept=0.5, slope=0.3, level=0.2)
    probe = np.zeros((1, 3))
    before = Calibration.identity(prior_covariance(shrinkage, 3)).variance(probe)
    assert before == pytest.approx(np.full((1, 3), 0.5**2 + 0.2**2))
    assert (fit(5000, shrinkage).variance(probe) < fit(100, shrinkage).variance(probe)).all()
    assert (fit(100, shrinkage).variance(probe) < before).all()


def test_an_ask_of_weight_two_says_as_much_as_two_asks() -> None:
    """Of the calibration itself, and of what is not known of it."""
    log_odds, level, outcome = overconfident(300)
    shrinkage = Shrinkage(intercept=0.5, slope=0.3, level=0.2)
    twice = np.arange(300) % 3 == 0
    rows = np.repeat(np.arange(300), 1 + twice)
    repeated = fit_calibration(log_odds[rows], level[rows], outcome[rows], np.ones(len(rows)), shrinkage, levels=3)
    weighted = fit_calibration(log_odds, level, outcome, 1.0 + twice, shrinkage, levels=3)
    assert weighted.slope == pytest.approx(repeated.slope, abs=1e-4)
    assert weighted.intercepts == pytest.approx(repeated.intercepts, abs=1e-4)
    assert weighted.covariance == pytest.approx(repeated.covariance, rel=1e-3, abs=1e-7)
    plain = fit_calibration(log_odds, level, outcome, np.ones(300), shrinkage, levels=3)
    assert weighted.covariance != pytest.approx(plain.covariance, rel=1e-2)
    assert (np.diag(weighted.covariance)[:2] < np.diag(plain.covariance)[:2]).all()


def test_asks_without_weight_say_nothing() -> None:
    log_odds, level, outcome = overconfident(300)
    shrinkage = Shrinkage(intercept=0.5, slope=0.3, level=0.2)
    found = fit_calibration(log_odds, level, outcome, np.zeros(300), shrinkage, levels=3)
    assert found.covariance == pytest.approx(prior_covariance(shrinkage, 3))


@settings(max_examples=60)
@given(
    st.lists(st.floats(-3, 3), min_size=4, max_size=4),
    st.lists(st.floats(0, 2), min_size=3, max_size=3),
    st.floats(0.05, 3),
)
def test_levels_never_rise_after_it(intercepts: list[float], drops: list[float], slope: float) -> None:
    falls = -np.concatenate([[0.0], np.cumsum(drops)])
    wild = Calibration(slope=slope, intercepts=np.array(intercepts), covariance=np.zeros((6, 6)))
    curve = wild.with_falling_levels(falls).at_levels(falls[None, :])
    assert (np.diff(curve, axis=1) <= 1e-12).all()


def test_intercepts_that_keep_the_order_are_left_alone() -> None:
    gentle = Calibration(slope=0.8, intercepts=np.array([0.1, 0.2, 0.0]), covariance=np.zeros((5, 5)))
    assert gentle.with_falling_levels(np.array([0.0, -1.0, -2.0])).intercepts == pytest.approx(gentle.intercepts)


def test_the_slope_stays_positive_so_that_no_ranking_turns() -> None:
    log_odds, level, outcome = overconfident(2000)
    found = fit_calibration(log_odds, level, 1 - outcome, np.ones(2000), LOOSE, levels=3)
    assert found.slope > 0


def of_one_day(propensity: np.ndarray) -> np.ndarray:
    return ipw_weights(propensity, np.zeros(len(propensity), dtype=np.int64), 180)


def test_an_ask_weighs_half_as_much_a_half_life_later() -> None:
    day = 86_400_000_000
    weight = ipw_weights(np.full(3, 0.2), np.array([0, 180 * day, 360 * day]), 180)
    assert weight / weight[-1] == pytest.approx([0.25, 0.5, 1.0])


def test_rare_choices_weigh_more_up_to_the_ninety_ninth_percentile() -> None:
    propensity = np.concatenate([np.full(100, 0.5), np.full(100, 0.25), [1e-9]])
    weight = of_one_day(propensity)
    assert weight[150] == pytest.approx(2 * weight[0])
    assert weight[-1] == pytest.approx(weight[150])


def test_weights_add_up_to_the_number_of_asks_that_they_are_worth() -> None:
    assert of_one_day(np.full(40, 0.1)).sum() == pytest.approx(40)
    uneven = np.concatenate([np.full(98, 1.0), np.full(2, 0.01)])
    assert of_one_day(uneven).sum() == pytest.approx(effective_size(1 / uneven))
    assert effective_size(1 / uneven) < 10
