"""The methods of a backtest: a model refitted, each component of the ladder model alone, and the baselines."""

import numpy as np
import pandas as pd

from advocate_score.evaluation.baselines import BASELINES, Method, last_outcome
from advocate_score.model.arrays import Floats
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.protocol import Model
from advocate_score.model.recipe import Component, Recipe
from advocate_score.model.training_data import level_positions


def methods(model: Model) -> dict[str, Method]:
    """Return every published method by the name of its column, followed by `last_outcome`.

    `readiness` is the model. `logit`, `lightgbm` (no declared directions) and `scorecard` (slope and level intercepts
    learned) are the recipe of `reference_ladder(model)`, reduced to one component.
    """
    return {
        "readiness": refit_method(model),
        **{name: BASELINES[name] for name in ("base_rate", "nps_rule", "smoothed_history")},
        **{name: refit_method(part) for name, part in _parts(reference_ladder(model)).items()},
        "last_outcome": last_outcome,
    }


def recipes_compared(model: Model) -> dict[str, Recipe]:
    """Return the recipe of each of `methods(model)` that is a ladder model."""
    own = {"readiness": model} if isinstance(model, LadderModel) else {}
    return {name: ladder.recipe or Recipe() for name, ladder in {**own, **_parts(reference_ladder(model))}.items()}


def reference_ladder(model: Model) -> LadderModel:
    """Return the ladder model whose components and scorecard any model is compared with.

    It is the model itself, or that of the shipped recipe over the same signals and levels.
    """
    return model if isinstance(model, LadderModel) else LadderModel(model.signals, levels=model.levels)


def refit_method(model: Model) -> Method:
    """Return a method that refits the model on the training asks; it is judged by the readiness that it would serve."""

    def probability(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
        return own_readiness(model.refit(training), test)

    return probability


def cold_scorecard(model: Model) -> Method:
    """Return the scorecard over the model's signals as a method, as it serves before any promotion.

    It ignores the training asks.
    """
    card = reference_ladder(model)

    def probability(training: pd.DataFrame, test: pd.DataFrame) -> Floats:  # noqa: ARG001
        cold = LadderModel(card.signals, card.recipe, card.seed, card.scorecard, card.levels)
        return own_readiness(cold.fit_cold(test), test)

    return probability


def own_readiness(model: Model, rows: pd.DataFrame) -> Floats:
    """Return the readiness (n,) that scoring would publish for each row's own level."""
    return model.scores(rows).readiness[np.arange(len(rows)), level_positions(rows["level"], model.levels)]


def _parts(ladder: LadderModel) -> dict[str, LadderModel]:
    recipe = ladder.recipe or Recipe()
    recipes = {
        "logit": _only(recipe, "logit"),
        "lightgbm": _free_of_signs(_only(recipe, "boosted")),
        "scorecard": _only(recipe, "scorecard"),
    }
    return {
        name: LadderModel(ladder.signals, reduced, ladder.seed, ladder.scorecard, ladder.levels)
        for name, reduced in recipes.items()
    }


def _only(recipe: Recipe, component: Component) -> Recipe:
    blend = recipe.blend.model_copy(update={"start": {component: 1.0}})
    return recipe.model_copy(update={"components": (component,), "bootstrap": 0, "blend": blend})


def _free_of_signs(recipe: Recipe) -> Recipe:
    return recipe.model_copy(update={"boosting": recipe.boosting.model_copy(update={"signs": False, "from_asks": 0})})
