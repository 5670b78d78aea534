"""The lists as frames: candidates, `resting.csv`, `nurture.csv`, `ask_plan.csv`, `reference_pool.csv`,
`advisory_board.csv` and `coverage_gaps.csv`."""

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_datetime64_any_dtype

from advocate_score.asks import asks_before
from advocate_score.dates import first_free_days, lookback_start
from advocate_score.frames import begins
from advocate_score.ladder import Levels
from advocate_score.publication.columns import Described, Edition, ListName, column_names, columns_of, nullable_types
from advocate_score.publication.spreadsheet_csv import DIGITS

_YEAR_DAYS = 365
SUGGESTED_CONTACT = {
    "contact_id": "suggested_contact_id",
    "contact_name": "suggested_contact",
    "title": "contact_title",
}
"""Column of the suggested contacts → column of the lists."""


def _complete(rows: pd.DataFrame, name: ListName, described: Described, edition: Edition) -> pd.DataFrame:
    """The list's rows with the facts of their accounts and with every column that has `cells`, in the list's order."""
    columns = columns_of(name)
    of_account = [column.name for column in columns if column.of_account]
    rows = rows.merge(described.accounts[["account_id", *of_account]], on="account_id", how="left")
    for column in columns:
        if column.cells is not None:
            rows[column.name] = column.cells(rows, described, edition)
    return rows[column_names(name)]


def candidates(ranked: pd.DataFrame, described: Described, edition: Edition) -> pd.DataFrame:
    """`candidates.csv`: the five lists in one frame, sorted by level, rank.

    `ranked`: as returned by `publication.ranking.rank_accounts`.
    """
    if ranked.empty:
        return pd.DataFrame(columns=column_names("candidates"))
    listed = ranked
    for facts in (described.contacts.rename(columns=SUGGESTED_CONTACT), described.reasons):
        listed = listed.merge(facts, on=["account_id", "level"], how="left")
    listed = listed.merge(described.moments[["account_id", "moment"]], on="account_id", how="left")
    return _complete(_with_ask_history(listed, described, edition), "candidates", described, edition)


def _with_ask_history(rows: pd.DataFrame, described: Described, edition: Edition) -> pd.DataFrame:
    """The rows with asks_last_365d, 0 for an account that was never asked, and last_asked_at."""
    listed = rows.merge(ask_history(described.asks, edition.as_of), on="account_id", how="left")
    return listed.assign(asks_last_365d=listed["asks_last_365d"].fillna(0).astype("int64"))


