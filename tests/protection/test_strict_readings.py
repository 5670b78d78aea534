"""Rows that were set aside, read strictly: what joins the facts, what rests as unreadable, what is nobody's."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from advocate_score.protection.strict_readings import Unmatched, Unreadable, read_set_aside
from advocate_score.tables.quarantine import ROWS_OF_PART, SetAside, row_label
from protection.rows import NOW, arrow, aside, read, read_broken, strictness

DAY = timedelta(days=1)
LATER, EARLIER = NOW + DAY, NOW - DAY
Cells = dict[str, Any]


def names(readings: Any) -> list[str]:
    return [one.source for one in readings.unreadable]


def test_a_row_is_named_as_a_spreadsheet_shows_it() -> None:
    assert row_label(12) == "row 12"
    assert row_label(ROWS_OF_PART + 5) == "part 2 row 5"


@pytest.mark.parametrize(
    ("code", "failed", "cells", "fact", "unreadable"),
    [
        ("duplicate", "", {"status": "denied"}, True, False),
        ("duplicate", "", {"status": "other"}, True, False),
        ("duplicate", "", {"status": "granted"}, True, False),
        ("deleted", "", {"status": "denied"}, True, False),
        ("deleted", "", {"status": "granted"}, False, False),
        ("bad_time", "valid_from", {"status": "denied"}, True, True),
        ("bad_time", "valid_from", {"status": "other"}, True, True),
        ("bad_time", "valid_from", {"status": "granted"}, False, False),
        ("bad_time", "valid_from", {"status": None}, False, False),
        ("nul_byte", "status", {"status": None}, False, True),
        ("bad_time", "valid_from", {"status": "denied", "valid_to": NOW}, False, False),
        ("bad_time", "valid_from", {"status": "denied", "valid_to": LATER}, True, True),
        ("bad_time", "valid_from valid_to", {"status": "denied", "valid_to": EARLIER}, True, True),
    ],
)
def test_permissions_that_were_set_aside(code: str, failed: str, cells: Cells, fact: bool, unreadable: bool) -> None:
    readings = read("permissions", code, failed, permission_id="X", channel="sales", **cells)
    assert [row["account_id"] for row in readings.facts["permissions"]] == ["a"] * fact
    assert len(readings.unreadable) == unreadable


def test_a_damaged_denial_denies_its_contact_every_use() -> None:
    cells = {"permission_id": "X", "contact_id": "p", "channel": "sales", "status": "other", "valid_from": NOW}
    (row,) = read("permissions", "bad_time", "valid_to", **cells, valid_to=EARLIER).facts["permissions"]
    assert (row["status"], row["channel"], row["contact_id"]) == ("denied", "any", "p")
    assert row["valid_from"] is None
    assert row["valid_to"] is None


@pytest.mark.parametrize(("status", "kept"), [("granted", 0), ("denied", 1)])
def test_under_another_spelling_no_consent_is_granted(status: str, kept: int) -> None:
    readings = read("permissions", "unknown_account", account_id="A", status=status)
    assert [row["account_id"] for row in readings.facts["permissions"]] == ["a"] * kept
    assert readings.lenient == kept
    assert readings.unreadable == []


@pytest.mark.parametrize(
    ("code", "failed", "cells", "fact", "unreadable"),
    [
        ("duplicate", "", {}, True, False),
        ("deleted", "", {}, False, False),
        ("not_an_integer", "severity", {}, True, False),
        ("bad_time", "opened_at", {"severity": 2}, False, True),
        ("bad_time", "opened_at", {"severity": 3}, False, False),
        ("bad_time", "opened_at", {}, False, False),
        ("bad_time", "opened_at severity", {}, False, True),
        ("out_of_range", "opened_at severity", {"severity": 9}, False, True),
        ("bad_time", "closed_at", {"severity": 1, "closed_at": EARLIER}, False, True),
        ("bad_time", "opened_at", {"severity": 1, "closed_at": EARLIER}, False, False),
        ("bad_time", "opened_at", {"severity": 1, "closed_at": NOW}, False, True),
        ("bad_time", "opened_at", {"severity": 1, "closed_at": LATER}, False, True),
    ],
)
def test_cases_that_were_set_aside(code: str, failed: str, cells: Cells, fact: bool, unreadable: bool) -> None:
    readings = read("cases", code, failed, case_id="X", **cells)
    assert [row["severity"] for row in readings.facts["cases"]] == ([1] if failed else [None]) * fact
    assert len(readings.unreadable) == unreadable


@pytest.mark.parametrize(
    ("code", "failed", "cells", "fact", "unreadable"),
    [
        ("mixed_currency", "", {"kind": "non_renewal", "occurred_at": NOW}, True, False),
        ("mixed_currency", "", {"kind": "renewal", "occurred_at": NOW}, True, False),
        ("deleted", "", {"kind": "non_renewal", "occurred_at": NOW}, False, False),
        ("deleted", "", {"kind": "renewal", "occurred_at": NOW}, False, False),
        ("not_a_number", "amount", {"kind": "non_renewal", "occurred_at": NOW}, True, False),
        ("not_a_number", "amount", {"kind": "pending", "occurred_at": NOW}, True, False),
        ("not_a_number", "amount", {"kind": "other", "occurred_at": NOW}, True, False),
        ("not_a_number", "amount", {"kind": "renewal", "occurred_at": NOW}, False, False),
        ("not_a_number", "amount", {"kind": "expansion", "occurred_at": NOW}, False, False),
        ("not_a_number", "amount", {"kind": "contraction", "occurred_at": NOW}, False, False),
        ("bad_time", "occurred_at", {"kind": "pending"}, False, True),
        ("bad_time", "occurred_at", {"kind": "renewal"}, False, False),
        ("missing", "kind", {"occurred_at": NOW}, False, True),
    ],
)
def test_renewals_that_were_set_aside(code: str, failed: str, cells: Cells, fact: bool, unreadable: bool) -> None:
    readings = read("renewals", code, failed, renewal_id="X", **cells)
    assert len(readings.facts["renewals"]) == fact
    assert len(readings.unreadable) == unreadable


@pytest.mark.parametrize(("kind", "kept"), [("renewal", 0), ("expansion", 0), ("pending", 1), ("non_renewal", 1)])
def test_under_another_spelling_nobody_renews(kind: str, kept: int) -> None:
    readings = read("renewals", "unknown_account", account_id="A", kind=kind, occurred_at=NOW)
    assert (len(readings.facts["renewals"]), readings.lenient) == (kept, kept)


@pytest.mark.parametrize(("failed", "kept"), [("amount", EARLIER), ("recorded_at", None)])
def test_when_a_loss_was_known_is_kept_where_it_can_be_read(failed: str, kept: datetime | None) -> None:
    cells = {"kind": "non_renewal", "occurred_at": EARLIER, "recorded_at": EARLIER}
    (row,) = read("renewals", "not_a_number", failed, **cells).facts["renewals"]
    assert row["recorded_at"] == kept


@pytest.mark.parametrize(
    ("code", "failed", "cells", "asked", "unreadable"),
    [
        ("duplicate", "", {"level": 2, "asked_at": EARLIER}, [(2, EARLIER)], False),
        ("bad_time", "asked_at", {"level": 2, "responded_at": EARLIER}, [(2, EARLIER)], False),
        ("bad_time", "asked_at", {"level": 2, "responded_at": EARLIER, "recorded_at": NOW}, [(2, NOW)], False),
        ("bad_time", "asked_at", {"level": 2, "completed_at": NOW, "recorded_at": EARLIER}, [(2, NOW)], False),
        ("bad_number", "level", {"asked_at": NOW}, [(1, NOW)], False),
        ("bad_number", "level", {"asked_at": NOW, "response": "accepted"}, [(1, NOW)], False),
        ("out_of_range", "level", {"level": 9, "asked_at": NOW, "response": "accepted"}, [(1, NOW)], False),
        ("bad_number", "level", {"asked_at": NOW, "response": "not_now"}, [(n, NOW) for n in range(1, 6)], False),
        ("bad_number", "level", {"asked_at": NOW, "response": "other"}, [(n, NOW) for n in range(1, 6)], False),
        ("bad_number", "quality", {"level": 5, "asked_at": NOW, "response": "declined"}, [(5, NOW)], False),
        ("bad_number", "quality", {"level": 0, "asked_at": NOW, "response": "declined"}, [], False),
        ("bad_time", "asked_at", {"level": 2, "response": "declined"}, [], True),
        ("bad_time", "asked_at level", {"response": "accepted"}, [], True),
        ("bad_time", "asked_at", {"level": 0}, [], False),
    ],
)
def test_asks_that_were_set_aside(code: str, failed: str, cells: Cells, asked: list, unreadable: bool) -> None:
    readings = read("asks", code, failed, ask_id="X", **cells)
    assert [(row["level"], row["asked_at"]) for row in readings.facts["asks"]] == asked
    assert len(readings.unreadable) == unreadable


@pytest.mark.parametrize(
    ("failed", "cells", "unreadable"),
    [
        ("created_at", {"status": "active"}, False),
        ("created_at", {}, False),
        ("created_at", {"status": "active", "deleted": False}, False),
        ("created_at", {"status": "churned"}, True),
        ("created_at", {"status": "other"}, True),
        ("created_at", {"deleted": True}, True),
        ("deleted", {"status": "active"}, True),
    ],
)
def test_accounts_that_were_set_aside(failed: str, cells: Cells, unreadable: bool) -> None:
    readings = read("accounts", "bad_time", failed, **cells)
    assert names(readings) == [f"accounts row 2: bad_time ({failed})"] * unreadable


@pytest.mark.parametrize(
    ("code", "refused", "refusers", "unreadable"),
    [
        ("duplicate", True, {"P"}, 0),
        ("duplicate", False, set(), 0),
        ("duplicate", None, set(), 0),
        ("bad_time", True, {"P"}, 1),
        ("bad_time", None, set(), 0),
    ],
)
def test_contacts_that_were_set_aside(code: str, refused: bool | None, refusers: set[str], unreadable: int) -> None:
    cells = {"contact_id": "P", "said to refuse": refused}
    readings = read("contacts", code, "" if code == "duplicate" else "created_at", **cells)
    assert readings.refusers == refusers
    assert [row["objected"] for row in readings.facts["contacts"]] == [bool(refused)]
    assert len(readings.unreadable) == unreadable


def test_who_refused_is_known_by_the_id_in_use() -> None:
    how = strictness(contacts={"P1": "a"})
    assert read("contacts", "duplicate", how=how, contact_id="p1", **{"said to refuse": True}).refusers == {"P1"}


def test_a_contact_leads_to_the_account_where_no_id_fits_exactly() -> None:
    how = strictness(contacts={"p": "b"})
    cells = {"contact_id": "p", "status": "denied"}

    def protected(account: str) -> list[str]:
        readings = read("permissions", "unknown_account", how=how, account_id=account, **cells)
        return [row["account_id"] for row in readings.facts["permissions"]]

    assert protected("zz") == ["b"]
    assert protected("A") == ["a", "b"]
    assert protected("a") == ["a"]


def test_a_no_of_nobody_is_told_and_what_is_no_no_is_not() -> None:
    denied = read("permissions", "unknown_account", account_id="zz", permission_id="X", status="denied")
    [nobody] = denied.unmatched
    assert nobody == Unmatched("permissions", "X", 2, nobody.scope)
    assert nobody.scope != read("permissions", "unknown_account", account_id="z", status="denied").unmatched[0].scope
    assert denied.not_clients == 0
    unreadable = read("permissions", "nul_byte", "status", account_id="zz")
    assert unreadable.unmatched == [Unmatched("permissions", "", 2, nobody.scope)]
    for readings in (
        read("permissions", "unknown_account", account_id="zz", status="granted"),
        read("permissions", "bad_time", "valid_from", account_id="zz", status="granted"),
    ):
        assert (readings.unmatched, readings.not_clients) == ([], 0)


def test_a_no_of_who_is_no_client_is_counted() -> None:
    how = strictness(left_out=["gone"])
    for account, status, count in (("gone", "denied", 1), ("", "denied", 1), ("gone", "granted", 0)):
        readings = read("permissions", "left_out", how=how, account_id=account, status=status)
        assert (readings.unmatched, readings.not_clients) == ([], count)
        assert readings.facts["permissions"] == []


def test_what_is_unreadable_under_another_spelling_is_counted_too() -> None:
    readings = read("permissions", "nul_byte", "status", account_id="A", permission_id="X")
    assert readings.lenient == 1
    [one] = readings.unreadable
    assert one == Unreadable("a", "permissions", "X", 2, "nul_byte (status)", one.digest)


def test_the_digest_of_an_unreadable_row_is_of_all_its_cells() -> None:
    cells = {"account_id": "a", "permission_id": "X", "status": "denied"}
    digests = [
        read("permissions", "bad_time", "valid_from", **cells | more).unreadable[0].digest
        for more in ({}, {"channel": "email"}, {"status": "other"}, {"valid_to": NOW + timedelta(days=9)}, {})
    ]
    digests.append(read("permissions", "nul_byte", "valid_from", **cells).unreadable[0].digest)
    assert digests[0] == digests[4]
    assert len(set(digests)) == 5


def test_one_row_of_several_facts_says_no_if_any_does() -> None:
    readings = read("asks", "bad_number", "level", account_id="A", asked_at=NOW, response="declined")
    assert readings.lenient == 1
    assert read("asks", "bad_number", "level", account_id="A", asked_at=NOW, response="accepted").lenient == 0
    granted = read("permissions", "bad_time", "valid_from", account_id="A", status="granted")
    assert granted.lenient == 0


def test_every_row_of_every_table_is_read() -> None:
    several = SetAside()
    several.add(arrow("permissions", {"account_id": "a", "status": "denied"}), "duplicate")
    several.add(
        arrow("permissions", {"account_id": "b", "status": "denied"}, {"account_id": "a", "status": "denied"}),
        "duplicate",
    )
    readings = read_set_aside({"permissions": several} | aside("cases", "duplicate"), strictness())
    assert [row["account_id"] for row in readings.facts["permissions"]] == ["a", "b", "a"]
    assert len(readings.facts["cases"]) == 1


def test_a_row_that_cannot_be_cut_rests_every_account_among_its_pieces() -> None:
    how = strictness("a", "b", "c", contacts={"p": "c", "q": "c"})
    readings = read_broken("permissions", how, "B", "P", "denied", "a", "zz")
    digest = readings.unreadable[0].digest
    assert readings.unreadable == [
        Unreadable(one, "permissions", "", 7, "broken_row", digest) for one in ("a", "b", "c")
    ]
    assert digest != read_broken("permissions", how, "B", "P", "granted", "a", "zz").unreadable[0].digest
    assert names(read_broken("cases", how, "nobody")) == []
