"""The tables of asks, assets and permissions: asks at levels 1–5 chosen by the logging policy, small favours, their
answers and deliveries, the published assets, and the permissions to use them.

Drawn asks are frames with `account` (index), `level`, `day`, `chance` (true P(yes)), `propensity`, `exploration`,
`opportunity` (row or −1) and the columns of `draw_answers`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from advocate_score.simulate.accounts import INDEX, Clients, Contacts, Setting
from advocate_score.simulate.events import Opportunities, lag, moments, rates
from advocate_score.simulate.ground_truth import Readiness, carried_fatigue
from advocate_score.simulate.logging_policy import POLICY_ID, Choices
from advocate_score.simulate.world import Bools, Floats, Ints, Rng, draw_codes, flags, gaps, ids, sigmoid, words

RESPONSES = (None, "accepted", "declined", "not_now", "no_reply")
OPEN, ACCEPTED, _DECLINED, _NOT_NOW, NO_REPLY = range(5)
_DECLINED_SHARE = 0.55
"""The share of declined among answers that are not yes; the others are `not now`."""
_MEDIAN_DELAY_DAYS = 5.0
_LATE_DAYS = 20.0
_COMPLETION_DAYS = np.array([1.0, 9, 55, 12, 70, 40])
"""Median days from the yes to the delivery, by level; approvals of a case study take months."""
_COMPLETION_LOG_ODDS = np.array([3.0, 2.0, 0.9, 1.8, 1.3, 1.5])


def draw_answers(setting: Setting, clients: Clients, asks: pd.DataFrame, rng: Rng) -> pd.DataFrame:
    """Draw the answers to asks.

    Parameters
    ----------
    setting, clients : of the world.
    asks : `account, level, day, chance`, where chance is P(yes within the maturity window).
    rng : the random stream.

    Returns
    -------
    the asks with `response` (code), `responded`, `recorded`, `completed` (days; NaN if there is none yet).
    An answer that is not known by the data cut is left out, and its ask is open.
    """
    account, level, day = (asks[name].to_numpy() for name in ("account", "level", "day"))
    replies = clients.latents[INDEX["responsiveness"], account, setting.clock.period(day)]
    yes = rng.random(len(day)) < asks["chance"].to_numpy()
    response = _responses(setting, yes, replies, rng)
    responded = day + _delays(setting, yes, response, replies, rng)
    recorded = np.where(response == NO_REPLY, day + setting.world.maturity_days, responded) + lag(len(day), rng)
    response = np.where(setting.clock.known(recorded), response, OPEN)
    completed = _completion_days(response == ACCEPTED, level, responded, replies, rng)
    return asks.assign(
        response=response,
        responded=np.where((response != OPEN) & (response != NO_REPLY), responded, np.nan),
        recorded=np.where(response != OPEN, recorded, np.nan),
        completed=np.where(setting.clock.known(completed), completed, np.nan),
    )


def _responses(setting: Setting, yes: Bools, replies: Floats, rng: Rng) -> Ints:
    """Draw the response codes; clients who reply slowly are more likely not to reply at all."""
    share = np.clip(setting.world.no_reply, 0.001, 0.999)
    silent = rng.random(len(yes)) < sigmoid(np.log(share / (1 - share)) - 0.5 * replies)
    refusal = np.where(rng.random(len(yes)) < _DECLINED_SHARE, _DECLINED, _NOT_NOW)
    late = rng.random(len(yes)) < setting.world.late_yes
    otherwise = np.where(late, ACCEPTED, np.where(silent & (setting.world.no_reply > 0), NO_REPLY, refusal))
    return np.where(yes, ACCEPTED, otherwise)


def _delays(setting: Setting, yes: Bools, response: Ints, replies: Floats, rng: Rng) -> Floats:
    """Return the days to the answer: a timely yes within the window, a late yes after it, a refusal at any time."""
    window = setting.world.maturity_days
    usual = _MEDIAN_DELAY_DAYS * np.exp(-0.4 * replies + 0.9 * rng.standard_normal(len(yes)))
    in_window = np.where(usual < window, usual, window * (0.1 + 0.89 * rng.random(len(yes))))
    after = window + 0.1 + rng.exponential(_LATE_DAYS, len(yes))
    return np.where(yes, in_window, np.where(response == ACCEPTED, after, usual))


def delivery_chance(level: Ints, replies: Floats) -> Floats:
    """Return P(delivered | yes)."""
    return sigmoid(_COMPLETION_LOG_ODDS[level] + 0.4 * replies)


def _completion_days(accepted: Bools, level: Ints, responded: Floats, replies: Floats, rng: Rng) -> Floats:
    delivers = rng.random(len(level)) < delivery_chance(level, replies)
    took = _COMPLETION_DAYS[level] * np.exp(0.6 * rng.standard_normal(len(level)) - 0.2 * replies)
    return np.where(accepted & delivers, responded + took, np.nan)


_FAVOURS = 0.06
"""Favours per period from the average account."""
_CHANNELS = ("email", "call", "meeting", "event")
_CHANNEL_SHARES = (0.5, 0.2, 0.25, 0.05)
_REFERENCE_CALL = 3


def draw_ladder_asks(
    setting: Setting, clients: Clients, readiness: Readiness, choices: Choices, opportunities: Opportunities
) -> pd.DataFrame:
    """Draw the asks that the policy chose, answered with their true probability.

    Parameters
    ----------
    setting, clients : of the world.
    readiness : the true readiness.
    choices : of the policy.
    opportunities : to which reference calls are linked.
    """
    fatigue = carried_fatigue(choices.account, choices.day, setting.world.fatigue_half_life_days)
    needed = opportunities.in_need(choices.day, setting.streams.of("opportunities in need"))
    asks = pd.DataFrame(
        {
            "account": choices.account,
            "level": choices.level,
            "day": choices.day,
            "chance": readiness.probability(choices.account, choices.level, choices.day, choices.period, fatigue),
            "propensity": choices.propensity,
            "exploration": choices.exploration,
            "opportunity": np.where(choices.level == _REFERENCE_CALL, needed, -1),
        }
    )
    return draw_answers(setting, clients, asks, setting.streams.of("answers"))


def draw_favours(setting: Setting, clients: Clients) -> pd.DataFrame:
    """Draw small favours, asked of all accounts alike; they show how a client responds."""
    expected = rates(clients, _FAVOURS, {"depth": 0.2})
    account, day = moments(expected, setting.clock, setting.streams.of("favours"))
    period = setting.clock.period(day)
    replies, warmth = (clients.latent(name)[account, period] for name in ("responsiveness", "emotion"))
    asks = pd.DataFrame(
        {
            "account": account,
            "level": 0,
            "day": day,
            "chance": sigmoid(0.9 + 0.7 * replies + 0.3 * warmth),
            "propensity": np.nan,
            "exploration": False,
            "opportunity": -1,
        }
    )
    return draw_answers(setting, clients, asks, setting.streams.of("favours answered"))


def referenced_opportunities(asks: pd.DataFrame) -> Ints:
    """Return the rows of the opportunities for which a client agreed to be a reference."""
    rows: Ints = asks.loc[(asks["response"] == ACCEPTED) & (asks["opportunity"] >= 0), "opportunity"].to_numpy()
    return rows


def in_order(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return all asks, oldest first, with `ask_id`."""
    asks = pd.concat(parts, ignore_index=True).sort_values("day", kind="stable", ignore_index=True)
    return asks.assign(ask_id=ids("K", len(asks)))


