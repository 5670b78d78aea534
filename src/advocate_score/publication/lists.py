"""The candidate lists: who is readiest for which ask, why, what to cite, and whom to write to."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.publication.outcome_fact import NONE, outcome_facts
from advocate_score.publication.sentences import REASONS
from advocate_score.windows import iso, lookback_start

ACCOUNT = ("account_id", "account_name", "industry", "segment", "region", "owner")
COLUMNS = (
    *("rank", *ACCOUNT, "level", "ask"),
    *("readiness", "readiness_low", "readiness_high", "completion", "evidence", *REASONS),
    *("outcome_fact", "moment", "asks_last_365d", "last_asked_at", "suggested_contact_id", "permission"),
    *("as_of", "model_version"),
)
_YEAR_DAYS = 365


@dataclass(frozen=True)
class Described:
    """What a list tells of accounts beside their scores, one frame each; rows of other accounts do no harm.

    accounts, outcomes, asks: the canonical tables (asks: account_id, level, asked_at) · contacts: account_id, level,
    contact_id, permission · moments: account_id, moment · reasons: account_id, level, reason_1 … reason_3.
    """

    accounts: pd.DataFrame
    outcomes: pd.DataFrame
    asks: pd.DataFrame
    contacts: pd.DataFrame
    moments: pd.DataFrame
    reasons: pd.DataFrame


@dataclass(frozen=True)
class Edition:
    """What is the same in every row and decides the words."""

    as_of: datetime
    model_version: str
    language: str
    ladder: config.Ladder


def candidates(ranked: pd.DataFrame, described: Described, edition: Edition) -> pd.DataFrame:
    """`candidates.csv`: the five lists, long, sorted by level, rank; frame of `COLUMNS`.

    `ranked`: as `publication.ranking.ranked` gives it.
    """
    if ranked.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    listed = ranked.merge(described.accounts[list(ACCOUNT)], on="account_id", how="left")
    for facts in (described.contacts.rename(columns={"contact_id": "suggested_contact_id"}), described.reasons):
        listed = listed.merge(facts, on=["account_id", "level"], how="left")
    listed = listed.merge(described.moments[["account_id", "moment"]], on="account_id", how="left")
    listed = listed.merge(ask_history(described.asks, edition.as_of), on="account_id", how="left")
    words = outcome_facts(described.outcomes, edition.as_of, edition.language)
    return listed.assign(
        ask=[edition.ladder.name(level, edition.language) for level in listed["level"]],
        asks_last_365d=listed["asks_last_365d"].fillna(0).astype("int64"),
        outcome_fact=listed["account_id"].map(words.to_dict()).astype("str").fillna(NONE[edition.language == "es"]),
        as_of=iso(edition.as_of),
        model_version=edition.model_version,
    )[list(COLUMNS)]


def ask_history(asks: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """account_id, asks_last_365d (in [as_of − 365 d, as_of)), last_asked_at; small favours are no asks."""
    made = asks[(asks["level"] >= 1) & (asks["asked_at"] < as_of)]
    recent = made["asked_at"] >= lookback_start(as_of, _YEAR_DAYS)
    by_account = made.assign(recent=recent).groupby("account_id", as_index=False)
    return by_account.agg(asks_last_365d=("recent", "sum"), last_asked_at=("asked_at", "max"))
