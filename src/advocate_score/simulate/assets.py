"""What came of delivered asks: quotes, case studies and talks, published and used in deals."""

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Floats, Ints, gaps, ids
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.opportunities import Opportunities
from advocate_score.simulate.streams import Rng

_PUBLISHED_LEVELS = (1, 2, 4)
_VIEWS_A_DAY = 2.5


def assets_table(setting: Setting, clients: Clients, opportunities: Opportunities, asks: pd.DataFrame) -> pd.DataFrame:
    rng = setting.streams.of("assets")
    made = asks[asks["level"].isin(_PUBLISHED_LEVELS) & asks["completed"].notna()]
    published = made["completed"].to_numpy() + np.ceil(5 + rng.exponential(25, len(made)))
    out = setting.clock.known(published) & (rng.random(len(made)) < 0.9)
    made, published = made[out], published[out]
    views = np.round((setting.clock.days - published) * _VIEWS_A_DAY * np.exp(0.8 * rng.standard_normal(len(made))))
    return pd.DataFrame(
        {
            "asset_id": ids("T", len(made)),
            "account_id": clients.ids.iloc[made["account"].to_numpy()].reset_index(drop=True),
            "level": made["level"].astype("Int64").reset_index(drop=True),
            "published_at": setting.clock.stamps(published),
            "downloads": gaps(views * 0.08, rng.random(len(made)) < 0.9, 0),
            "views": gaps(views, rng.random(len(made)) < 0.95, 0),
            "opportunity_ids": _used_in(opportunities, published, rng),
        }
    )


def _used_in(opportunities: Opportunities, published: Floats, rng: Rng) -> pd.Series:
    """Up to three opportunities opened after the publication, separated by blanks."""
    first: Ints = np.searchsorted(opportunities.opened, published)
    wanted = rng.integers(0, 4, len(published))
    steps = np.cumsum(rng.integers(1, 12, (len(published), 3)), axis=1)
    names = opportunities.ids(np.arange(len(opportunities.opened))).tolist()
    used = [
        " ".join(names[start + step] for step in own[:number] if start + step < len(names)) or None
        for start, number, own in zip(first.tolist(), wanted.tolist(), steps.tolist(), strict=True)
    ]
    return pd.Series(used, dtype="str")
