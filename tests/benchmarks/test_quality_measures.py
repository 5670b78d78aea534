import numpy as np
import pytest
from benchmarks.quality.measures import Curves, bias, coverage, excess_log_loss, measures, top_value

RNG = np.random.default_rng(3)
TRUTH = np.sort(RNG.uniform(0.05, 0.95, (400, 5)), axis=1)[:, ::-1]


def test_the_truth_itself_has_no_excess_and_no_bias_and_all_the_value() -> None:
    found = measures(Curves(TRUTH), TRUTH, np.arange(400) < 100)
    for prefix in ("", "never_"):
        assert found[f"{prefix}excess"] == pytest.approx(0)
        assert found[f"{prefix}bias"] == pytest.approx(0)
        assert found[f"{prefix}rps"] == pytest.approx(0)
        assert found[f"{prefix}top"] == pytest.approx(1)


def test_excess_is_the_expected_log_loss_beyond_the_truths_own() -> None:
    stated, answers = np.full((1, 1), 0.3), RNG.random(400_000) < 0.6
    losses = [-np.where(answers, np.log(p), np.log(1 - p)).mean() for p in (0.3, 0.6)]
    assert excess_log_loss(stated, np.full((1, 1), 0.6)) == pytest.approx(losses[0] - losses[1], abs=0.005)


def test_certainty_that_is_wrong_costs_much_but_not_everything() -> None:
    assert 5 < excess_log_loss(np.zeros((1, 1)), np.full((1, 1), 0.5)) < 10


def test_bias_has_a_sign() -> None:
    assert bias(TRUTH + 0.02, TRUTH) == pytest.approx(0.02)


def test_ranking_that_tells_nothing_has_the_value_of_chance() -> None:
    value = top_value(np.full_like(TRUTH, 0.3), TRUTH)
    best = np.sort(TRUTH, axis=0)[-20:].mean(axis=0)
    assert value == pytest.approx((TRUTH.mean(axis=0) / best).mean())


def test_only_the_order_counts_for_the_top() -> None:
    assert top_value(TRUTH**3, TRUTH) == pytest.approx(1)
    assert top_value(-TRUTH, TRUTH) < top_value(np.full_like(TRUTH, 0.3), TRUTH)


def test_measures_on_the_never_asked_are_of_them_alone() -> None:
    never = np.arange(400) < 100
    curve = np.where(never[:, None], TRUTH, TRUTH * 0.5)
    found = measures(Curves(curve), TRUTH, never)
    assert found["never_excess"] == pytest.approx(0)
    assert found["excess"] > 0.01


def test_coverage_by_tenth_of_single_accounts_and_of_means() -> None:
    optimum = np.tile(np.linspace(0.1, 0.9, 100)[:, None], (1, 5))
    apart = np.where(np.arange(100) % 2, 0.01, -0.01)[:, None]  # out of every interval, and right on average
    found = coverage(Curves(optimum + apart, optimum + apart - 0.005, optimum + apart + 0.005), optimum)
    assert found["accounts"] == [0.0] * 10
    assert found["deciles"] == [1.0] * 10
    assert found["width"] == pytest.approx([0.01] * 10)


def test_a_method_without_intervals_has_no_coverage() -> None:
    assert coverage(Curves(TRUTH), TRUTH) == {}
