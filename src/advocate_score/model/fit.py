"""Fits a ladder to ask rows: tune on rolling folds, refit on all rows, calibrate on the held-out asks.

Tuning chooses the ridge and weights of the linear components first, then the rounds and weight of the trees that are
fitted on what these leave unexplained.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd

from advocate_score.errors import Fault, InputError
from advocate_score.model import blend, training_data
from advocate_score.model.arrays import Floats, Integers, draw_accounts
from advocate_score.model.boosting import Bag
from advocate_score.model.calibration import Calibration, fit_calibration, prior_covariance
from advocate_score.model.design import CARD, Preparation
from advocate_score.model.ordinal_logit import Logit
from advocate_score.model.recipe import Component, Shrinkage


@dataclass(frozen=True)
class FoldCandidates:
    """One fold, encoded by its training rows, with the fits of the candidate ridges of each linear component."""

    training: blend.Encoded
    test: blend.Encoded
    fits: dict[Component, tuple[Logit, ...]]

    @classmethod
    def of(
        cls,
        rows: training_data.AskRows,
        fold: training_data.Fold,
        components: tuple[Component, ...],
        plan: training_data.Plan,
    ) -> Self:
        """Fit the candidates of one fold.

        Parameters
        ----------
        rows : the mature asks.
        fold : positions of its training and test rows.
        components : the linear components.
        plan : gives the recipe.
        """
        train = rows.take(fold.train)
        preparation = Preparation.fit(train, plan)
        training, test = blend.Encoded.of(train, preparation), blend.Encoded.of(rows.take(fold.test), preparation)
        return cls(training, test, {name: _fit_candidates(name, training, plan) for name in components})

    def tested_log_odds(self, name: Component) -> Floats:
        """Return log-odds (candidates, n) of the test rows at their own levels."""
        return np.stack([fit.own_log_odds(self.test.design, self.test.rows.level) for fit in self.fits[name]])

    def boosted_log_odds(self, shares: dict[Component, tuple[int, float]], plan: training_data.Plan) -> Floats:
        """Return what the trees add to the linear blend `shares` on the test rows, (candidate rounds, n).

        `shares`: component → candidate, weight.
        """
        linear = blend.weighted_sum(
            [(weight, self.fits[name][candidate]) for name, (candidate, weight) in shares.items()]
        )
        weight = self.training.rows.weight
        boosters = [
            blend.fit_trees(self.training, weight, linear, rounds, plan) for rounds in plan.recipe.boosting.rounds
        ]
        return Bag(tuple(boosters)).members_at(self.test.trees, self.test.rows.level)


def _fit_candidates(name: Component, training: blend.Encoded, plan: training_data.Plan) -> tuple[Logit, ...]:
    """Return one fit per ridge, in the recipe's order; each search starts at the fit of the next stronger ridge."""
    ridges = plan.recipe.logit.ridges[:1] if name in blend.LONE else plan.recipe.logit.ridges
    fits: dict[float, Logit] = {}
    for ridge in sorted(ridges, reverse=True):
        prior = blend.linear_prior(name, training.preparation, ridge, plan)
        fits[ridge] = blend.fit_linear(name, training, training.rows.weight, prior, next(reversed(fits.values()), None))
    return tuple(fits[ridge] for ridge in ridges)


@dataclass(frozen=True)
class Tuning:
    """The tuned choices, with out-of-fold predictions to calibrate on.

    `log_odds` (n,): of the blend for the asks `held_out`, each from a fold that ended before it · `share` (n,): how
    much each ask counts · `fold` (n,): its fold.
    """

    chosen: training_data.TunedChoices
    log_odds: Floats
    held_out: training_data.AskRows
    share: Floats
    fold: Integers


@dataclass(frozen=True)
class _Part:
    """A component at its best candidate: its weight, and its log-odds (n,) of the held-out asks."""

    candidate: int
    weight: float
    log_odds: Floats


@dataclass(frozen=True)
class _CandidateScores:
    """Compares candidates by log loss on the held-out asks."""

    trials: Sequence[FoldCandidates]
    outcome: Floats
    share: Floats
    plan: training_data.Plan

    def best(self, tested: Sequence[Floats], offset: Floats | float = 0.0) -> tuple[int, Floats]:
        """Return the candidate with the least log loss on top of `offset`, and its log-odds.

        `tested`: log-odds (candidates, n of the fold) of each fold.
        """
        candidates = np.concatenate(tested, axis=1) if tested else np.empty((1, 0))
        losses = [blend.log_loss(offset + candidate, self.outcome, self.share) for candidate in candidates]
        return int(np.argmin(losses)), candidates[int(np.argmin(losses))]


