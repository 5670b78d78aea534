"""Each rule can say in which rows of which table it found its reason."""

from datetime import timedelta
from typing import Any

import pytest

from advocate_score.config import Policy
from advocate_score.policy.rules import RULES
from advocate_score.protection.rows_behind_rules import rows_behind_rule
from advocate_score.protection.strict_readings import Unreadable
from protection.rows import NOW, facts_of

DAY = timedelta(days=1)
POLICY = Policy()
PEOPLE = [{"contact_id": "P"}, {"contact_id": "Q", "said to refuse": True}]
ENDED = {"status": "denied", "valid_to": NOW - DAY}
DENIALS = [{"status": "granted"}, {"status": "denied"}, {"status": "denied"}, ENDED]
CASES = [
    {"closed_at": NOW - DAY, "severity": 1},
    {"closed_at": None, "severity": 1},
    {"closed_at": NOW, "severity": 2},
    {"closed_at": None, "severity": 4},
]
RENEWALS = [
    {"kind": "pending", "occurred_at": NOW - 8 * DAY},
    {"kind": "non_renewal", "occurred_at": NOW - 7 * DAY},
    {"kind": "renewal", "occurred_at": NOW - 6 * DAY},
    {"kind": "pending", "occurred_at": NOW - 4 * DAY},
    {"kind": "non_renewal", "occurred_at": NOW - 5 * DAY},
]
"""The renewal settles what was pending or lost before it."""
ASKS = [
    {"level": 2, "asked_at": NOW - 9 * DAY, "response": "declined"},
    {"level": 2, "asked_at": NOW - 8 * DAY, "response": "not_now"},
    {"level": 3, "asked_at": NOW - 7 * DAY, "response": "declined"},
    {"level": 3, "asked_at": NOW - 6 * DAY, "response": "accepted"},
    {"level": 0, "asked_at": NOW - 5 * DAY, "response": "declined"},
]
TABLES: dict[str, list[dict[str, Any]]] = {
    "contacts": PEOPLE,
    "permissions": DENIALS,
    "cases": CASES,
    "renewals": RENEWALS,
    "asks": ASKS,
}
ASKED = ["asks row 5", "asks row 3", "asks row 2"]
ORIGINS = {
    "deleted": ["accounts row 2"],
    "merged": ["accounts row 2"],
    "churned": ["accounts row 2"],
    "at_risk": ["accounts row 2"],
    "permission_denied": ["permissions row 4", "permissions row 3"],
    "contact_objection": ["contacts row 3"],
    "contacts_denied": ["permissions row 4", "permissions row 3", "contacts row 3"],
    "open_case": ["cases row 4", "cases row 3"],
    "pending_renewal": ["renewals row 5"],
    "lost_renewal": ["renewals row 6"],
    "declined": ["asks row 2"],
    "not_now": ["asks row 3"],
    "yearly_cap": ASKED,
    "effort": ASKED,
    "contacts_effort": ASKED,
    "cooldown": ASKED,
    "unreadable_no": ["cases row 9: bad_time"],
}


@pytest.mark.parametrize("rule", [rule.code for rule in RULES])
def test_every_rule_names_its_rows_the_latest_first(rule: str) -> None:
    facts = facts_of(unreadable=[Unreadable("a", "cases", "S", 9, "bad_time")] * 2, **TABLES)
    assert rows_behind_rule(facts, rule, 2, NOW, POLICY) == ORIGINS[rule]


def test_a_rule_of_nothing_names_nothing() -> None:
    assert rows_behind_rule(facts_of(**TABLES), "another", 2, NOW, POLICY) == []


def test_the_latest_answer_comes_first_wherever_it_stands() -> None:
    answers = [
        {"level": 2, "asked_at": NOW - 9 * DAY, "responded_at": NOW - DAY, "response": "declined"},
        {"level": 2, "asked_at": NOW - 3 * DAY, "responded_at": NOW - 2 * DAY, "response": "declined"},
    ]
    facts = facts_of(asks=answers)
    assert rows_behind_rule(facts, "declined", 2, NOW, POLICY) == ["asks row 2", "asks row 3"]
    assert rows_behind_rule(facts_of(asks=answers[::-1]), "cooldown", 2, NOW, POLICY) == ["asks row 2", "asks row 3"]


def test_an_answer_that_was_recorded_has_no_row() -> None:
    facts = facts_of(asks=[{"level": 2, "asked_at": NOW, "response": "declined"}] * 2)
    recorded = facts.asks.astype({"source row": "float64"}).assign(**{"source row": float("nan")})
    facts.asks[recorded.columns] = recorded
    assert rows_behind_rule(facts, "declined", 2, NOW, POLICY) == ["asks: a recorded answer"]


def test_five_rows_are_enough() -> None:
    facts = facts_of(
        cases=[{"severity": 1}] * 8, unreadable=[Unreadable("a", "cases", "", row, "bad_time") for row in range(2, 9)]
    )
    assert rows_behind_rule(facts, "open_case", 1, NOW, POLICY) == [f"cases row {row}" for row in (9, 8, 7, 6, 5)]
    assert rows_behind_rule(facts, "unreadable_no", 1, NOW, POLICY) == [
        f"cases row {row}: bad_time" for row in range(2, 7)
    ]
