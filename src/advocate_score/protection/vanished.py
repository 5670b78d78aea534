"""What protected in the last publication and does not now: explained by what the tables say, or resting until somebody
releases it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from advocate_score.canonical import CASES
from advocate_score.policy.facts import Facts
from advocate_score.protection.facts import rows_of
from advocate_score.protection.matching import Accounts
from advocate_score.protection.record import COLUMN_OF, UNMATCHED
from advocate_score.tables.refusals import REFUSED

_EXEMPT = ("case", "pending")
"""Kinds that close by leaving the export, while their table is whole."""
_FEWEST_HELD, _SHARE_HELD = 5, 0.01


@dataclass(frozen=True)
class Vanished:
    """`facts`: those that are not explained, as `record.COLUMNS` · `gone`: tables and columns that protected and are no
    longer there · `before`: how many facts there were."""

    facts: pd.DataFrame
    gone: tuple[str, ...]
    before: int

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
    """Compares fact by fact.

    Parameters
    ----------
    before, now : as `record.protecting_facts` gives them. present : table → the columns that the export has; tables
        without rows are not there.
    """
    protected = before[(before["kind"] != UNMATCHED) & ~(before["until"] <= as_of)]
    gone = _gone(protected, present)
    missing = protected[~_keys(protected).isin(_keys(now[now["kind"] != UNMATCHED]))]
    closes = missing["kind"].isin(_EXEMPT) | (missing["table"] == CASES.name)
    exempt = closes & missing["table"].isin(list(present))
    still_clients = pd.Series([accounts.find(one)[1] for one in missing["account_id"]], missing.index, dtype="object")
    asked = missing[~exempt & (still_clients.str.len() > 0)]
    unexplained = asked[~pd.Series(_explained(asked, facts), asked.index, dtype="bool")]
    led = [still_clients[at][0] for at in unexplained.index]
    return Vanished(unexplained.assign(account_id=pd.Series(led, unexplained.index, "str")), gone, len(protected))


def _keys(facts: pd.DataFrame) -> pd.MultiIndex:
    """A fact whose row has no id is known by its account."""
    key = facts["key"].where(facts["key"] != "", "account " + facts["account_id"])
    return pd.MultiIndex.from_arrays([facts["table"], key])


def _gone(protected: pd.DataFrame, present: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    of_export = protected[~protected["vanished"] & protected["row"].notna()]
    tables = sorted({table for table in of_export["table"] if table not in present})
    columns = {COLUMN_OF[kind] for kind in of_export["kind"] if kind in COLUMN_OF}
    lost = sorted(f"{table}.{column}" for table, column in columns if column not in present.get(table, (column,)))
    return (*tables, *lost)


def _explained(facts_asked: pd.DataFrame, facts: Facts) -> list[bool]:
    """Of each fact, whether its row says otherwise now: silence explains nothing."""
    found: dict[object, bool] = {}
    for table, asked in facts_asked.groupby("table"):
        rows = rows_of(facts, str(table))
        near = rows[rows["key"].isin(asked["key"]) | rows["account_id"].isin(asked["account_id"])]
        for fact in asked.itertuples():
            mine = near[near["key"] == fact.key] if fact.key else near[near["account_id"] == fact.account_id]
            says = pd.Series(True, mine.index) if not fact.key else _says_otherwise(str(table), str(fact.kind), mine)
            found[fact.Index] = bool(says.any())
    return [found[at] for at in facts_asked.index]


def _says_otherwise(table: str, kind: str, rows: pd.DataFrame) -> pd.Series:
    """Which of the rows say in so many words that they protect nobody, or can be read where they could not before."""
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
