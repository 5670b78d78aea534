from collections.abc import Callable
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import AdvocateScoreError, InputError
from advocate_score.evaluation.backtest import KEYS, NEVER_ASKED, rolling_origins
from advocate_score.evaluation.methods import BASELINES
from advocate_score.model.arrays import Floats

ORIGINS = [datetime(2022, 1, 1), datetime(2023, 1, 1)]
LogMaker = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker) -> pd.DataFrame:
    return ask_log(asks=300, accounts=50, seed=2)


def run(rows: pd.DataFrame, end: datetime, **more: object) -> pd.DataFrame:
    return rolling_origins(rows, ORIGINS, BASELINES, maturity_days=45, seen_until=end, **more)


def test_one_row_a_later_ask_with_every_method(rows: pd.DataFrame, log_end: datetime) -> None:
    found = run(rows, log_end)
    later = rows[rows["asked_at"] >= ORIGINS[0]]
    assert list(found.columns) == [*KEYS, *BASELINES, NEVER_ASKED]
    assert found["ask_id"].tolist() == later["ask_id"].tolist()
    assert found["outcome"].tolist() == later["outcome"].tolist()
    assert set(found["origin"]) == {pd.Timestamp(one) for one in ORIGINS}
    assert (found["asked_at"] >= found["origin"]).all()


def test_methods_see_the_past_only(rows: pd.DataFrame, log_end: datetime) -> None:
    seen = []

    def watch(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
        seen.append((training["matures_at"].max(), test["asked_at"].min(), test["asked_at"].max()))
        return np.full(len(test), 0.5)

    rolling_origins(rows, ORIGINS, {"watch": watch}, maturity_days=45, seen_until=log_end)
    for (matured, first, last), origin, end in zip(seen, ORIGINS, [ORIGINS[1], datetime(2024, 1, 1)], strict=True):
        assert matured <= origin <= first <= last < end


def test_what_comes_later_changes_nothing(rows: pd.DataFrame, log_end: datetime) -> None:
    changed = rows.assign(outcome=rows["outcome"].where(rows["asked_at"] < ORIGINS[1], 1 - rows["outcome"]))
    before, after = (one[one["origin"] == ORIGINS[0]] for one in (run(rows, log_end), run(changed, log_end)))
    pd.testing.assert_frame_equal(before, after)


def test_the_order_of_rows_decides_nothing(rows: pd.DataFrame, log_end: datetime) -> None:
    pd.testing.assert_frame_equal(run(rows, log_end), run(rows.sample(frac=1, random_state=3), log_end))


def test_asks_that_are_not_mature_are_left_out(rows: pd.DataFrame) -> None:
    found = run(rows, datetime(2023, 7, 1))
    assert found["asked_at"].max() <= pd.Timestamp(2023, 7, 1) - pd.Timedelta(days=45)


def test_never_asked_before_is_an_account_s_first_ask(rows: pd.DataFrame, log_end: datetime) -> None:
    found = run(rows, log_end)
    first = rows.groupby("account_id")["asked_at"].min()
    expected = found["asked_at"].to_numpy() == first[found["account_id"]].to_numpy()
    assert found[NEVER_ASKED].tolist() == expected.tolist()


def test_progress_names_origin_and_method(rows: pd.DataFrame, log_end: datetime) -> None:
    said: list[str] = []
    run(rows, log_end, progress=said.append)
    assert len(said) == len(ORIGINS) * len(BASELINES)
    assert said[0].startswith("origin 2022-01-01: base_rate on ")


def test_an_origin_before_every_ask_is_refused(rows: pd.DataFrame, log_end: datetime) -> None:
    with pytest.raises(InputError, match="no ask was made by"):
        rolling_origins(rows, [datetime(2019, 1, 1)], BASELINES, maturity_days=45, seen_until=log_end)


@pytest.mark.parametrize("wrong", [1.2, -0.1, np.nan])
def test_what_is_no_probability_is_an_error(rows: pd.DataFrame, log_end: datetime, wrong: float) -> None:
    methods = {"wrong": lambda _, test: np.full(len(test), wrong)}
    with pytest.raises(AdvocateScoreError, match="'wrong'"):
        rolling_origins(rows, ORIGINS, methods, maturity_days=45, seen_until=log_end)
