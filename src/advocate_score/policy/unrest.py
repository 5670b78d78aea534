"""Open escalations and unsure renewals: the opposite of the right moment (source A)."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.policy.blocks import block
from advocate_score.policy.facts import Facts, known

_RECOMMITTED = ("renewal", "expansion")


def open_cases(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """A case is open until it is known to be closed; one of unknown severity does not rest the account."""
    cases = facts.cases
    still_open = cases["closed_at"].isna() | (cases["closed_at"] >= as_of)
    severe = cases["severity"] <= policy.resting_case_severity
    rows = cases[(cases["opened_at"] < as_of) & still_open & severe].sort_values(["severity", "opened_at"])
    worst = rows.drop_duplicates("account_id").rename(columns={"opened_at": "since", "severity": "figure"})
    return block(worst[["account_id", "since", "figure"]], "open_case")


def pending_renewals(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    """A pending renewal rests the account until a later renewal or expansion is known."""
    events = known(facts.renewals, as_of).sort_values(["occurred_at", "due_at"])
    latest = events[events["kind"] == "pending"].drop_duplicates("account_id", keep="last")
    settled = events[events["kind"].isin(_RECOMMITTED)].groupby("account_id")["occurred_at"].max()
    settled_since = settled.reindex(latest["account_id"]).to_numpy() > latest["occurred_at"]
    rows = latest[~settled_since].rename(columns={"occurred_at": "since", "due_at": "when"})
    return block(rows[["account_id", "since", "when"]], "pending_renewal")
