from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.predict import Contributions, Explanation, group_by_concept
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.signal_spec import Signal

LogMaker = Callable[..., pd.DataFrame]
QUICK = Recipe(bootstrap=6, folds=Folds(count=2), boosting=Boosting(rounds=(40,)))


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker) -> pd.DataFrame:
    rows = ask_log(asks=500, accounts=80, seed=1)
    return rows.assign(propensity=np.where(rows.index % 9 == 0, 0.2, 0.6), exploration=rows.index % 9 == 0)


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame, log_signals: tuple[Signal, ...]) -> LadderModel:
    return LadderModel(log_signals, QUICK, seed=3).fit(rows)


@pytest.fixture(scope="module")
def found(model: LadderModel, rows: pd.DataFrame) -> Explanation:
    return model.explain(rows)


def test_contributions_add_up_to_the_published_log_odds(
    found: Explanation, model: LadderModel, rows: pd.DataFrame
) -> None:
    assert model.fitted_.bag is not None
    assert model.fitted_.blend.calibration.slope != 1.0
    assert found.log_odds == pytest.approx(logit(model.probability(rows)), abs=1e-6)


def test_those_of_the_scorecard_add_up_too(rows: pd.DataFrame, log_signals: tuple[Signal, ...]) -> None:
    cold = LadderModel(log_signals, QUICK).fit_cold(rows)
    assert cold.explain(rows).log_odds == pytest.approx(logit(cold.probability(rows)), abs=1e-6)


def test_the_base_knows_the_level_alone(found: Explanation, rows: pd.DataFrame) -> None:
    spread = pd.Series(found.base).groupby(rows["level"]).agg(np.ptp)
    assert (spread < 0.5).all()
    assert found.contributions["shown"].abs().mean() > 3 * found.contributions["noise"].abs().mean()


def test_what_speaks_for_is_told_in_order_with_the_accounts_own_value(found: Explanation, rows: pd.DataFrame) -> None:
    told = found.reasons(top=2, side="for")
    assert (told["contribution"] > 0).all()
    assert told["place"].isin([1, 2]).all()
    ordered = told.groupby("row")["contribution"].apply(lambda one: one.is_monotonic_decreasing)
    assert ordered.all()
    shown = told[told["signal"] == "shown"]
    assert shown["value"].tolist() == rows["shown"].iloc[shown["row"]].tolist()


def test_what_speaks_against_is_the_other_side(found: Explanation) -> None:
    told = found.reasons(top=3, side="against")
    assert (told["contribution"] < 0).all()


def parts(by_input: list[float], refits: list[list[float]]) -> Explanation:
    names = {"a1": "a", "a2": "a", "b": "b", "c": "c", "d": "d", "e": "e"}
    made = Contributions(np.zeros(1), np.array([by_input]), np.array([[one] for one in refits]))
    values = pd.DataFrame([["v1", 2.0, 3.0, 4.0, 5.0, 6.0]], columns=list(names))
    return group_by_concept(made, values, names)


def test_signals_of_one_concept_are_one_reason_led_by_the_strongest() -> None:
    told = parts([0.3, 0.5, 0.7, 0.1, 0.0, -1.0], [[0.0] * 6]).reasons(top=2)
    assert told[["concept", "signal", "value"]].to_numpy().tolist() == [["a", "a2", 2.0], ["b", "b", 3.0]]
    assert told["contribution"].tolist() == pytest.approx([0.8, 0.7])


def test_the_inputs_of_a_concept_that_move_it_to_the_side_are_told_in_order() -> None:
    told = parts([0.3, 0.5, 0.7, -0.1, 0.0, -1.0], [[0.0] * 6]).inputs(top=2)
    assert told[["concept", "signal", "value"]].to_numpy().tolist() == [
        ["a", "a2", 2.0], ["a", "a1", "v1"], ["b", "b", 3.0],
    ]  # fmt: skip
    assert told["contribution"].tolist() == pytest.approx([0.8, 0.8, 0.7])
    mixed = parts([0.9, -0.5, 0.0, 0.0, 0.0, -1.0], [[0.0] * 6])
    assert mixed.inputs(top=3)["signal"].tolist() == ["a1"]
    assert mixed.inputs(top=3, side="against")["signal"].tolist() == ["e"]
    assert mixed.inputs(top=3).columns.tolist() == mixed.reasons(top=3).columns.tolist()
    assert parts([-1.0] * 6, [[0.0] * 6]).inputs().empty


def test_a_reason_that_comes_and_goes_between_refits_is_not_stable() -> None:
    steady = [0.5, 0.0, 0.4, 0.3, 0.2, 0.1]
    other = [0.5, 0.0, 0.4, 0.3, 0.2, 0.9]
    stable = parts(steady, [other] * 4 + [steady] * 6).stable["for"].iloc[0]
    assert stable.to_dict() == {"a": True, "b": True, "c": True, "d": False, "e": False}


def test_a_refit_that_says_the_opposite_does_not_support_a_reason() -> None:
    steady, turned = [0.5] + [0.0] * 5, [-0.5] + [0.0] * 5
    assert not parts(steady, [steady] * 6 + [turned] * 4).stable["for"].at[0, "a"]
    assert parts(steady, [steady] * 8 + [turned] * 2).stable["for"].at[0, "a"]
