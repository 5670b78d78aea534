"""Shares of yes among asks of which some belong to the same account: how much they tell, and their interval."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri


def effective_size(yes: NDArray[np.float64], n: NDArray[np.float64]) -> float:
    """Independent asks that would say as much as `n` asks an account with `yes` among them.

    From the linearised variance of the ratio; where every answer is the same it cannot be told, and each account
    counts as one.
    """
    total, accounts = n.sum(), len(n)
    share = yes.sum() / total
    if share in (0.0, 1.0) or accounts == 1:
        return float(accounts)
    clustered = accounts / (accounts - 1) * ((yes - share * n) ** 2).sum() / total**2
    return float(np.clip(share * (1 - share) / max(clustered, 1e-12), 1.0, total))


def wilson(share: float, n: float, confidence: float = 0.9) -> tuple[float, float]:
    """Wilson's score interval of a share seen in `n` independent asks."""
    z = float(ndtri((1 + confidence) / 2))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))
