"""The asks table: asks at levels 1–5 as the logging policy chose them, and small favours.

Drawn asks are frames with `account` (index), `level`, `day`, `chance` (true P(yes)), `propensity`, `exploration`,
`opportunity` (row or −1) and the columns of `draw_answers`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from advocate_score.simulate.answers import ACCEPTED, RESPONSES, draw_answers
from advocate_score.simulate.arrays import Floats, Ints, chosen, flags, gaps, ids, sigmoid, words
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.contacts import Contacts
from advocate_score.simulate.events import moments, rates
from advocate_score.simulate.opportunities import Opportunities
from advocate_score.simulate.policy import POLICY_ID, Choices
from advocate_score.simulate.readiness import Readiness, carried_fatigue
from advocate_score.simulate.streams import Rng

_FAVOURS = 0.06
"""A period, from the average account."""
_CHANNELS = ("email", "call", "meeting", "event")
_CHANNEL_SHARES = (0.5, 0.2, 0.25, 0.05)
_REFERENCE_CALL = 3


def draw_ladder_asks(
    setting: Setting, clients: Clients, readiness: Readiness, choices: Choices, opportunities: Opportunities
) -> pd.DataFrame:
    """The choices of the policy, answered by their true probability."""
    fatigue = carried_fatigue(choices.account, choices.day, setting.world.fatigue_half_life_days)
    needed = opportunities.in_need(choices.day, setting.streams.of("opportunities in need"))
    asks = pd.DataFrame(
        {
            "account": choices.account,
            "level": choices.level,
            "day": choices.day,
            "chance": readiness.probability(choices.account, choices.level, choices.day, choices.period, fatigue),
            "propensity": choices.propensity,
            "exploration": choices.exploration,
            "opportunity": np.where(choices.level == _REFERENCE_CALL, needed, -1),
        }
    )
    return draw_answers(setting, clients, asks, setting.streams.of("answers"))


def draw_favours(setting: Setting, clients: Clients) -> pd.DataFrame:
    """Small favours, asked of everybody alike: they show how a client responds."""
    expected = rates(clients, _FAVOURS, {"depth": 0.2})
    account, day = moments(expected, setting.clock, setting.streams.of("favours"))
    period = setting.clock.period(day)
    replies, warmth = (clients.latent(name)[account, period] for name in ("responsiveness", "emotion"))
    asks = pd.DataFrame(
        {
            "account": account,
            "level": 0,
            "day": day,
            "chance": sigmoid(0.9 + 0.7 * replies + 0.3 * warmth),
            "propensity": np.nan,
            "exploration": False,
            "opportunity": -1,
        }
    )
    return draw_answers(setting, clients, asks, setting.streams.of("favours answered"))


def referenced(asks: pd.DataFrame) -> Ints:
    """Rows of the opportunities for which a client agreed to be a reference."""
    rows: Ints = asks.loc[(asks["response"] == ACCEPTED) & (asks["opportunity"] >= 0), "opportunity"].to_numpy()
    return rows


def in_order(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All asks, oldest first, with `ask_id`."""
    asks = pd.concat(parts, ignore_index=True).sort_values("day", kind="stable", ignore_index=True)
    return asks.assign(ask_id=ids("K", len(asks)))


def asks_table(
    setting: Setting, clients: Clients, contacts: Contacts, opportunities: Opportunities, asks: pd.DataFrame
) -> pd.DataFrame:
    rng = setting.streams.of("asks table")
    count, stamps = len(asks), setting.clock.stamps
    account, day, completed = (asks[name].to_numpy() for name in ("account", "day", "completed"))
    logged = np.isfinite(asks["propensity"].to_numpy()) & setting.world.log_propensities
    return pd.DataFrame(
        {
            "ask_id": asks["ask_id"],
            "account_id": clients.ids.iloc[account].reset_index(drop=True),
            "contact_id": contacts.ids(contacts.present(account, day, rng)),
            "level": asks["level"].astype("Int64"),
            "asked_at": stamps(day),
            "response": words(RESPONSES, asks["response"].to_numpy()),
            "responded_at": stamps(asks["responded"].to_numpy()),
            "completed_at": stamps(completed),
            "quality": _quality(completed, rng),
            "recorded_at": stamps(asks["recorded"].to_numpy()),
            "channel": words(_CHANNELS, chosen(rng, _CHANNEL_SHARES, count)),
            "opportunity_id": opportunities.ids(asks["opportunity"].to_numpy()),
            "propensity": np.where(logged, six_digits(asks["propensity"].to_numpy()), np.nan),
            "exploration": flags(asks["exploration"].to_numpy(), logged),
            "policy_id": words((None, POLICY_ID), logged.astype(np.int64)),
        }
    )


def _quality(completed: Floats, rng: Rng) -> Floats:
    """Marks from 1 to 5 for most of what was delivered."""
    marks = np.clip(4 + 0.8 * rng.standard_normal(len(completed)), 1, 5)
    return gaps(marks, np.isfinite(completed) & (rng.random(len(completed)) < 0.8), 1)


def six_digits(values: Floats) -> Floats:
    """Rounded to six significant digits."""
    size = 10.0 ** (5 - np.floor(np.log10(np.where(values > 0, values, 1))))
    return np.round(values * size) / size
