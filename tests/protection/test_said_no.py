"""However a "no" is written, its client is left in peace; a client who said none is not troubled."""

import json
import unicodedata
from collections.abc import Callable

import pytest

from protection.firm import ACCOUNTS, Firm

Damage = Callable[[Firm], None]
NO, OTHER = "C005", "C015"
DENIAL = {"permission_id": "X1", "channel": "any", "status": "denied", "valid_from": "2025-01-01", "valid_to": ""}
ASK = {"ask_id": "K1", "account_id": NO, "contact_id": "", "level": "2", "asked_at": "2025-10-01"}
CASE = {"case_id": "S1", "account_id": NO, "opened_at": "2025-11-01", "closed_at": "", "severity": "1"}


def change(table: str, **cells: str) -> Damage:
    return lambda firm: firm.row(table, NO).update(cells)


def add(table: str, **cells: str) -> Damage:
    return lambda firm: firm.add(table, **cells)


def no_id(spelling: str, own: str = NO) -> Damage:
    """A denial under another spelling of an account's id."""

    def damage(firm: Firm) -> None:
        for rows in firm.tables.values():
            for row in rows:
                row["account_id"] = own if row["account_id"] == NO else row["account_id"]
        firm.add("permissions", **DENIAL, account_id=spelling)

    return damage


