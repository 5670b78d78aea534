"""Names the rows of the tables behind a rule's decision, so that they can be looked up: table and row number, no
values."""

from collections.abc import Callable, Mapping
from datetime import datetime

import pandas as pd

from advocate_score import config
from advocate_score.asks import asks_before
from advocate_score.policy.inputs import Facts, answers_known_before, have_objected
from advocate_score.policy.permissions import are_denials
from advocate_score.policy.rules import are_open_and_severe, unsettled_losses, unsettled_pending
from advocate_score.protection.protecting_facts import rows_of
from advocate_score.tables.quarantine import row_label

_MOST = 5
_Select = Callable[[Facts, datetime, config.Policy], pd.DataFrame]


def rows_behind_rule(facts: Facts, rule: str, level: int, as_of: datetime, policy: config.Policy) -> list[str]:
    """The rows behind a rule, such as `permissions row 12`, the latest first, at most five.

    Parameters
    ----------
    facts : the facts of one account.
    rule : the suppression rule.
    level : the level of the ask; refusals of other levels are omitted.
    as_of : naive UTC.
    policy : the limits of the rules.
    """
    if rule == "unreadable_no":
        return list(facts.unreadable["source"].drop_duplicates().head(_MOST))
    names_by_table = [
        _row_names(table, select(facts, as_of, policy), level) for table, select in _ROWS.get(rule, {}).items()
    ]
    return [name for names in names_by_table for name in names][:_MOST]


def _row_names(table: str, rows: pd.DataFrame, level: int) -> list[str]:
    if table == "asks" and "level" in rows:
        rows = rows[(rows["level"] == level) | ~rows["response"].isin(["declined", "not_now"])]
    recorded = f"{table}: a recorded answer"
    names = [recorded if pd.isna(row) else f"{table} {row_label(int(row))}" for row in rows["row"]]
    return list(dict.fromkeys(reversed(names)))


def _accounts(facts: Facts, _: datetime, __: config.Policy) -> pd.DataFrame:
    return rows_of(facts, "accounts")


def _objections(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    return rows_of(facts, "contacts")[have_objected(facts, as_of)]


def _denials(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    rows = rows_of(facts, "permissions")
    return rows[are_denials(rows, as_of, live=facts.live)]


def _cases(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    return rows_of(facts, "cases")[are_open_and_severe(facts, as_of, policy)]


def _pending_renewals(facts: Facts, as_of: datetime, policy: config.Policy) -> pd.DataFrame:
    return rows_of(facts, "renewals").loc[unsettled_pending(facts, as_of, policy).index]


def _lost_renewals(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    return rows_of(facts, "renewals").loc[unsettled_losses(facts, as_of).index]


def _asks(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
    made = asks_before(facts.asks, facts.horizon(as_of)).sort_values("asked_at")
    return rows_of(facts, "asks").loc[made.index]


def _answers(response: str) -> _Select:
    def select(facts: Facts, as_of: datetime, _: config.Policy) -> pd.DataFrame:
        answers = answers_known_before(facts.asks, facts.horizon(as_of)).sort_values("answered_at")
        return rows_of(facts, "asks").loc[answers.index[answers["response"] == response]]

    return select


_ROWS: Mapping[str, Mapping[str, _Select]] = {
    "deleted": {"accounts": _accounts},
    "merged": {"accounts": _accounts},
    "churned": {"accounts": _accounts},
    "at_risk": {"accounts": _accounts},
    "permission_denied": {"permissions": _denials},
    "contact_objection": {"contacts": _objections},
    "contacts_denied": {"permissions": _denials, "contacts": _objections},
    "open_case": {"cases": _cases},
    "pending_renewal": {"renewals": _pending_renewals},
    "lost_renewal": {"renewals": _lost_renewals},
    "declined": {"asks": _answers("declined")},
    "not_now": {"asks": _answers("not_now")},
    "yearly_cap": {"asks": _asks},
    "effort": {"asks": _asks},
    "contacts_effort": {"asks": _asks},
    "cooldown": {"asks": _asks},
}
