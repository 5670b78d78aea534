"""The second head: P(delivered | accepted), one ridge logit over the same design."""

import numpy as np
from scipy.special import logit

from advocate_score.model.arrays import Floats
from advocate_score.model.components import Encoded
from advocate_score.model.folds import teaches
from advocate_score.model.logit import Logit, Prior, fit_logit
from advocate_score.model.plan import Plan


def fit_completion(data: Encoded, completed: Floats, plan: Plan) -> Logit | None:
    """None where the accepted asks that are known to be delivered or not are too few, or all alike.

    Parameters
    ----------
    completed : (n,) 0, 1 or NaN where not accepted or not known.
    """
    known = ~np.isnan(completed)
    done, weight = completed[known], data.rows.weight[known]
    if not teaches(done, plan.recipe.folds.min_asks):
        return None
    rate = logit((weight @ done + 1) / (weight.sum() + 2))
    design = data.design[known]
    columns = design.shape[1]
    prior = Prior(
        means=np.zeros(columns),
        penalties=np.full(columns, max(plan.recipe.logit.ridges)),
        signs=np.zeros(columns, dtype=np.int64),
        intercepts=np.full(plan.levels, rate),
    )
    return fit_logit(design, data.rows.level[known], done, weight, prior)