SAID: dict[str, tuple[Damage, str]] = {
    "a word for a withdrawn consent": (change("permissions", status="Withdrawn"), "permission_denied"),
    "a consent in a later row that is denied": (add("permissions", **DENIAL, account_id=NO), "permission_denied"),
    "a denial without a date beside a dated grant": (
        add("permissions", **DENIAL | {"valid_from": ""}, account_id=NO),
        "permission_denied",
    ),
    "a denial that begins tomorrow": (
        add("permissions", **DENIAL | {"valid_from": "2025-12-24"}, account_id=NO),
        "permission_denied",
    ),
    "a denial with a date that does not exist": (
        add("permissions", **DENIAL | {"valid_from": "2025-02-30"}, account_id=NO),
        "unreadable_no",
    ),
    "the same consent granted and denied": (
        add("permissions", **DENIAL | {"permission_id": f"W{NO}", "valid_from": "2024-01-01"}, account_id=NO),
        "permission_denied",
    ),
    "objected: yes": (change("contacts", objected_at="yes"), "contact_objection"),
    "objected: x": (change("contacts", objected_at="x"), "contact_objection"),
    "objected in 1900": (change("contacts", objected_at="1900-01-01"), "contact_objection"),
    "objected in 9999": (change("contacts", objected_at="9999-12-31"), "contact_objection"),
    "objected on 00/00/0000": (change("contacts", objected_at="00/00/0000"), "contact_objection"),
    "objected later than the data": (change("contacts", objected_at="2027-05-05"), "contact_objection"),
    "objected in words": (change("contacts", objected_at="see the letter of May"), "unreadable_no"),
    "objected in one of two rows": (
        add("contacts", contact_id=f"P{NO}", account_id=NO, created_at="2020-02-01", objected_at="2025-03-03"),
        "contact_objection",
    ),
    "a word for a refusal": (add("asks", **ASK, response="Rejected"), "declined"),
    "a refusal with a quality that is no number": (add("asks", **ASK, response="declined", quality="low"), "declined"),
    "a refusal at a level that is none": (add("asks", **ASK | {"level": "gold"}, response="declined"), "declined"),
    "a refusal without any date": (add("asks", **ASK | {"asked_at": "soon"}, response="declined"), "unreadable_no"),
    "a refusal, and no reply in another row": (
        lambda firm: firm.tables["asks"].extend(
            [
                ASK | {"response": "declined", "responded_at": "2025-10-05"},
                ASK | {"response": "no_reply", "recorded_at": "2025-11-01"},
            ]
        ),
        "declined",
    ),
    "a word for the worst case": (add("cases", **CASE | {"severity": "Critical"}), "open_case"),
    "a severity that is none": (add("cases", **CASE | {"severity": "0"}), "open_case"),
    "a case that ended before it began": (add("cases", **CASE | {"closed_at": "2024-01-01"}), "unreadable_no"),
    "a case that ended on no day": (add("cases", **CASE | {"closed_at": "2025-11-31"}), "unreadable_no"),
    "a case opened on no day": (add("cases", **CASE | {"opened_at": "?"}), "unreadable_no"),
    "a case opened after the as-of": (add("cases", **CASE | {"opened_at": "2025-12-01T09:00"}), "open_case"),
    "an account that is lost": (change("accounts", status="Lost"), "churned"),
    "an account that was deleted": (change("accounts", deleted="true"), "deleted"),
    "a contract that was lost": (change("renewals", kind="non_renewal", occurred_at="2025-11-01"), "lost_renewal"),
    "a contract that was lost, in another currency": (
        change("renewals", kind="non_renewal", occurred_at="2025-11-01", currency="USD"),
        "lost_renewal",
    ),
    "a contract that was lost, for no amount": (
        change("renewals", kind="non_renewal", occurred_at="2025-11-01", amount="n.n."),
        "lost_renewal",
    ),
    "a contract that was lost on no day": (
        change("renewals", kind="non_renewal", occurred_at="2025-11-31"),
        "unreadable_no",
    ),
    "a contract that is pending": (
        change("renewals", kind="pending", occurred_at="2025-11-01", due_at="2026-02-01"),
        "pending_renewal",
    ),
    "the id in small letters": (no_id("c005"), "permission_denied"),
    "the id with blanks inside": (no_id("C 005"), "permission_denied"),
    "the id as a floating number": (no_id("7005.0", "7005"), "permission_denied"),
    "the id without its zeros": (no_id("7005", "007005"), "permission_denied"),
    "the id composed otherwise": (no_id(unicodedata.normalize("NFD", "Peñón"), "Peñón"), "permission_denied"),
    "the id of 15 characters in other case": (
        no_id("0015G00000KA00Q", "0015g00000Ka00QAAR"),
        "permission_denied",
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_no_is_never_lost(firm: Firm, name: str) -> None:
    damage, rule = SAID[name]
    damage(firm)
    account = firm.tables["accounts"][4]["account_id"]
    assert firm.score() == 0, firm.said
    assert account not in firm.listed()
    assert rule in firm.rules(account)
    assert OTHER in firm.listed()


def test_nobody_rests_who_said_nothing(firm: Firm) -> None:
    assert firm.score() == 0, firm.said
    assert firm.resting() == set()
    assert firm.manifest()["protection"]["facts"] == {}


@pytest.mark.parametrize(
    ("table", "cells"),
    [
        ("contacts", {"objected_at": "No"}),
        ("contacts", {"objected_at": "false"}),
        ("contacts", {"objected_at": "#N/A"}),
        ("contacts", {"deleted": "no"}),
        ("renewals", {"kind": "pending", "due_at": "2026-12-01"}),
        ("renewals", {"kind": "non_renewal", "occurred_at": "2025-01-01"}),
        ("permissions", {"status": "needs_approval"}),
    ],
)
def test_what_is_no_no_rests_nobody(firm: Firm, table: str, cells: dict[str, str]) -> None:
    firm.row(table, NO).update(cells)
    assert firm.score() == 0, firm.said
    assert firm.resting() == set()


def test_a_person_takes_the_no_along(firm: Firm) -> None:
    """Who denied every use while at one client is suggested at no other."""
    firm.add("permissions", **DENIAL, account_id=OTHER, contact_id=f"P{NO}")
    assert firm.score() == 0
    assert firm.rules(NO) == {"contacts_denied"}
    assert f"P{NO}" not in firm.suggested()


def test_a_later_grant_releases(firm: Firm) -> None:
    firm.add("permissions", **DENIAL | {"valid_from": "2023-01-01"}, account_id=NO)
    assert firm.score() == 0
    assert firm.resting() == set()


def test_a_deleted_consent_protects_until_a_later_grant(firm: Firm) -> None:
    firm.add("permissions", **DENIAL, account_id=NO, deleted="true")
    assert firm.score() == 0
    assert firm.rules(NO) == {"permission_denied"}


def test_a_deleted_contact_is_not_suggested_and_its_objection_stays(firm: Firm) -> None:
    firm.row("contacts", NO).update(deleted="yes", objected_at="2025-01-01")
    firm.row("contacts", OTHER).update(deleted="yes")
    assert firm.score() == 0
    assert firm.rules(NO) == {"contact_objection"}
    assert f"P{OTHER}" not in firm.suggested()
    assert OTHER in firm.listed()


def test_deleted_rows_of_other_tables_are_left_out(firm: Firm) -> None:
    firm.row("interactions", NO)["deleted"] = "1"
    firm.add("cases", **CASE, deleted="true")
    assert firm.score() == 0
    assert firm.resting() == set()
    rows = firm.manifest()["rows"]
    assert (rows["interactions"]["left_out"], rows["interactions"]["rows_in"]) == (1, len(ACCOUNTS) - 1)
    assert rows["cases"]["left_out"] == 1


@pytest.mark.parametrize(
    "line",
    [
        "X9,C005,,any,denied",
        'X9,"C005" ,,any,denied,2025-01-01,',
        "X9,C005,,any,denied,2025-01-01,,,,",
        "X9;C005;;any;denied;2025-01-01;",
    ],
)
def test_a_row_that_cannot_be_cut_still_protects(firm: Firm, line: str) -> None:
    config = firm.write()
    with (config.parent / "tables" / "permissions.csv").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert firm.score(write=False) == 0, firm.said
    assert firm.rules(NO) == {"unreadable_no"}
    assert "permissions row 62" in firm.detail(NO)


def test_a_backfill_cuts_by_time_but_for_objections(firm: Firm) -> None:
    firm.add("cases", **CASE | {"opened_at": "2025-12-01T09:00"})
    firm.row("contacts", OTHER)["objected_at"] = "2026-01-01"
    assert firm.score("--backfill") == 0
    assert NO in firm.listed()
    assert firm.rules(OTHER) == {"contact_objection"}


def test_explain_says_in_which_row(firm: Firm) -> None:
    firm.row("contacts", NO)["objected_at"] = "yes"
    assert firm.run("explain", NO, "--as-of", "2025-12-01", "--json") == 0
    levels = json.loads(firm.said)["levels"]
    assert {tuple(level["origins"]) for level in levels} == {("contacts row 6",)}


def test_a_lost_renewal_is_told_against_an_ask(firm: Firm) -> None:
    firm.row("renewals", NO).update(kind="non_renewal", occurred_at="2024-06-01")
    assert firm.score() == 0
    rows = firm.read("candidates.csv")
    mine = rows[rows["account_id"] == NO]
    assert len(mine) == 5
    assert mine[["reason_1", "reason_2", "reason_3"]].eq("Against: did not renew on 1 June 2024").any(axis=1).all()
