"""What protects, fact by fact, as a publication keeps it."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from advocate_score import config
from advocate_score.policy.inputs import Facts
from advocate_score.protection.protecting_facts import Protection
from advocate_score.protection.record import COLUMN_OF, COLUMNS, protecting_facts, record_frame
from advocate_score.protection.strict_readings import Readings, Unmatched, Unreadable
from protection.rows import NOW, accounts_of, facts_of

POLICY = config.Policy()
DAY = timedelta(days=1)
Fact = tuple[str, str, str, str, datetime | None]


def recorded(facts: Facts, *unmatched: Unmatched) -> pd.DataFrame:
    return protecting_facts(Protection(facts, Readings(unmatched=list(unmatched)), accounts_of("a")), NOW, POLICY)


def kept(facts: Facts, *unmatched: Unmatched) -> list[Fact]:
    rows = recorded(facts, *unmatched)
    untils = [None if pd.isna(one) else one.to_pydatetime() for one in rows["until"]]
    return list(zip(rows["kind"], rows["table"], rows["key"], rows["account_id"], untils, strict=True))


@pytest.mark.parametrize(
    ("table", "cells", "fact"),
    [
        ("contacts", {"contact_id": "P", "said to refuse": True}, ("objection", "contacts", "P", "a", None)),
        ("contacts", {"contact_id": "P", "objected_at": NOW + DAY}, ("objection", "contacts", "P", "a", None)),
        ("contacts", {"contact_id": "P", "said to refuse": False}, None),
        ("permissions", {"permission_id": "W", "status": "denied"}, ("denial", "permissions", "W", "a", None)),
        ("permissions", {"permission_id": "W", "status": "granted"}, None),
        (
            "permissions",
            {"permission_id": "W", "status": "denied", "valid_to": NOW + DAY},
            ("denial", "permissions", "W", "a", NOW + DAY),
        ),
        ("permissions", {"permission_id": "W", "status": "granted", "valid_to": NOW + DAY}, None),
        ("permissions", {"permission_id": "W", "status": "denied", "valid_to": NOW}, None),
        ("cases", {"case_id": "S", "severity": 1}, ("case", "cases", "S", "a", None)),
        ("cases", {"case_id": "S", "severity": 2}, ("case", "cases", "S", "a", None)),
        ("cases", {"case_id": "S", "severity": 3}, None),
        ("cases", {"case_id": "S", "severity": 1, "closed_at": NOW - DAY}, None),
        ("cases", {"case_id": "S", "severity": 1, "closed_at": NOW}, ("case", "cases", "S", "a", None)),
        (
            "renewals",
            {"renewal_id": "R", "kind": "pending", "occurred_at": NOW - DAY},
            ("pending", "renewals", "R", "a", None),
        ),
        (
            "renewals",
            {"renewal_id": "R", "kind": "non_renewal", "occurred_at": NOW - DAY},
            ("loss", "renewals", "R", "a", NOW + 179 * DAY),
        ),
        ("renewals", {"renewal_id": "R", "kind": "non_renewal", "occurred_at": NOW - 180 * DAY}, None),
        ("renewals", {"renewal_id": "R", "kind": "renewal", "occurred_at": NOW - DAY}, None),
        ("accounts", {"status": "at_risk"}, ("status", "accounts", "a", "a", None)),
        ("accounts", {"status": "churned"}, ("status", "accounts", "a", "a", None)),
        ("accounts", {"status": "deleted"}, ("status", "accounts", "a", "a", None)),
        ("accounts", {"status": "active"}, None),
    ],
)
def test_each_fact_says_whom_it_protects_and_how_long(table: str, cells: dict[str, Any], fact: Fact | None) -> None:
    facts = facts_of(**{table: [cells]})
    assert kept(facts) == ([] if fact is None else [fact])
    rows = recorded(facts)
    assert rows["row"].tolist() == [2] * len(rows)
    assert not rows["vanished"].any()


@pytest.mark.parametrize(("response", "days"), [("declined", 365), ("not_now", 120)])
def test_a_refusal_and_the_ask_itself_protect_for_their_days(response: str, days: int) -> None:
    asked, said = NOW - 50 * DAY, NOW - 40 * DAY
    asks = [{"ask_id": "K", "level": 2, "asked_at": asked, "responded_at": said, "response": response}]
    assert kept(facts_of(asks=asks)) == [
        ("refusal", "asks", "K", "a", said + days * DAY),
        ("ask", "asks", "K", "a", asked + 90 * DAY),
    ]


def test_what_has_run_out_is_no_fact() -> None:
    asks = [{"ask_id": "K", "level": 2, "asked_at": NOW - 365 * DAY, "response": "declined"}]
    asks += [{"ask_id": "L", "level": 2, "asked_at": NOW - 90 * DAY, "response": "accepted"}]
    assert kept(facts_of(asks=asks)) == []


def test_a_yes_protects_as_an_ask_alone() -> None:
    asks = [{"ask_id": "K", "level": 2, "asked_at": NOW - DAY, "response": "accepted"}]
    assert kept(facts_of(asks=asks)) == [("ask", "asks", "K", "a", NOW + 89 * DAY)]


def test_what_cannot_be_read_and_what_is_nobodys_are_kept_with_their_rows() -> None:
    facts = facts_of(unreadable=[Unreadable("a", "cases", "S", 7, "bad_time", "d0")])
    rows = recorded(facts, Unmatched("permissions", "X", 9, "d1"))
    assert rows[["kind", "table", "key", "account_id", "scope", "row"]].to_numpy().tolist() == [
        ["unreadable", "cases", "S", "a", "d0", 7.0],
        ["unmatched", "permissions", "X", "", "d1", 9.0],
    ]


def test_a_fact_says_whose_word_it_is_and_what_about() -> None:
    denials = [
        {"permission_id": "1", "contact_id": "P", "channel": "email", "status": "denied"},
        {"permission_id": "2", "channel": "any", "status": "denied"},
    ]
    rows = recorded(facts_of(permissions=denials, contacts=[{"contact_id": "P", "said to refuse": True}]))
    assert rows[["kind", "contact_id", "scope"]].to_numpy().tolist() == [
        ["objection", "P", ""],
        ["denial", "P", "email"],
        ["denial", "", "any"],
    ]


def test_an_unreadable_row_is_kept_with_the_number_of_rows_in_use_beside_it() -> None:
    granted = [{"permission_id": key, "status": "granted"} for key in "12"] + [{"account_id": "b"}]
    broken = [Unreadable("a", "permissions", "", 7, "broken_row"), Unreadable("a", "cases", "", 7, "broken_row")]
    assert recorded(facts_of(permissions=granted, unreadable=broken))["beside"].tolist() == [2, 0]


def test_one_fact_is_kept_once() -> None:
    objected = {"contact_id": "P", "said to refuse": True}
    assert len(recorded(facts_of(contacts=[objected, objected]))) == 1
    levels = [{"ask_id": "K", "level": level, "asked_at": NOW - DAY} for level in (1, 2)]
    assert recorded(facts_of(asks=levels * 2))["scope"].tolist() == ["1", "2"]
    two = [{"case_id": "S", "severity": 1}, {"case_id": "T", "severity": 1}]
    assert recorded(facts_of(cases=two)).index.tolist() == [0, 1]


def test_a_record_is_typed_also_where_it_is_empty() -> None:
    for rows in (recorded(facts_of()), recorded(facts_of(cases=[{"case_id": "S", "severity": 1}]))):
        assert {name: str(kind) for name, kind in rows.dtypes.items()} == COLUMNS


def test_what_a_record_lacks_is_empty() -> None:
    rows = record_frame(pd.DataFrame({"kind": ["case"], "key": [None], "vanished": [None], "other": [1]}, index=[4]))
    assert rows.index.tolist() == [4]
    assert rows.loc[4, ["kind", "table", "key"]].tolist() == ["case", "", ""]
    assert not rows.loc[4, "vanished"]
    assert pd.isna(rows.loc[4, "until"])
    assert record_frame(pd.DataFrame({"vanished": [True]}))["vanished"].tolist() == [True]


def test_every_kind_of_fact_stands_in_a_column() -> None:
    assert COLUMN_OF == {
        "objection": ("contacts", "objected_at"),
        "denial": ("permissions", "status"),
        "case": ("cases", "severity"),
        "pending": ("renewals", "kind"),
        "loss": ("renewals", "kind"),
        "refusal": ("asks", "response"),
        "ask": ("asks", "asked_at"),
        "status": ("accounts", "status"),
    }
