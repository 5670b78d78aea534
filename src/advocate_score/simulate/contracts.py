"""Contracts: each comes up for renewal once a year, and some clients leave."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Bools, Floats, Ints, chosen_by_row, gaps, ids, words
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.events import Events, moments, noted, rates
from advocate_score.simulate.streams import Rng

_KINDS = ("renewal", "expansion", "contraction", "non_renewal", "pending")
_RENEWAL, _EXPANSION, _CONTRACTION, _NON_RENEWAL, _PENDING = range(5)
_YEAR = 365.25
_HORIZON_DAYS = 90
"""How far ahead of its due date a renewal may be under way."""
_YEARLY_VALUE = np.array([25_000, 90_000, 400_000])


@dataclass(frozen=True)
class _Decisions:
    account: Ints
    day: Floats
    due: Floats
    kind: Ints

    def only(self, rows: Bools | Ints) -> "_Decisions":
        return _Decisions(self.account[rows], self.day[rows], self.due[rows], self.kind[rows])


def _together(parts: list[_Decisions]) -> _Decisions:
    fields = ("account", "day", "due", "kind")
    return _Decisions(*(np.concatenate([getattr(part, field) for part in parts]) for field in fields))


def draw_contracts(setting: Setting, clients: Clients) -> tuple[Clients, pd.DataFrame]:
    """The clients with the day on which each left, and the renewals table."""
    rng = setting.streams.of("contracts")
    clients, yearly = _yearly(setting, clients, rng)
    decisions = _together([*yearly, *_pending(setting, clients, rng), _extras(setting, clients)])
    events = noted(decisions.account, decisions.day, setting.clock, rng)
    return clients, _table(setting, clients, decisions.only(events.source), events, rng)


def _yearly(setting: Setting, clients: Clients, rng: Rng) -> tuple[Clients, list[_Decisions]]:
    """Walks from anniversary to anniversary; who does not renew has left from the due day on."""
    due = clients.created + _YEAR * np.maximum(1, np.ceil(-clients.created / _YEAR))
    ended = clients.ended.copy()
    walked = []
    while (due < setting.clock.days + _HORIZON_DAYS).any():
        day = np.floor(due - 5 - 40 * rng.random(clients.count)) + 0.5
        kind = _decide(setting, clients, day, rng)
        now = (day >= 0) & (day < setting.clock.days) & np.isinf(ended)
        here = _Decisions(np.arange(clients.count), day, due, kind)
        walked += [here.only(now), _renewed_beside(here.only(now & (kind == _EXPANSION)))]
        ended = np.where(now & (kind == _NON_RENEWAL), due, ended)
        due = due + _YEAR
    return replace(clients, ended=ended), walked


def _renewed_beside(grown: _Decisions) -> _Decisions:
    """Who expands at the anniversary renews as well."""
    return replace(grown, kind=np.full(len(grown.day), _RENEWAL))


def _decide(setting: Setting, clients: Clients, day: Floats, rng: Rng) -> Ints:
    period = setting.clock.period(day)[:, None]
    satisfied, results = (
        np.take_along_axis(clients.latent(name), period, axis=1)[:, 0] for name in ("satisfaction", "results")
    )
    grow = np.exp(-1.6 + 0.6 * results + 0.2 * satisfied)
    shrink = np.exp(-2.6 - 0.5 * satisfied - 0.3 * results)
    leave = np.exp(-3.6 - 0.7 * satisfied - 0.5 * results)
    return chosen_by_row(rng, np.stack([np.ones(len(day)), grow, shrink, leave], axis=1))


def _pending(setting: Setting, clients: Clients, rng: Rng) -> list[_Decisions]:
    """One renewal in four is unsure at first: a pending row before its decision, or alone where that is ahead."""
    ahead = clients.created + _YEAR * np.maximum(1, np.ceil((setting.clock.days - clients.created) / _YEAR))
    parts = []
    for due in (ahead, ahead - _YEAR):
        day = np.floor(due - 50 - 40 * rng.random(clients.count)) + 0.5
        unsure = (rng.random(clients.count) < 0.25) & (day >= np.maximum(clients.created, 0)) & (due <= clients.ended)
        parts.append(_Decisions(np.arange(clients.count), day, due, np.full(clients.count, _PENDING)).only(unsure))
    return parts


def _extras(setting: Setting, clients: Clients) -> _Decisions:
    """Expansions between the anniversaries."""
    expected = rates(clients, 0.015, {"results": 0.6, "depth": 0.3})
    account, day = moments(expected, setting.clock, setting.streams.of("expansions"))
    return _Decisions(account, day, np.full(len(day), np.nan), np.full(len(day), _EXPANSION))


def _table(setting: Setting, clients: Clients, made: _Decisions, events: Events, rng: Rng) -> pd.DataFrame:
    amount = _YEARLY_VALUE[clients.segment[made.account]] * np.exp(0.5 * rng.standard_normal(events.count))
    amount *= np.where(made.kind == _EXPANSION, 0.3, np.where(made.kind == _CONTRACTION, -0.2, 1))
    known = rng.random(events.count) < 0.97
    return pd.DataFrame(
        {
            "renewal_id": ids("R", events.count),
            **events.columns(clients, setting.clock),
            "kind": words(_KINDS, made.kind),
            "amount": gaps(amount, known, 2),
            "currency": words((None, "EUR"), known.astype(np.int64)),
            "due_at": setting.clock.stamps(np.floor(made.due)),
        }
    )
