from collections.abc import Callable
from datetime import datetime

import pandas as pd
import pytest

from advocate_score.evaluation.backtest import KEYS, PREDICTION_COLUMNS, rolling_origins
from advocate_score.evaluation.leakage import permuted_labels
from advocate_score.evaluation.methods import cold_scorecard, methods, refit_method
from advocate_score.evaluation.metrics import paired_difference
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.signal_spec import Signal

ORIGINS = [datetime(2022, 1, 1), datetime(2023, 1, 1)]
QUICK = Recipe(bootstrap=2, folds=Folds(count=2), boosting=Boosting(rounds=(20,)))
LogMaker = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def predictions(ask_log: LogMaker, log_signals: tuple[Signal, ...], log_end: datetime) -> pd.DataFrame:
    rows = ask_log(asks=600, accounts=150, seed=4)
    return rolling_origins(
        rows, ORIGINS, methods(LadderModel(log_signals, QUICK, seed=1)), maturity_days=45, seen_until=log_end
    )


def test_the_published_columns_come_first_and_in_order(predictions: pd.DataFrame) -> None:
    assert tuple(predictions.columns[: len(PREDICTION_COLUMNS)]) == PREDICTION_COLUMNS
    assert predictions[list(PREDICTION_COLUMNS[len(KEYS) :])].notna().all(axis=None)


def test_the_methods_differ_and_the_blend_beats_the_base_rate(predictions: pd.DataFrame) -> None:
    chances = predictions[list(PREDICTION_COLUMNS[len(KEYS) :])].drop(columns="nps_rule")
    assert not chances.T.duplicated().any()
    assert paired_difference(predictions, "readiness", "base_rate", draws=200).high < 0


def test_the_ladder_model_has_no_skill_on_permuted_labels(
    ask_log: LogMaker, log_signals: tuple[Signal, ...], log_end: datetime
) -> None:
    method = refit_method(LadderModel(log_signals, QUICK, seed=1))
    check = permuted_labels(
        ask_log(asks=600, accounts=150, seed=4), ORIGINS, method, maturity_days=45, seen_until=log_end, seed=2
    )
    assert check.passed, check.why


def test_the_cold_scorecard_learns_nothing_from_the_training_asks(
    ask_log: LogMaker, log_signals: tuple[Signal, ...]
) -> None:
    rows = ask_log(asks=300, accounts=60, seed=2)
    method = cold_scorecard(LadderModel(log_signals, Recipe(), seed=1))
    turned = rows.assign(outcome=1 - rows["outcome"])
    assert (method(rows, rows) == method(turned, rows)).all()