def asks_table(
    setting: Setting, clients: Clients, contacts: Contacts, opportunities: Opportunities, asks: pd.DataFrame
) -> pd.DataFrame:
    """Return the asks table.

    Parameters
    ----------
    setting, clients, contacts, opportunities : of the world.
    asks : all drawn asks, as `in_order` returns them.
    """
    rng = setting.streams.of("asks table")
    count, stamps = len(asks), setting.clock.stamps
    account, day, completed = (asks[name].to_numpy() for name in ("account", "day", "completed"))
    logged = np.isfinite(asks["propensity"].to_numpy()) & setting.world.log_propensities
    return pd.DataFrame(
        {
            "ask_id": asks["ask_id"],
            "account_id": clients.ids.iloc[account].reset_index(drop=True),
            "contact_id": contacts.ids(contacts.present(account, day, rng)),
            "level": asks["level"].astype("Int64"),
            "asked_at": stamps(day),
            "response": words(RESPONSES, asks["response"].to_numpy()),
            "responded_at": stamps(asks["responded"].to_numpy()),
            "completed_at": stamps(completed),
            "quality": _quality(completed, rng),
            "recorded_at": stamps(asks["recorded"].to_numpy()),
            "channel": words(_CHANNELS, draw_codes(rng, _CHANNEL_SHARES, count)),
            "opportunity_id": opportunities.ids(asks["opportunity"].to_numpy()),
            "propensity": np.where(logged, six_digits(asks["propensity"].to_numpy()), np.nan),
            "exploration": flags(asks["exploration"].to_numpy(), logged),
            "policy_id": words((None, POLICY_ID), logged.astype(np.int64)),
        }
    )


def _quality(completed: Floats, rng: Rng) -> Floats:
    """Draw marks from 1 to 5 for most deliveries."""
    marks = np.clip(4 + 0.8 * rng.standard_normal(len(completed)), 1, 5)
    return gaps(marks, np.isfinite(completed) & (rng.random(len(completed)) < 0.8), 1)


def six_digits(values: Floats) -> Floats:
    """Return the values rounded to six significant digits."""
    size = 10.0 ** (5 - np.floor(np.log10(np.where(values > 0, values, 1))))
    return np.round(values * size) / size


_PUBLISHED_LEVELS = (1, 2, 4)
_VIEWS_A_DAY = 2.5


