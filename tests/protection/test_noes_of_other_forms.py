"""A "no" in a status that gives nothing back, in a column of consent, of somebody unknown, or behind a `where`."""

import pytest

from protection.firm import ACCOUNTS, Firm
from protection.test_vanished_and_released import NO, OTHER, deny


@pytest.mark.parametrize(("status", "rests"), [("needs_approval", True), ("granted", False)])
def test_a_grant_alone_ends_a_denial(firm: Firm, status: str, rests: bool) -> None:
    deny(firm, NO)
    later = {"account_id": NO, "contact_id": "", "channel": "any", "valid_from": "2025-02-01", "valid_to": ""}
    firm.add("permissions", permission_id="LATER", status=status, **later)
    assert firm.score() == 0, firm.said
    assert ("permission_denied" in firm.rules(NO)) == rests


def test_what_needs_approval_after_a_grant_still_does(firm: Firm) -> None:
    deny(firm, NO)
    for number, status in ((2, "granted"), (3, "needs_approval")):
        dates = {"valid_from": f"2025-0{number}-01", "valid_to": ""}
        firm.add("permissions", permission_id=status, account_id=NO, channel="any", status=status, **dates)
    assert firm.score() == 0, firm.said
    rows = firm.read("candidates.csv")
    assert "needs_approval" in set(rows.loc[rows["account_id"] == NO, "permission"])


@pytest.mark.parametrize("name", ["Consent", "Opt In", "Acepta comunicaciones", "Referenceable"])
def test_a_column_of_consent_is_asked_about_and_its_line_turns_nothing_round(firm: Firm, name: str) -> None:
    for account in ACCOUNTS:
        del firm.row("contacts", account)["objected_at"]
        firm.row("contacts", account)[name] = "No" if account == NO else "Yes"
    assert firm.score() == 2
    line = f'[sources.contacts] columns.objected_at = "{name}" with values.objected_at = {{ yes = "no", no = "yes" }}'
    assert line in firm.said
    firm.settings += f'[sources.contacts]\ncolumns.objected_at = "{name}"\n'
    firm.settings += 'values.objected_at = { yes = "no", no = "yes" }\n'
    assert firm.score() == 0, firm.said
    assert firm.rules(NO) == {"contact_objection"}
    assert firm.resting() == {NO}


def test_no_column_is_offered_in_place_of_one_that_is_read(firm: Firm) -> None:
    for account in ACCOUNTS:
        firm.row("contacts", account)["DoNotCall"] = "1" if account == NO else "0"
    assert firm.score() == 2
    assert '[sources.contacts] ignore = ["DoNotCall"]' in firm.said
    assert "columns.objected_at" not in firm.said


def test_nobody_of_an_account_is_asked_where_somebody_unknown_denied(firm: Firm) -> None:
    denial = {"contact_id": "NOBODY", "channel": "any", "status": "denied"}
    firm.add("permissions", permission_id="X", account_id=NO, **denial)
    firm.add("permissions", permission_id="Y", account_id=OTHER, **denial | {"contact_id": f"p{OTHER.lower()}"})
    assert firm.score() == 0, firm.said
    assert "unreadable_no" in firm.rules(NO)
    assert "unreadable_no" not in firm.rules(OTHER), "another spelling of somebody known"


@pytest.mark.parametrize(
    ("contact", "elsewhere"),
    [("0035g00000KD03QAAT", "0035g00000kd03q"), ("0035g00000KD03QAAT", "0035G00000KD03QAAT"), ("Ana Ruiz", "ANA RUIZ")],
)
def test_a_no_of_a_contact_whose_id_lost_its_case_is_heard(firm: Firm, contact: str, elsewhere: str) -> None:
    firm.row("contacts", NO)["contact_id"] = contact
    denial = {"contact_id": elsewhere, "channel": "any", "status": "denied", "valid_from": "2025-01-01"}
    firm.add("permissions", permission_id="X", account_id=NO, **denial)
    assert firm.score() == 0, firm.said
    assert firm.rules(NO) == {"contacts_denied"}
    assert firm.resting() == {NO}


def test_a_no_protects_every_contact_that_only_case_tells_apart(firm: Firm) -> None:
    """The denial of `pat` may be that of either of two contacts, who are at two clients."""
    firm.row("contacts", NO)["contact_id"], firm.row("contacts", OTHER)["contact_id"] = "Pat", "PAT"
    firm.add("permissions", permission_id="X", account_id=NO, contact_id="pat", channel="any", status="denied")
    assert firm.score() == 0, firm.said
    assert firm.rules(NO) == firm.rules(OTHER) == {"contacts_denied"}
    assert firm.resting() == {NO, OTHER}


