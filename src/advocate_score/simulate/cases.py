"""Complaints and escalations; few are open at the data cut."""

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import chosen, ids
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.events import draw_events, rates

_SEVERITY_SHARES = (0.05, 0.15, 0.4, 0.4)
_MEDIAN_DAYS = np.array([6.0, 9, 12, 16])


def cases_table(setting: Setting, clients: Clients) -> pd.DataFrame:
    rng = setting.streams.of("cases")
    events = draw_events(rates(clients, 0.08, {"satisfaction": -0.6}), setting.clock, rng)
    severity = chosen(rng, _SEVERITY_SHARES, events.count)
    closed = events.day + _MEDIAN_DAYS[severity] * np.exp(0.8 * rng.standard_normal(events.count))
    columns = events.columns(clients, setting.clock, "opened_at")
    return pd.DataFrame(
        {
            "case_id": ids("E", events.count),
            "account_id": columns["account_id"],
            "opened_at": columns["opened_at"],
            "closed_at": setting.clock.stamps(np.where(setting.clock.known(closed), closed, np.nan)),
            "severity": pd.Series(severity + 1, dtype="Int64"),
        }
    )