def cross_validate_components(rows: training_data.AskRows, plan: training_data.Plan) -> Tuning:
    """Tune every component over the folds; if there are too few asks for a fold, the recipe's start is kept."""
    components = plan.components(len(rows))
    linear = tuple(name for name in components if name != "boosted")
    folds = list(training_data.rolling_folds(rows, plan.recipe.folds))
    held_out = rows.take(training_data.positions([fold.test for fold in folds]))
    share = held_out.shares(plan.recipe.correlation)
    scores = _CandidateScores(
        [FoldCandidates.of(rows, fold, linear, plan) for fold in folds], held_out.outcome, share, plan
    )
    parts = _fit_linear(scores, linear) if linear else {}
    log_odds = sum((part.weight * part.log_odds for part in parts.values()), np.zeros(len(held_out)))
    if "boosted" in components:
        trees = _fit_boosted(scores, parts, log_odds)
        log_odds, parts = log_odds + trees.weight * trees.log_odds, {**parts, "boosted": trees}
    fold = np.repeat(np.arange(len(folds)), [len(fold.test) for fold in folds])
    return Tuning(_choose(parts, plan, bool(folds)), log_odds, held_out, share, fold)


def _fit_linear(scores: _CandidateScores, names: tuple[Component, ...]) -> dict[Component, _Part]:
    best = {name: scores.best([trial.tested_log_odds(name) for trial in scores.trials]) for name in names}
    choices = scores.plan.recipe.blend
    configured = np.array([choices.start.get(name, 0.0) for name in names])
    start = configured if configured.any() else np.ones(len(names))
    log_odds = np.stack([column for _, column in best.values()], axis=1)
    weights = blend.fit_weights(log_odds, scores.outcome, scores.share, start / start.sum(), choices.strength)
    return {
        name: _Part(candidate, float(weight), column)
        for (name, (candidate, column)), weight in zip(best.items(), weights, strict=True)
    }


def _fit_boosted(scores: _CandidateScores, linear: dict[Component, _Part], offset: Floats) -> _Part:
    """Fit the trees' rounds and weight out of fold; without linear components their weight is 1."""
    used = {name: (part.candidate, part.weight) for name, part in linear.items()}
    best, added = scores.best([trial.boosted_log_odds(used, scores.plan) for trial in scores.trials], offset)
    if not linear:
        return _Part(best, 1.0, added)
    choices = scores.plan.recipe.blend
    start = choices.start.get("boosted", 0.0) if scores.trials else 0.0
    return _Part(
        best,
        blend.fit_added(offset, added, scores.outcome, scores.share, start, choices.strength),
        added,
    )


def _choose(parts: dict[Component, _Part], plan: training_data.Plan, was_tuned: bool) -> training_data.TunedChoices:
    """Return the tuned choices; if nothing was tried, the strongest ridge and the fewest rounds."""
    ridges, rounds = plan.recipe.logit.ridges, plan.recipe.boosting.rounds
    return training_data.TunedChoices(
        ridge=ridges[parts["logit"].candidate] if was_tuned and "logit" in parts else max(ridges),
        rounds=rounds[parts["boosted"].candidate] if was_tuned and "boosted" in parts else min(rounds),
        weights={name: part.weight for name, part in parts.items()},
    )


_NO_DRAWS = np.empty((0, 0))


def recalibrate(rows: training_data.AskRows, tuning: Tuning, plan: training_data.Plan) -> Calibration:
    """Fit the calibration: weighted by propensity on accounts left out if propensities were logged, else plain.

    The plain one is kept only if it improves later asks. The weighted one is always kept: it corrects for who was
    asked, and asks chosen in the same way cannot show whether it does.
    """
    return _calibrate_weighted(rows, tuning, plan) if training_data.are_logged(rows) else _calibrate_plain(tuning, plan)


