"""The lists as frames: candidates, `resting.csv`, `nurture.csv`, `ask_plan.csv`, `reference_pool.csv`,
`advisory_board.csv` and `coverage_gaps.csv`."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from advocate_score import config
from advocate_score.asks import asks_before
from advocate_score.dates import iso, lookback_start
from advocate_score.frames import begins
from advocate_score.ladder import LEVELS, Levels
from advocate_score.publication.sentences import NONE, REASONS, note, outcome_facts
from advocate_score.publication.spreadsheet_csv import DIGITS
from advocate_score.schema import planned_ask_id

ACCOUNT = ("account_id", "account_name", "industry", "segment", "region", "owner")
CANDIDATE_COLUMNS = (
    *("rank", *ACCOUNT, "level", "ask"),
    *("readiness", "readiness_low", "readiness_high", "completion", "evidence", *REASONS),
    *("outcome_fact", "moment", "asks_last_365d", "last_asked_at", "suggested_contact_id", "permission"),
    *("as_of", "model_version"),
)
_YEAR_DAYS = 365


@dataclass(frozen=True)
class Described:
    """What the lists show of accounts besides their scores, one frame each; rows of other accounts are ignored.

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
    """The values that are the same in every row of a publication, and its language."""

    as_of: datetime
    model_version: str
    language: str
    ladder: config.Ladder


def candidates(ranked: pd.DataFrame, described: Described, edition: Edition) -> pd.DataFrame:
    """`candidates.csv`: the five lists in one frame of `CANDIDATE_COLUMNS`, sorted by level, rank.

    `ranked`: as returned by `publication.ranking.ranked`.
    """
    if ranked.empty:
        return pd.DataFrame(columns=list(CANDIDATE_COLUMNS))
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
    )[list(CANDIDATE_COLUMNS)]


