"""The quarterly review: which industries have too few advocates, and which advocates did most."""

import numpy as np
import pandas as pd
from scipy import stats

from advocate_score.programme.estimates import share
from advocate_score.programme.influence import influenced
from advocate_score.programme.periods import Period
from advocate_score.programme.records import Records

INDUSTRIES = ("industry", "accounts", "advocates", "share", "low", "high", "share_elsewhere", "p", "under_represented")
ADVOCATES = ("account_id", "asks", "yes", "delivered", "opportunities")
_FALSE_ALARMS = 0.1
"""Share of the industries named that may be named by chance alone (Benjamini–Hochberg)."""


def industries(records: Records) -> pd.DataFrame:
    """Frame of `INDUSTRIES`, least represented first; industries of fewer than `smallest_cell` accounts are left out.

    p: chance of as few advocates or fewer if advocates were spread over accounts at random (hypergeometric);
    `under_represented` where that chance is small, many industries being looked at.
    """
    advocate = records.accounts["account_id"].isin(records.advocates)
    by_industry = advocate.groupby(records.accounts["industry"]).agg(["size", "sum"])
    by_industry = by_industry[by_industry["size"] >= max(1, records.settings.smallest_cell)]
    size, yes = by_industry["size"].to_numpy(np.int64), by_industry["sum"].to_numpy(np.int64)
    p = np.asarray(stats.hypergeom.cdf(yes, len(advocate), int(advocate.sum()), size), np.float64)
    elsewhere = (advocate.sum() - yes) / np.maximum(len(advocate) - size, 1)
    inside = [_share(records, str(one), advocate) for one in by_industry.index]
    rows = pd.DataFrame(inside, columns=["share", "low", "high"]).assign(
        industry=by_industry.index.to_numpy(), accounts=size, advocates=yes, share_elsewhere=elsewhere, p=p
    )
    rows["under_represented"] = stats.false_discovery_control(p) <= _FALSE_ALARMS if len(p) else False
    return rows.sort_values(["p", "industry"], ignore_index=True)[list(INDUSTRIES)]


def advocates(records: Records, period: Period, count: int) -> pd.DataFrame:
    """Frame of `ADVOCATES`: who delivered most in the period, `count` at most; ties by yes, then account_id.

    opportunities: those that an accepted ask of the period names.
    """
    asks = period.of(records.asks, "asked_at")
    asks = asks.assign(yes=asks["response"] == "accepted", delivered=asks["completed_at"].notna())
    named = records.opportunities.loc[influenced(records), "opportunity_id"]
    helping = asks[asks["yes"] & asks["opportunity_id"].isin(named)]
    helped = helping.groupby("account_id")["opportunity_id"].nunique()
    rows = asks.groupby("account_id", as_index=False).agg(
        asks=("ask_id", "size"), yes=("yes", "sum"), delivered=("delivered", "sum")
    )
    rows = rows[rows["yes"] > 0].assign(opportunities=rows["account_id"].map(helped).fillna(0).astype("int64"))
    best_first = rows.sort_values(["delivered", "yes", "account_id"], ascending=[False, False, True])
    return best_first.head(count).reset_index(drop=True)[list(ADVOCATES)]


def _share(records: Records, industry: str, advocate: "pd.Series[bool]") -> tuple[float, float, float]:
    inside = records.accounts["industry"] == industry
    found = share(advocate[inside], records.accounts.loc[inside, "account_id"])
    return found.value, found.low, found.high