def test_a_denial_of_who_is_left_out_by_where_rests_nobody_else(firm: Firm) -> None:
    for account in ACCOUNTS:
        firm.row("contacts", account)["Active"] = "yes"
    firm.add("contacts", contact_id="GONE", account_id=NO, Active="no")
    firm.add("permissions", permission_id="X", account_id=NO, contact_id="GONE", channel="any", status="denied")
    firm.settings += '[sources.contacts]\nwhere = { Active = ["yes"] }\n'
    assert firm.score() == 0, firm.said
    assert firm.resting() == set()


def test_an_objection_in_a_row_that_where_leaves_out_is_heard(firm: Firm) -> None:
    for account in ACCOUNTS:
        firm.row("contacts", account)["Active"] = "yes"
    firm.add("contacts", contact_id=f"P{NO}", account_id=OTHER, Active="no", objected_at="2025-01-01")
    firm.settings += '[sources.contacts]\nwhere = { Active = ["yes"] }\n'
    assert firm.score() == 0, firm.said
    assert f"P{NO}" not in firm.suggested()


def test_who_has_not_opted_out_did_not_object_on_the_day_of_the_last_change(firm: Firm) -> None:
    for account in ACCOUNTS:
        row = firm.row("contacts", account)
        del row["objected_at"]
        row |= {"OptedOut": "true" if account == NO else "false", "LastModified": "2025-10-10"}
    firm.settings += '[[sources.contacts.parts]]\nwhere = { OptedOut = ["false"] }\n[[sources.contacts.parts]]\n'
    firm.settings += 'where = { OptedOut = ["true"] }\ncolumns = { objected_at = "LastModified" }\n'
    assert firm.score() == 0, firm.said
    assert firm.resting() == {NO}


def test_a_denial_of_an_account_that_was_merged_and_is_left_out_follows_it(firm: Firm) -> None:
    for account in ACCOUNTS:
        firm.row("accounts", account)["Kind"] = "client"
    firm.add("accounts", account_id="OLD", account_name="Old", status="active", merged_into=NO, Kind="merged")
    firm.add("permissions", permission_id="X", account_id="OLD", channel="any", status="denied")
    firm.settings += '[sources.accounts]\nwhere = { Kind = ["client"] }\n'
    assert firm.score() == 0, firm.said
    assert firm.rules(NO) == {"permission_denied"}


def test_a_damaged_denial_counts_until_it_ends_for_the_run(firm: Firm) -> None:
    deny(firm, NO)
    firm.row("permissions", NO).update(valid_from="soon", valid_to="2025-12-20")
    assert firm.score() == 0, firm.said
    assert NO not in firm.listed()


def test_values_that_differ_in_case_alone_cannot_mean_two_things(firm: Firm) -> None:
    firm.settings += '[sources.permissions.values.status]\n"No" = "denied"\n"no" = "granted"\n'
    assert firm.score() == 2
    assert "values.status maps 'no' twice" in firm.said


@pytest.mark.parametrize(("word", "line"), [("-", '- = "yes"'), ("never", 'never = "yes"')])
def test_a_word_in_every_row_is_asked_about_with_its_line(firm: Firm, word: str, line: str) -> None:
    for account in ACCOUNTS:
        firm.row("contacts", account)["objected_at"] = word
    assert firm.score() == 2
    assert f"[sources.contacts.values.objected_at] {line}" in firm.said
    firm.settings += f'[sources.contacts.values.objected_at]\n"{word}" = ""\n'
    assert firm.score() == 0, firm.said
    assert firm.resting() == set()


@pytest.mark.parametrize(("word", "objects"), [("0.0", False), ("n", False), ("f", False), ("0", False), ("Y", True)])
def test_plain_words_of_objections(firm: Firm, word: str, objects: bool) -> None:
    firm.row("contacts", NO)["objected_at"] = word
    assert firm.score() == 0, firm.said
    assert (NO not in firm.listed()) == objects


def test_deleted_may_be_written_as_a_letter(firm: Firm) -> None:
    for account in ACCOUNTS:
        firm.row("accounts", account)["deleted"] = "Y" if account == NO else "N"
    assert firm.score() == 0, firm.said
    assert firm.resting() == {NO}


def test_a_renewal_that_was_settled_on_its_own_day_is_settled(firm: Firm) -> None:
    row = {"account_id": NO, "occurred_at": "2025-11-20", "amount": "100", "currency": "EUR"}
    firm.add("renewals", renewal_id="X", kind="pending", **row)
    firm.add("renewals", renewal_id="Y", kind="renewal", **row)
    assert firm.score() == 0, firm.said
    assert firm.resting() == set()