def ask_history(asks: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """account_id, asks_last_365d (in [as_of − 365 d, as_of)), last_asked_at; small favours do not count."""
    made = asks_before(asks, as_of)
    recent = made["asked_at"] >= lookback_start(as_of, _YEAR_DAYS)
    by_account = made.assign(recent=recent).groupby("account_id", as_index=False)
    return by_account.agg(asks_last_365d=("recent", "sum"), last_asked_at=("asked_at", "max"))


RESTING_COLUMNS = ("account_id", "account_name", "owner", "level", "rule", "since", "until", "detail")
_SAME = ["account_id", "rule", "since", "until", "detail"]


def resting(verdicts: pd.DataFrame, accounts: pd.DataFrame, levels: Levels = LEVELS) -> pd.DataFrame:
    """Frame of `RESTING_COLUMNS`, sorted by account_id, level, as `verdicts` are; `since` and `until` are days.

    An account that rests at every level for the same reason has one row with an empty level.
    """
    blocked = verdicts[~verdicts["eligible"]]
    run = np.cumsum(np.logical_or.reduce([_is_changed(blocked[name]) for name in _SAME])) - 1
    everywhere = (np.bincount(run) == len(levels))[run]
    is_shown = ~everywhere | (blocked["level"] == min(levels)).to_numpy()
    shown = blocked[is_shown]
    level = shown["level"].astype("Int64").mask(everywhere[is_shown])
    rows = shown.assign(level=level, since=shown["since"].dt.normalize(), until=shown["until"].dt.normalize())
    named: pd.DataFrame = rows.merge(accounts[["account_id", "account_name", "owner"]], on="account_id", how="left")
    return named[list(RESTING_COLUMNS)]


def _is_changed(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Whether each value differs from that of the row before; two missing values are equal."""
    return begins((column.astype("int64") if is_datetime64_any_dtype(column.dtype) else column).array)


CHANGES = ("change_1", "change_2", "change_3")
NURTURE_COLUMNS = (
    *(*ACCOUNT, "level", "ask", "readiness", "readiness_low", "readiness_high", "threshold"),
    *("missing", *CHANGES, "note", "as_of", "model_version"),
)
_MISSING = (
    "readiness {readiness:.0f} % of the {threshold:.0f} % that this level needs",
    "preparación del {readiness:.0f} % y este nivel pide el {threshold:.0f} %",
)
_REACHES = ("within the interval", "dentro del intervalo")


def nurture_list(
    nearly_ready: pd.DataFrame, changes: pd.DataFrame, accounts: pd.DataFrame, edition: Edition
) -> pd.DataFrame:
    """Frame of `NURTURE_COLUMNS`, in the order of `nearly_ready`; unused places for changes are ''.

    Parameters
    ----------
    nearly_ready : account_id, level, readiness, readiness_low, readiness_high, threshold.
    changes : account_id, level, place (1 = first), sentence; at most as many places as `CHANGES`.
    accounts : the columns of `ACCOUNT`.
    edition : as-of instant, model version, language and ladder.
    """
    rows = nearly_ready.merge(accounts[list(ACCOUNT)], on="account_id", how="left")
    rows = rows.merge(_side_by_side(changes), on=["account_id", "level"], how="left")
    rows[list(CHANGES)] = rows[list(CHANGES)].astype("str").fillna("")
    language = edition.language
    return rows.assign(
        ask=pd.Series([edition.ladder.name(level, language) for level in rows["level"]], rows.index, "str"),
        missing=pd.Series([_missing_phrase(row, language) for row in rows.to_dict("records")], rows.index, "str"),
        note=note(language),
        as_of=iso(edition.as_of),
        model_version=edition.model_version,
    )[list(NURTURE_COLUMNS)]


def _missing_phrase(row: Mapping[Hashable, Any], language: str) -> str:
    which = int(language == "es")
    words = _MISSING[which].format(readiness=100 * row["readiness"], threshold=100 * row["threshold"])
    return f"{words}; {_REACHES[which]}" if row["readiness_high"] >= row["threshold"] else words


def _side_by_side(changes: pd.DataFrame) -> pd.DataFrame:
    """One row per account_id and level, with the columns of `CHANGES`."""
    column = changes["place"].map(dict(enumerate(CHANGES, 1)))
    wide = changes.assign(column=column).pivot(index=["account_id", "level"], columns="column", values="sentence")
    return wide.reindex(columns=list(CHANGES)).reset_index()


PLAN = (
    *("priority", "account_id", "level", "readiness", "expected_value"),
    *("why_now", "exploration", "propensity", "policy_id"),
)
PLAN_COLUMNS = (
    *PLAN,
    *("ask_id", *ACCOUNT[1:], "ask", "outcome_fact", "suggested_contact_id", "permission", "as_of", "model_version"),
)


def plan_list(asks: pd.DataFrame, described: Described, edition: Edition) -> pd.DataFrame:
    """Frame of `PLAN_COLUMNS`, sorted by priority. The command `record` takes the answer with `ask_id`.

    Parameters
    ----------
    asks : frame of `PLAN`. described : its accounts, outcomes and contacts are read.
    """
    listed = asks.merge(described.accounts[list(ACCOUNT)], on="account_id", how="left")
    contacts = described.contacts.rename(columns={"contact_id": "suggested_contact_id"})
    listed = listed.merge(contacts, on=["account_id", "level"], how="left")
    words = outcome_facts(described.outcomes, edition.as_of, edition.language).to_dict()
    keys = list(zip(listed["account_id"], listed["level"], strict=True))
    texts = {
        "ask_id": [planned_ask_id(edition.as_of, account, level) for account, level in keys],
        "ask": [edition.ladder.name(level, edition.language) for _, level in keys],
        "outcome_fact": [words.get(account, NONE[edition.language == "es"]) for account, _ in keys],
    }
    listed = listed.assign(**{name: pd.Series(values, listed.index, "str") for name, values in texts.items()})
    value = listed["expected_value"].round(DIGITS)
    listed = listed.assign(expected_value=value, as_of=iso(edition.as_of), model_version=edition.model_version)
    return listed.sort_values("priority", ignore_index=True)[list(PLAN_COLUMNS)]


POOL_COLUMNS = (
    *("rank", *ACCOUNT[:-1], "service_line", "owner", "level", "ask"),
    *("readiness", "readiness_low", "readiness_high", "evidence", "diversity", "why", "outcome_fact"),
    *("asks_last_365d", "last_asked_at", "suggested_contact_id", "permission", "public_permission"),
    *("as_of", "model_version"),
)
_PUBLIC_CHANNEL = "marketing"
"""The permission at the level that needs this channel alone says whether the client may be named in public; a private
reference does not need it."""


def pool_list(
    members: pd.DataFrame, table: pd.DataFrame, level: int, described: Described, edition: Edition
) -> pd.DataFrame:
    """The members of a pool: frame of `POOL_COLUMNS`, sorted by rank.

    Parameters
    ----------
    members : rank, account_id, diversity, why. table : as returned by `publication.ranking.readiness_table`.
    level : the pool's level. described : its accounts, outcomes, asks and contacts are read.
    edition : as-of instant, model version, language and ladder.
    """
    if members.empty:
        return pd.DataFrame(columns=list(POOL_COLUMNS))
    is_member = (table["level"] == level) & table["account_id"].isin(members["account_id"])
    scores = table[is_member].drop(columns=["eligible", "rule", "completion"])
    listed = members[["rank", "account_id", "diversity", "why"]].merge(scores, on="account_id", how="left")
    listed = listed.merge(described.accounts[[*ACCOUNT, "service_line"]], on="account_id", how="left")
    listed = listed.merge(
        _contacts_of_level(described.contacts, level, edition.ladder.in_use), on="account_id", how="left"
    )
    listed = listed.merge(ask_history(described.asks, edition.as_of), on="account_id", how="left")
    words = outcome_facts(described.outcomes, edition.as_of, edition.language)
    return listed.assign(
        ask=edition.ladder.name(level, edition.language),
        outcome_fact=listed["account_id"].map(words.to_dict()).astype("str").fillna(NONE[edition.language == "es"]),
        asks_last_365d=listed["asks_last_365d"].fillna(0).astype("int64"),
        as_of=iso(edition.as_of),
        model_version=edition.model_version,
    ).sort_values("rank", ignore_index=True)[list(POOL_COLUMNS)]


def gap_list(parts: dict[str, tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Frame of `GAP_COLUMNS`, from pool → (shortfall of its size, '' if it is large enough; its gaps)."""
    rows = []
    for name, (size, gaps) in parts.items():
        size_row = pd.DataFrame({"gap": [size] if size else []}, dtype="str")
        rows.append(pd.concat([size_row, gaps]).assign(pool=name))
    combined = pd.concat(rows, ignore_index=True)
    return combined.reindex(columns=list(GAP_COLUMNS)).astype(dict.fromkeys(_COUNTS, "Int64"))


_COUNTS = ("level", "open_opportunities", "clients", "ready", "ready_and_free", "in_pool", "expected")
GAP_COLUMNS = (
    *("pool", "level", "attribute", "value", "gap", "need", "open_opportunities"),
    *("clients", "ready", "ready_and_free", "in_pool", "expected"),
)


def _contacts_of_level(contacts: pd.DataFrame, level: int, levels: Levels) -> pd.DataFrame:
    """account_id, suggested_contact_id and permission at `level`, and the permission to be named in public."""
    own = contacts[contacts["level"] == level].rename(columns={"contact_id": "suggested_contact_id"})
    public = contacts.loc[contacts["level"] == _public_level(levels), ["account_id", "permission"]]
    public = public.rename(columns={"permission": "public_permission"})
    return own.drop(columns="level").merge(public, on="account_id", how="left")


def _public_level(levels: Levels) -> int | None:
    return next((number for number, level in levels.items() if level.channels == (_PUBLIC_CHANNEL,)), None)
