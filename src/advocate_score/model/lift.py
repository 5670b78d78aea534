"""The lift curve: what the best-ranked share of the asks brings, over what as many taken blindly would."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from advocate_score.model.capacity import lift_at_capacity, precision_at_capacity
from advocate_score.model.cases import Cases, cases_of, plain_weights
from advocate_score.model.resampling import AccountDraws, draw_accounts, interval

SHARES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
COLUMNS = ["share", "precision", "precision_low", "precision_high", "lift", "lift_low", "lift_high"]


def lift_curve(
    predictions: pd.DataFrame, method: str, shares: Sequence[float] = SHARES, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """One row a share of each origin's and level's asks, with 90 % account-clustered intervals."""
    cases = cases_of(predictions, method)
    drawn = draw_accounts(predictions["account_id"], draws, seed)
    rows = [(share, *_point(replace(cases, share=np.full_like(cases.share, share)), drawn)) for share in shares]
    return pd.DataFrame(rows, columns=COLUMNS)


def _point(cases: Cases, drawn: AccountDraws) -> tuple[float, ...]:
    found: list[float] = []
    for measure in (precision_at_capacity, lift_at_capacity):
        values = np.concatenate([measure(cases, weight) for weight in drawn.weights()])
        found += [float(measure(cases, plain_weights(cases))[0]), *interval(values)]
    return tuple(found)
