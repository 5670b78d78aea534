"""Searches recipes with Optuna (the extra `tune`); each candidate is scored on asks later than those of its fit.

Only choices that a fit does not tune itself are searched. Every candidate is fitted whole on every rolling fold, blend
weights and calibration included, so that none gains by fitting the asks that it is scored on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from advocate_score.errors import Fault, InputError, MissingExtraError
from advocate_score.model.arrays import single_thread
from advocate_score.model.blend import log_loss
from advocate_score.model.fit import fit_ladder
from advocate_score.model.recipe import Recipe, with_value
from advocate_score.model.training_data import AskRows, Fold, Plan, rolling_folds

if TYPE_CHECKING:
    from optuna import Trial

Report = Callable[[int, int], None]
"""Called with the number of candidates done and their total."""


@dataclass(frozen=True)
class Range:
    """The range of one choice, by its path in the recipe; `log`: search on a log scale, `integer`: integers only."""

    path: tuple[str, ...]
    low: float
    high: float
    log: bool = False
    integer: bool = False

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def suggest(self, trial: "Trial") -> float:
        if self.integer:
            return self.round_value(trial.suggest_int(self.name, int(self.low), int(self.high), log=self.log))
        return self.round_value(trial.suggest_float(self.name, self.low, self.high, log=self.log))

    def round_value(self, value: float) -> float:
        """Round to three digits, so that the printed value is the one that was tried."""
        return int(value) if self.integer else float(f"{value:.3g}")


TREES = (
    Range(("boosting", "leaves"), 3, 15, integer=True),
    Range(("boosting", "min_leaf"), 10, 80, log=True, integer=True),
    Range(("boosting", "learning_rate"), 0.02, 0.1, log=True),
    Range(("boosting", "ridge"), 1, 100, log=True),
    Range(("boosting", "columns"), 0.3, 1.0),
)
BLEND = (Range(("blend", "strength"), 3, 50, log=True),)


@dataclass(frozen=True)
class Tuned:
    """The result of a search.

    `recipe`: the best found, or the given one if no candidate was better; `choices`: where it differs, by name. The
    losses are mean log losses of the held-out asks: of `recipe`, and of the recipe that the search started from.
    """

    recipe: Recipe
    choices: Mapping[str, float]
    trials: int
    log_loss: float
    log_loss_before: float


def check_installed() -> None:
    """Raise MissingExtraError if Optuna is not installed."""
    try:
        import optuna
    except ImportError as error:
        raise MissingExtraError("the search for a recipe (--tune)", "tune") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)


@single_thread()
def optuna_search(rows: AskRows, plan: Plan, trials: int, report: Report = lambda _count, _total: None) -> Tuned:
    """Return the best of `trials` candidates around `plan.recipe`; the same rows, plan and trials find the same recipe.

    Parameters
    ----------
    rows : the mature asks.
    plan : gives the recipe to start from, and the seed.
    trials : the number of candidates.
    report : called before each candidate with the number done and the total.

    Raises
    ------
    InputError
        if there are too few asks for a fold, or the recipe has no choice to search.
    MissingExtraError
        if Optuna is not installed.
    """
    check_installed()
    import optuna

    space, folds = _search_space(plan, len(rows)), list(rolling_folds(rows, plan.recipe.folds))
    if not space or not folds:
        problem = "are too few to judge candidates on later ones." if space else "have a recipe without such choices."
        raise InputError([Fault("--tune", f"the {len(rows)} asks to search on {problem}", "train without it")])
    before = _held_out_loss(rows, folds, plan)

    def objective(trial: "Trial") -> float:
        report(trial.number, trials)
        recipe = _with_choices(plan.recipe, {dimension: dimension.suggest(trial) for dimension in space})
        return _held_out_loss(rows, folds, replace(plan, recipe=recipe))

    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=plan.seed))
    study.optimize(objective, n_trials=trials)
    if study.best_value >= before:
        return Tuned(plan.recipe, {}, trials, before, before)
    best = {dimension: dimension.round_value(study.best_params[dimension.name]) for dimension in space}
    choices = {dimension.name: value for dimension, value in best.items()}
    return Tuned(_with_choices(plan.recipe, best), choices, trials, study.best_value, before)


def _search_space(plan: Plan, asks: int) -> tuple[Range, ...]:
    components = plan.components(asks)
    return (TREES if "boosted" in components else ()) + (BLEND if len(components) > 1 else ())


def _with_choices(recipe: Recipe, choices: Mapping[Range, float]) -> Recipe:
    for dimension, value in choices.items():
        recipe = with_value(recipe, dimension.path, value)
    return recipe


def _held_out_loss(rows: AskRows, folds: Sequence[Fold], plan: Plan) -> float:
    """Return the mean log loss over the held-out asks; asks of one account count less than those of different ones."""
    quick = replace(plan, recipe=plan.recipe.model_copy(update={"bootstrap": 0}))
    total = counted = 0.0
    for fold in folds:
        ladder, test = fit_ladder(rows.take(fold.train), quick), rows.take(fold.test)
        share = test.shares(plan.recipe.correlation)
        log_odds = ladder.own_log_odds(test.signals, test.yes, test.answered, test.level)
        total += log_loss(log_odds, test.outcome, share)
        counted += share.sum()
    return total / counted