def ask_history(asks: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """account_id, asks_last_365d (in [as_of − 365 d, as_of)), last_asked_at; small favours do not count."""
    made = asks_before(asks, as_of)
    recent = made["asked_at"] >= lookback_start(as_of, _YEAR_DAYS)
    by_account = made.assign(recent=recent).groupby("account_id", as_index=False)
    return by_account.agg(asks_last_365d=("recent", "sum"), last_asked_at=("asked_at", "max"))


_SAME = ["account_id", "rule", "since", "until", "detail"]


def resting(verdicts: pd.DataFrame, described: Described, edition: Edition) -> pd.DataFrame:
    """`resting.csv`, sorted by account_id, level, as `verdicts` are; `until` is the first day on which the account may
    be asked.

    An account that rests at every level for the same reason has one row with an empty level.
    """
    blocked = verdicts[~verdicts["eligible"]]
    blocked = blocked.assign(until=first_free_days(blocked["free_at"], edition.zone))
    run = np.cumsum(np.logical_or.reduce([_is_changed(blocked[name]) for name in _SAME])) - 1
    everywhere = (np.bincount(run) == len(edition.ladder.in_use))[run]
    is_shown = ~everywhere | (blocked["level"] == min(edition.ladder.in_use)).to_numpy()
    shown = blocked[is_shown]
    level = shown["level"].astype("Int64").mask(everywhere[is_shown])
    return _complete(shown.assign(level=level), "resting", described, edition)


def _is_changed(column: pd.Series) -> npt.NDArray[np.bool_]:
    """Whether each value differs from that of the row before; two missing values are equal."""
    return begins((column.astype("int64") if is_datetime64_any_dtype(column.dtype) else column).array)


CHANGES = ("change_1", "change_2", "change_3")


def nurture_list(
    nearly_ready: pd.DataFrame, changes: pd.DataFrame, missing: pd.DataFrame, described: Described, edition: Edition
) -> pd.DataFrame:
    """`nurture.csv`, in the order of `nearly_ready`; unused places for changes are ''.

    Parameters
    ----------
    nearly_ready : account_id, level, readiness, readiness_low, readiness_high, threshold.
    changes : account_id, level, place (1 = first), sentence; at most as many places as `CHANGES`.
    missing : account_id, level, missing: what is missing, by name.
    described : its accounts are read. edition : as-of instant, model version, language and ladder.
    """
    rows = nearly_ready.merge(_side_by_side(changes), on=["account_id", "level"], how="left")
    rows = rows.merge(missing, on=["account_id", "level"], how="left")
    rows[["missing", *CHANGES]] = rows[["missing", *CHANGES]].astype("str").fillna("")
    return _complete(rows, "nurture", described, edition)


def _side_by_side(changes: pd.DataFrame) -> pd.DataFrame:
    """One row per account_id and level, with the columns of `CHANGES`."""
    column = changes["place"].map(dict(enumerate(CHANGES, 1)))
    wide = changes.assign(column=column).pivot(index=["account_id", "level"], columns="column", values="sentence")
    return wide.reindex(columns=list(CHANGES)).reset_index()


def plan_list(asks: pd.DataFrame, described: Described, edition: Edition) -> pd.DataFrame:
    """`ask_plan.csv`, sorted by priority. The command `record` takes the answer with `ask_id`.

    Parameters
    ----------
    asks : priority, account_id, level, readiness, expected_value, why_now, exploration, propensity, policy_id.
    described : its accounts, outcomes and contacts are read.
    """
    listed = asks.merge(described.contacts.rename(columns=SUGGESTED_CONTACT), on=["account_id", "level"], how="left")
    listed = listed.assign(expected_value=listed["expected_value"].round(DIGITS))
    return _complete(listed.sort_values("priority", ignore_index=True), "ask_plan", described, edition)


_PUBLIC_CHANNEL = "marketing"
"""The permission at the level that needs this channel alone says whether the client may be named in public; a private
reference does not need it."""


def pool_list(
    members: pd.DataFrame, table: pd.DataFrame, level: int, described: Described, edition: Edition
) -> pd.DataFrame:
    """The members of a pool: `reference_pool.csv` or `advisory_board.csv`, sorted by rank.

    Parameters
    ----------
    members : rank, account_id, diversity, why. table : as returned by `publication.ranking.readiness_table`.
    level : the pool's level. described : its accounts, outcomes, asks and contacts are read.
    edition : as-of instant, model version, language and ladder.
    """
    if members.empty:
        return pd.DataFrame(columns=column_names("pools"))
    is_member = (table["level"] == level) & table["account_id"].isin(members["account_id"])
    scores = table[is_member].drop(columns=["eligible", "rule", "completion"])
    listed = members[["rank", "account_id", "diversity", "why"]].merge(scores, on="account_id", how="left")
    listed = listed.merge(
        _contacts_of_level(described.contacts, level, edition.ladder.in_use), on="account_id", how="left"
    )
    listed = _with_ask_history(listed, described, edition).sort_values("rank", ignore_index=True)
    return _complete(listed, "pools", described, edition)


def gap_list(parts: dict[str, tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """`coverage_gaps.csv`, from pool → (shortfall of its size, '' if it is large enough; its gaps)."""
    rows = []
    for name, (size, gaps) in parts.items():
        size_row = pd.DataFrame({"gap": [size] if size else []}, dtype="str")
        rows.append(pd.concat([size_row, gaps]).assign(pool=name))
    combined = pd.concat(rows, ignore_index=True)
    return combined.reindex(columns=column_names("coverage_gaps")).astype(nullable_types("coverage_gaps"))


def _contacts_of_level(contacts: pd.DataFrame, level: int, levels: Levels) -> pd.DataFrame:
    """account_id, the suggested contact and the permission at `level`, and the permission to be named in public."""
    own = contacts[contacts["level"] == level].rename(columns=SUGGESTED_CONTACT)
    public = contacts.loc[contacts["level"] == _public_level(levels), ["account_id", "permission"]]
    public = public.rename(columns={"permission": "public_permission"})
    return own.drop(columns="level").merge(public, on="account_id", how="left")


def _public_level(levels: Levels) -> int | None:
    return next((number for number, level in levels.items() if level.channels == (_PUBLIC_CHANNEL,)), None)
