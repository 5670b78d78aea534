"""Every method of the comparison: learns from a world's asks, gives its accounts' readiness."""

from collections.abc import Callable
from importlib.util import find_spec

from benchmarks.quality.competitors import COMPETITORS, NEEDS, Competitor
from benchmarks.quality.inputs import as_curves, at_every_level
from benchmarks.quality.measures import Curves
from benchmarks.quality.worlds import Judged, signals

from advocate_score.evaluation.backtest import Method
from advocate_score.evaluation.methods import methods
from advocate_score.evaluation.promotion_gate import load_recipes
from advocate_score.files import shipped_file
from advocate_score.model.ladder_model import LadderModel
from advocate_score.model.recipe import Recipe

PRODUCT, OPTIMUM, TRUTH = "readiness", "optimum", "truth"
SEED = 1
Fit = Callable[[Judged], Curves]


def shipped_recipe() -> Recipe:
    return load_recipes(shipped_file("models/ladder.toml")).recipe_named("blend")


def ladder(recipe: Recipe | None = None) -> Fit:
    """The product's model under a recipe (the shipped one), with its intervals."""

    def fit(world: Judged) -> Curves:
        model = LadderModel(signals(), recipe or shipped_recipe(), SEED).fit(world.asks)
        return Curves(model.readiness(world.accounts), *model.intervals(world.accounts))

    return fit


def _baseline(method: Method) -> Fit:
    def fit(world: Judged) -> Curves:
        return Curves(as_curves(method(world.asks, at_every_level(world.accounts))))

    return fit


def _competitor(competitor: Competitor) -> Fit:
    return lambda world: Curves(competitor(world.asks, world.accounts))


def _cold_scorecard(world: Judged) -> Curves:
    """As it serves before any ask is made."""
    return Curves(LadderModel(signals(), shipped_recipe(), SEED).fit_cold(world.accounts).readiness(world.accounts))


def installed(method: str) -> bool:
    return method not in NEEDS or find_spec(NEEDS[method]) is not None


def every_method() -> dict[str, Fit]:
    own = methods(LadderModel(signals(), shipped_recipe(), SEED))
    rules = {name: _baseline(own[name]) for name in ("base_rate", "nps_rule", "smoothed_history", "logit")}
    others = {name: _competitor(one) for name, one in COMPETITORS.items()}
    return {PRODUCT: ladder(), "scorecard": _cold_scorecard, **rules, **others}


def every_name() -> tuple[str, ...]:
    """Methods and bounds, whether installed or not."""
    return (*every_method(), OPTIMUM, TRUTH)
