import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy.special import expit

from advocate_score.model.arrays import Floats, Integers
from advocate_score.model.ordinal_logit import Logit, Prior, fit_logit

PRIOR_INTERCEPTS = np.array([0.5, 0.0, -1.0])


def prior(columns: int, penalty: float = 1.0, sign: int = 0, mean: float = 0.0) -> Prior:
    return Prior(
        np.full(columns, mean), np.full(columns, penalty), np.full(columns, sign, dtype=np.int64), PRIOR_INTERCEPTS
    )


def world(rows: int, seed: int = 0, slopes: tuple[float, ...] = (1.0, -0.5)) -> tuple[Floats, Integers, Floats]:
    rng = np.random.default_rng(seed)
    design, level = rng.normal(size=(rows, len(slopes))), rng.integers(3, size=rows)
    chance = expit(design @ np.array(slopes) + np.array([1.0, 0.2, -0.8])[level])
    return design, level, (rng.random(rows) < chance).astype(np.float64)


def fit(rows: int, given_prior: Prior, seed: int = 0) -> Logit:
    design, level, outcome = world(rows, seed)
    return fit_logit(design, level, outcome, np.ones(rows), given_prior)


def test_with_no_rows_it_is_the_prior() -> None:
    found = fit(0, prior(2, mean=0.7))
    assert found.intercepts == pytest.approx(PRIOR_INTERCEPTS)
    assert found.slopes == pytest.approx([0.7, 0.7])


def test_with_many_rows_it_finds_what_made_them() -> None:
    found = fit(20_000, prior(2))
    assert found.slopes == pytest.approx([1.0, -0.5], abs=0.06)
    assert found.intercepts == pytest.approx([1.0, 0.2, -0.8], abs=0.08)


def test_no_step_away_from_it_is_better() -> None:
    design, level, outcome = world(300)
    held = prior(2, penalty=4.0)
    found = fit_logit(design, level, outcome, np.ones(300), held)

    def loss(intercepts: Floats, slopes: Floats) -> float:
        log_odds = found_log_odds(design, level, intercepts, slopes)
        drops = np.diff(PRIOR_INTERCEPTS) - np.diff(intercepts)
        likelihood = np.log1p(np.exp(-np.where(outcome == 1, log_odds, -log_odds))).sum()
        first = intercepts[0] - PRIOR_INTERCEPTS[0]
        return float(likelihood + 2.0 * slopes @ slopes + 0.25 * first**2 + 2.5 * drops @ drops)

    best = loss(found.intercepts, found.slopes)
    for step in (0.02, -0.02):
        for place in range(3):
            assert loss(found.intercepts + step * (np.arange(3) >= place), found.slopes) > best
        for place in range(2):
            assert loss(found.intercepts, found.slopes + step * (np.arange(2) == place)) > best


def test_rows_of_no_weight_are_left_out() -> None:
    design, level, outcome = world(300)
    weight = np.tile([0.0, 1.0, 2.0], 100)
    used = weight > 0
    alone = fit_logit(design[used], level[used], outcome[used], weight[used], prior(2))
    found = fit_logit(design, level, outcome, weight, prior(2))
    np.testing.assert_array_equal(found.slopes, alone.slopes)
    np.testing.assert_array_equal(found.intercepts, alone.intercepts)


def found_log_odds(design: Floats, level: Integers, intercepts: Floats, slopes: Floats) -> Floats:
    log_odds: Floats = design @ slopes + intercepts[level]
    return log_odds


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 60))
def test_intercepts_never_rise_with_the_level(seed: int, rows: int) -> None:
    rng = np.random.default_rng(seed)
    rising = (rng.random(rows) < 0.5 + 0.2 * (rng.integers(3, size=rows) - 1)).astype(np.float64)
    found = fit_logit(rng.normal(size=(rows, 1)), rng.integers(3, size=rows), rising, np.ones(rows), prior(1))
    assert (np.diff(found.intercepts) <= 0).all()


