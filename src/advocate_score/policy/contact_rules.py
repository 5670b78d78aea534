"""How often a client may be asked at all: cooldown between asks, and the yearly cap. Both rest every level."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.policy.blocks import block
from advocate_score.policy.facts import Facts, asked, each_once, existing
from advocate_score.windows import lookback_start

YEAR_DAYS = 365


def cooldown(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Rests [last ask, last ask + cooldown), whatever the answer."""
    last = asked(facts.asks, facts.horizon(as_of)).groupby("account_id", as_index=False)["asked_at"].max()
    until = last["asked_at"] + pd.Timedelta(days=policy.cooldown_days)
    rows = last.assign(since=last["asked_at"], until=until, figure=float(policy.cooldown_days))
    return block(rows.loc[until > as_of, ["account_id", "since", "until", "figure"]], "cooldown")


def yearly_cap(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Rests while the lookback [as_of − 365 d, as_of) holds as many asks as are allowed in a year.

    The account is free again once enough of the oldest have dropped out to make room for one more.
    """
    cap = policy.max_asks_per_year
    if cap == 0:
        return block(existing(facts.accounts, as_of)[["account_id"]].assign(figure=0.0), "yearly_cap")
    asks = each_once(asked(facts.asks, facts.horizon(as_of)))
    recent = asks[asks["asked_at"] >= lookback_start(as_of, YEAR_DAYS)].sort_values("asked_at", ascending=False)
    by_account = recent.groupby("account_id")["asked_at"]
    asks_in_year = by_account.transform("size").astype("float64")
    until = recent["asked_at"].dt.floor("D") + pd.Timedelta(days=YEAR_DAYS + 1)
    rows = recent.assign(since=by_account.transform("max"), until=until, figure=asks_in_year)
    last_to_drop = by_account.cumcount() + 1 == cap
    return block(rows.loc[last_to_drop, ["account_id", "since", "until", "figure"]], "yearly_cap")
