"""What references are needed for: the clients that the firm has, and the prospects that it talks to."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.account_rows import among
from advocate_score.policy.attributes import ATTRIBUTES, folded_values, spellings
from advocate_score.policy.facts import Facts, existing
from advocate_score.policy.standing import standing

COLUMNS = ("attribute", "value", "name", "clients", "open_opportunities", "need")
_LIKE_CLIENTS = 10
"""As many more opportunities are imagined, spread as the clients are: a few real ones say little."""


def clients_at(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """The accounts that are clients as of `as_of`: neither deleted, churned nor merged."""
    rests = standing(facts, as_of, policy)
    gone = rests.loc[rests["rule"] != "at_risk", "account_id"]
    accounts = existing(facts.accounts, as_of)
    return accounts[~among(accounts["account_id"], gone)]


def open_opportunities(opportunities: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Those opened before `as_of` and not closed before it. One with a result and no closing date has been closed."""
    opened = opportunities["opened_at"] < as_of
    closes_later = opportunities["closed_at"] >= as_of
    undecided = opportunities["closed_at"].isna() & opportunities["won"].isna()
    return opportunities[opened & (closes_later | undecided)]


def needs(clients: pd.DataFrame, open_now: pd.DataFrame) -> pd.DataFrame:
    """How much each value of each attribute is needed among the references.

    Parameters
    ----------
    clients, open_now : `ATTRIBUTES`, as `clients_at` and `open_opportunities` give them.

    Returns
    -------
    frame of `COLUMNS`, one row an attribute and folded value: `name` is its usual spelling, `need` its share of the
    open opportunities, and of the clients where there are few; the needs of an attribute sum to 1.
    """
    found = [_of_attribute(name, clients[name], open_now[name]) for name in ATTRIBUTES]
    return pd.concat(found, ignore_index=True)[list(COLUMNS)]


def _of_attribute(attribute: str, clients: pd.Series, open_now: pd.Series) -> pd.DataFrame:
    names = spellings(pd.concat([clients, open_now]))
    counts = {
        column: folded_values(values).value_counts().reindex(names.index, fill_value=0)
        for column, values in {"clients": clients, "open_opportunities": open_now}.items()
    }
    rows = names.rename("name").to_frame().assign(**counts)
    shares = rows["clients"] / max(rows["clients"].sum(), 1)
    needed = rows["open_opportunities"] + _LIKE_CLIENTS * shares
    total = needed.sum()
    rows = rows.assign(attribute=attribute, need=needed / total if total else needed)
    return rows.rename_axis("value").reset_index()
