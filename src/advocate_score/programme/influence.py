"""Which opportunities a client's reference or a published asset had part in."""

import pandas as pd

from advocate_score.programme.activity import REFERENCE_CALL
from advocate_score.programme.records import Records


def referenced(records: Records) -> "pd.Series[bool]":
    """For each opportunity, whether a client had agreed to a reference call for it before it was closed."""
    accepted = records.asks[(records.asks["response"] == "accepted") & (records.asks["level"] == REFERENCE_CALL)]
    return _linked(records.opportunities, accepted.assign(at=_said_at(accepted)))


def influenced(records: Records) -> "pd.Series[bool]":
    """Whether any accepted ask or published asset names it, from before it was closed."""
    accepted = records.asks[records.asks["response"] == "accepted"]
    asks = _linked(records.opportunities, accepted.assign(at=_said_at(accepted)))
    assets = records.assets.assign(
        opportunity_id=records.assets["opportunity_ids"].str.split(), at=records.assets["published_at"]
    )
    return asks | _linked(records.opportunities, assets.explode("opportunity_id"))


def _said_at(asks: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    return asks["responded_at"].fillna(asks["recorded_at"]).fillna(asks["asked_at"])


def _linked(opportunities: pd.DataFrame, links: pd.DataFrame) -> "pd.Series[bool]":
    """The first link decides: one made after the closing had no part in it."""
    first = links.dropna(subset=["opportunity_id"]).groupby("opportunity_id")["at"].min()
    at = pd.Series(first.reindex(opportunities["opportunity_id"]).to_numpy("datetime64[us]"), opportunities.index)
    return at.notna() & (opportunities["closed_at"].isna() | (at < opportunities["closed_at"]))
