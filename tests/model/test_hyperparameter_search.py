import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from advocate_score.errors import InputError, MissingExtraError
from advocate_score.model.hyperparameter_search import BLEND, TREES, Tuned, optuna_search
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Boosting, Folds, Recipe
from advocate_score.model.training_data import AskRows, ask_rows
from advocate_score.signal_spec import Signal

START = Recipe(folds=Folds(count=2), boosting=Boosting(rounds=(10,), leaves=2, learning_rate=0.001))
RANGES = {one.name: one for one in (*TREES, *BLEND)}


@pytest.fixture(scope="module")
def log(ask_log: Callable[..., pd.DataFrame]) -> pd.DataFrame:
    """Whether a yes comes is decided by two numbers together, which the starting recipe's trees cannot see."""
    rows = ask_log(asks=500, accounts=80, seed=1)
    rng = np.random.default_rng(0)
    rows["shown"], rows["noise"] = rng.choice([-1.0, 1.0], (2, len(rows)))
    return rows.assign(outcome=(rows["shown"] * rows["noise"] > 0).astype(int), history_yes=0.0, history_n=0.0)


def searched(log: pd.DataFrame, recipe: Recipe = START, trials: int = 3, seed: int = 0) -> Tuned:
    model = LadderModel([signal(name) for name in ("shown", "noise")], recipe, seed, levels=(1, 2, 3))
    plan = model.plan()
    return optuna_search(rows_of(log, model), plan, trials)


def signal(name: str) -> Signal:
    plain = {"family": "renewals", "table": "renewals", "aggregate": "count", "concept": name, "en": "", "es": ""}
    return Signal.model_validate({"name": name, **plain})


def rows_of(log: pd.DataFrame, model: LadderModel) -> AskRows:
    return ask_rows(log, model.plan().schema, model.levels)


@pytest.mark.extra
def test_a_better_recipe_is_found_within_its_bounds(log: pd.DataFrame) -> None:
    found = searched(log)
    assert found.log_loss < found.log_loss_before - 0.01
    assert found.choices.keys() == RANGES.keys()
    assert all(RANGES[name].low <= value <= RANGES[name].high for name, value in found.choices.items())
    assert found.recipe.boosting.leaves == found.choices["boosting.leaves"]
    assert found.recipe.blend.strength == found.choices["blend.strength"]
    kept = {"boosting": START.boosting, "blend": START.blend}
    assert found.recipe.model_copy(update=kept) == START


@pytest.mark.extra
def test_the_same_seed_finds_the_same_recipe(log: pd.DataFrame) -> None:
    first = searched(log, trials=2, seed=3)
    assert searched(log, trials=2, seed=3) == first
    assert searched(log, trials=2, seed=4).choices != first.choices


@pytest.mark.extra
def test_the_given_recipe_stays_where_none_is_better(log: pd.DataFrame) -> None:
    good = Recipe(folds=Folds(count=2), boosting=Boosting(rounds=(160,), ridge=0.0, min_leaf=5, learning_rate=0.3))
    found = searched(log, good, trials=1)
    assert found.recipe == good
    assert not found.choices
    assert found.log_loss == found.log_loss_before


@pytest.mark.extra
def test_only_what_the_recipe_uses_is_searched(log: pd.DataFrame) -> None:
    trees = START.model_copy(update={"components": ("boosted",)})
    assert not {one.name for one in BLEND} & searched(log, trees, trials=1).choices.keys()
    with pytest.raises(InputError, match="without such choices"):
        searched(log, START.model_copy(update={"components": ("logit",)}))
    with pytest.raises(InputError, match="too few to judge"):
        searched(log.head(20))


def test_without_optuna_the_extra_is_named(log: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtraError, match=r"advocate-score\[tune\]"):
        searched(log)
