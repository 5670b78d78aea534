"""What the contact rules read, and which of it was known when; and the form in which every rule says whom it blocks:
one row an account, level and reason to rest.

In a live run whatever the tables say now protects now, whatever its date; a backfill cuts by time. Nothing that is read
strictly here reaches a signal, a label or a record of answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.frames import among
from advocate_score.ladder import LEVEL_NUMBERS

TABLE_COLUMNS = {
    "accounts": ("account_id", "status", "created_at", "merged_into"),
    "contacts": ("contact_id", "account_id", "seniority", "sponsor", "created_at", "objected_at"),
    "permissions": ("account_id", "contact_id", "channel", "status", "valid_from", "valid_to"),
    "asks": (
        "account_id",
        "contact_id",
        "level",
        "asked_at",
        "response",
        "responded_at",
        "recorded_at",
        "completed_at",
    ),
    "cases": ("account_id", "opened_at", "closed_at", "severity"),
    "renewals": ("account_id", "occurred_at", "recorded_at", "kind", "due_at"),
}
"""The columns of each table that the rules read; further columns do no harm."""


_ANY_TIME = datetime(9999, 1, 1)


def _none_unreadable() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in ("account_id", "source")})


@dataclass(frozen=True)
class Facts:
    """One frame for each table of `TABLE_COLUMNS`, instants naive UTC. They may hold rows of any time.

    Of contacts, `objected` is true where somebody objected whose date is not known, `deleted` where the contact is no
    longer there. `unreadable`: account_id and source (table, row and reason) of rows that may be a "no" and cannot be
    read. `live`: rules see all there is; else each cuts to what was known strictly before its as-of instant.
    """

    accounts: pd.DataFrame
    contacts: pd.DataFrame
    permissions: pd.DataFrame
    asks: pd.DataFrame
    cases: pd.DataFrame
    renewals: pd.DataFrame
    unreadable: pd.DataFrame = field(default_factory=_none_unreadable)
    live: bool = False

    def horizon(self, as_of: datetime) -> datetime:
        """The instant before which something must have been known to count."""
        return _ANY_TIME if self.live else as_of

    def of_accounts(self, account_ids: Iterable[str]) -> "Facts":
        """The facts of some accounts alone."""
        requested = pd.Series(account_ids, dtype="str").drop_duplicates()
        frames = {name: getattr(self, name) for name in (*TABLE_COLUMNS, "unreadable")}
        selected = {name: frame[among(frame["account_id"], requested)] for name, frame in frames.items()}
        return Facts(**selected, live=self.live)


def known_before(events: pd.DataFrame, as_of: datetime, time_column: str = "occurred_at") -> pd.DataFrame:
    """Events that had happened, and that the firm knew of, strictly before `as_of`."""
    recorded = events["recorded_at"].fillna(events[time_column])
    return events[(events[time_column] < as_of) & (recorded < as_of)]


def existing_at(records: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Accounts or contacts that the firm had met; one without a date has always been there."""
    return records[records["created_at"].isna() | (records["created_at"] < as_of)]


def asks_before(asks: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Asks made before `as_of` at levels 1–5: a small favour is no ask in the sense of the contact rules."""
    return asks[(asks["level"] >= 1) & (asks["asked_at"] < as_of)]


def unique_asks(asks: pd.DataFrame) -> pd.DataFrame:
    """Asks to be counted: one whose level cannot be read stands at every level."""
    return asks[~asks["ask_id"].duplicated() | asks["ask_id"].isna()] if "ask_id" in asks else asks


def answers_known_before(asks: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Asks whose answer was known before `as_of`, with `answered_at`.

    An answer without any time counts from the ask: to forget a "no" is worse than to remember it too early.
    """
    rows = asks_before(asks, as_of)
    known_at = rows[["responded_at", "recorded_at"]].max(axis=1).fillna(rows["asked_at"])
    answered_at = rows["responded_at"].fillna(rows["recorded_at"]).fillna(rows["asked_at"])
    return rows.assign(answered_at=answered_at)[known_at < as_of]


def have_objected(facts: Facts, as_of: datetime) -> pd.Series:
    """Of each row of contacts, whether the person asked not to be approached."""
    is_flagged = is_true(facts.contacts["objected"]) if "objected" in facts.contacts else False
    return (facts.contacts["objected_at"] < facts.horizon(as_of)) | is_flagged


def are_deleted(contacts: pd.DataFrame) -> pd.Series:
    return is_true(contacts["deleted"]) if "deleted" in contacts else pd.Series(False, contacts.index)


def is_true(flags: pd.Series) -> pd.Series:
    """Flags as booleans; unknown is false."""
    return flags.eq(True).fillna(value=False).astype(bool)


def age_days(instants: pd.Series, as_of: datetime) -> pd.Series:
    """Days from each instant to `as_of`."""
    days: pd.Series = (pd.Timestamp(as_of) - instants).dt.total_seconds() / 86_400
    return days


_TYPES = {
    "account_id": "str",
    "level": "int64",
    "rule": "str",
    "since": "datetime64[us]",
    "until": "datetime64[us]",
    "figure": "float64",
    "when": "datetime64[us]",
    "source": "str",
}
BLOCK_COLUMNS = tuple(_TYPES)
"""`until` is the first midnight at which the rule is silent, missing where nobody can say;
`figure`, `when` and `source` are the facts that the rule's sentence cites."""


def block(rows: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Blocks by `rule` from rows of account_id and any other of `BLOCK_COLUMNS`; without a level, every level."""
    rows = rows.assign(rule=rule)
    return rows if "level" in rows else every_level(rows)


def every_level(rows: pd.DataFrame) -> pd.DataFrame:
    """Each row once for every level 1–5."""
    levels = np.tile(np.array(LEVEL_NUMBERS, dtype=np.int64), len(rows))
    each = rows.take(np.repeat(np.arange(len(rows)), len(LEVEL_NUMBERS))).reset_index(drop=True)
    return each.assign(level=levels)


def block_frame(blocks: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """One typed frame of `BLOCK_COLUMNS`."""
    non_empty = [rows for rows in blocks if len(rows)]
    rows = pd.concat(non_empty, ignore_index=True) if non_empty else pd.DataFrame()
    typed = pd.DataFrame({name: pd.Series(rows.get(name), rows.index, kind) for name, kind in _TYPES.items()})
    return typed.assign(until=typed["until"].dt.ceil("D"), source=typed["source"].fillna(""))
