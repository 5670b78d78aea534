import numpy as np
import pytest

from advocate_score.model.design import History, card_points, fit_history
from advocate_score.model.recipe import Scorecard
from advocate_score.model.training_data import Input, Schema

STRENGTHS = (2.0, 10.0, 50.0)


def fitted(spread: float) -> History:
    """Over accounts whose own rates differ by `spread`."""
    rng = np.random.default_rng(3)
    rate = np.clip(0.4 + spread * rng.normal(size=800), 0.02, 0.98)
    answered = np.full(800, 12.0)
    yes = rng.binomial(12, rate).astype(np.float64)
    return fit_history(yes, answered, (rng.random(800) < rate).astype(np.float64), STRENGTHS)


def test_a_record_counts_the_more_the_more_accounts_differ() -> None:
    assert fitted(spread=0.3).strength < fitted(spread=0.0).strength == 50.0


def test_no_record_is_the_base_rate_and_a_yes_never_hurts() -> None:
    history = History(base_rate=0.2, strength=10.0)
    assert history.log_odds(np.zeros(1), np.zeros(1)) == pytest.approx([0.0])
    assert (np.diff(history.log_odds(np.arange(6.0), np.full(6, 5.0))) > 0).all()


def test_records_that_say_nothing_leave_the_middle_strength() -> None:
    nothing = np.zeros(4)
    assert fit_history(nothing, nothing, np.array([0.0, 1.0, 0.0, 0.0]), STRENGTHS).strength == 10.0


def test_a_row_of_weight_two_is_two_rows() -> None:
    rng = np.random.default_rng(6)
    answered = rng.integers(1, 9, 60).astype(np.float64)
    yes, outcome = np.floor(answered * rng.random(60)), rng.integers(0, 2, 60).astype(np.float64)
    weight = np.where(np.arange(60) < 20, 2.0, 1.0)
    twice = [np.concatenate([one, one[:20]]) for one in (yes, answered, outcome)]
    weighed, repeated = fit_history(yes, answered, outcome, STRENGTHS, weight), fit_history(*twice, STRENGTHS)
    assert weighed.base_rate == pytest.approx(repeated.base_rate)
    assert weighed.strength == repeated.strength


def card(*inputs: tuple[str, str, int]) -> dict[str, float]:
    made = [Input(name=name, concept=concept, direction=sign, family="sentiment") for name, concept, sign in inputs]
    return card_points(Schema(inputs=tuple(made)), {"sentiment": 0.6})


def test_a_concept_counts_once_however_many_signals_it_has() -> None:
    alone = card(("nps", "survey", 1), ("tone", "tone", 1))
    crowded = card(("nps", "survey", 1), ("nps_mean", "survey", 1), ("promoter", "survey", 1), ("tone", "tone", 1))
    assert alone == pytest.approx({"nps": 0.3, "tone": 0.3})
    assert crowded["tone"] == pytest.approx(0.3)
    assert crowded["nps"] == pytest.approx(0.1)


def test_points_follow_the_direction_and_need_one() -> None:
    assert card(("good", "a", 1), ("bad", "b", -1), ("mute", "c", 0)) == pytest.approx({"good": 0.3, "bad": -0.3})


def test_satisfaction_is_not_advocacy() -> None:
    weights = Scorecard().weights
    assert all(weights["sentiment"] < weight for family, weight in weights.items() if family not in _LEAST)


_LEAST = ("sentiment", "firmographics")


def test_weights_may_be_changed_for_known_families_only() -> None:
    assert Scorecard().with_weights({"renewals": 2.0}).weights["renewals"] == 2.0
    with pytest.raises(ValueError, match="loyalty"):
        Scorecard().with_weights({"loyalty": 1.0})
