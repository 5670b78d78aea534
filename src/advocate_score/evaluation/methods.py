"""The methods of a backtest: the blend with its recipe, each of its components alone, and the baselines."""

from collections.abc import Mapping, Sequence

import pandas as pd

from advocate_score.evaluation.baselines import BASELINES, Method, last_outcome
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.model.arrays import Floats
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Component, Recipe
from advocate_score.signal_spec import Signal


def methods(
    signals: Sequence[Signal],
    recipe: Recipe,
    seed: int,
    scorecard: Mapping[str, float] | None = None,
    levels: Sequence[int] = LEVEL_NUMBERS,
) -> dict[str, Method]:
    """Return every published method by the name of its column, followed by `last_outcome`.

    `logit`, `lightgbm` (no declared directions) and `scorecard` (slope and level intercepts learned) are the same
    recipe reduced to one component.

    Parameters
    ----------
    signals : the active declared signals.
    recipe : of the blend.
    seed : of the fits.
    scorecard : weights by family that override the recipe's.
    levels : the ladder's levels, lowest first.
    """
    ladders = {name: ladder(signals, one, seed, scorecard, levels) for name, one in recipes_compared(recipe).items()}
    return {
        "readiness": ladders.pop("readiness"),
        **{name: BASELINES[name] for name in ("base_rate", "nps_rule", "smoothed_history")},
        **ladders,
        "last_outcome": last_outcome,
    }


def recipes_compared(recipe: Recipe) -> dict[str, Recipe]:
    """Return the recipe of each method that is a ladder model; the other methods are simple rules."""
    return {
        "readiness": recipe,
        "logit": _only(recipe, "logit"),
        "lightgbm": _free_of_signs(_only(recipe, "boosted")),
        "scorecard": _only(recipe, "scorecard"),
    }


def ladder(
    signals: Sequence[Signal],
    recipe: Recipe,
    seed: int,
    scorecard: Mapping[str, float] | None = None,
    levels: Sequence[int] = LEVEL_NUMBERS,
) -> Method:
    """Return a method that fits the ladder model of a recipe on the training asks.

    Parameters
    ----------
    signals : the active declared signals.
    recipe : of the model.
    seed : of the fits.
    scorecard : weights by family that override the recipe's.
    levels : the ladder's levels, lowest first.
    """

    def probability(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
        return LadderModel(signals, recipe, seed, scorecard, levels).fit(training).probability(test)

    return probability


def cold_scorecard(model: LadderModel) -> Method:
    """Return the scorecard as a method, as it serves before any promotion: it ignores the training asks."""

    def probability(training: pd.DataFrame, test: pd.DataFrame) -> Floats:  # noqa: ARG001
        cold = LadderModel(model.signals, model.recipe, model.seed, model.scorecard, model.levels)
        return cold.fit_cold(test).probability(test)

    return probability


def _only(recipe: Recipe, component: Component) -> Recipe:
    blend = recipe.blend.model_copy(update={"start": {component: 1.0}})
    return recipe.model_copy(update={"components": (component,), "bootstrap": 0, "blend": blend})


def _free_of_signs(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"boosting": recipe.boosting.model_copy(update={"signs": False, "from_asks": 0})})
