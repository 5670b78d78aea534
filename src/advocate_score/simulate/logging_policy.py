"""The logging policy: whom the account managers asked and for which level, with the true probability of each choice.

Each week every client is asked or not in an independent draw, so the probability of a choice is known exactly:
(1 − exploration) · preference's part + exploration · the even part, times the share of the level in each.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.simulate.accounts import Clients, Setting
from advocate_score.simulate.events import Events
from advocate_score.simulate.world import WEEKS, Bools, Floats, Ints, Rng, chosen_by_row

POLICY_ID = "account-managers"
_YEAR_PERIODS = 13
_MOST_OFTEN = 0.5
"""The highest probability per week of any account."""
_FARTHEST = 2.0
"""Standard deviations at which a preference is cut off."""
_LEVEL_SHARES = np.array([0.4, 0.2, 0.22, 0.12, 0.06])
_LEVEL_LEAN = 0.25
"""How much preference raises the level of an ask, in log-odds per level."""


@dataclass(frozen=True)
class Policy:
    """The probabilities of the policy.

    preference (n, periods), standardised · preferred, even: probability per week of each part (n, periods).
    """

    preference: Floats
    preferred: Floats
    even: Floats
    exploration: float

    @property
    def weekly(self) -> Floats:
        """The probability that a client is asked in one week of a period, (n, periods)."""
        mixed: Floats = (1 - self.exploration) * self.preferred + self.exploration * self.even
        return mixed

    def exploration_probability(self, account: Ints, period: Ints) -> Floats:
        """Return the probability that an ask of this account in this period was exploration."""
        total = self.weekly[account, period]
        return self.exploration * self.even[account, period] / np.where(total > 0, total, 1)

    def level_shares(self, account: Ints, period: Ints) -> Floats:
        """Return the shares of the levels if preference chooses, (m, 5)."""
        lean = _LEVEL_LEAN * self.preference[account, period]
        shares = _LEVEL_SHARES * np.exp(lean[:, None] * (np.array(LEVEL_NUMBERS) - 3))
        normalised: Floats = shares / shares.sum(axis=1, keepdims=True)
        return normalised

    def propensity(self, account: Ints, period: Ints, level: Ints) -> Floats:
        """Return the probability that this account was asked in that week, and at that level."""
        level_share = np.take_along_axis(self.level_shares(account, period), level[:, None] - 1, axis=1)[:, 0]
        by_preference = (1 - self.exploration) * self.preferred[account, period] * level_share
        return by_preference + self.exploration * self.even[account, period] / len(LEVEL_NUMBERS)


@dataclass(frozen=True)
class Choices:
    """The asks made, (m,), sorted by account, then day."""

    account: Ints
    day: Floats
    period: Ints
    level: Ints
    exploration: Bools
    propensity: Floats


def logging_policy(setting: Setting, clients: Clients, histories: Iterable[Events]) -> Policy:
    """Return the policy of the world's `selection`; `histories` are the events that the account managers know."""
    world = setting.world
    preference = _preference(world.selection, _record(setting, clients, histories), clients.goodwill)
    preference = np.clip(preference, -_FARTHEST, _FARTHEST)
    in_programme = setting.streams.of("programme").random(clients.count) >= world.outside_programme
    lean = np.exp(world.favouritism * preference) * clients.active * in_programme[:, None]
    return Policy(
        preference=preference,
        preferred=_scale_weights(lean, world.asks / WEEKS),
        even=_scale_weights(clients.active.astype(float), world.asks / WEEKS),
        exploration=world.exploration,
    )


def _record(setting: Setting, clients: Clients, histories: Iterable[Events]) -> Floats:
    """Return a standardised index of each account's events in the year before each period, known by its start."""
    total = np.zeros((clients.count, setting.clock.periods))
    for events in histories:
        counts = np.zeros_like(total)
        np.add.at(counts, (events.account, setting.clock.period(events.known)), 1)
        through = np.cumsum(counts, axis=1)
        before = np.concatenate([np.zeros((clients.count, 1)), through[:, :-1]], axis=1)
        before[:, _YEAR_PERIODS + 1 :] -= through[:, : -_YEAR_PERIODS - 1]
        total += _standardise(np.log1p(before))
    return _standardise(total)


def _preference(selection: str, record: Floats, goodwill: Floats) -> Floats:
    if selection == "none":
        return np.zeros_like(record)
    if selection == "mar":
        return record
    preference: Floats = 0.5 * record + np.sqrt(0.75) * goodwill[:, None]
    return preference


def _standardise(values: Floats) -> Floats:
    spread = float(values.std())
    centred: Floats = (values - values.mean()) / (spread if spread > 0 else 1)
    return centred


def _scale_weights(weights: Floats, total: float) -> Floats:
    """Return the weights times a factor, capped, so that they sum to `total` (less if the cap prevents it)."""
    factor = total / max(float(weights.sum()), 1e-300)
    for _ in range(60):
        current = float(np.minimum(weights * factor, _MOST_OFTEN).sum())
        if current <= 0 or abs(current - total) <= 1e-9 * total:
            break
        factor *= min(total / current, 4)
    return np.minimum(weights * factor, _MOST_OFTEN)


def draw_choices(setting: Setting, policy: Policy) -> Choices:
    rng = setting.streams.of("choices")
    account, period, day = _draw_asks(setting, policy.weekly, rng)
    exploration = rng.random(len(account)) < policy.exploration_probability(account, period)
    shares = policy.level_shares(account, period)
    shares[exploration] = 1 / len(LEVEL_NUMBERS)
    level = 1 + chosen_by_row(rng, shares)
    return Choices(account, day, period, level, exploration, policy.propensity(account, period, level))


def _draw_asks(setting: Setting, weekly: Floats, rng: Rng) -> tuple[Ints, Ints, Floats]:
    """Return account, period and day of each ask drawn, sorted by account, then day."""
    weeks = [np.nonzero(rng.random(weekly.shape) < weekly) for _ in range(WEEKS)]
    week = np.repeat(np.arange(WEEKS), [len(rows) for rows, _ in weeks])
    account, period = (np.concatenate(part) for part in zip(*weeks, strict=True))
    day = setting.clock.working_time(((period * WEEKS + week) + rng.random(len(week))) * 7, rng)
    order = np.lexsort((day, account))
    return account[order], period[order], day[order]
