"""One fold of the tuning: candidates fitted on its training rows, their log-odds for its test rows."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.boosting import Bag
from advocate_score.model.components import LONE, Encoded, fit_linear, fit_trees, linear_prior, weighted_sum
from advocate_score.model.folds import Fold
from advocate_score.model.logit import Logit
from advocate_score.model.plan import Plan
from advocate_score.model.preparation import Preparation
from advocate_score.model.recipe import Component
from advocate_score.model.rows import AskRows


@dataclass(frozen=True)
class Trial:
    """Rows encoded by what the training rows know; per linear component the fits of its candidate ridges."""

    learned: Encoded
    test: Encoded
    fits: dict[Component, tuple[Logit, ...]]

    @classmethod
    def of(cls, rows: AskRows, fold: Fold, components: tuple[Component, ...], plan: Plan) -> Self:
        train = rows.take(fold.train)
        preparation = Preparation.fit(train, plan)
        learned, test = Encoded.of(train, preparation), Encoded.of(rows.take(fold.test), preparation)
        return cls(learned, test, {name: _candidates(name, learned, plan) for name in components})

    def tested(self, name: Component) -> Floats:
        """Log-odds (candidates, n) of the test rows at their own levels."""
        return np.stack([fit.own(self.test.design, self.test.rows.level) for fit in self.fits[name]])

    def boosted(self, shares: dict[Component, tuple[int, float]], plan: Plan) -> Floats:
        """What trees add to the linear blend of `shares` (component → candidate, weight), after each number of rounds
        (candidates, n)."""
        linear = weighted_sum([(weight, self.fits[name][candidate]) for name, (candidate, weight) in shares.items()])
        weight = self.learned.rows.weight
        boosters = [fit_trees(self.learned, weight, linear, rounds, plan) for rounds in plan.recipe.boosting.rounds]
        return Bag(tuple(boosters)).members_at(self.test.trees, self.test.rows.level)


def _candidates(name: Component, learned: Encoded, plan: Plan) -> tuple[Logit, ...]:
    """One fit a ridge, in the recipe's order; found from the strongest down, each near the one before."""
    ridges = plan.recipe.logit.ridges[:1] if name in LONE else plan.recipe.logit.ridges
    fits: dict[float, Logit] = {}
    for ridge in sorted(ridges, reverse=True):
        prior = linear_prior(name, learned.preparation, ridge, plan)
        fits[ridge] = fit_linear(name, learned, learned.rows.weight, prior, next(reversed(fits.values()), None))
    return tuple(fits[ridge] for ridge in ridges)
