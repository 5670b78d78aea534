"""The contact to suggest for each account and level, and what is known of the permission. Contacts are suggested, never
scored."""

from datetime import datetime

import numpy as np
import pandas as pd

from advocate_score.frames import known_before, merge_frames
from advocate_score.policy.inputs import Facts, every_level, is_true
from advocate_score.policy.permissions import STATUSES, level_ranks, permissions_at
from advocate_score.policy.rules import contact_availability
from advocate_score.schema import CONTACTS
from advocate_score.text import plain_words

COLUMNS = ("account_id", "level", "contact_id", "permission")
_SENIORITIES = CONTACTS.column("seniority").choices
_CONTACT = ["account_id", "contact_id"]


def suggested_contacts(
    facts: Facts, interactions: pd.DataFrame, as_of: datetime, fatigued: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The best contact for every account × level, and the permission: granted, needs_approval, unknown or denied.

    A contact who objected, or personally denied the level, is never suggested; contact_id is '' when no contact
    remains. Sponsors come first, then the most senior contact, then the one spoken to most recently, then the lowest
    contact_id. The permission is the account's, or the contact's own where that is stricter or the account's is
    unknown.

    Parameters
    ----------
    facts : the tables that the contact rules read.
    interactions : account_id, contact_id, occurred_at, recorded_at; the latest of each contact is enough.
    as_of : the instant to judge at.
    fatigued : account_id, contact_id of contacts who have recently given much time; they are placed after the others.

    Returns
    -------
    frame of `COLUMNS`, sorted by account_id, level.
    """
    account_levels = every_level(facts.accounts[["account_id"]], facts.levels)
    preferred = _by_preference(facts, interactions, as_of)
    if fatigued is not None:
        is_fatigued = pd.MultiIndex.from_frame(preferred[_CONTACT]).isin(pd.MultiIndex.from_frame(fatigued[_CONTACT]))
        preferred = pd.concat([preferred[~is_fatigued], preferred[is_fatigued]])
    best = preferred.drop_duplicates(["account_id", "level"])
    rows = merge_frames(account_levels, best[["account_id", "level", "contact_id"]], ["account_id", "level"])
    rows["contact_id"] = rows["contact_id"].fillna("").astype("str")
    rows = rows.assign(permission=_permission_status(rows, facts, as_of))
    return rows.sort_values(["account_id", "level"], ignore_index=True)[list(COLUMNS)]


def _by_preference(facts: Facts, interactions: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    availability = contact_availability(facts, as_of)
    contacts = merge_frames(availability[availability["available"]], facts.contacts, _CONTACT)
    spoken = known_before(interactions, as_of).groupby(_CONTACT)["occurred_at"].max().rename("spoken_at").reset_index()
    described = merge_frames(contacts, spoken, _CONTACT).assign(
        sponsor=~is_true(contacts["sponsor"]),
        seniority=contacts["seniority"].map({name: rank for rank, name in enumerate(_SENIORITIES)}),
    )
    by = ["account_id", "level", "sponsor", "seniority", "spoken_at", "contact_id"]
    return described.sort_values(by, ascending=[True, True, True, True, False, True], na_position="last")


def full_name(first_name: str, contact_name: str) -> str:
    """The given name before the family name, where `contact_name` does not begin with it already."""
    first, name = first_name.strip(), contact_name.strip()
    begins_with_it = f"{plain_words(name)} ".startswith(f"{plain_words(first)} ")
    return name if not first or (name and begins_with_it) else f"{first} {name}".strip()


def _permission_status(rows: pd.DataFrame, facts: Facts, as_of: datetime) -> pd.Series:
    """The permission of each row; a row without a contact has the account's."""
    permissions = permissions_at(facts.permissions, as_of, live=facts.live).of_contacts(
        pd.MultiIndex.from_frame(rows[_CONTACT])
    )
    rank = level_ranks(permissions, facts.levels)[range(len(rows)), rows["level"] - 1]
    return pd.Series(np.array(STATUSES)[rank], rows.index, "str")