def test_a_declared_sign_holds_against_the_data() -> None:
    assert fit(500, prior(2, sign=1)).slopes[1] == 0.0
    assert fit(500, prior(2, sign=-1)).slopes[0] == 0.0


def test_a_stronger_ridge_means_smaller_slopes() -> None:
    sizes = [np.abs(fit(300, prior(2, penalty=ridge)).slopes).sum() for ridge in (1.0, 30.0, 1000.0)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_level_never_asked_keeps_its_distance_from_its_neighbour() -> None:
    design, level, outcome = world(2000)
    asked = level < 2
    found = fit_logit(design[asked], level[asked], outcome[asked], np.ones(asked.sum()), prior(2))
    assert found.intercepts[1] - found.intercepts[2] == pytest.approx(1.0)


def test_where_the_search_starts_changes_nothing_that_counts() -> None:
    design, level, outcome = world(400)
    near = Logit(intercepts=np.array([3.0, 2.0, 1.0]), slopes=np.array([-2.0, 2.0]))
    one, two = (fit_logit(design, level, outcome, np.ones(400), prior(2), start) for start in (None, near))
    assert one.slopes == pytest.approx(two.slopes, abs=2e-3)


def test_a_weight_counts_a_row_that_often() -> None:
    design, level, outcome = world(200)
    twice = np.arange(200).repeat(2)
    one = fit_logit(design, level, outcome, np.full(200, 2.0), prior(2))
    two = fit_logit(design[twice], level[twice], outcome[twice], np.ones(400), prior(2))
    assert one.slopes == pytest.approx(two.slopes, abs=1e-4)


def spread_of_drawn_fits(rows: int, given_prior: Prior, seed: int = 0) -> Floats:
    """Standard deviation of each slope between fits on all the rows around a prior drawn each time."""
    fits = [fit(rows, given_prior.sample(rng), seed) for rng in np.random.default_rng(4).spawn(200)]
    return np.std([one.slopes for one in fits], axis=0)


def test_drawn_priors_are_as_wide_as_the_prior_where_no_row_speaks() -> None:
    assert spread_of_drawn_fits(0, prior(2, penalty=4.0)) == pytest.approx([0.5, 0.5], rel=0.2)


def test_the_more_rows_speak_the_less_a_drawn_prior_moves_them() -> None:
    few, many = (spread_of_drawn_fits(rows, prior(2, penalty=4.0)) for rows in (30, 600))
    assert (many < 0.2 * few).all()


def test_a_drawn_prior_keeps_the_order_of_levels_and_the_signs() -> None:
    for rng in np.random.default_rng(4).spawn(50):
        drawn = prior(2, penalty=0.1, sign=1).sample(rng)
        assert (np.diff(drawn.intercepts) <= 0).all()
        assert (fit(20, drawn).slopes >= 0).all()


RATES = np.array([0.95, 0.30, 0.96, 0.92, 0.90])


def test_free_levels_find_rates_that_rise_and_fall() -> None:
    rng = np.random.default_rng(0)
    level = rng.integers(5, size=1500)
    outcome = (rng.random(1500) < RATES[level]).astype(np.float64)
    pooled = Prior(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.full(5, 1.5), ordered=False)
    found = fit_logit(np.empty((1500, 0)), level, outcome, np.ones(1500), pooled)
    assert expit(found.intercepts) == pytest.approx(RATES, abs=0.04)


def test_a_free_level_without_rows_is_its_prior() -> None:
    held = Prior(np.zeros(0), np.zeros(0), np.zeros(0, np.int64), np.array([-1.0, 2.0]), ordered=False)
    found = fit_logit(np.empty((50, 0)), np.zeros(50, np.int64), np.ones(50), np.ones(50), held)
    assert found.intercepts[1] == pytest.approx(2.0)
    assert found.intercepts[0] > 1
