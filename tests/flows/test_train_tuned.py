import sys
from pathlib import Path

import pytest

from advocate_score.evaluation.backtest import default_origins, splits
from advocate_score.flows.project import Silent, open_project
from advocate_score.flows.train import search_recipe
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Folds, Recipe
from flows.conftest import Run
from model.conftest import make_ask_log, signal


def test_without_the_extra_nothing_is_begun(firm: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    done = run(firm, "train", "--tune", "3")
    assert done.code == 2
    assert "pip install 'advocate-score[tune]'" in done.err
    assert not (firm / "mlflow.db").exists()


@pytest.mark.extra
def test_a_tuned_training_logs_what_it_chose(firm: Path, run: Run) -> None:
    from mlflow import MlflowClient

    told = run(firm, "train", "--tune", "2").result
    assert told["tuned"]["trials"] == 2
    parameters = MlflowClient(told["tracking_uri"]).get_run(told["run_id"]).data.params
    assert parameters["tuning_trials"] == "2"
    assert {name: parameters[name] for name in told["tuned"]["choices"]} == {
        name: str(value) for name, value in told["tuned"]["choices"].items()
    }


@pytest.mark.extra
def test_asks_that_the_backtest_judges_have_no_part_in_the_search(firm: Path) -> None:
    project = open_project(firm / "advocate.toml", [], Silent())
    rows = make_ask_log(asks=400, seed=5)
    days = project.settings.model.maturity_days
    judged = rows["asked_at"] >= splits(rows, default_origins(rows, days), days)[0].origin
    turned = rows.assign(outcome=rows["outcome"].where(~judged, 1 - rows["outcome"]))
    turned.loc[judged, "shown"] = 9.0
    recipe = Recipe(folds=Folds(count=2, min_asks=10))
    searched = [LadderModel((signal("shown"),), recipe, levels=(1, 2, 3)) for _ in range(2)]
    found = [search_recipe(project, model, log, 2) for model, log in zip(searched, (rows, turned), strict=True)]
    assert found[0] == found[1]
    assert searched[0].recipe == searched[1].recipe
