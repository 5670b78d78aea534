import pytest
from sklearn.base import clone

from advocate_score.model.ladder_classifier import LadderClassifier
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Boosting, Recipe


@pytest.mark.parametrize("made", [LadderClassifier(), LadderModel()])
def test_every_choice_of_the_recipe_is_a_parameter(made: LadderClassifier | LadderModel) -> None:
    told = made.get_params()
    assert told["recipe__boosting__leaves"] == Recipe().boosting.leaves
    assert told["recipe__scorecard__weights"] == Recipe().scorecard.weights
    assert not [name for name in made.get_params(deep=False) if "__" in name]


def test_a_choice_is_set_over_the_recipe_that_is_there() -> None:
    given = Recipe(bootstrap=3, boosting=Boosting(min_leaf=7))
    made = LadderClassifier(recipe=given).set_params(recipe__boosting__leaves=15, seed=4)
    assert made.recipe == Recipe(bootstrap=3, boosting=Boosting(min_leaf=7, leaves=15))
    assert made.seed == 4
    assert given.boosting.leaves == Recipe().boosting.leaves
    assert clone(made).recipe == made.recipe


def test_without_a_recipe_the_default_is_changed() -> None:
    made = LadderClassifier().set_params(recipe__bootstrap=0)
    assert made.recipe == Recipe(bootstrap=0)


def test_a_whole_recipe_and_a_choice_go_together() -> None:
    made = LadderClassifier().set_params(recipe__bootstrap=0, recipe=Recipe(min_accounts=9))
    assert made.recipe == Recipe(min_accounts=9, bootstrap=0)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("recipe__boost", "'boost'; there are components"),
        ("recipe__boosting__leafs", "'leafs'; there are rounds"),
        ("recipe__bootstrap__count", "'bootstrap__count'"),
        ("rung", "Invalid parameter 'rung'"),
    ],
)
def test_an_unknown_choice_is_refused(name: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        LadderClassifier().set_params(**{name: 1})


def test_a_value_out_of_bounds_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves"):
        LadderClassifier().set_params(recipe__boosting__leaves=1)
