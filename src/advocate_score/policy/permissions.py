"""Consent per channel at an instant, and what it means for the levels of the ladder."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from advocate_score.ladder import Levels
from advocate_score.schema import PERMISSIONS

STATUSES = ("granted", "needs_approval", "unknown", "denied")
UNKNOWN, DENIED = STATUSES.index("unknown"), STATUSES.index("denied")
HOLDER = ["account_id", "contact_id"]
_CHANNELS = list(PERMISSIONS.column("channel").choices)
_ANY = _CHANNELS.index("any")

_LATEST = pd.Timestamp("9999-01-01")

Ranks = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Permissions:
    """The permission of each holder: one row per holder, one column per channel.

    A holder is (account_id, contact_id), with contact_id '' for the account as a whole. `rank` is a position in
    `STATUSES`; `since` and `until` are the validity of the deciding row, NaT where it is open-ended.
    """

    holders: pd.MultiIndex
    rank: Ranks
    since: Times
    until: Times

    def of(self, holders: pd.MultiIndex) -> "Permissions":
        """The permissions of `holders`; unknown for a holder without a row."""
        positions = self.holders.get_indexer(holders)
        return Permissions(holders, *(_rows_at(facts, positions) for facts in (self.rank, self.since, self.until)))

    def of_accounts(self, accounts: pd.Series) -> "Permissions":
        return self.of(pd.MultiIndex.from_arrays([accounts, [""] * len(accounts)], names=HOLDER))

    def of_contacts(self, contacts: pd.MultiIndex) -> "Permissions":
        """The permissions that apply to each contact: on every channel, the stricter of its own status and its
        account's."""
        own, account = self.of(contacts), self.of_accounts(contacts.to_frame()["account_id"])
        by_contact = own.rank == DENIED
        since = np.where(by_contact, own.since, account.since)
        until = np.where(by_contact, own.until, account.until)
        return Permissions(
            contacts, _stricter_ranks(_with_default_of_any(own.rank), _with_default_of_any(account.rank)), since, until
        )

    def contacts(self) -> "Permissions":
        """The permissions of every contact that has a row of its own."""
        return self.of_contacts(self.holders[self.holders.get_level_values("contact_id") != ""])


def permissions_at(permissions: pd.DataFrame, as_of: datetime, *, live: bool = False) -> Permissions:
    """The permissions at `as_of`: of the rows valid then, [valid_from, valid_to), the latest of each holder and
    channel.

    Of equally late rows the strictest counts. A denial that names no known channel counts for any channel. A dated
    grant does not end a denial without a date, because their order is unknown. With `live`, a denial applies as soon as
    it is known, even before its start.
    """
    rows = _with_ranks(permissions[_are_valid(permissions, as_of, live) & permissions["status"].isin(STATUSES)])
    order = rows["valid_from"].mask((rows["rank"] == DENIED) & rows["valid_from"].isna(), _LATEST)
    rows = rows.assign(order=order).sort_values(["order", "rank", "valid_to"], na_position="first")
    latest = _latest_by_channel(rows)
    holders = pd.MultiIndex.from_frame(latest[HOLDER].drop_duplicates())
    cells = holders.get_indexer(pd.MultiIndex.from_frame(latest[HOLDER])), latest["channel_index"].to_numpy()
    shape = (len(holders), len(_CHANNELS))
    rank = np.full(shape, UNKNOWN)
    since, until = (np.full(shape, "NaT", dtype="datetime64[us]") for _ in range(2))
    rank[cells], since[cells], until[cells] = (latest[name] for name in ("rank", "valid_from", "valid_to"))
    return Permissions(holders, rank, since, until)


