"""The truth: the probability that an account says yes to an ask within the maturity window, for every ask made and for
every account at the data cut, asked or not.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.simulate.accounts import Clients, Setting
from advocate_score.simulate.logging_policy import Choices
from advocate_score.simulate.names import GUARDED_INDUSTRIES, INDUSTRIES
from advocate_score.simulate.world import Bools, Floats, Ints, Rng, World, sigmoid

_WEIGHTS = {
    "satisfaction": 0.12,
    "results": 0.45,
    "emotion": 0.5,
    "depth": 0.35,
    "executive": 0.3,
    "responsiveness": 0.3,
}
_FIRST_RUNG = 0.1
_GAPS = np.array([0.0, 0.9, 0.3, 0.8, 0.8])
"""The log-odds that each level takes away from the one below it; 0 for level 1."""
_BLOCKED = 0.02
"""The factor on the probability if the client's own rules forbid the ask."""
_CASE_STUDY, _SPEAKING = 1, 3


@dataclass(frozen=True)
class Readiness:
    """The true readiness.

    merit (n, periods) in log-odds · rungs (n, 5) in log-odds, falling with level · blocked (n, 5).
    """

    world: World
    days: int
    merit: Floats
    rungs: Floats
    blocked: Bools
    goodwill: Floats

    def probability(self, account: Ints, level: Ints, day: Floats, period: Ints, fatigue: Floats) -> Floats:
        """Return P(yes) of asks (m,) at levels 1–5.

        It never rises with the level, except over blocked levels.

        Parameters
        ----------
        account, level, period : (m,) account index, level 1–5 and period.
        day : (m,) days on the clock.
        fatigue : (m,) as `carried_fatigue` returns it.
        """
        log_odds = self.merit[account, period] + self.rungs[account, level - 1]
        log_odds += self.world.goodwill * self.goodwill[account]
        log_odds += self.world.drift * (self.days - day) / 365.25
        log_odds -= self.world.fatigue * np.log2(1 + fatigue)
        return sigmoid(log_odds) * np.where(self.blocked[account, level - 1], _BLOCKED, 1)


def draw_readiness(setting: Setting, clients: Clients) -> Readiness:
    rng = setting.streams.of("readiness")
    return Readiness(
        world=setting.world,
        days=setting.clock.days,
        merit=_merit(clients, setting.world.non_linear),
        rungs=_rungs(clients, setting.world.heterogeneity, rng),
        blocked=_draw_blocks(clients, setting.world.blocks, rng),
        goodwill=clients.goodwill,
    )


def _merit(clients: Clients, non_linear: float) -> Floats:
    merit = np.zeros(clients.latents.shape[1:])
    for name, weight in _WEIGHTS.items():
        merit += weight * clients.latent(name)
    return merit + non_linear * _bends(clients)


def _bends(clients: Clients) -> Floats:
    """Return the non-linear part: results and emotion help together, executives from a threshold on, silence hurts.

    It is centred, so that its strength changes the shape of readiness more than its level.
    """
    weaker = np.minimum(clients.latent("results"), clients.latent("emotion")) + 0.49
    at_the_top = (clients.latent("executive") > 0.8) - 0.21
    silent = np.maximum(-clients.latent("responsiveness") - 0.5, 0) - 0.2
    bends: Floats = 0.5 * weaker + 0.5 * at_the_top - 0.3 * silent
    return bends


def _rungs(clients: Clients, heterogeneity: float, rng: Rng) -> Floats:
    """Draw each account's own ladder; a gap between levels may be wider or narrower but never negative."""
    spread = np.exp(heterogeneity * rng.standard_normal((clients.count, len(_GAPS))) - heterogeneity**2 / 2)
    guarded = np.where(_is_guarded(clients), 1 + 0.6 * heterogeneity, 1)[:, None]
    rungs: Floats = _FIRST_RUNG - np.cumsum(_GAPS * spread * guarded, axis=1)
    return rungs


