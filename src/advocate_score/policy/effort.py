"""What earlier asks still weigh, in minutes: an accepted one costs its level's effort, any other the reading of it.

The weight halves with time, so a client is not spared for a fixed span but for as long as the effort deserves.
"""

from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score import config
from advocate_score.ladder import LEVEL_NUMBERS
from advocate_score.policy.blocks import block
from advocate_score.policy.consent import contact_standing
from advocate_score.policy.facts import Facts, age_days, answered_by, asked, each_once
from advocate_score.policy.joins import joined

_CONTACT = ["account_id", "contact_id"]


def account_effort(facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort) -> pd.DataFrame:
    """Rests every level until the account's minutes have faded to `max_effort_minutes`."""
    tired = _tired(facts, as_of, policy, effort, ["account_id"], policy.max_effort_minutes)
    return block(tired[["account_id", "since", "until", "figure"]], "effort")


def contacts_effort(facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort) -> pd.DataFrame:
    """Rests a level while everybody who may be asked for it is tired; free when the first of them is."""
    tired_ones = tired_contacts(facts, as_of, policy, effort)
    standing = contact_standing(facts.of_accounts(tired_ones["account_id"]), as_of)
    left = standing.loc[standing["available"], [*_CONTACT, "level"]]
    judged = joined(left, tired_ones, _CONTACT)
    contacts = judged.assign(is_tired=judged["until"].notna()).groupby(["account_id", "level"], as_index=False)
    by_level = contacts.agg(
        all_tired=("is_tired", "all"),
        since=("since", "max"),
        until=("until", "min"),
        figure=("figure", "min"),
    )
    tired = by_level[by_level["all_tired"].astype(bool)]
    return block(tired[["account_id", "level", "since", "until", "figure"]], "contacts_effort")


def tired_contacts(facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort) -> pd.DataFrame:
    """Contacts on whom more than `max_contact_effort_minutes` weigh: account_id, contact_id, since, until, figure."""
    return _tired(facts, as_of, policy, effort, _CONTACT, policy.max_contact_effort_minutes)


def _tired(
    facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort, who: list[str], most: float
) -> pd.DataFrame:
    """`figure` is the minutes that weigh at `as_of`; `until` is when they will have faded to `most`."""
    half_life = policy.effort_half_life_days
    spent = _minutes(facts, as_of, policy, effort)
    age = age_days(spent["since"], as_of).clip(lower=0)
    weighing = spent.assign(figure=spent["minutes"] * np.exp2(-age / half_life))
    load = weighing.groupby(who, as_index=False).agg(figure=("figure", "sum"), since=("since", "max"))
    tired = load[load["figure"] > most]
    wait = pd.to_timedelta(half_life * np.log2(tired["figure"] / most), unit="D")
    return tired.assign(until=(pd.Timestamp(as_of) + wait).astype("datetime64[us]"))


def _minutes(facts: Facts, as_of: datetime, policy: config.Policy, effort: config.Effort) -> pd.DataFrame:
    """Each ask's minutes, `since` it was made, or since the yes that was known before `as_of`."""
    asks = each_once(asked(facts.asks, facts.horizon(as_of)))
    answers = answered_by(facts.asks, facts.horizon(as_of))
    said_yes = answers.loc[answers["response"] == "accepted", "answered_at"].reindex(asks.index)
    cost = asks["level"].map({level: effort.of(level) for level in LEVEL_NUMBERS}).astype("float64")
    return asks[_CONTACT].assign(
        minutes=cost.where(said_yes.notna(), policy.asking_minutes),
        since=said_yes.fillna(asks["asked_at"]),
    )
