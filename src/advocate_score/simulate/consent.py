"""Permissions to use what clients give; two accounts in three were never asked for any."""

import numpy as np
import pandas as pd

from advocate_score.simulate.arrays import Bools, Floats, Ints, chosen, ids, words
from advocate_score.simulate.clients import Clients, Setting
from advocate_score.simulate.contacts import Contacts
from advocate_score.simulate.readiness import Readiness
from advocate_score.simulate.streams import Rng

_CHANNELS = ("website", "marketing", "social", "sales", "events", "any")
_CHANNEL_SHARES = (0.3, 0.25, 0.1, 0.2, 0.12, 0.03)
_MARKETING, _EVENTS, _ANY = 1, 4, 5
_STATUSES = ("granted", "denied", "needs_approval")
_STATUS_SHARES = (0.72, 0.12, 0.16)
_DENIED = 1
_ASKED_SHARE = 0.33
_BLOCK_TOLD_SHARE = 0.5


def permissions_table(setting: Setting, clients: Clients, contacts: Contacts, readiness: Readiness) -> pd.DataFrame:
    """A block on case studies or speaking is on record for half of the clients that have one."""
    rng = setting.streams.of("permissions")
    account, channel = _distinct(*_general(clients.count, rng))
    status = chosen(rng, _STATUS_SHARES, len(account))
    told, told_channel = _told_blocks(readiness.blocked, rng)
    fresh = ~np.isin(told * 10 + told_channel, account * 10 + channel)
    account = np.concatenate([account, told[fresh]])
    channel = np.concatenate([channel, told_channel[fresh]])
    status = np.concatenate([status, np.full(int(fresh.sum()), _DENIED)])
    since = _since(clients.created[account], setting.clock.days, rng)
    until = np.where(rng.random(len(account)) < 0.2, since + 365 * rng.integers(1, 4, len(account)), np.nan)
    return pd.DataFrame(
        {
            "permission_id": ids("N", len(account)),
            "account_id": clients.ids.iloc[account].reset_index(drop=True),
            "contact_id": contacts.ids(contacts.present(account, since, rng)),
            "channel": words(_CHANNELS, channel),
            "status": words(_STATUSES, status),
            "valid_from": setting.clock.stamps(since),
            "valid_to": setting.clock.stamps(until),
        }
    )


def _general(accounts: int, rng: Rng) -> tuple[Ints, Ints]:
    counts = np.where(rng.random(accounts) < _ASKED_SHARE, rng.integers(1, 4, accounts), 0)
    account = np.repeat(np.arange(accounts), counts)
    return account, chosen(rng, _CHANNEL_SHARES, len(account))


def _distinct(account: Ints, channel: Ints) -> tuple[Ints, Ints]:
    """One row a channel and account."""
    keys = np.unique(account * 10 + channel)
    return keys // 10, keys % 10


def _told_blocks(blocked: Bools, rng: Rng) -> tuple[Ints, Ints]:
    rows, levels = np.nonzero(blocked)
    told = rng.random(len(rows)) < _BLOCK_TOLD_SHARE
    return rows[told], np.where(levels[told] == 1, _MARKETING, _EVENTS)


def _since(created: Floats, days: int, rng: Rng) -> Floats:
    start = np.maximum(created, 0)
    day: Floats = np.floor(start + rng.random(len(created)) * (days - 1 - start))
    return day
