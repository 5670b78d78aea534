"""Finds facts that protected in the last publication and no longer do. If the tables do not explain why, the account
rests until somebody releases it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from advocate_score.policy.inputs import Facts
from advocate_score.protection.matching import Accounts
from advocate_score.protection.protecting_facts import rows_of
from advocate_score.protection.record import COLUMN_OF, UNMATCHED, UNREADABLE, scopes
from advocate_score.schema import ACCOUNTS, CASES, CONTACTS
from advocate_score.tables.parsing import REFUSED

_EXEMPT = ("case", "pending")
"""Kinds that end when their row leaves the export, as long as the table itself is present."""
_FEWEST_HELD, _SHARE_HELD = 5, 0.01


@dataclass(frozen=True)
class Vanished:
    """The result of the comparison.

    facts: unexplained vanished facts, as `record.COLUMNS` · lost_sources: tables and columns that protected and are no
    longer present · before: number of facts that were compared · absent: facts of accounts that are not clients now,
    kept in case they come back.
    """

    facts: pd.DataFrame
    lost_sources: tuple[str, ...]
    before: int
    absent: pd.DataFrame

    @property
    def are_too_many(self) -> bool:
        fresh = int((~self.facts["vanished"]).sum())
        return fresh > max(_FEWEST_HELD, _SHARE_HELD * self.before)


def find_vanished(
    before: pd.DataFrame,
    now: pd.DataFrame,
    facts: Facts,
    accounts: Accounts,
    present: Mapping[str, Collection[str]],
    as_of: datetime,
) -> Vanished:
    """Compares the protecting facts of the last publication with those of this run.

    Parameters
    ----------
    before, now : facts as `record.protecting_facts` returns them.
    facts : the facts that the rules read in this run.
    accounts : the accounts in use.
    present : table → the columns that the export has; tables without rows have no key.
    as_of : naive UTC; facts whose `until` is not after it have expired.
    """
    protected = before[(before["kind"] != UNMATCHED) & ~(before["until"] <= as_of)]
    lost_sources = _lost_sources(protected, present)
    current, absent = _by_current_account(protected, accounts)
    missing = current[~_still_protect(current, now[now["kind"] != UNMATCHED])]
    closes = missing["kind"].isin(_EXEMPT) | (missing["table"] == CASES.name)
    expected = missing[~(closes & missing["table"].isin(list(present)))]
    unexplained = expected[~_are_explained(expected, facts)]
    return Vanished(unexplained.drop(columns="was"), lost_sources, len(protected), absent)


def _by_current_account(protected: pd.DataFrame, accounts: Accounts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The facts under their current accounts, with the former account as `was`; and the facts of accounts that are not
    clients now, except erased ones."""
    clients = {account: accounts.find(account)[1] for account in protected["account_id"].unique()}
    now = pd.Series([clients[account] for account in protected["account_id"]], protected.index, dtype="object")
    is_client = now.str.len() > 0
    is_erased = pd.Series(
        [account in accounts.erased for account in protected["account_id"]], protected.index, dtype="bool"
    )
    current = protected[is_client]
    current = current.assign(was=current["account_id"], account_id=now[is_client]).explode(
        "account_id", ignore_index=True
    )
    return current.astype({"account_id": "str"}), protected[~is_client & ~is_erased]


def _still_protect(current: pd.DataFrame, now: pd.DataFrame) -> pd.Series:
    """Whether each fact still protects: by its own row, even if that is now unreadable, or by a new row of the same
    holder that says the same."""
    rows, rows_now = _row_keys(current), _row_keys(now)
    facts, facts_now = _joined_keys(current["kind"], rows), _joined_keys(now["kind"], rows_now)
    is_same_row = rows.isin(rows_now) & (facts.isin(facts_now) | (current["kind"] == UNREADABLE))
    is_same_row |= rows.isin(rows_now[now["kind"] == UNREADABLE])
    replaced = _have_successors(current[~is_same_row], now[~facts_now.isin(facts)])
    return is_same_row | replaced.reindex(current.index, fill_value=False)