def assets_table(setting: Setting, clients: Clients, opportunities: Opportunities, asks: pd.DataFrame) -> pd.DataFrame:
    """Return the assets published from delivered asks.

    Parameters
    ----------
    setting, clients, opportunities : of the world.
    asks : all drawn asks, as `in_order` returns them.
    """
    rng = setting.streams.of("assets")
    deliveries = asks[asks["level"].isin(_PUBLISHED_LEVELS) & asks["completed"].notna()]
    published = deliveries["completed"].to_numpy() + np.ceil(5 + rng.exponential(25, len(deliveries)))
    out = setting.clock.known(published) & (rng.random(len(deliveries)) < 0.9)
    deliveries, published = deliveries[out], published[out]
    views = np.round(
        (setting.clock.days - published) * _VIEWS_A_DAY * np.exp(0.8 * rng.standard_normal(len(deliveries)))
    )
    return pd.DataFrame(
        {
            "asset_id": ids("T", len(deliveries)),
            "account_id": clients.ids.iloc[deliveries["account"].to_numpy()].reset_index(drop=True),
            "level": deliveries["level"].astype("Int64").reset_index(drop=True),
            "published_at": setting.clock.stamps(published),
            "downloads": gaps(views * 0.08, rng.random(len(deliveries)) < 0.9, 0),
            "views": gaps(views, rng.random(len(deliveries)) < 0.95, 0),
            "opportunity_ids": _used_in(opportunities, published, rng),
        }
    )


def _used_in(opportunities: Opportunities, published: Floats, rng: Rng) -> pd.Series:
    """Return up to three opportunities opened after the publication, separated by spaces."""
    first: Ints = np.searchsorted(opportunities.opened, published)
    counts = rng.integers(0, 4, len(published))
    steps = np.cumsum(rng.integers(1, 12, (len(published), 3)), axis=1)
    names = opportunities.ids(np.arange(len(opportunities.opened))).tolist()
    used = [
        " ".join(names[start + step] for step in own[:number] if start + step < len(names)) or None
        for start, number, own in zip(first.tolist(), counts.tolist(), steps.tolist(), strict=True)
    ]
    return pd.Series(used, dtype="str")


_CONSENT_CHANNELS = ("website", "marketing", "social", "sales", "events", "any")
_CONSENT_CHANNEL_SHARES = (0.3, 0.25, 0.1, 0.2, 0.12, 0.03)
_MARKETING, _EVENTS, _ANY = 1, 4, 5
_STATUSES = ("granted", "denied", "needs_approval")
_STATUS_SHARES = (0.72, 0.12, 0.16)
_DENIED = 1
_ASKED_SHARE = 0.33
_BLOCK_RECORDED_SHARE = 0.5


def permissions_table(setting: Setting, clients: Clients, contacts: Contacts, readiness: Readiness) -> pd.DataFrame:
    """Return the permissions; half of the blocks on case studies or speaking are recorded in them.

    Parameters
    ----------
    setting, clients, contacts : of the world.
    readiness : gives the blocks.
    """
    rng = setting.streams.of("permissions")
    account, channel = _distinct(*_general(clients.count, rng))
    status = draw_codes(rng, _STATUS_SHARES, len(account))
    blocked, blocked_channel = _recorded_blocks(readiness.blocked, rng)
    fresh = ~np.isin(blocked * 10 + blocked_channel, account * 10 + channel)
    account = np.concatenate([account, blocked[fresh]])
    channel = np.concatenate([channel, blocked_channel[fresh]])
    status = np.concatenate([status, np.full(int(fresh.sum()), _DENIED)])
    since = _since(clients.created[account], setting.clock.days, rng)
    until = np.where(rng.random(len(account)) < 0.2, since + 365 * rng.integers(1, 4, len(account)), np.nan)
    return pd.DataFrame(
        {
            "permission_id": ids("N", len(account)),
            "account_id": clients.ids.iloc[account].reset_index(drop=True),
            "contact_id": contacts.ids(contacts.present(account, since, rng)),
            "channel": words(_CONSENT_CHANNELS, channel),
            "status": words(_STATUSES, status),
            "valid_from": setting.clock.stamps(since),
            "valid_to": setting.clock.stamps(until),
        }
    )


def _general(accounts: int, rng: Rng) -> tuple[Ints, Ints]:
    counts = np.where(rng.random(accounts) < _ASKED_SHARE, rng.integers(1, 4, accounts), 0)
    account = np.repeat(np.arange(accounts), counts)
    return account, draw_codes(rng, _CONSENT_CHANNEL_SHARES, len(account))


def _distinct(account: Ints, channel: Ints) -> tuple[Ints, Ints]:
    """Return one row per channel and account."""
    keys = np.unique(account * 10 + channel)
    return keys // 10, keys % 10


def _recorded_blocks(blocked: Bools, rng: Rng) -> tuple[Ints, Ints]:
    rows, levels = np.nonzero(blocked)
    recorded = rng.random(len(rows)) < _BLOCK_RECORDED_SHARE
    return rows[recorded], np.where(levels[recorded] == 1, _MARKETING, _EVENTS)


def _since(created: Floats, days: int, rng: Rng) -> Floats:
    start = np.maximum(created, 0)
    day: Floats = np.floor(start + rng.random(len(created)) * (days - 1 - start))
    return day
