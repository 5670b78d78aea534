"""The recipe of a model: the choices of `models/ladder.toml` with their meanings and bounds, also as scikit-learn
parameters.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sklearn.base import BaseEstimator

from advocate_score.signal_spec import Family

Component = Literal["history", "scorecard", "logit", "boosted"]
Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Choices(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scorecard(Choices):
    """Weights of the families in log-odds, at a standing of 1 in every concept; `base_rates` per level, lowest first.

    `no_family` is the weight of all inputs without a family together, as in tables without declared signals. `strength`
    is the ridge penalty of the card's own slope; `deviation` is the prior uncertainty of the card alone, in log-odds.
    """

    weights: dict[Family, float] = {
        "measurable_outcomes": 0.9,
        "relationship_depth": 0.8,
        "informal_referrals": 0.8,
        "renewals": 0.6,
        "executive_engagement": 0.6,
        "responsiveness": 0.6,
        "voluntary_participation": 0.6,
        "advocacy_history": 0.6,
        "sentiment": 0.4,
        "firmographics": 0.0,
    }
    no_family: float = 2.0
    base_rates: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = (0.35, 0.25, 0.2, 0.15, 0.1)
    strength: Positive = 10.0
    deviation: Positive = 1.0

    @property
    def by_family(self) -> dict[Family | None, float]:
        return dict([*self.weights.items(), (None, self.no_family)])

    def with_weights(self, weights: Mapping[str, float]) -> Self:
        """Return the card with the weights of some families replaced; raise ValueError if a family is unknown."""
        return self.model_validate({**self.model_dump(), "weights": {**self.weights, **weights}})


class History(Choices):
    """`strengths` are the candidates for how many asks at the base rate an account's own record is shrunk by."""

    strengths: Annotated[tuple[Positive, ...], Field(min_length=1)] = (2.0, 5.0, 10.0, 20.0, 40.0)
    strength: Positive = 10.0


class Logit(Choices):
    """`ridges` are the candidate penalties of a signal's slope; `signs` limits slopes to the declared directions."""

    ridges: Annotated[tuple[Positive, ...], Field(min_length=1)] = (3.0, 10.0, 30.0, 100.0, 300.0)
    signs: bool = True


class Boosting(Choices):
    rounds: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)] = (10, 20, 40, 80, 160)
    learning_rate: Positive = 0.05
    leaves: Annotated[int, Field(ge=2, le=255)] = 7
    min_leaf: Annotated[int, Field(ge=1)] = 20
    ridge: Annotated[float, Field(ge=0)] = 10.0
    columns: Share = 0.5
    signs: bool = True
    from_asks: Count = 100


class Folds(Choices):
    """Rolling folds, the first after `first_share` of the asks.

    A fold is skipped if it has fewer than `min_asks` mature asks to train on.
    """

    count: Annotated[int, Field(ge=1)] = 4
    first_share: Share = 0.4
    min_asks: Count = 30


class Blend(Choices):
    """`start` are the weights before any fold is scored, `strength` their weight in asks."""

    start: dict[Component, Share] = {"history": 0.0, "scorecard": 0.0, "logit": 1.0, "boosted": 0.5}
    strength: Positive = 10.0


class Shrinkage(Choices):
    """Prior deviations of a calibration from the identity, in log-odds (and of the slope from 1).

    A parameter with deviation 0 is fixed.
    """

    intercept: Annotated[float, Field(ge=0)] = 0.5
    slope: Annotated[float, Field(ge=0)] = 0.3
    level: Annotated[float, Field(ge=0)] = 0.0


class Calibration(Choices):
    """`plain` applies if no propensities were logged, `weighted` if they were; `folds` are over accounts.

    The weight of an ask halves every `half_life_days`.
    """

    plain: Shrinkage = Shrinkage()
    weighted: Shrinkage = Shrinkage(intercept=0.5, slope=0.2, level=0.15)
    half_life_days: Positive = 180.0
    folds: Annotated[int, Field(ge=2)] = 5


class Evidence(Choices):
    """Mature asks from which a level counts as `limited` (all levels together) and as `solid` (its own)."""

    limited: Count = 80
    solid: Count = 200
    borrowing_below: Count = 30


class Recipe(Choices):
    """One candidate model.

    min_accounts   the number of accounts at which a category must be seen to have an indicator
    correlation    between the asks of one account, beyond what signals explain, wherever candidates are compared
    bootstrap      resampled refits around redrawn priors, for intervals and the stability of reasons
    linear_refits  for each of them so many further refits of a linear component alone, for intervals that hardly depend
                   on the seed; the prediction is the same without them
    """

    components: tuple[Component, ...] = ("history", "scorecard", "logit", "boosted")
    min_accounts: Annotated[int, Field(ge=1)] = 5
    correlation: Share = 0.05
    bootstrap: Count = 20
    linear_refits: Count = 4
    scorecard: Scorecard = Scorecard()
    history: History = History()
    logit: Logit = Logit()
    boosting: Boosting = Boosting()
    folds: Folds = Folds()
    blend: Blend = Blend()
    calibration: Calibration = Calibration()
    evidence: Evidence = Evidence()

    @property
    def refits(self) -> int:
        return self.bootstrap * (1 + self.linear_refits)


Some = TypeVar("Some", bound=Choices)


class RecipeParameters(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator with a `recipe`; None means the shipped default, of which single choices may still be changed.

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
            self.recipe = with_value(self.recipe or Recipe(), name.split("__")[1:], value)
        return self


def with_value(choices: Some, path: Sequence[str], value: object) -> Some:
    """Return the choices with the one at `path` replaced and validated; raise ValueError if the path is unknown."""
    name, *rest = path
    known = type(choices).model_fields
    inner = getattr(choices, name) if name in known else None
    if name not in known or (rest and not isinstance(inner, Choices)):
        raise ValueError(f"no choice of a recipe is called '{'__'.join(path)}'; there are {', '.join(known)}")
    new = with_value(inner, rest, value) if isinstance(inner, Choices) and rest else value
    return type(choices).model_validate({**dict(choices), name: new})


def _paths(prefix: str, choices: Choices) -> Iterator[tuple[str, object]]:
    for name, value in choices:
        yield f"{prefix}__{name}", value
        if isinstance(value, Choices):
            yield from _paths(f"{prefix}__{name}", value)
