"""What protected last time and is not there now: explained, exempt, or resting on."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from advocate_score.policy.inputs import Facts
from advocate_score.protection.matching import Accounts
from advocate_score.protection.record import COLUMNS, record_frame
from advocate_score.protection.vanished import Vanished, find_vanished
from advocate_score.schema import TABLES
from advocate_score.tables.erasure import Tombstones
from protection.rows import NOW, accounts_of, facts_of

DAY = timedelta(days=1)
PRESENT = {name: table.column_names for name, table in TABLES.items()}
TABLE_OF = {
    "objection": "contacts",
    "denial": "permissions",
    "case": "cases",
    "pending": "renewals",
    "loss": "renewals",
    "refusal": "asks",
    "ask": "asks",
    "status": "accounts",
}


def fact(kind: str, key: str = "X", account: str = "a", **more: Any) -> dict[str, Any]:
    """The key of a status is its account, that of an objection its contact."""
    person = {"contact_id": key} if kind == "objection" else {}
    key = account if kind == "status" else key
    return (
        {"kind": kind, "table": TABLE_OF.get(kind, ""), "key": key, "account_id": account, "row": 2.0} | person | more
    )


def record(*facts: dict[str, Any]) -> pd.DataFrame:
    return record_frame(pd.DataFrame(facts, columns=[*COLUMNS]))


def compared(
    *before: dict[str, Any],
    now: tuple[dict[str, Any], ...] = (),
    facts: Facts | None = None,
    accounts: Accounts | None = None,
    present: Mapping[str, Collection[str]] = PRESENT,
    as_of: datetime = NOW,
) -> Vanished:
    known = accounts or accounts_of("a", "b", merged={"old": "b"})
    return find_vanished(record(*before), record(*now), facts or facts_of(), known, present, as_of)


def lost(found: Vanished) -> list[tuple[str, str]]:
    return list(zip(found.facts["account_id"], found.facts["key"], strict=True))


@pytest.mark.parametrize("kind", ["objection", "denial", "loss", "refusal", "ask", "status"])
def test_a_fact_that_is_gone_protects_on(kind: str) -> None:
    found = compared(fact(kind), facts=facts_of(accounts=[{"account_id": "b"}]))
    assert lost(found) == [("a", "a" if kind == "status" else "X")]
    assert (found.lost_sources, found.before) == ((), 1)


@pytest.mark.parametrize("kind", ["objection", "denial", "loss", "refusal", "ask", "status"])
def test_a_fact_that_is_still_there_has_not_vanished(kind: str) -> None:
    assert lost(compared(fact(kind), now=(fact(kind, row=9.0, until=NOW + DAY),))) == []
    assert lost(compared(fact(kind, key=""), now=(fact(kind, key=""),))) == []


def test_a_fact_of_somebody_else_under_the_same_id_stands_for_nothing() -> None:
    assert lost(compared(fact("denial"), now=(fact("denial", account="b"),))) == [("a", "X")]
    assert lost(compared(fact("denial", key=""), now=(fact("denial", key="", account="b"),))) == [("a", "")]
    persons = fact("denial", contact_id="P")
    assert lost(compared(persons, now=(fact("denial", contact_id="Q"),))) == [("a", "X")]
    assert lost(compared(persons, now=(fact("denial", account="b", contact_id="P"),))) == []


def test_another_kind_of_fact_of_the_same_row_does_not_hide_what_is_gone() -> None:
    declined = fact("refusal", scope="1")
    assert lost(compared(declined, now=(fact("ask", scope="1"),))) == [("a", "X")]
    damaged = fact("unreadable", table="asks", scope="digest")
    assert lost(compared(declined, now=(damaged,))) == []
    assert lost(compared(damaged, now=(declined,))) == []
    assert lost(compared(damaged, now=(fact("unreadable", key="Y", table="asks", scope="other"),))) == [("a", "X")]


def test_a_row_that_is_numbered_anew_is_known_by_what_it_says() -> None:
    old = [fact("denial", str(number), scope=scope) for number, scope in enumerate(["any", "email", "any"])]
    new = [fact("denial", str(number), scope=scope) for number, scope in enumerate(["email", "any"], 7)]
    assert lost(compared(*old, now=tuple(new))) == [("a", "2")]
    assert lost(compared(old[0], now=(fact("denial", "9", account="b", scope="any"),))) == [("a", "0")]
    assert lost(compared(old[0], old[1], now=(old[0],))) == [("a", "1")], "one that was there before is no successor"


def test_what_is_nobodys_is_compared_with_nothing() -> None:
    unmatched = fact("unmatched", table="permissions", account="a")
    assert compared(unmatched).before == 0
    assert lost(compared(unmatched)) == []
    assert lost(compared(fact("denial"), now=(unmatched,))) == [("a", "X")]


@pytest.mark.parametrize(("until", "kept"), [(NOW, 0), (NOW - DAY, 0), (NOW + DAY, 1), (None, 1)])
def test_a_fact_whose_time_has_run_out_has_not_vanished(until: datetime | None, kept: int) -> None:
    found = compared(fact("denial", until=until))
    assert (len(found.facts), found.before) == (kept, kept)


@pytest.mark.parametrize("kind", ["case", "pending"])
def test_open_cases_and_pending_renewals_close_by_leaving_a_table_that_is_there(kind: str) -> None:
    assert lost(compared(fact(kind))) == []
    without = {name: columns for name, columns in PRESENT.items() if name != TABLE_OF[kind]}
    assert lost(compared(fact(kind), present=without)) == [("a", "X")]
    assert lost(compared(fact("denial"), present=without)) == [("a", "X")]


@pytest.mark.parametrize(("table", "kept"), [("cases", 0), ("permissions", 1), ("renewals", 1)])
def test_of_rows_that_could_not_be_read_those_of_cases_close_too(table: str, kept: int) -> None:
    assert len(compared(fact("unreadable", table=table)).facts) == kept


def test_a_fact_follows_its_account_and_an_account_that_is_gone_needs_none() -> None:
    assert lost(compared(fact("denial", account="old"))) == [("b", "X")]
    assert lost(compared(fact("denial", account="A"))) == [("a", "X")]
    assert lost(compared(fact("denial", account="gone"), fact("denial", key="Y", account="b"))) == [("b", "Y")]
    two = compared(fact("denial", key="1", account="b"), fact("denial", key="2", account="a"))
    assert lost(two) == [("b", "1"), ("a", "2")]
    assert lost(compared(fact("status", account="old"))) == [], "what became of it is its survivor's"


def test_a_fact_of_several_spellings_protects_them_all() -> None:
    known = accounts_of("a1", "A1")
    assert lost(compared(fact("denial", account="a1 "), accounts=known)) == [("A1", "X"), ("a1", "X")]


def test_what_an_absent_account_said_is_kept_for_its_return_but_not_what_an_erased_one_said() -> None:
    known = accounts_of("b")
    erased = replace(known, erased=Tombstones(bytes(32)).with_accounts(["c"]))
    found = compared(fact("denial"), fact("denial", account="c"), accounts=erased)
    assert lost(found) == []
    assert found.absent["account_id"].tolist() == ["a"]


@pytest.mark.parametrize(
    ("kind", "cells", "explained"),
    [
        ("objection", {"contact_id": "X", "said to refuse": False}, True),
        ("objection", {"contact_id": "X", "said to refuse": None}, False),
        ("objection", {"contact_id": "Y", "said to refuse": False}, False),
        ("denial", {"permission_id": "X", "status": "granted"}, True),
        ("denial", {"permission_id": "X", "status": "needs_approval"}, True),
        ("denial", {"permission_id": "X", "status": None}, False),
        ("denial", {"permission_id": "Y", "status": "granted"}, False),
        ("refusal", {"ask_id": "X", "response": "accepted"}, True),
        ("refusal", {"ask_id": "X", "response": "no_reply"}, False),
        ("refusal", {"ask_id": "X"}, False),
        ("ask", {"ask_id": "X"}, True),
        ("ask", {"ask_id": "Y"}, False),
        ("status", {"account_id": "a", "status": "active"}, True),
        ("status", {"account_id": "a", "status": None}, False),
        ("status", {"account_id": "X", "status": "active"}, False),
        ("loss", {"renewal_id": "X", "kind": "renewal"}, True),
        ("loss", {"renewal_id": "Y", "kind": "renewal"}, False),
    ],
)
def test_a_row_that_says_otherwise_explains(kind: str, cells: dict[str, Any], explained: bool) -> None:
    table = TABLE_OF[kind]
    known = accounts_of("a", "X")
    found = compared(fact(kind), facts=facts_of(**{table: [cells]}), accounts=known)
    assert bool(lost(found)) is not explained


def test_one_row_of_several_is_explanation_enough() -> None:
    rows = [{"permission_id": "X"}, {"permission_id": "X", "status": "granted"}]
    assert lost(compared(fact("denial"), facts=facts_of(permissions=rows))) == []


def test_a_row_explains_its_own_account_or_person_alone() -> None:
    rows = [{"permission_id": "X", "account_id": "b", "contact_id": "P", "status": "granted"}]
    assert lost(compared(fact("denial"), facts=facts_of(permissions=rows))) == [("a", "X")]
    assert lost(compared(fact("denial", account="b"), facts=facts_of(permissions=rows))) == []
    assert lost(compared(fact("denial", contact_id="P"), facts=facts_of(permissions=rows))) == []
    assert lost(compared(fact("denial", contact_id="Q"), facts=facts_of(permissions=rows))) == [("a", "X")]


def test_a_broken_line_is_explained_by_one_row_more_of_its_account() -> None:
    gone = fact("unreadable", key="", table="permissions", beside=1.0)
    own, others = {"permission_id": "Y"}, {"permission_id": "Z", "account_id": "b"}
    assert lost(compared(gone, facts=facts_of(permissions=[own, own]))) == []
    assert lost(compared(gone, facts=facts_of(permissions=[own]))) == [("a", "")]
    assert lost(compared(gone, facts=facts_of(permissions=[own, others]))) == [("a", "")]
    assert lost(compared(gone)) == [("a", "")]


def test_a_row_without_an_id_is_explained_by_one_about_the_same() -> None:
    gone = fact("denial", key="", scope="email")
    for channel, status, explained in (("email", "granted", True), ("email", None, False), ("any", "granted", False)):
        rows = [{"channel": channel, "status": status}]
        assert (lost(compared(gone, facts=facts_of(permissions=rows))) == []) == explained
    assert lost(
        compared(gone, facts=facts_of(permissions=[{"channel": "email", "status": "granted", "account_id": "b"}]))
    )


def test_each_fact_is_explained_by_its_own_rows() -> None:
    facts = facts_of(
        permissions=[{"permission_id": "1", "status": "granted"}], asks=[{"ask_id": "2", "response": "accepted"}]
    )
    before = [fact("denial", "1"), fact("refusal", "9"), fact("denial", "8"), fact("refusal", "2")]
    assert lost(compared(*before, facts=facts)) == [("a", "9"), ("a", "8")]


@pytest.mark.parametrize(
    ("kind", "present", "gone"),
    [
        ("denial", {}, ("permissions",)),
        ("denial", {"permissions": ("account_id", "status")}, ()),
        ("denial", {"permissions": ("account_id",)}, ("permissions.status",)),
        ("objection", {"contacts": ("contact_id",)}, ("contacts.objected_at",)),
        ("case", {"cases": ("case_id",)}, ("cases.severity",)),
        ("case", {}, ("cases",)),
        ("refusal", {"asks": ("asked_at",)}, ("asks.response",)),
        ("ask", {"asks": ("asked_at",)}, ()),
        ("ask", {"asks": ("response",)}, ("asks.asked_at",)),
        ("status", {"accounts": ("account_id",)}, ("accounts.status",)),
        ("loss", {"renewals": ()}, ("renewals.kind",)),
    ],
)
def test_a_table_or_column_that_protected_and_is_gone_is_named(
    kind: str, present: dict[str, tuple[str, ...]], gone: tuple[str, ...]
) -> None:
    assert compared(fact(kind), present=present).lost_sources == gone


def test_what_was_gone_before_or_never_stood_in_the_export_is_not_named_again() -> None:
    for old in (fact("denial", vanished=True), fact("ask", row=None), fact("denial", until=NOW)):
        assert compared(old, present={}).lost_sources == ()
    assert compared(fact("unreadable", table="cases"), present={"cases": ()}).lost_sources == ()


def test_tables_and_columns_are_named_in_order() -> None:
    before = [fact(kind) for kind in ("refusal", "objection", "denial", "status", "case")]
    gone = compared(*before, present={"contacts": (), "accounts": ()}).lost_sources
    assert gone == ("asks", "cases", "permissions", "accounts.status", "contacts.objected_at")


@pytest.mark.parametrize(
    ("fresh", "old", "before", "too_many"),
    [
        (5, 0, 5, False),
        (6, 0, 6, True),
        (5, 9, 14, False),
        (10, 0, 1000, False),
        (11, 0, 1000, True),
        (6, 0, 600, False),
    ],
)
def test_more_than_five_and_more_than_one_in_a_hundred_are_too_many(
    fresh: int, old: int, before: int, too_many: bool
) -> None:
    facts = record(*[fact("denial")] * fresh, *[fact("denial", vanished=True)] * old)
    assert Vanished(facts, (), before, facts.head(0)).are_too_many is too_many