def _draw_blocks(clients: Clients, share: float, rng: Rng) -> Bools:
    """Draw the blocks: guarded industries are blocked three times as often, `share` is the mean over all accounts."""
    weight = np.where(_is_guarded(clients), 3.0, 1.0)
    chance = np.minimum(share * weight / weight.mean(), 1)
    blocked = np.zeros((clients.count, len(LEVEL_NUMBERS)), dtype=bool)
    blocked[:, _CASE_STUDY] = rng.random(clients.count) < chance
    blocked[:, _SPEAKING] = rng.random(clients.count) < chance / 2
    return blocked


def _is_guarded(clients: Clients) -> Bools:
    return np.isin(clients.industry, [INDUSTRIES.index(name) for name in GUARDED_INDUSTRIES])


def carried_fatigue(account: Ints, day: Floats, half_life_days: float) -> Floats:
    """Return how many earlier asks of the account still weigh on each ask (m,), halved every half-life.

    Rows must be sorted by account, then day.
    """
    fatigue = np.zeros(len(account))
    rank = _rank_within(account)
    for position in range(1, int(rank.max(initial=0)) + 1):
        rows = np.flatnonzero(rank == position)
        waiting = day[rows] - day[rows - 1]
        fatigue[rows] = (fatigue[rows - 1] + 1) * 0.5 ** (waiting / half_life_days)
    return fatigue


def _rank_within(account: Ints) -> Ints:
    starts = np.flatnonzero(np.diff(account, prepend=-1))
    lengths = np.diff(np.append(starts, len(account)))
    return np.arange(len(account)) - np.repeat(starts, lengths)


def remaining_fatigue(account: Ints, day: Floats, accounts: int, at: float, half_life_days: float) -> Floats:
    """Return how many asks still weigh on each of `accounts` accounts at the instant `at`.

    Parameters
    ----------
    account, day : (m,) account index and day of each ask.
    accounts : the number of accounts.
    at : a day on the clock.
    half_life_days : of the weight of an ask.
    """
    weights = 0.5 ** ((at - day) / half_life_days)
    fatigue: Floats = np.bincount(account, weights=weights, minlength=accounts).astype(np.float64)
    return fatigue


def truth_table(setting: Setting, clients: Clients, readiness: Readiness, choices: Choices) -> pd.DataFrame:
    """Return one row per account and level 1–5: `account_id, level, p_yes, goodwill, blocked, never_asked`.

    `p_yes` is P(yes within the maturity window) of an ask made at the data cut, with the fatigue that remains then. It
    never rises with the level except over a `blocked` level. `never_asked` means at no level above 0.

    Parameters
    ----------
    setting, clients : of the world.
    readiness : the true readiness.
    choices : the asks made at levels 1–5.
    """
    days, levels, n = setting.clock.days, len(LEVEL_NUMBERS), clients.count
    half_life = setting.world.fatigue_half_life_days
    fatigue = remaining_fatigue(choices.account, choices.day, n, days, half_life)
    account, level = np.repeat(np.arange(n), levels), np.tile(LEVEL_NUMBERS, n)
    last = np.full(len(account), setting.clock.periods - 1)
    day = np.full(len(account), float(days))
    asked = np.bincount(choices.account, minlength=n) > 0
    return pd.DataFrame(
        {
            "account_id": clients.ids.iloc[account].reset_index(drop=True),
            "level": level,
            "p_yes": readiness.probability(account, level, day, last, fatigue[account]),
            "goodwill": clients.goodwill[account],
            "blocked": readiness.blocked.ravel(),
            "never_asked": ~asked[account],
        }
    )


def ask_truth_table(asks: pd.DataFrame) -> pd.DataFrame:
    """Return one row per ask at levels 1–5: `ask_id, level, p_yes, propensity`.

    The propensity is given whether or not the asks table logs it.
    """
    ladder = asks.loc[asks["level"] > 0, ["ask_id", "level", "chance", "propensity"]]
    return ladder.rename(columns={"chance": "p_yes"}).reset_index(drop=True)
