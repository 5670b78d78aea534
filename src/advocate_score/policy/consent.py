"""Consent and objection: what nobody may override, whatever the readiness."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.account_rows import among
from advocate_score.policy.blocks import block, every_level
from advocate_score.policy.facts import Facts, are_deleted, have_objected, is_true
from advocate_score.policy.joins import joined
from advocate_score.policy.permissions import level_denials, permissions_at

_CONTACT_LEVEL = ["account_id", "contact_id", "level"]


def permission_denied(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """The account denied every channel that the level needs, or any use. Unknown blocks nothing: asking is how
    permission is obtained."""
    accounts = facts.accounts["account_id"]
    told = accounts[among(accounts, facts.permissions["account_id"])]
    return block(
        level_denials(permissions_at(facts.permissions, as_of, live=facts.live).of_accounts(told)), "permission_denied"
    )


def contact_objection(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """Every known contact of the account asked not to be approached."""
    contacts = _known_contacts(facts, as_of)
    by_account = contacts.groupby("account_id")
    nobody_left = by_account["objected"].all()
    since = by_account["objected_at"].max()[nobody_left].rename("since").reset_index()
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
    denials = level_denials(permissions_at(facts.permissions, as_of, live=facts.live).contacts()).assign(denied=True)
    every = joined(every_level(_known_contacts(facts, as_of)), denials, _CONTACT_LEVEL, "outer")
    free = every["denied"].isna() & ~is_true(every["objected"])
    return every.assign(available=free)[[*_CONTACT_LEVEL, "available", "since", "until"]]


def _with_own_say(facts: Facts, as_of: datetime) -> pd.Series:
    """The accounts where a contact has objected, or has a permission of their own: nobody else can be left without."""
    objected, told = have_objected(facts, as_of), facts.permissions["contact_id"].fillna("") != ""
    accounts: pd.Series = pd.concat(
        [facts.contacts.loc[objected, "account_id"], facts.permissions.loc[told, "account_id"]]
    )
    return accounts


def _known_contacts(facts: Facts, as_of: datetime) -> pd.DataFrame:
    """Contacts met before `as_of` who are still there; one who has objected is known, whenever they were met and even
    if they are gone."""
    contacts, objected = facts.contacts, have_objected(facts, as_of)
    met = contacts["created_at"].isna() | (contacts["created_at"] < facts.horizon(as_of))
    known = (met & ~are_deleted(contacts)) | objected
    return contacts.assign(objected=objected).loc[known, ["account_id", "contact_id", "objected_at", "objected"]]
