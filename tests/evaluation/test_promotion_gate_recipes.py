from pathlib import Path

import pytest

from advocate_score.errors import ConfigurationError
from advocate_score.evaluation.promotion_gate import GateSettings, load_recipes
from advocate_score.files import shipped_file
from advocate_score.model.recipe import Recipe


def load(tmp_path: Path, text: str) -> object:
    file = tmp_path / "ladder.toml"
    file.write_text(text, encoding="utf-8")
    return load_recipes(file)


def test_the_shipped_file_states_the_defaults() -> None:
    recipes = load_recipes(shipped_file("models/ladder.toml"))
    assert recipes.recipe_named("blend") == Recipe()
    assert recipes.gate == GateSettings()
    assert recipes.recipe_named("logit").components == ("logit",)


def test_every_fault_is_told_at_once_and_by_place(tmp_path: Path) -> None:
    text = "[recipes.mine]\nbootstraps = 3\n[recipes.mine.folds]\ncount = 0\n[gate]\nsuperiority = 2\n"
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert {fault.place.split(" ")[1] for fault in caught.value.faults} == {
        "recipes.mine.bootstraps",
        "recipes.mine.folds.count",
        "gate.superiority",
    }


def test_an_unknown_recipe_is_told_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="there are blend, logit, scorecard"):
        load_recipes(shipped_file("models/ladder.toml")).recipe_named("best")


@pytest.mark.parametrize("text", ["[recipes", "[gate]\n"])
def test_what_is_no_recipes_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationError):
        load(tmp_path, text)
    with pytest.raises(ConfigurationError):
        load_recipes(tmp_path / "nowhere.toml")
