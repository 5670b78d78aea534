"""The facts that the contact rules read, cut to what was known at an instant, and the form in which every rule reports
its blocks: one row per account, level and reason to rest.

In a live run everything the tables contain protects an account now, whatever its date; a backfill cuts by time. These
strict readings never reach a signal, a label or a record of answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.asks import answer_known_at, answered_at, asks_before
from advocate_score.frames import among
from advocate_score.ladder import LEVELS, Levels

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
"""The columns of each table that the rules read; further columns are ignored."""


_ANY_TIME = datetime(9999, 1, 1)


def _none_unreadable() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in ("account_id", "source")})


@dataclass(frozen=True)
class Facts:
    """One frame for each table of `TABLE_COLUMNS`, instants naive UTC; rows may be of any time.

    In contacts, `objected` is true for an objection without a known date, and `deleted` for a contact that no longer
    exists. `unreadable` has account_id and source (table, row and reason) of rows that may be a "no" and cannot be
    read. With `live`, the rules see every row; otherwise only what was known strictly before their as-of instant.
    `levels`: those of the ladder that the rules judge.
    """

    accounts: pd.DataFrame
    contacts: pd.DataFrame
    permissions: pd.DataFrame
    asks: pd.DataFrame
    cases: pd.DataFrame
    renewals: pd.DataFrame
    unreadable: pd.DataFrame = field(default_factory=_none_unreadable)
    live: bool = False
    levels: Levels = LEVELS

    def horizon(self, as_of: datetime) -> datetime:
        """The instant before which a fact must have been known to count."""
        return _ANY_TIME if self.live else as_of

    def of_accounts(self, account_ids: Iterable[str]) -> "Facts":
        """The facts of the given accounts only."""
        requested = pd.Series(account_ids, dtype="str").drop_duplicates()
        frames = {name: getattr(self, name) for name in (*TABLE_COLUMNS, "unreadable")}
        selected = {name: frame[among(frame["account_id"], requested)] for name, frame in frames.items()}
        return replace(self, **selected)


def existing_at(records: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """The accounts or contacts created before `as_of`; one without a creation date always counts."""
    return records[records["created_at"].isna() | (records["created_at"] < as_of)]


def unique_asks(asks: pd.DataFrame) -> pd.DataFrame:
    """Each ask of an account once, for counting: an ask whose level cannot be read has a row at every level."""
    if "ask_id" not in asks:
        return asks
    return asks[~asks.duplicated(["ask_id", "account_id"]) | asks["ask_id"].isna()]


def answers_known_before(asks: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """The asks whose answer was known before `as_of`, with `answered_at`.

    An answer without any time counts from the ask, because forgetting a "no" is worse than applying it too early.
    """
    rows = asks_before(asks, as_of)
    known_at = answer_known_at(rows).fillna(rows["asked_at"])
    return rows.assign(answered_at=answered_at(rows))[known_at < as_of]


def have_objected(facts: Facts, as_of: datetime) -> pd.Series:
    """For each row of contacts, whether the person asked not to be approached."""
    is_flagged = is_true(facts.contacts["objected"]) if "objected" in facts.contacts else False
    return (facts.contacts["objected_at"] < facts.horizon(as_of)) | is_flagged


def are_deleted(contacts: pd.DataFrame) -> pd.Series:
    return is_true(contacts["deleted"]) if "deleted" in contacts else pd.Series(False, contacts.index)


def is_true(flags: pd.Series) -> pd.Series:
    """Flags as booleans; unknown counts as false."""
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
    "free_at": "datetime64[us]",
    "figure": "float64",
    "when": "datetime64[us]",
    "source": "str",
}
BLOCK_COLUMNS = tuple(_TYPES)
"""`free_at` is the instant from which the rule no longer applies, and `until` the first midnight in UTC from then on;
both are missing where it is unknown. `figure`, `when` and `source` are the facts that the rule's sentence cites."""


def block(rows: pd.DataFrame, rule: str, levels: Levels) -> pd.DataFrame:
    """Blocks by `rule` from rows of account_id and any other of `BLOCK_COLUMNS`; rows without a level block every
    one of `levels`."""
    rows = rows.assign(rule=rule)
    return rows if "level" in rows else every_level(rows, levels)


def every_level(rows: pd.DataFrame, levels: Levels) -> pd.DataFrame:
    """Each row repeated for every level, in their order."""
    each = rows.take(np.repeat(np.arange(len(rows)), len(levels))).reset_index(drop=True)
    return each.assign(level=np.tile(np.array(levels.numbers, dtype=np.int64), len(rows)))


def block_frame(blocks: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The blocks as one frame of `BLOCK_COLUMNS` with fixed types; a rule gives as `until` when it ends, to the
    microsecond."""
    non_empty = [rows for rows in blocks if len(rows)]
    rows = pd.concat(non_empty, ignore_index=True) if non_empty else pd.DataFrame()
    typed = pd.DataFrame({name: pd.Series(rows.get(name), rows.index, kind) for name, kind in _TYPES.items()})
    until = typed["until"]
    return typed.assign(until=until.dt.ceil("D"), free_at=until, source=typed["source"].fillna(""))
