"""`ask_plan.csv`: who to ask for what in this period, why now, and what the ask may cite."""

import pandas as pd

from advocate_score.planned import planned_ask_id
from advocate_score.publication.lists import ACCOUNT, Described, Edition
from advocate_score.publication.outcome_fact import NONE, outcome_facts
from advocate_score.publication.spreadsheet_csv import DIGITS
from advocate_score.windows import iso

PLAN = (
    *("priority", "account_id", "level", "readiness", "expected_value"),
    *("why_now", "exploration", "propensity", "policy_id"),
)
COLUMNS = (
    *PLAN,
    *("ask_id", *ACCOUNT[1:], "ask", "outcome_fact", "suggested_contact_id", "permission", "as_of", "model_version"),
)


def plan_list(asks: pd.DataFrame, told: Described, edition: Edition) -> pd.DataFrame:
    """Frame of `COLUMNS`, sorted by priority. `ask_id` is what `record` takes the answer by.

    Parameters
    ----------
    asks : frame of `PLAN`. told : of it, accounts, outcomes and contacts are read.
    """
    listed = asks.merge(told.accounts[list(ACCOUNT)], on="account_id", how="left")
    contacts = told.contacts.rename(columns={"contact_id": "suggested_contact_id"})
    listed = listed.merge(contacts, on=["account_id", "level"], how="left")
    words = outcome_facts(told.outcomes, edition.as_of, edition.language).to_dict()
    keys = list(zip(listed["account_id"], listed["level"], strict=True))
    texts = {
        "ask_id": [planned_ask_id(edition.as_of, account, level) for account, level in keys],
        "ask": [edition.ladder.name(level, edition.language) for _, level in keys],
        "outcome_fact": [words.get(account, NONE[edition.language == "es"]) for account, _ in keys],
    }
    listed = listed.assign(**{name: pd.Series(values, listed.index, "str") for name, values in texts.items()})
    value = listed["expected_value"].round(DIGITS)
    listed = listed.assign(expected_value=value, as_of=iso(edition.as_of), model_version=edition.model_version)
    return listed.sort_values("priority", ignore_index=True)[list(COLUMNS)]
