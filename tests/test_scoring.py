"""Scoring with a real, small model."""

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import InputError
from advocate_score.model.ladder_model import LadderModel
from advocate_score.scoring import COLUMNS, check_readiness, score_accounts
from advocate_score.signal_spec import Signal

SIGNALS = (
    Signal(
        name="meetings",
        family="relationship_depth",
        table="interactions",
        aggregate="count",
        direction=1,
        concept="meetings",
        en="{value:.0f} meetings",
        es="{value:.0f} reuniones",
    ),
)


def accounts(number: int, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    names = [f"a{place:03}" for place in draw.permutation(number)]
    return pd.DataFrame(
        {
            "account_id": names,
            "history_yes": draw.integers(0, 3, number).astype("float64"),
            "history_n": np.full(number, 3.0),
            "meetings": draw.integers(0, 20, number).astype("float64"),
        }
    )


@pytest.fixture(scope="module")
def model() -> LadderModel:
    rows = accounts(300, seed=1)
    draw = np.random.default_rng(2)
    asked_at = [datetime(2024, 1, 1) + timedelta(days=int(day)) for day in range(300)]
    level = draw.integers(1, 6, 300)
    yes = draw.random(300) < 1 / (1 + np.exp(-(0.3 * rows["meetings"] - level)))
    times = {"asked_at": asked_at, "matures_at": asked_at, "known_at": asked_at}
    asks = rows.assign(
        ask_id=rows.index.astype("str"),
        level=level,
        outcome=yes.astype("int64"),
        completed=np.nan,
        propensity=1.0,
        exploration=False,
        policy_id="",
        **times,
    )
    return LadderModel(SIGNALS, seed=3).fit(asks, bootstrap=3)


def test_every_account_at_every_level_in_order(model: LadderModel) -> None:
    frame = score_accounts(model, accounts(40))
    assert tuple(frame.columns) == COLUMNS
    assert frame["account_id"].tolist() == [f"a{place:03}" for place in range(40) for _ in range(5)]
    assert frame["level"].tolist() == [1, 2, 3, 4, 5] * 40
    assert set(frame["evidence"]) <= {"scorecard", "limited", "solid"}
    assert frame["completion"].isna().all()


def test_the_order_and_the_index_of_the_accounts_change_nothing(model: LadderModel) -> None:
    in_order = accounts(40).sort_values("account_id", ignore_index=True)
    whole = score_accounts(model, in_order)
    for mixed in (accounts(40), in_order.set_index(np.full(40, 7))):
        pd.testing.assert_frame_equal(whole, score_accounts(model, mixed), check_exact=True)


def test_scores_are_the_models_own(model: LadderModel) -> None:
    some = accounts(40).sort_values("account_id", ignore_index=True)
    frame = score_accounts(model, some)
    np.testing.assert_array_equal(frame["readiness"].to_numpy().reshape(-1, 5), model.readiness(some))
    assert (frame["readiness_low"] <= frame["readiness"]).all()


def test_nobody_to_score_is_an_empty_frame(model: LadderModel) -> None:
    frame = score_accounts(model, accounts(0))
    assert frame.empty
    assert tuple(frame.columns) == COLUMNS


def test_row_86_a_table_that_tells_nobody_apart_is_refused(model: LadderModel) -> None:
    same = accounts(5).assign(history_yes=1.0, meetings=4.0)
    with pytest.raises(InputError, match="all 5 accounts have the same scores"):
        score_accounts(model, same)
    assert len(score_accounts(model, same.head(1))) == 5


@pytest.mark.parametrize(
    ("column", "row", "value", "message"),
    [
        ("readiness", 2, np.nan, "1 score is missing"),
        ("readiness", 2, 1.5, "1 score is missing or outside"),
        ("readiness", 4, 0.95, "1 account is readier for a higher level"),
        ("readiness_high", 0, 0.0, "1 score lies outside the interval given"),
        ("readiness_low", 0, np.nan, "1 score lies outside the interval given"),
    ],
)
def test_row_86_wrong_scores_are_refused(model: LadderModel, column: str, row: int, value: float, message: str) -> None:
    frame = score_accounts(model, accounts(10))
    frame.loc[row, column] = value
    with pytest.raises(InputError, match=message):
        check_readiness(frame, 5)
