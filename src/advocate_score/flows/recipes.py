"""The candidates, the gate and the model that a configuration names."""

from collections.abc import Sequence

from advocate_score.config import Settings
from advocate_score.declaration import Signal
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Recipe
from advocate_score.model.recipes import Recipes, load_recipes
from advocate_score.shipped import shipped


def recipes_of(settings: Settings) -> Recipes:
    own = settings.model.recipes
    return load_recipes(settings.path(own) if own else shipped("models/ladder.toml"))


def chosen_recipe(settings: Settings) -> Recipe:
    return recipes_of(settings).named(settings.model.recipe)


def untrained(settings: Settings, signals: Sequence[Signal]) -> LadderModel:
    """The configured recipe over these signals, not yet fitted."""
    chosen = settings.model
    weights: dict[str, float] = dict(chosen.scorecard.items())
    return LadderModel(signals, chosen_recipe(settings), chosen.seed, weights)
