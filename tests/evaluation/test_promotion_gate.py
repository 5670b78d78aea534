from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from advocate_score.evaluation.promotion_gate import (
    PLAIN_REFERENCES,
    Candidacy,
    FileComparison,
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
    return expit(logit(truth) + np.random.default_rng(5).normal(0, scale, len(truth)))


def failed(verdict: Verdict) -> set[str]:
    return {check.title for check in verdict.failures}


def test_a_better_recipe_is_promoted(asks: pd.DataFrame, truth: Floats) -> None:
    verdict = judge(asks.assign(challenger=truth, champion=noisy(truth, 1)), GATE, candidacy())
    assert verdict.promoted
    assert [check.title for check in verdict.checks] == [
        "mature outcomes",
        "monotonicity violations",
        "P(log loss lower), champion",
        "calibration error at level 1, champion",
        "calibration error at level 2, champion",
        "precision at capacity, champion",
        "list churn, champion",
    ]


def test_a_worse_recipe_is_held_and_the_table_says_why(asks: pd.DataFrame, truth: Floats) -> None:
    verdict = judge(asks.assign(challenger=noisy(truth, 1), champion=truth), GATE, candidacy())
    assert not verdict.promoted
    assert "P(log loss lower), champion" in failed(verdict)
    assert "not surely better" in next(one.why for one in verdict.failures if one.check.startswith("P("))


@pytest.mark.parametrize(("changed", "promoted"), [(True, False), (False, True)])
def test_an_equal_one_passes_as_a_refresh_and_not_as_a_new_recipe(
    asks: pd.DataFrame, truth: Floats, changed: bool, promoted: bool
) -> None:
    twins = asks.assign(challenger=truth, champion=truth)
    assert judge(twins, GATE, candidacy(recipe_changed=changed)).promoted is promoted


def test_a_refresh_may_not_be_worse_than_the_margin(asks: pd.DataFrame, truth: Floats) -> None:
    predictions = asks.assign(challenger=noisy(truth, 0.5), champion=truth)
    assert "95 % bound of Δ log loss, champion" in failed(judge(predictions, GATE, candidacy(recipe_changed=False)))
    lenient = GateSettings(draws=200, non_inferiority_margin=1)
    assert "95 % bound of Δ log loss, champion" not in failed(
        judge(predictions, lenient, candidacy(recipe_changed=False))
    )


def test_sharper_but_badly_calibrated_at_a_level_is_held(asks: pd.DataFrame, truth: Floats) -> None:
    """Better log loss on the whole does not buy a level whose probabilities are off."""
    shifted = np.where(asks["level"] == 2, expit(logit(truth) + 0.7), truth)
    champion = np.where(asks["level"] == 2, truth, noisy(truth, 1.5))
    verdict = judge(asks.assign(challenger=shifted, champion=champion), GATE, candidacy())
    assert failed(verdict) == {"calibration error at level 2, champion"}
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
    assert "precision at capacity, champion" in failed(verdict)
    assert "P(log loss lower), champion" not in failed(verdict)


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


@pytest.mark.parametrize(
    ("outcomes", "yes", "passes"), [(80, 40, True), (199, 39, False), (199, 160, False), (200, 5, True)]
)
def test_few_answers_of_each_kind_make_a_model_of_limited_evidence(
    asks: pd.DataFrame, truth: Floats, outcomes: int, yes: int, passes: bool
) -> None:
    predictions = asks.assign(challenger=truth, champion=noisy(truth, 1))
    assert judge(predictions, GATE, candidacy(mature_outcomes=outcomes, yes=yes)).promoted is passes


def test_a_small_log_has_to_beat_the_scorecard_as_surely_and_the_others_less_so(
    asks: pd.DataFrame, truth: Floats
) -> None:
    weak = {name: noisy(truth, 1) for name in PLAIN_REFERENCES}
    for outcomes, others in ((199, "≥ 0.85"), (200, "≥ 0.95")):
        settings = candidacy(mature_outcomes=outcomes, yes=100, has_to_beat=PLAIN_REFERENCES)
        checks = judge(asks.assign(challenger=truth, **weak), GATE, settings, references=()).checks[2:]
        assert [check.bound for check in checks] == ["≥ 0.95", others, others]


@pytest.mark.parametrize("changed", [True, False])
def test_every_promotion_has_to_beat_what_needs_no_champion(asks: pd.DataFrame, truth: Floats, changed: bool) -> None:
    """A refresh is the champion's equal at every origin and fails all the same where both know nothing."""
    weak = {name: noisy(truth, 1) for name in PLAIN_REFERENCES}
    predictions = asks.assign(challenger=truth, champion=noisy(truth, 1 if changed else 0), **weak)
    settings = candidacy(recipe_changed=changed, has_to_beat=PLAIN_REFERENCES)
    assert judge(predictions, GATE, settings).promoted
    for name in PLAIN_REFERENCES:
        verdict = judge(predictions.assign(**{name: truth}), GATE, settings)
        assert [check.reference for check in verdict.failures] == [name]


def test_each_reference_stands_together_in_the_table(asks: pd.DataFrame, truth: Floats) -> None:
    weak = {name: noisy(truth, 1) for name in ("champion", *PLAIN_REFERENCES)}
    settings = candidacy(has_to_beat=PLAIN_REFERENCES, files=newer(asks, truth, learned=True))
    verdict = judge(asks.assign(challenger=truth, **weak), GATE, settings)
    runs = [name for name, _ in groupby(check.reference for check in verdict.checks)]
    assert runs == ["", *PLAIN_REFERENCES, "champion"]


def newer(asks: pd.DataFrame, truth: Floats, learned: bool | Floats, scale: float = 0.5) -> FileComparison:
    """The champion's file knows the truth; the challenger's strays from it by `scale`."""
    files = {"champion": truth, "challenger": noisy(truth, scale)}
    return FileComparison(asks.assign(learned=learned, **files))


def by_files(asks: pd.DataFrame, truth: Floats, files: FileComparison, gate: GateSettings = GATE) -> Verdict:
    return judge(asks.assign(challenger=truth), gate, candidacy(files=files), references=())


def test_a_file_that_is_surely_worse_than_the_champions_is_held(asks: pd.DataFrame, truth: Floats) -> None:
    held = by_files(asks, truth, newer(asks, truth, learned=True, scale=1))
    assert failed(held) == {"log loss of the files, champion"}
    assert held.failures[0].why.endswith(f"{SIZE} of which taught the challenger: surely worse")
    assert by_files(asks, truth, newer(asks, truth, learned=True, scale=0)).promoted


def test_files_are_compared_on_what_neither_learned_where_that_is_enough(asks: pd.DataFrame, truth: Floats) -> None:
    files = newer(asks, truth, learned=np.arange(SIZE) >= 100)
    assert "on 100 asks since its data ended, of which neither learned" in by_files(asks, truth, files).checks[-1].why
    more = by_files(asks, truth, files, GateSettings(draws=200, file_min_asks=101))
    assert f"{SIZE} asks since its data ended, {SIZE - 100} of which taught the challenger" in more.checks[-1].why


def test_too_few_newer_asks_to_compare_files_on_are_said_to_be_so(asks: pd.DataFrame, truth: Floats) -> None:
    check = by_files(asks, truth, newer(asks.head(99), truth[:99], learned=True)).checks[-1]
    assert (check.value, check.passed) == (99, None)
    assert "both recipes were refitted" in check.why


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
