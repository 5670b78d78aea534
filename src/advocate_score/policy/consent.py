"""Consent and objection: what nobody may override, whatever the readiness."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.account_rows import among
from advocate_score.policy.blocks import block, every_level
from advocate_score.policy.facts import Facts
from advocate_score.policy.joins import joined
from advocate_score.policy.permissions import level_denials, permissions_at

_CONTACT_LEVEL = ["account_id", "contact_id", "level"]


def permission_denied(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """The account denied every channel that the level needs, or any use. Unknown blocks nothing: asking is how
    permission is obtained."""
    accounts = facts.accounts["account_id"]
    told = accounts[among(accounts, facts.permissions["account_id"])]
    return block(level_denials(permissions_at(facts.permissions, as_of).of_accounts(told)), "permission_denied")


def contact_objection(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """Every known contact of the account asked not to be approached."""
    contacts = _known_contacts(facts, as_of)
    objected = contacts["objected_at"].where(contacts["objected_at"] < as_of)
    by_account = objected.groupby(contacts["account_id"])
    unheard = by_account.count() == by_account.size()
    since = by_account.max()[unheard].rename("since").reset_index()
    return block(since, "contact_objection")


def contacts_denied(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """Nobody is left to ask for the level: every known contact objected or denied it in person."""
    standing = contact_standing(facts.of_accounts(_with_own_say(facts, as_of)), as_of)
    left = standing.groupby(["account_id", "level"], as_index=False).agg(
        available=("available", "any"), since=("since", "max"), until=("until", "min")
    )
    return block(left.loc[~left["available"], ["account_id", "level", "since", "until"]], "contacts_denied")


def contact_standing(facts: Facts, as_of: datetime) -> pd.DataFrame:
    """Every known contact × level: `available`, and `since`, `until` of an own denial.

    Someone known only by a denial of the kind is a contact too, and not available.
    """
    denials = level_denials(permissions_at(facts.permissions, as_of).contacts()).assign(denied=True)
    every = joined(every_level(_known_contacts(facts, as_of)), denials, _CONTACT_LEVEL, "outer")
    free = every["denied"].isna() & ~(every["objected_at"] < as_of)
    return every.assign(available=free)[[*_CONTACT_LEVEL, "available", "since", "until"]]


def _with_own_say(facts: Facts, as_of: datetime) -> pd.Series:
    """The accounts where a contact has objected, or has a permission of their own: nobody else can be left without."""
    objected, told = facts.contacts["objected_at"] < as_of, facts.permissions["contact_id"].fillna("") != ""
    accounts: pd.Series = pd.concat(
        [facts.contacts.loc[objected, "account_id"], facts.permissions.loc[told, "account_id"]]
    )
    return accounts


def _known_contacts(facts: Facts, as_of: datetime) -> pd.DataFrame:
    """Contacts met before `as_of`; one who has objected is known, whenever the export says they were met."""
    contacts = facts.contacts
    met = contacts["created_at"].isna() | (contacts["created_at"] < as_of)
    return contacts.loc[met | (contacts["objected_at"] < as_of), ["account_id", "contact_id", "objected_at"]]
