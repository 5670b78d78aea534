import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import ModelRefusedError
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.persistence import ROWS, golden_rows, replay
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.signal_spec import Signal

LogMaker = Callable[..., pd.DataFrame]
QUICK = Recipe(bootstrap=2, folds=Folds(count=2), boosting=Boosting(rounds=(20,)))
SECTORS = ["energy", "retail", "health"]


@pytest.fixture(scope="module")
def rows(ask_log: LogMaker) -> pd.DataFrame:
    rows = ask_log(asks=300, accounts=60, seed=1)
    return rows.assign(sector=np.resize(SECTORS, len(rows)))


@pytest.fixture(scope="module")
def signals(log_signals: tuple[Signal, ...]) -> tuple[Signal, ...]:
    what = {"table": "accounts", "aggregate": "value", "column": "industry", "family": "firmographics"}
    return (*log_signals, Signal(name="sector", concept="sector", en="", es="", **what))


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame, signals: tuple[Signal, ...]) -> LadderModel:
    return LadderModel(signals, QUICK, seed=3).fit(rows)


@pytest.fixture(scope="module")
def golden(model: LadderModel) -> tuple[str, ...]:
    return golden_rows(model)


def inputs(golden: tuple[str, ...]) -> pd.DataFrame:
    names = ["history_yes", "history_n", "shown", "noise", "sector"]
    return pd.DataFrame([json.loads(one)["inputs"] for one in golden], columns=names)


def test_they_cover_the_unknown_every_category_and_what_lies_beyond(
    golden: tuple[str, ...], rows: pd.DataFrame
) -> None:
    found = inputs(golden)
    assert len(found) >= ROWS >= 20
    assert {*SECTORS, "?"} == {*found["sector"].dropna()}
    assert found["sector"].isna().any()
    for name in ("shown", "noise"):
        assert found[name].isna().any()
        assert found[name].min() < rows[name].min()
        assert found[name].max() > rows[name].max()
    assert (found["history_yes"] <= found["history_n"]).all()


def test_none_is_a_row_that_the_model_learned_from(golden: tuple[str, ...], rows: pd.DataFrame) -> None:
    known = inputs(golden).dropna(subset=["shown", "noise"])
    pairs = set(map(tuple, rows[["shown", "noise"]].round(3).to_numpy().tolist()))
    assert not pairs & set(map(tuple, known[["shown", "noise"]].round(3).to_numpy().tolist()))


def test_the_same_model_has_the_same_and_answers_them(model: LadderModel, golden: tuple[str, ...]) -> None:
    assert golden_rows(model) == golden
    replay(model, golden)
    replay(model, ())


def test_a_model_of_the_scorecard_alone_has_them_too(rows: pd.DataFrame, signals: tuple[Signal, ...]) -> None:
    cold = LadderModel(signals).fit_cold(rows)
    golden = golden_rows(cold)
    assert len(golden) >= ROWS
    replay(cold, golden)


def test_another_model_answers_them_otherwise(
    rows: pd.DataFrame, signals: tuple[Signal, ...], golden: tuple[str, ...]
) -> None:
    other = LadderModel(signals, QUICK, seed=4).fit(rows)
    with pytest.raises(ModelRefusedError, match=rf"{len(golden)} of {len(golden)} golden rows"):
        replay(other, golden)


def test_one_answer_in_one_row_is_enough(model: LadderModel, golden: tuple[str, ...]) -> None:
    row = json.loads(golden[3])
    row["said"][7] += 1e-6
    with pytest.raises(ModelRefusedError, match="1 of "):
        replay(model, (*golden[:3], json.dumps(row), *golden[4:]))


def test_the_last_bits_are_the_machines(model: LadderModel, golden: tuple[str, ...]) -> None:
    row = json.loads(golden[3])
    row["said"][7] += 1e-13
    other = json.dumps(row)
    assert other != golden[3]
    replay(model, (other,))


@pytest.mark.parametrize(
    "row", ["no JSON", "[]", '{"inputs": [1, 2], "said": [0.5]}', '{"inputs": [1, 2, 0.5, 0.5, "x"], "said": [0.5]}']
)
def test_rows_that_are_not_of_the_model_are_refused(model: LadderModel, row: str) -> None:
    with pytest.raises(ModelRefusedError, match="golden rows are not of its"):
        replay(model, (row,))