def _latest_by_channel(rows: pd.DataFrame) -> pd.DataFrame:
    """The last row of each holder and channel, from rows in order.

    A denial stays until consent is granted after it, because a status in between does not restore consent.
    """
    key = [*HOLDER, "channel_index"]
    decided = rows[rows["rank"].isin([STATUSES.index("granted"), DENIED])].drop_duplicates(key, keep="last")
    denied = decided[decided["rank"] == DENIED]
    latest = rows.drop_duplicates(key, keep="last")
    overruled = pd.MultiIndex.from_frame(latest[key]).isin(pd.MultiIndex.from_frame(denied[key]))
    return pd.concat([latest[~overruled], denied])


def are_denials(permissions: pd.DataFrame, as_of: datetime, *, live: bool = False) -> pd.Series:
    """For each row, whether it is a denial that is valid at `as_of`, as `permissions_at` takes it."""
    return _are_valid(permissions, as_of, live) & (permissions["status"] == STATUSES[DENIED])


def _are_valid(permissions: pd.DataFrame, as_of: datetime, live: bool) -> pd.Series:
    is_denial = permissions["status"] == STATUSES[DENIED]
    began = permissions["valid_from"].isna() | (permissions["valid_from"] <= as_of) | (is_denial & live)
    lasts = permissions["valid_to"].isna() | (permissions["valid_to"] > as_of)
    return began & lasts


def _needed_channels(levels: Levels) -> list[list[int]]:
    """The channels of each level, as positions in `_CHANNELS`."""
    return [[_CHANNELS.index(name) for name in level.channels or ("any",)] for level in levels.values()]


def level_ranks(permissions: Permissions, levels: Levels) -> Ranks:
    """(holders, levels): the best status among the channels that each level needs; a denial on `any` denies all of
    them.

    A channel without a row of its own has the status of `any`.
    """
    spread = _with_default_of_any(permissions.rank)
    best = np.column_stack([spread[:, channels].min(axis=1) for channels in _needed_channels(levels)])
    return np.where(spread[:, [_ANY]] == DENIED, DENIED, best)


def level_denials(permissions: Permissions, levels: Levels) -> pd.DataFrame:
    """The denied holders × levels: every channel has been denied since `since`; the first denial ends at `until`."""
    needed = _needed_channels(levels)
    wholly = permissions.rank[:, _ANY] == DENIED
    since = [np.fmax.reduce(permissions.since[:, channels], axis=1) for channels in needed]
    until = [np.fmin.reduce(permissions.until[:, channels], axis=1) for channels in needed]
    holder, level = np.nonzero(level_ranks(permissions, levels) == DENIED)
    times = {
        "since": np.where(wholly, permissions.since[:, _ANY], since).T[holder, level],
        "until": np.where(wholly, permissions.until[:, _ANY], until).T[holder, level],
    }
    numbers = np.array(levels.numbers)
    return permissions.holders[holder].to_frame(index=False).assign(level=numbers[level], **times)


def _rows_at(facts: npt.NDArray[Any], positions: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
    """The rows at `positions`; a row of missing values where the position is −1."""
    empty = np.full((1, facts.shape[1]), "NaT" if facts.dtype.kind == "M" else UNKNOWN, dtype=facts.dtype)
    return np.vstack([facts, empty])[positions]


def _stricter_ranks(first: Ranks, second: Ranks) -> Ranks:
    """The stricter of two ranks; an unknown rank is ignored."""
    return np.where(first == UNKNOWN, second, np.where(second == UNKNOWN, first, np.maximum(first, second)))


def _with_default_of_any(rank: Ranks) -> Ranks:
    return np.where(rank == UNKNOWN, rank[:, [_ANY]], rank)


def _with_ranks(rows: pd.DataFrame) -> pd.DataFrame:
    rank = rows["status"].map({name: rank for rank, name in enumerate(STATUSES)}).astype("int64")
    named = rows["channel"].isin(_CHANNELS)
    channel = rows["channel"].where(named, "any").map({name: index for index, name in enumerate(_CHANNELS)})
    contact = rows["contact_id"].fillna("").astype("str")
    return rows.assign(rank=rank, channel_index=channel.astype("int64"), contact_id=contact)[named | (rank == DENIED)]
