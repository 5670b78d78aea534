"""`reference_pool.csv`, `advisory_board.csv` and `coverage_gaps.csv`."""

import pandas as pd

from advocate_score.publication.lists import ACCOUNT, Described, Edition, ask_history
from advocate_score.publication.outcome_fact import NONE, outcome_facts
from advocate_score.windows import iso

COLUMNS = (
    *("rank", *ACCOUNT[:-1], "service_line", "owner", "level", "ask"),
    *("readiness", "readiness_low", "readiness_high", "evidence", "diversity", "why", "outcome_fact"),
    *("asks_last_365d", "last_asked_at", "suggested_contact_id", "permission", "public_permission"),
    *("as_of", "model_version"),
)
_PUBLIC_LEVEL = 2
"""Its permission says whether the client may be named in public; a private reference does not need it."""


def pool_list(
    members: pd.DataFrame, table: pd.DataFrame, level: int, told: Described, edition: Edition
) -> pd.DataFrame:
    """A circle of clients: frame of `COLUMNS`, sorted by rank.

    Parameters
    ----------
    members : rank, account_id, diversity, why. table : as `publication.ranking.readiness_table` gives it.
    told : of it, accounts, outcomes, asks and contacts are read.
    """
    if members.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    here = (table["level"] == level) & table["account_id"].isin(members["account_id"])
    scores = table[here].drop(columns=["eligible", "rule", "completion"])
    listed = members[["rank", "account_id", "diversity", "why"]].merge(scores, on="account_id", how="left")
    listed = listed.merge(told.accounts[[*ACCOUNT, "service_line"]], on="account_id", how="left")
    listed = listed.merge(_contacts(told.contacts, level), on="account_id", how="left")
    listed = listed.merge(ask_history(told.asks, edition.as_of), on="account_id", how="left")
    words = outcome_facts(told.outcomes, edition.as_of, edition.language)
    return listed.assign(
        ask=edition.ladder.name(level, edition.language),
        outcome_fact=listed["account_id"].map(words.to_dict()).astype("str").fillna(NONE[edition.language == "es"]),
        asks_last_365d=listed["asks_last_365d"].fillna(0).astype("int64"),
        as_of=iso(edition.as_of),
        model_version=edition.model_version,
    ).sort_values("rank", ignore_index=True)[list(COLUMNS)]


def gap_list(parts: dict[str, tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """The gaps of each circle, by its name: what it says of its size ('' where it is large enough), then its gaps."""
    rows = []
    for name, (size, gaps) in parts.items():
        alone = pd.DataFrame({"gap": [size] if size else []}, dtype="str")
        rows.append(pd.concat([alone, gaps]).assign(pool=name))
    whole = pd.concat(rows, ignore_index=True)
    return whole.reindex(columns=list(GAP_COLUMNS)).astype(dict.fromkeys(_COUNTS, "Int64"))


_COUNTS = ("level", "open_opportunities", "clients", "ready", "ready_and_free", "in_pool", "expected")
GAP_COLUMNS = (
    *("pool", "level", "attribute", "value", "gap", "need", "open_opportunities"),
    *("clients", "ready", "ready_and_free", "in_pool", "expected"),
)


def _contacts(contacts: pd.DataFrame, level: int) -> pd.DataFrame:
    """account_id, suggested_contact_id and permission at `level`, and the permission to be named in public."""
    own = contacts[contacts["level"] == level].rename(columns={"contact_id": "suggested_contact_id"})
    public = contacts.loc[contacts["level"] == _PUBLIC_LEVEL, ["account_id", "permission"]]
    return own.drop(columns="level").merge(public.rename(columns={"permission": "public_permission"}), on="account_id")
