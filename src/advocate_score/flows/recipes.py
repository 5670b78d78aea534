"""The candidates and the gate that a configuration names."""

from advocate_score.config import Settings
from advocate_score.model.recipe import Recipe
from advocate_score.model.recipes import Recipes, load_recipes
from advocate_score.shipped import shipped


def recipes_of(settings: Settings) -> Recipes:
    own = settings.model.recipes
    return load_recipes(settings.path(own) if own else shipped("models/ladder.toml"))


def chosen_recipe(settings: Settings) -> Recipe:
    return recipes_of(settings).named(settings.model.recipe)
