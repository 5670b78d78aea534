"""What clients say: referrals, survey answers, public mentions."""

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import chosen, flags, gaps, ids, words
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.contacts import Contacts
from advocate_score.simulate.events import Records, draw_events, rates

_CHANNELS = ("review", "social", "podcast", "community", "press", "ai_answer")
_CHANNEL_SHARES = (0.25, 0.38, 0.03, 0.18, 0.06, 0.1)
_REACH = np.array([300, 900, 2_500, 400, 15_000, 1_500])


def draw_referrals(setting: Setting, clients: Clients) -> Records:
    rng = setting.streams.of("referrals")
    expected = rates(clients, 0.02, {"emotion": 0.6, "results": 0.3, "depth": 0.3})
    events = draw_events(expected, setting.clock, rng)
    n = events.count
    converted = rng.random(n) < 0.3
    frame = pd.DataFrame(
        {
            "referral_id": ids("F", n),
            **events.columns(clients, setting.clock),
            "kind": words(("informal", "formal"), (rng.random(n) < 0.2).astype(np.int64)),
            "converted": flags(converted, rng.random(n) < 0.9),
            "value": gaps(np.exp(10.5 + rng.standard_normal(n)), converted, 2),
        }
    )
    return Records(events, frame)


def draw_surveys(setting: Setting, clients: Clients, contacts: Contacts) -> Records:
    """NPS follows satisfaction, and advocacy follows it but little."""
    rng = setting.streams.of("surveys")
    expected = rates(clients, 0.075, {"responsiveness": 0.3})
    events = draw_events(expected, setting.clock, rng)
    n, period = events.count, setting.clock.period(events.day)
    satisfied = clients.latent("satisfaction")[events.account, period]
    nps = np.clip(np.round(7.6 + 1.4 * satisfied + 1.2 * rng.standard_normal(n)), 0, 10).astype(np.int64)
    frame = pd.DataFrame(
        {
            "survey_id": ids("S", n),
            **events.columns(clients, setting.clock, "answered_at"),
            "contact_id": contacts.ids(contacts.present(events.account, events.day, rng)),
            "nps": pd.Series(nps, dtype="Int64").where(pd.Series(rng.random(n) < 0.97)),
            "csat": gaps(np.clip(3.8 + 0.6 * satisfied + 0.5 * rng.standard_normal(n), 1, 5), rng.random(n) < 0.8, 1),
            "sentiment": gaps(np.tanh(0.5 * satisfied + 0.4 * rng.standard_normal(n)), rng.random(n) < 0.5, 2),
        }
    )
    return Records(events, frame)


def draw_mentions(setting: Setting, clients: Clients) -> Records:
    rng = setting.streams.of("mentions")
    expected = rates(clients, 0.035, {"emotion": 0.7, "results": 0.2})
    events = draw_events(expected, setting.clock, rng)
    n, period = events.count, setting.clock.period(events.day)
    feeling = clients.latent("emotion")[events.account, period]
    channel = chosen(rng, _CHANNEL_SHARES, n)
    frame = pd.DataFrame(
        {
            "mention_id": ids("M", n),
            **events.columns(clients, setting.clock),
            "channel": words(_CHANNELS, channel),
            "sentiment": gaps(np.tanh(0.4 + 0.4 * feeling + 0.4 * rng.standard_normal(n)), rng.random(n) < 0.85, 2),
            "reach": gaps(_REACH[channel] * np.exp(rng.standard_normal(n)), rng.random(n) < 0.9, 0),
        }
    )
    return Records(events, frame)
