"""From ask rows to a fitted ladder: tune on rolling folds, refit on all rows, calibrate on what was held out."""

from dataclasses import replace

import numpy as np
import pandas as pd

from advocate_score.errors import Fault, InputError
from advocate_score.model.arrays import Floats
from advocate_score.model.assembly import assemble
from advocate_score.model.calibration import Calibration, prior_covariance
from advocate_score.model.fitted import Blend, FittedLadder
from advocate_score.model.folds import teaches
from advocate_score.model.logit import Logit
from advocate_score.model.plan import Plan
from advocate_score.model.preparation import CARD, Preparation
from advocate_score.model.recalibration import recalibrate
from advocate_score.model.recipe import Shrinkage
from advocate_score.model.resampling import draw_accounts
from advocate_score.model.rows import AskRows
from advocate_score.model.tuning import tune


def fit_ladder(rows: AskRows, plan: Plan) -> FittedLadder:
    """Fits on all of `rows`; with `recipe.bootstrap` 0 there is one booster and no refit, hence no interval."""
    if not teaches(rows.outcome, 2):
        fix = "score with the scorecard until both answers are there"
        raise InputError([Fault("asks", "no mature ask, or one kind of answer only.", fix)])
    tuning = tune(rows, plan)
    ladder = assemble(rows, tuning.chosen, plan, resampled(rows, plan.recipe.bootstrap, plan.seed))
    calibration = recalibrate(rows, tuning, plan).held(ladder.blend.linear.intercepts)
    return replace(ladder, blend=ladder.blend.model_copy(update={"calibration": calibration}))


def cold_ladder(signals: pd.DataFrame, plan: Plan) -> FittedLadder:
    """The scorecard alone: its own points over the stated base rates."""
    preparation = Preparation.cold(signals, plan)
    slopes = np.zeros(len(preparation.centre))
    slopes[CARD] = 1.0
    doubt = Shrinkage(intercept=plan.recipe.scorecard.deviation, slope=0.0, level=0.0)
    blend = Blend(
        preparation=preparation,
        weights={"scorecard": 1.0},
        linear=Logit(intercepts=preparation.prior, slopes=slopes),
        refits=(),
        calibration=Calibration.identity(prior_covariance(doubt, plan.levels)),
    )
    return FittedLadder(blend, None)


def resampled(rows: AskRows, draws: int, seed: int) -> Floats:
    """Row weights (draws, n) of account-clustered bootstrap samples."""
    drawn = draw_accounts(pd.Series(rows.account), draws, seed)
    return drawn.counts[:, drawn.code]
