"""What the log says of how its asks were chosen, and whom the model has never seen the like of."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Boosting, Calibration, Folds, Recipe
from advocate_score.model.selection_bias import SelectionBias, selection_bias
from advocate_score.signal_spec import Signal

LogMaker = Callable[..., pd.DataFrame]
AGELESS = Recipe(calibration=Calibration(half_life_days=1e9))
QUICK = Recipe(bootstrap=2, folds=Folds(count=2), boosting=Boosting(rounds=(20,)))


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker) -> pd.DataFrame:
    return ask_log(asks=400, accounts=80, seed=2)


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame, log_signals: tuple[Signal, ...]) -> LadderModel:
    return LadderModel(log_signals, QUICK).fit(rows)


@pytest.fixture
def accounts(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop_duplicates("account_id", keep="last").reset_index(drop=True)


def unasked(accounts: pd.DataFrame) -> pd.DataFrame:
    return accounts.assign(history_yes=0.0, history_n=0.0)


def logged(rows: pd.DataFrame) -> pd.DataFrame:
    """Every tenth ask was exploration, at a tenth of the others' propensity."""
    explored = np.arange(len(rows)) % 10 == 0
    return rows.assign(exploration=explored, propensity=np.where(explored, 0.02, 0.2))


def test_without_propensities_every_ask_weighs_the_same_and_nothing_is_identified(rows: pd.DataFrame) -> None:
    found = selection_bias(rows)
    assert not found.identified
    assert found.effective_size == pytest.approx(400)
    assert found.largest_share == pytest.approx(4 / 400)
    assert (found.asks, found.exploration_asks, found.overlap) == (400, 0, 0.0)


def test_with_propensities_the_figures_are_those_of_the_weights(rows: pd.DataFrame) -> None:
    found = selection_bias(logged(rows), recipe=AGELESS)
    weight = np.repeat([10.0, 1.0], [40, 360])
    assert found.identified
    assert found.exploration_asks == 40
    assert found.effective_size == pytest.approx(weight.sum() ** 2 / (weight**2).sum())
    assert found.largest_share == pytest.approx(4 * 10 / weight.sum())
    assert found.least_propensity == pytest.approx(0.1)
    assert found.overlap == 0.0


def test_overlap_is_the_share_of_the_explored_that_the_policy_reaches_too(rows: pd.DataFrame) -> None:
    some = logged(rows).assign(propensity=np.tile([0.1, 0.5, 0.2, 0.3, 0.4], 80))
    some.loc[some.index[some["exploration"]][:10], "propensity"] = 0.01
    assert selection_bias(some).overlap == pytest.approx(30 / 40)


@pytest.mark.parametrize(
    "change", [{"exploration": 0.0}, {"propensity": 1.0}], ids=["no exploration", "one propensity"]
)
def test_half_of_what_is_needed_identifies_nothing(rows: pd.DataFrame, change: dict[str, float]) -> None:
    assert not selection_bias(logged(rows).assign(**change)).identified


def test_the_never_asked_are_counted_and_their_rates_lie_in_order(model: LadderModel, accounts: pd.DataFrame) -> None:
    some = pd.concat([unasked(accounts.head(20)), accounts.iloc[20:].assign(history_n=9.0)])
    found = model.selection_.among(some, model.fitted_)
    assert found.never_asked == pytest.approx(20 / len(accounts))
    assert found.never_asked_yes is not None
    assert found.never_asked_yes.low < found.never_asked_yes.modelled < found.never_asked_yes.high
    modelled = (model.readiness(some.iloc[:20]) @ np.array(found.level_mix)).mean()
    assert found.never_asked_yes.modelled == pytest.approx(modelled)


def test_who_is_like_nobody_asked_is_outside_of_support(model: LadderModel, accounts: pd.DataFrame) -> None:
    usual = model.selection_.among(accounts, model.fitted_)
    strange = accounts.assign(shown=accounts["shown"].max(), noise=accounts["noise"].min())
    assert usual.outside_support is not None
    assert usual.outside_support < 0.1
    assert model.selection_.among(strange, model.fitted_).outside_support == 1.0


def test_where_calibration_is_identified_there_is_no_banner_and_no_band(
    rows: pd.DataFrame, accounts: pd.DataFrame, model: LadderModel
) -> None:
    found = selection_bias(logged(rows), accounts, model.fitted_)
    assert found.banner("en") == found.banner("es") == ""
    assert found.sensitivity_band is None
    assert found.never_asked_yes is None
    assert found.outside_support is not None
    assert "selection_sensitivity_band" not in found.metrics()


def test_the_banner_says_it_in_both_languages(model: LadderModel, accounts: pd.DataFrame) -> None:
    found = model.selection_.among(unasked(accounts), model.fitted_)
    rates = found.never_asked_yes
    assert rates is not None
    low, high = f"{100 * rates.low:.0f}", f"{100 * rates.high:.0f}"
    assert found.banner("en") == (
        "For clients you have never asked, treat the percentages as rough, those of “At least” too: between "
        f"{low} and {high} in 100 would say yes. Ask a few at random each month and this narrows."
    )
    assert found.banner("es") == (
        "Para los clientes a los que nunca ha pedido nada, tome los porcentajes como orientativos, también los de «Al "
        f"menos»: diría que sí entre el {low} y el {high} %. "
        "Pida algo cada mes a unos pocos elegidos al azar y el margen se estrechará."
    )
    without = model.selection_.banner("en")
    assert without.endswith("those of “At least” too. Ask a few at random each month and they become reliable.")


def test_where_everybody_has_been_asked_there_is_nothing_to_do_and_no_banner(model: LadderModel) -> None:
    assert model.selection_.model_copy(update={"never_asked": 0.0}).banner() == ""


def test_metrics_are_plain_figures(model: LadderModel, accounts: pd.DataFrame) -> None:
    metrics = model.selection_.among(accounts, model.fitted_).metrics()
    assert metrics["selection_asks"] == 400
    assert metrics["selection_sensitivity_band"] > 0.5
    assert all(type(one) is float and np.isfinite(one) for one in metrics.values())
    assert all(name.startswith("selection_") for name in metrics)


def test_before_any_ask_the_scorecard_says_that_nothing_was_learned(
    accounts: pd.DataFrame, log_signals: tuple[Signal, ...]
) -> None:
    cold = LadderModel(log_signals).fit_cold(unasked(accounts))
    found = cold.selection_.among(unasked(accounts), cold.fitted_)
    assert (found.asks, found.identified, found.never_asked) == (0, False, 1.0)
    assert found.banner("en").startswith("The model has not learned from your own asks yet")
    assert found.banner("es").startswith("El modelo aún no ha aprendido de sus propias peticiones")
    assert found.never_asked_yes is not None


def test_it_is_kept_as_json_bit_for_bit(model: LadderModel, accounts: pd.DataFrame) -> None:
    found = model.selection_.among(accounts, model.fitted_)
    again = SelectionBias.model_validate_json(found.model_dump_json())
    assert again.model_dump_json() == found.model_dump_json()
    assert again.among(accounts, model.fitted_).metrics() == found.metrics()


def test_nobody_to_score_changes_nothing(model: LadderModel, accounts: pd.DataFrame) -> None:
    assert model.selection_.among(accounts.head(0), model.fitted_) is model.selection_
