"""What a client is like under the surface, over time. Events show it dimly; readiness follows from it."""

import numpy as np

from advocate_score.simulate.arrays import Floats
from advocate_score.simulate.streams import Rng

LATENTS = ("satisfaction", "results", "emotion", "depth", "executive", "responsiveness")
INDEX = {name: place for place, name in enumerate(LATENTS)}

_SHARED = np.array([0.45, 0.5, 0.5, 0.5, 0.4, 0.35])
"""Loading on one common factor: good relationships are good in several ways, but satisfaction goes its own way most."""
_MOVING = np.array([0.4, 0.35, 0.25, 0.2, 0.25, 0.1])
"""Share of the variance that wanders from period to period."""
_MEMORY = 0.9


def draw_latents(accounts: int, periods: int, rng: Rng) -> Floats:
    """Standard normal latents, (6, accounts, periods)."""
    common = rng.standard_normal(accounts)
    own = rng.standard_normal((len(LATENTS), accounts))
    lasting = _SHARED[:, None] * common + np.sqrt(1 - _SHARED[:, None] ** 2) * own
    walk = _walk(accounts, periods, rng)
    kept, moved = np.sqrt(1 - _MOVING), np.sqrt(_MOVING)
    walk *= moved[:, None, None]
    walk += (kept[:, None] * lasting)[:, :, None]
    return walk


def _walk(accounts: int, periods: int, rng: Rng) -> Floats:
    """Unit-variance autoregression over the periods."""
    steps = rng.standard_normal((len(LATENTS), accounts, periods))
    for period in range(1, periods):
        steps[:, :, period] *= np.sqrt(1 - _MEMORY**2)
        steps[:, :, period] += _MEMORY * steps[:, :, period - 1]
    return steps
