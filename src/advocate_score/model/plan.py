"""What a fit is asked to do: inputs, recipe, how many levels, which seed."""

from dataclasses import dataclass

from advocate_score.model.recipe import Component, Recipe
from advocate_score.model.schema import Schema


@dataclass(frozen=True)
class Plan:
    schema: Schema
    recipe: Recipe
    levels: int
    seed: int

    def components(self, asks: int) -> tuple[Component, ...]:
        """Without the boosters where there are too few asks for a tree to mean anything."""
        few = asks < self.recipe.boosting.from_asks
        linear = tuple(name for name in self.recipe.components if name != "boosted")
        return linear if few and linear else self.recipe.components


@dataclass(frozen=True)
class Chosen:
    """What the folds decide: the logit's ridge, the boosters' rounds, the blend's weights."""

    ridge: float
    rounds: int
    weights: dict[Component, float]
