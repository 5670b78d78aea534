"""Open escalations, pending renewals and lost ones: the opposite of the right moment (source A)."""

from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.policy.blocks import block
from advocate_score.policy.facts import Facts, known

_RECOMMITTED = ("renewal", "expansion")
_SETTLED = (*_RECOMMITTED, "non_renewal")


def open_cases(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """A case is open until it is known to be closed; one of unknown severity does not rest the account."""
    cases = facts.cases
    still_open = cases["closed_at"].isna() | (cases["closed_at"] >= as_of)
    severe = cases["severity"] <= policy.resting_case_severity
    opened = cases["opened_at"] < facts.horizon(as_of)
    rows = cases[opened & still_open & severe].sort_values(["severity", "opened_at"])
    worst = rows.drop_duplicates("account_id").rename(columns={"opened_at": "since", "severity": "figure"})
    return block(worst[["account_id", "since", "figure"]], "open_case")


def pending_renewals(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """A pending renewal rests the account from `pending_rest_days` before it is due, or at once where nobody says when,
    until a later renewal, expansion or loss is known."""
    latest = unsettled_pending(facts, as_of, policy).drop_duplicates("account_id", keep="last")
    rows = latest.rename(columns={"occurred_at": "since", "due_at": "when"})
    return block(rows[["account_id", "since", "when"]], "pending_renewal")


def lost_renewals(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """A contract that was not renewed rests the account `lost_renewal_rest_days`, or until a later renewal or
    expansion."""
    latest = unsettled_losses(facts, as_of).drop_duplicates("account_id", keep="last")
    until = latest["occurred_at"] + pd.Timedelta(days=policy.lost_renewal_rest_days)
    rows = latest.assign(since=latest["occurred_at"], until=until, figure=float(policy.lost_renewal_rest_days))
    return block(rows.loc[until > as_of, ["account_id", "since", "until", "figure"]], "lost_renewal")


def unsettled_pending(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    """Renewals that are pending, near enough to their due date, and not followed by what became of them."""
    events = known(facts.renewals, facts.horizon(as_of))
    pending = events[events["kind"] == "pending"].sort_values(["occurred_at", "due_at"])
    begins = pending["due_at"] - pd.Timedelta(days=policy.pending_rest_days)
    begun = pending[begins.isna() | (begins <= as_of)]
    return begun[~_followed(begun, events, _SETTLED, as_of, on_the_same_day=True)]


def unsettled_losses(facts: Facts, as_of: datetime) -> pd.DataFrame:
    """Contracts that were not renewed, and not followed by a renewal or an expansion, however long ago."""
    events = known(facts.renewals, facts.horizon(as_of))
    lost = events[events["kind"] == "non_renewal"].sort_values("occurred_at")
    return lost[~_followed(lost, events, _RECOMMITTED, as_of)]


def latest_losses(facts: Facts, as_of: datetime, days: int) -> pd.Series:
    """account_id → when its latest contract was not renewed, of the last so many days; what came later changes
    nothing."""
    events = known(facts.renewals, facts.horizon(as_of))
    recent = events["occurred_at"] >= pd.Timestamp(as_of) - pd.Timedelta(days=days)
    lost: pd.Series = events[recent & (events["kind"] == "non_renewal")].groupby("account_id")["occurred_at"].max()
    return lost


def _followed(
    rows: pd.DataFrame, events: pd.DataFrame, kinds: tuple[str, ...], as_of: datetime, *, on_the_same_day: bool = False
) -> pd.Series:
    """Whether an event of one of `kinds` came later, or at the same instant, and was known before `as_of`."""
    settling = known(events[events["kind"].isin(kinds)], as_of)
    latest = settling.groupby("account_id")["occurred_at"].max()
    last = latest.reindex(rows["account_id"]).set_axis(rows.index)
    followed: pd.Series = last >= rows["occurred_at"] if on_the_same_day else last > rows["occurred_at"]
    return followed
