"""The choices of a recipe as parameters of scikit-learn: `recipe__boosting__leaves` and the like."""

from collections.abc import Iterator, Sequence
from typing import Any, Self, TypeVar

from sklearn.base import BaseEstimator

from advocate_score.model.recipe import Choices, Recipe

Some = TypeVar("Some", bound=Choices)


class RecipeParameters(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator with a `recipe`; None stands for the shipped default, from which single choices may still differ.

    Grid search and `set_params` reach every choice by its path: `recipe__min_accounts`, `recipe__logit__ridges`.
    """

    recipe: Recipe | None

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Names and values; `deep` with every choice of the recipe."""
        own: dict[str, Any] = super().get_params(deep)
        recipe = Recipe() if self.recipe is None else self.recipe
        return own | dict(_paths("recipe", recipe)) if deep and isinstance(recipe, Recipe) else own

    def set_params(self, **params: object) -> Self:
        """ValueError where a name is unknown, or a value is not one that the recipe takes."""
        choices = {name: value for name, value in params.items() if name.startswith("recipe__")}
        super().set_params(**{name: value for name, value in params.items() if name not in choices})
        for name, value in choices.items():
            self.recipe = changed(self.recipe or Recipe(), name.split("__")[1:], value)
        return self


def changed(choices: Some, path: Sequence[str], value: object) -> Some:
    """The same but for the choice at `path`, checked; ValueError where there is none of that name."""
    name, *rest = path
    known = type(choices).model_fields
    inner = getattr(choices, name) if name in known else None
    if name not in known or (rest and not isinstance(inner, Choices)):
        raise ValueError(f"no choice of a recipe is called '{'__'.join(path)}'; there are {', '.join(known)}")
    new = changed(inner, rest, value) if isinstance(inner, Choices) and rest else value
    return type(choices).model_validate({**dict(choices), name: new})


def _paths(prefix: str, choices: Choices) -> Iterator[tuple[str, object]]:
    for name, value in choices:
        yield f"{prefix}__{name}", value
        if isinstance(value, Choices):
            yield from _paths(f"{prefix}__{name}", value)