def _calibrate_weighted(rows: training_data.AskRows, tuning: Tuning, plan: training_data.Plan) -> Calibration:
    choices = plan.recipe.calibration
    folds = list(training_data.account_folds(rows, choices.folds, plan.seed))
    held_out = rows.take(training_data.positions([fold.test for fold in folds]))
    log_odds = [_for_left_out(rows, fold, tuning, plan) for fold in folds]
    if not folds:
        return _calibrate_plain(tuning, plan)
    weight = training_data.ipw_weights(held_out.propensity, held_out.asked_at, choices.half_life_days)
    weight *= held_out.shares(plan.recipe.correlation)
    return fit_calibration(
        np.concatenate(log_odds), held_out.level, held_out.outcome, weight, choices.weighted, plan.levels
    )


def _for_left_out(
    rows: training_data.AskRows, fold: training_data.Fold, tuning: Tuning, plan: training_data.Plan
) -> Floats:
    """Return log-odds of the test rows at their own levels, from a refit on the training rows."""
    ladder = blend.assemble(rows.take(fold.train), tuning.chosen, plan, _NO_DRAWS)
    test = rows.take(fold.test)
    return ladder.own_log_odds(test.signals, test.yes, test.answered, test.level)


def _calibrate_plain(tuning: Tuning, plan: training_data.Plan) -> Calibration:
    """Return the calibration on all held-out asks if those of earlier folds improve later ones, else the identity."""
    if not len(tuning.held_out):
        return Calibration.identity(prior_covariance(plan.recipe.calibration.plain, plan.levels))
    fitted = _fit_calibration(tuning, slice(None), plan)
    if sum(_loss_saved(tuning, fold, plan) for fold in training_data.earlier_and_later(tuning.fold)) > 0:
        return fitted
    return Calibration.identity(fitted.covariance)


def _fit_calibration(tuning: Tuning, part: training_data.Positions | slice, plan: training_data.Plan) -> Calibration:
    log_odds, level, outcome = tuning.log_odds[part], tuning.held_out.level[part], tuning.held_out.outcome[part]
    shrinkage = plan.recipe.calibration.plain
    return fit_calibration(log_odds, level, outcome, tuning.share[part], shrinkage, plan.levels)


def _loss_saved(tuning: Tuning, fold: training_data.Fold, plan: training_data.Plan) -> float:
    """Return the log loss that a calibration on the earlier asks saves on the later ones."""
    before, outcome = tuning.log_odds[fold.test], tuning.held_out.outcome[fold.test]
    after = _fit_calibration(tuning, fold.train, plan).own_log_odds(before, tuning.held_out.level[fold.test])
    share = tuning.share[fold.test]
    return blend.log_loss(before, outcome, share) - blend.log_loss(after, outcome, share)


def fit_ladder(rows: training_data.AskRows, plan: training_data.Plan) -> blend.FittedLadder:
    """Fit the ladder on all of `rows`; if `recipe.bootstrap` is 0 there is one booster, no refit and no interval."""
    if not training_data.has_enough_asks(rows.outcome, 2):
        fix = "score with the scorecard until both answers are there"
        raise InputError([Fault("asks", "no mature ask, or one kind of answer only.", fix)])
    tuning = cross_validate_components(rows, plan)
    ladder = blend.assemble(rows, tuning.chosen, plan, bootstrap_weights(rows, plan.recipe.refits, plan.seed))
    calibration = recalibrate(rows, tuning, plan).with_falling_levels(ladder.blend.linear.intercepts)
    return replace(ladder, blend=ladder.blend.model_copy(update={"calibration": calibration}))


def cold_ladder(signals: pd.DataFrame, plan: training_data.Plan) -> blend.FittedLadder:
    """Return the scorecard alone: its points on top of the stated base rates."""
    preparation = Preparation.cold(signals, plan)
    slopes = np.zeros(len(preparation.centre))
    slopes[CARD] = 1.0
    doubt = Shrinkage(intercept=plan.recipe.scorecard.deviation, slope=0.0, level=0.0)
    cold_blend = blend.Blend(
        preparation=preparation,
        weights={"scorecard": 1.0},
        linear=Logit(intercepts=preparation.prior, slopes=slopes),
        refits=(),
        calibration=Calibration.identity(prior_covariance(doubt, plan.levels)),
    )
    return blend.FittedLadder(cold_blend, None)


def bootstrap_weights(rows: training_data.AskRows, draws: int, seed: int) -> Floats:
    """Return row weights (draws, n) of account-clustered bootstrap samples."""
    account_draws = draw_accounts(pd.Series(rows.account), draws, seed)
    return account_draws.counts[:, account_draws.code]
