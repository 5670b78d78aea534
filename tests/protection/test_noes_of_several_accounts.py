"""A "no" in a row of several accounts is a "no" of each of them, whichever of them the row is taken for."""

import pytest

from protection.firm import Firm

NO, ALSO, OTHER = "C005", "C006", "C015"
SPLIT = """
[sources.{table}]
split = {{ account_id = {how} }}
"""
ROWS = {
    "permissions": (
        {"permission_id": "X1", "channel": "any", "status": "denied", "valid_from": "2025-01-01"},
        "permission_denied",
    ),
    "cases": ({"case_id": "S1", "opened_at": "2025-11-01", "severity": "1"}, "open_case"),
    "renewals": ({"renewal_id": "R1", "occurred_at": "2025-11-01", "kind": "non_renewal"}, "lost_renewal"),
    "asks": ({"ask_id": "K1", "level": "2", "asked_at": "2025-10-01", "response": "declined"}, "declined"),
    "contacts": ({"contact_id": "P9", "created_at": "2025-01-01", "objected_at": "soon"}, "unreadable_no"),
}


@pytest.mark.parametrize("how", ['";"', '{ by = ";", take = "each" }'])
@pytest.mark.parametrize("table", ROWS)
def test_each_account_rests(firm: Firm, table: str, how: str) -> None:
    if table == "asks" and "each" in how:
        return
    cells, rule = ROWS[table]
    firm.settings += SPLIT.format(table=table, how=how)
    firm.add(table, **cells, account_id=f"{NO};{ALSO}")
    assert firm.score("--replace") == 0, firm.said
    if table != "contacts":
        assert rule in firm.rules(NO)
        assert rule in firm.rules(ALSO)
    assert "P9" not in firm.suggested()
    assert not {rule} & firm.rules(OTHER)


def test_a_damaged_no_of_several_accounts_rests_each(firm: Firm) -> None:
    firm.settings += SPLIT.format(table="cases", how='";"')
    firm.add("cases", case_id="S1", opened_at="2025-11-31", severity="1", account_id=f"{NO};{ALSO}")
    assert firm.score() == 0, firm.said
    assert firm.rules(NO) >= {"unreadable_no"}
    assert firm.rules(ALSO) >= {"unreadable_no"}


def test_a_further_account_that_no_row_has_holds_the_publication(firm: Firm) -> None:
    firm.settings += SPLIT.format(table="cases", how='";"')
    firm.add("cases", case_id="S1", opened_at="2025-11-01", severity="1", account_id=f"{NO};C999")
    assert firm.score() == 3


def test_a_yes_of_several_accounts_troubles_nobody(firm: Firm) -> None:
    firm.settings += SPLIT.format(table="asks", how='";"')
    firm.add("asks", ask_id="K1", level="2", asked_at="2024-03-01", response="accepted", account_id=f"{NO};C999")
    assert firm.score() == 0, firm.said
    assert "unreadable_no" not in firm.rules(NO)


BY_NAME = """
[sources.permissions]
lookup = { account_id = { in = "accounts", by = "client", match = "account_name", take = "account_id" } }
"""
DENIAL = {"permission_id": "X1", "channel": "any", "status": "denied", "valid_from": "2025-01-01"}


def by_name(firm: Firm, client: str, **cells: str) -> None:
    """The permissions by the clients' names, with one more row."""
    firm.settings += BY_NAME
    for row in firm.tables["permissions"]:
        row["client"] = f"Firm {row.pop('account_id')}"
    firm.add("permissions", **DENIAL | cells, client=client)


def test_a_denial_is_found_by_the_name(firm: Firm) -> None:
    by_name(firm, f"firm {NO}")
    assert firm.score() == 0, firm.said
    assert "permission_denied" in firm.rules(NO)


def test_an_ambiguous_denial_rests_every_account_that_it_fits(firm: Firm) -> None:
    by_name(firm, "Twin")
    for account in (NO, ALSO):
        firm.row("accounts", account)["account_name"] = "Twin"
    known = [f"Firm {NO}", f"Firm {ALSO}"]
    firm.tables["permissions"] = [row for row in firm.tables["permissions"] if row["client"] not in known]
    assert firm.score() == 0, firm.said
    assert firm.spared([NO, ALSO])
    assert firm.rules(NO) & firm.rules(ALSO) >= {"unreadable_no"}
    assert firm.detail(ALSO) == firm.detail(NO)


def test_a_denial_under_a_name_that_no_account_has_holds_the_publication(firm: Firm) -> None:
    by_name(firm, "Nobody Ltd")
    assert firm.score() == 3
    assert "Nobody" not in firm.said


def test_a_grant_under_a_name_that_no_account_has_does_not(firm: Firm) -> None:
    by_name(firm, "Nobody Ltd", status="granted")
    assert firm.score() == 0, firm.said


def test_a_damaged_denial_is_found_by_its_contact_where_its_name_fits_nothing(firm: Firm) -> None:
    by_name(firm, "Nobody Ltd", contact_id=f"P{NO}", valid_from="2025-02-30")
    assert firm.score() == 0, firm.said
    assert "unreadable_no" in firm.rules(NO)
