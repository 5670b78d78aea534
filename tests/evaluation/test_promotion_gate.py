from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from advocate_score.evaluation.promotion_gate import (
    FIRST_REFERENCES,
    Candidacy,
    GateSettings,
    Verdict,
    judge,
    monotonicity_violations,
)
from advocate_score.model.arrays import Floats

GATE = GateSettings(draws=200)
SIZE = 1500


def candidacy(**changes: Any) -> Candidacy:
    return Candidacy(**{"recipe_changed": True, "mature_outcomes": 1000, "monotonicity_violations": 0, **changes})


@pytest.fixture(scope="module")
def truth() -> Floats:
    return expit(np.random.default_rng(1).normal(-0.5, 1.5, SIZE))


@pytest.fixture(scope="module")
def asks(truth: Floats) -> pd.DataFrame:
    rng = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "ask_id": range(SIZE),
            "account_id": rng.integers(300, size=SIZE).astype(str),
            "level": np.repeat([1, 2], [1200, 300]),
            "origin": pd.Timestamp(2024, 1, 1),
            "outcome": (rng.random(SIZE) < truth).astype(int),
        }
    )


def noisy(truth: Floats, scale: float) -> Floats:
    return expit(logit(truth) + np.random.default_rng(5).normal(0, scale, SIZE))


def failed(verdict: Verdict) -> set[str]:
    return {check.check for check in verdict.failures}


def test_a_better_recipe_is_promoted(asks: pd.DataFrame, truth: Floats) -> None:
    verdict = judge(asks.assign(challenger=truth, champion=noisy(truth, 1)), GATE, candidacy())
    assert verdict.promoted
    assert verdict.table()["check"].tolist() == [
        "mature outcomes",
        "monotonicity violations",
        "P(log loss below champion)",
        "calibration error at level 1 to champion",
        "calibration error at level 2 to champion",
        "precision at capacity to champion",
        "list churn to champion",
    ]


def test_a_worse_recipe_is_held_and_the_table_says_why(asks: pd.DataFrame, truth: Floats) -> None:
    verdict = judge(asks.assign(challenger=noisy(truth, 1), champion=truth), GATE, candidacy())
    assert not verdict.promoted
    assert "P(log loss below champion)" in failed(verdict)
    assert "not surely better" in next(one.why for one in verdict.failures if one.check.startswith("P("))


@pytest.mark.parametrize(("changed", "promoted"), [(True, False), (False, True)])
def test_an_equal_one_passes_as_a_refresh_and_not_as_a_new_recipe(
    asks: pd.DataFrame, truth: Floats, changed: bool, promoted: bool
) -> None:
    twins = asks.assign(challenger=truth, champion=truth)
    assert judge(twins, GATE, candidacy(recipe_changed=changed)).promoted is promoted


def test_a_refresh_may_not_be_worse_than_the_margin(asks: pd.DataFrame, truth: Floats) -> None:
    predictions = asks.assign(challenger=noisy(truth, 0.5), champion=truth)
    assert "95 % bound of Δ log loss to champion" in failed(judge(predictions, GATE, candidacy(recipe_changed=False)))
    lenient = GateSettings(draws=200, non_inferiority_margin=1)
    assert "95 % bound of Δ log loss to champion" not in failed(
        judge(predictions, lenient, candidacy(recipe_changed=False))
    )


def test_sharper_but_badly_calibrated_at_a_level_is_held(asks: pd.DataFrame, truth: Floats) -> None:
    """Better log loss on the whole does not buy a level whose probabilities are off."""
    shifted = np.where(asks["level"] == 2, expit(logit(truth) + 0.7), truth)
    champion = np.where(asks["level"] == 2, truth, noisy(truth, 1.5))
    verdict = judge(asks.assign(challenger=shifted, champion=champion), GATE, candidacy())
    assert failed(verdict) == {"calibration error at level 2 to champion"}
    few = judge(
        asks.assign(challenger=shifted, champion=champion),
        GateSettings(draws=200, calibration_min_outcomes=301),
        candidacy(),
    )
    assert few.promoted


def test_a_worse_top_of_the_list_is_held(asks: pd.DataFrame, truth: Floats) -> None:
    """The best tenth is turned upside down; the rest is far better than the champion's."""
    top = truth >= np.quantile(truth, 0.9)
    challenger = np.where(top, truth.min() + 1e-3 * (1 - truth), truth)
    champion = np.where(top, truth, 0.001)
    verdict = judge(asks.assign(challenger=challenger, champion=champion), GATE, candidacy())
    assert "precision at capacity to champion" in failed(verdict)
    assert "P(log loss below champion)" not in failed(verdict)


@pytest.mark.parametrize(
    ("changes", "check"),
    [({"mature_outcomes": 199}, "mature outcomes"), ({"monotonicity_violations": 1}, "monotonicity violations")],
)
def test_too_few_answers_or_a_rising_curve_hold_the_best_model(
    asks: pd.DataFrame, truth: Floats, changes: dict[str, int], check: str
) -> None:
    predictions = asks.assign(challenger=truth, champion=noisy(truth, 1))
    assert failed(judge(predictions, GATE, candidacy(**changes))) == {check}
    assert judge(predictions, GATE, candidacy(mature_outcomes=200)).promoted


def test_the_first_champion_must_beat_scorecard_and_history(asks: pd.DataFrame, truth: Floats) -> None:
    predictions = asks.assign(readiness=truth, scorecard=noisy(truth, 1), smoothed_history=truth)
    verdict = judge(predictions, GATE, candidacy(), challenger="readiness", references=FIRST_REFERENCES)
    assert failed(verdict) == {"P(log loss below smoothed_history)"}
    beaten = predictions.assign(smoothed_history=noisy(truth, 2))
    assert judge(beaten, GATE, candidacy(), challenger="readiness", references=FIRST_REFERENCES).promoted


def test_nothing_to_judge_by_is_no(asks: pd.DataFrame) -> None:
    assert failed(judge(asks.head(0), GATE, candidacy())) == {"tested asks"}


def test_churn_is_reported_and_not_judged(asks: pd.DataFrame, truth: Floats) -> None:
    verdict = judge(asks.assign(challenger=truth, champion=noisy(truth, 1)), GATE, candidacy())
    churn = verdict.checks[-1]
    assert churn.passed is None
    assert 0 < churn.value < 1


def test_the_verdict_is_the_same_again(asks: pd.DataFrame, truth: Floats) -> None:
    predictions = asks.assign(challenger=truth, champion=noisy(truth, 1))
    assert judge(predictions, GATE, candidacy(), seed=4) == judge(predictions, GATE, candidacy(), seed=4)


def test_one_rise_is_one_account() -> None:
    curve = np.array([[0.9, 0.5, 0.5], [0.3, 0.4, 0.5], [0.2, 0.1, np.nextafter(0.1, 1)]])
    assert monotonicity_violations(curve) == 2
