"""Meetings, calls, messages, events: the daily trace that the latents leave."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Bools, Floats, Ints, flags, gaps, ids, sigmoid, words
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.contacts import Contacts
from advocate_score.simulate.events import Events, Records, moments, noted, rates
from advocate_score.simulate.latents import INDEX
from advocate_score.simulate.streams import Rng
from advocate_score.simulate.vocabulary import TEAMS, TOPICS


@dataclass(frozen=True)
class Kind:
    """One kind of interaction for the average client: times a period, what it leans on, shares, minutes, tone."""

    mean: float
    loads: dict[str, float]
    required: float = 0.0
    executive: float = 0.05
    by_client: float = 0.3
    minutes: float = 0.0
    tone: float = 0.1


KINDS = {
    "meeting": Kind(0.27, {"depth": 0.4}, required=0.35, executive=0.15, minutes=55),
    "call": Kind(0.27, {"depth": 0.3, "responsiveness": 0.2}, by_client=0.45, minutes=20),
    "email": Kind(0.4, {"responsiveness": 0.5}, by_client=0.5),
    "qbr": Kind(0.28, {}, required=1, executive=0.3, by_client=0, minutes=90),
    "workshop": Kind(0.06, {"depth": 0.5, "results": 0.5}, executive=0.1, minutes=180, tone=0.2),
    "event": Kind(0.06, {"emotion": 0.7, "depth": 0.3}, executive=0.25, by_client=0.2, minutes=180, tone=0.25),
    "webinar": Kind(0.06, {"emotion": 0.6}, by_client=0.6, minutes=50, tone=0.2),
    "training": Kind(0.04, {"depth": 0.4}, minutes=120),
    "praise": Kind(0.045, {"emotion": 0.7, "results": 0.6}, executive=0.2, by_client=1, tone=0.8),
    "escalation_call": Kind(0.03, {"satisfaction": -0.8}, executive=0.3, by_client=0.8, minutes=40, tone=-0.6),
    "content_share": Kind(0.025, {"emotion": 0.8}, by_client=0.9, tone=0.4),
    "community_post": Kind(0.03, {"emotion": 0.7, "responsiveness": 0.3}, by_client=1, tone=0.3),
    "product_feedback": Kind(0.05, {"emotion": 0.4, "depth": 0.3}, by_client=0.9),
    "steering_committee": Kind(0.1, {"executive": 0.4}, required=1, executive=0.8, by_client=0, minutes=75),
    "executive_meeting": Kind(0.07, {"executive": 0.9}, executive=1, by_client=0.35, minutes=60, tone=0.25),
}
_NAMES = tuple(KINDS)


def draw_interactions(setting: Setting, clients: Clients, contacts: Contacts) -> Records:
    events, kind = _events(setting, clients)
    rng = setting.streams.of("interactions table")
    executive = rng.random(events.count) < _executive_share(setting, clients, events, kind)
    who = contacts.present(events.account, events.day, rng)
    who = np.where(executive, contacts.executive(events.account, events.day), who)
    who = np.where(rng.random(events.count) < 0.1, -1, who)
    frame = pd.DataFrame(
        {
            "interaction_id": ids("I", events.count),
            **events.columns(clients, setting.clock),
            "contact_id": contacts.ids(who),
            "kind": words(_NAMES, kind),
            "executive": flags(executive),
            **_details(kind, _tone(setting, clients, events, kind, rng), rng),
        }
    )
    return Records(events, frame)


def _events(setting: Setting, clients: Clients) -> tuple[Events, Ints]:
    """Events of every kind, mixed and oldest first, and the code of each one's kind."""
    drawn = [
        moments(
            rates(clients, kind.mean * setting.world.activity, kind.loads),
            setting.clock,
            setting.streams.of(f"interactions {name}"),
        )
        for name, kind in KINDS.items()
    ]
    codes = np.repeat(np.arange(len(drawn)), [len(day) for _, day in drawn])
    account, day = (np.concatenate(part) for part in zip(*drawn, strict=True))
    events = noted(account, day, setting.clock, setting.streams.of("interactions noted"))
    return events, codes[events.source]


def _executive_share(setting: Setting, clients: Clients, events: Events, kind: Ints) -> Floats:
    usual = np.array([k.executive for k in KINDS.values()])[kind].clip(0.001, 0.999)
    engaged = clients.latents[INDEX["executive"], events.account, setting.clock.period(events.day)]
    return sigmoid(np.log(usual / (1 - usual)) + 0.6 * engaged)


def _tone(setting: Setting, clients: Clients, events: Events, kind: Ints, rng: Rng) -> Floats:
    period = setting.clock.period(events.day)
    mood = 0.3 * clients.latents[INDEX["satisfaction"], events.account, period]
    mood += 0.2 * clients.latents[INDEX["emotion"], events.account, period]
    usual = np.array([k.tone for k in KINDS.values()])[kind]
    tone: Floats = np.tanh(usual + mood + 0.35 * rng.standard_normal(events.count))
    return tone


def _details(kind: Ints, tone: Floats, rng: Rng) -> dict[str, pd.Series | Floats]:
    n = len(kind)
    shares = {f: np.array([getattr(k, f) for k in KINDS.values()])[kind] for f in ("required", "by_client", "minutes")}
    minutes = np.maximum(5, shares["minutes"] * np.exp(0.3 * rng.standard_normal(n)))
    timed: Bools = (shares["minutes"] > 0) & (rng.random(n) < 0.9)
    topic = np.where(rng.random(n) < 0.6, rng.integers(1, len(TOPICS) + 1, n), 0)
    return {
        "required": flags(rng.random(n) < shares["required"]),
        "initiated_by": words(("us", "client"), (rng.random(n) < shares["by_client"]).astype(np.int64)),
        "sentiment": gaps(tone, rng.random(n) < 0.6, 2),
        "duration_minutes": gaps(minutes, timed, 0),
        "topic": words((None, *TOPICS), topic),
        "counterpart": words(TEAMS, rng.integers(0, len(TEAMS), n)),
    }