def _row_keys(facts: pd.DataFrame) -> pd.Series:
    """A key of each fact's row and holder; a row without an id is identified by its scope."""
    key = facts["key"].where(facts["key"] != "", "\0" + facts["scope"])
    return _joined_keys(facts["table"], key, _holder_keys(facts))


def _holder_keys(facts: pd.DataFrame) -> pd.Series:
    """The holder of each fact: the contact if there is one, in any account, otherwise the account."""
    return facts["account_id"].where(facts["contact_id"] == "", "\0" + facts["contact_id"])


def _joined_keys(*columns: pd.Series) -> pd.Series:
    return pd.Series(["\1".join(cells) for cells in zip(*columns, strict=True)], columns[0].index, dtype="object")


def _have_successors(lost: pd.DataFrame, fresh: pd.DataFrame) -> pd.Series:
    """Which facts a new row of the same holder replaces, one row per fact, since exports may renumber their rows."""
    keys = [_joined_keys(facts["kind"], facts["table"], _holder_keys(facts), facts["scope"]) for facts in (lost, fresh)]
    numbered = [_joined_keys(facts, facts.groupby(facts).cumcount().astype("str")) for facts in keys]
    replaced: pd.Series = numbered[0].isin(numbered[1])
    return replaced


def _lost_sources(protected: pd.DataFrame, present: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    of_export = protected[~protected["vanished"] & protected["row"].notna()]
    tables = sorted({table for table in of_export["table"] if table not in present})
    columns = {COLUMN_OF[kind] for kind in of_export["kind"] if kind in COLUMN_OF}
    lost_columns = sorted(
        f"{table}.{column}" for table, column in columns if column not in present.get(table, (column,))
    )
    return (*tables, *lost_columns)


def _are_explained(expected: pd.DataFrame, facts: Facts) -> pd.Series:
    """Whether the row of each fact now says otherwise. A missing row explains nothing, nor does a row of another
    holder; a status is also explained by a merge of its account."""
    is_merged = (expected["kind"] == "status") & (expected["was"] != expected["account_id"])
    explained = set(expected.index[is_merged])
    for table, table_facts in expected[~is_merged].groupby("table"):
        rows = rows_of(facts, str(table))
        rows = rows.assign(key=rows["key"].astype("str").where(rows["key"].notna(), ""))
        related = rows[rows["key"].isin(table_facts["key"]) | rows["account_id"].isin(table_facts["account_id"])]
        explained |= {fact.Index for fact in table_facts.itertuples() if _is_explained(fact, related)}
    return pd.Series(expected.index.isin(list(explained)), expected.index)


def _is_explained(fact: Any, related: pd.DataFrame) -> bool:
    table, of_account = str(fact.table), related["account_id"] == fact.account_id
    if fact.kind == UNREADABLE and not fact.key:
        return bool(of_account.sum() > fact.beside)
    own_rows = related[_are_own(fact, related, of_account) & (related["key"] == fact.key)]
    if not fact.key:
        own_rows = own_rows[scopes(table, own_rows) == fact.scope]
    return bool(_says_otherwise(table, str(fact.kind), own_rows).any())


def _are_own(fact: Any, related: pd.DataFrame, of_account: "pd.Series[bool]") -> "pd.Series[bool]":
    """Which rows belong to the holder of a fact. In contacts and accounts the key identifies the holder."""
    if fact.table in (CONTACTS.name, ACCOUNTS.name):
        return related["key"].isin([fact.key])
    return of_account | related["contact_id"].isin([fact.contact_id]) if fact.contact_id else of_account


def _says_otherwise(table: str, kind: str, rows: pd.DataFrame) -> pd.Series:
    """Which rows explicitly say that they do not protect, or are readable and were not before."""
    match table, kind:
        case "contacts", _:
            return rows[REFUSED].eq(False)
        case "permissions", _:
            return rows["status"].notna()
        case "asks", "refusal":
            return rows["response"] == "accepted"
        case "accounts", "status":
            return rows["status"] == "active"
        case _:
            return pd.Series(True, rows.index)
