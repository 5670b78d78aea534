"""Which calibration a blend gets, learned on asks that the blend was not fitted on."""

import numpy as np

from advocate_score.model.arrays import Floats
from advocate_score.model.assembly import assemble
from advocate_score.model.blend import log_loss
from advocate_score.model.calibration import Calibration, fit_calibration, prior_covariance
from advocate_score.model.folds import Fold, Positions, account_folds, earlier_and_later, positions
from advocate_score.model.plan import Plan
from advocate_score.model.propensities import are_logged, standing_weights
from advocate_score.model.rows import AskRows
from advocate_score.model.tuning import Tuning

_NO_DRAWS = np.empty((0, 0))


def recalibrate(rows: AskRows, tuning: Tuning, plan: Plan) -> Calibration:
    """By propensity on accounts left out where propensities were logged, else on later asks, kept where it wins.

    The weighted one always stands: it mends who was asked, and asks like those already made cannot tell whether.
    """
    return _weighted(rows, tuning, plan) if are_logged(rows) else _plain(tuning, plan)


def _weighted(rows: AskRows, tuning: Tuning, plan: Plan) -> Calibration:
    choices = plan.recipe.calibration
    folds = list(account_folds(rows, choices.folds, plan.seed))
    held_out = rows.take(positions([fold.test for fold in folds]))
    log_odds = [_for_left_out(rows, fold, tuning, plan) for fold in folds]
    if not folds:
        return _plain(tuning, plan)
    weight = standing_weights(held_out.propensity, held_out.asked_at, choices.half_life_days)
    weight *= held_out.shares(plan.recipe.correlation)
    return fit_calibration(
        np.concatenate(log_odds), held_out.level, held_out.outcome, weight, choices.weighted, plan.levels
    )


def _for_left_out(rows: AskRows, fold: Fold, tuning: Tuning, plan: Plan) -> Floats:
    """Log-odds of the test rows, at their own levels, from a refit on the training rows."""
    ladder = assemble(rows.take(fold.train), tuning.chosen, plan, _NO_DRAWS)
    test = rows.take(fold.test)
    return ladder.own_log_odds(test.signals, test.yes, test.answered, test.level)


def _plain(tuning: Tuning, plan: Plan) -> Calibration:
    """That of all held-out asks, where one of the earlier folds beats the identity on the next; else the identity."""
    if not len(tuning.held_out):
        return Calibration.identity(prior_covariance(plan.recipe.calibration.plain, plan.levels))
    fitted = _fit(tuning, slice(None), plan)
    if sum(_saved(tuning, fold, plan) for fold in earlier_and_later(tuning.fold)) > 0:
        return fitted
    return Calibration.identity(fitted.covariance)


def _fit(tuning: Tuning, part: Positions | slice, plan: Plan) -> Calibration:
    log_odds, level, outcome = tuning.log_odds[part], tuning.held_out.level[part], tuning.held_out.outcome[part]
    shrinkage = plan.recipe.calibration.plain
    return fit_calibration(log_odds, level, outcome, tuning.share[part], shrinkage, plan.levels)


def _saved(tuning: Tuning, fold: Fold, plan: Plan) -> float:
    """Log loss saved on the later asks by a calibration of the earlier ones."""
    before, outcome = tuning.log_odds[fold.test], tuning.held_out.outcome[fold.test]
    after = _fit(tuning, fold.train, plan).own(before, tuning.held_out.level[fold.test])
    share = tuning.share[fold.test]
    return log_loss(before, outcome, share) - log_loss(after, outcome, share)
