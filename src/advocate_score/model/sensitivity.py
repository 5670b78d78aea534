"""What goodwill that no signal shows would do to the readiness of clients who were never asked.

At the same signals, let the odds of having been asked differ by the factor exp(γ) between clients who would say yes and
clients who would not. Then, by Bayes' rule and exactly, the log-odds of yes of those never asked are those of the asked
minus γ (the exponential tilt of Robins, Rotnitzky and Scharfstein, 2000; exp|γ| is the Λ of Tan's marginal sensitivity
model, 2006). Nothing in a log without propensities tells γ, so its size is taken from what is known, in the manner of
Cinelli and Hazlett (2020): one standard deviation of the strongest known concept's own part in the log-odds.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from advocate_score.declaration import Family
from advocate_score.model.arrays import Floats


def benchmark(concepts: pd.DataFrame, family_weights: Mapping[Family, float]) -> tuple[str, float]:
    """What weighs most and one standard deviation of its part in the log-odds.

    Of the concepts, by their contributions (n, concepts); where few asks have shrunk these, of the scorecard's
    families, whose standings in [−1, 1] have a deviation of 1/√3.
    """
    spread = {str(name): float(one) for name, one in concepts.std(ddof=0).items()}
    believed = {str(name): weight / math.sqrt(3) for name, weight in family_weights.items()}
    return max((spread | believed).items(), key=lambda one: one[1])


def tilted(readiness: Floats, level_mix: Sequence[float], band: float) -> tuple[float, float, float]:
    """Mean probability of yes with γ = band, 0 and −band, were accounts of `readiness` (n, K) asked in that mix."""
    log_odds, mix = logit(readiness), np.array(level_mix)
    low, modelled, high = (float(expit(log_odds + shift).mean(axis=0) @ mix) for shift in (-band, 0.0, band))
    return low, modelled, high
