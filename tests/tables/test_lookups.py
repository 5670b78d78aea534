"""Columns that are looked up in another file, or in another table of ours."""

from pathlib import Path

import pytest

from advocate_score.sources import reader
from advocate_score.sources.base import RawTable
from advocate_score.sources.discover import Source
from advocate_score.tables import lookups, staging
from tables.crm import Crm

SHORT, LONG = "0015g00000Ka00Q", "0015g00000Ka00QAAR"
BY_CONTACT = {"account_id": {"in": "tables/Contact.csv", "by": "ContactId", "match": "Id", "take": "AccountId"}}
BY_NAME = {"account_id": {"in": "accounts", "by": "Client", "match": "account_name", "take": "account_id"}}
OWNER = {"owner": {"in": "tables/User.csv", "by": "OwnerId", "match": "Id", "take": "Name"}}
COLUMNS = {"interaction_id": "Id", "occurred_at": "When", "kind": "Kind"}


def members(crm: Crm, *rows: str) -> None:
    crm.write("interactions", "Id,ContactId,When,Kind", *rows)


def contacts(crm: Crm, *rows: str) -> Path:
    return crm.write("Contact", "Id,AccountId,Name", *rows)


def named(crm: Crm, *rows: str) -> None:
    crm.write("asks", "ask_id,Client,level,asked_at,response", *rows)


def test_an_account_is_found_by_its_contact(crm: Crm) -> None:
    contacts(crm, "P1,A1,x", "P2,A2,y", "P3,,z", "P1,A1,again")
    members(crm, "T1,P1,2024-05-01,call", "T2,p2 ,2024-05-02,call", "T3,P9,2024-05-03,call", "T4,P3,2024-05-04,call")
    prepared = crm.prepare(interactions={"columns": COLUMNS, "lookup": BY_CONTACT})
    assert crm.frames["interactions"].set_index("interaction_id")["account_id"].to_dict() == {"T1": "A1", "T2": "A2"}
    assert crm.reasons("interactions") == {4: "unknown_account", 5: "missing_required"}
    assert [row["source.account_id"] for row in crm.quarantined("interactions")] == ["P9", "P3"]
    assert "contactid" not in prepared.present["interactions"]


def test_ids_fit_in_every_form_of_them(crm: Crm) -> None:
    guid = "6F9619FF-8B86-D011-B42D-00C04FC964FF"
    crm.write("accounts", "account_id", LONG, "7001")
    contacts(crm, f"0055g00000Ka00QAAR,{SHORT},x", f"{guid},7001.0,y", f"{guid.lower()},7001,y")
    members(crm, "T1,0055g00000Ka00Q,2024-05-01,call", f"T2,{{{guid}}},2024-05-02,call")
    crm.prepare(interactions={"columns": COLUMNS, "lookup": BY_CONTACT})
    assert crm.values("interactions", "account_id") == [LONG, "7001"]


def test_an_account_is_found_by_its_name_in_our_own_table(crm: Crm) -> None:
    crm.write("accounts", "account_id,account_name,Type", "A1,Clínica Alameda,c", "A2,Rota  Solar,c", "A3,Orchard,p")
    named(crm, "K1,clínica alameda ,1,2024-05-01,", "K2,Rota Solar,1,2024-05-02,", "K3,Orchard,1,2024-05-02,")
    prepared = crm.prepare(accounts={"where": {"Type": ["c"]}}, asks={"lookup": BY_NAME})
    assert crm.values("asks", "account_id") == ["A1", "A2"]
    assert prepared.counts["asks"].left_out == 1, "of an account that `where` leaves out"


def test_what_fits_several_is_set_aside_as_ambiguous(crm: Crm) -> None:
    crm.write("accounts", "account_id,account_name", "A1,Acme", "A2,Acme", "A3,ACME Iberia", "A4,Acme  Iberia")
    named(crm, "K1,Acme,1,2024-05-01,", "K2,acme iberia,1,2024-05-02,", "K3,ACME Iberia,1,2024-05-02,")
    prepared = crm.prepare(asks={"lookup": BY_NAME})
    assert crm.reasons("asks") == {2: "ambiguous", 3: "ambiguous"}
    assert crm.values("asks", "account_id") == ["A3"], "an exact name fits before another spelling"
    assert crm.quarantined("asks")[0]["source.account_id"] == "Acme"
    held = [row["account_id"] for rows in prepared.set_aside["asks"].rows for row in rows.to_pylist()]
    assert sorted(held) == ["A1", "A2", "A3", "A4"]


def test_a_merged_account_of_the_same_name_is_its_survivor(crm: Crm) -> None:
    crm.write("accounts", "account_id,account_name,merged_into", "A1,Acme,A2", "A2,Acme,A3", "A3,Acme,")
    named(crm, "K1,Acme,1,2024-05-01,")
    crm.prepare(asks={"lookup": BY_NAME})
    assert crm.values("asks", "account_id") == ["A3"]


def test_what_is_not_required_is_unknown_where_nothing_is_found(crm: Crm) -> None:
    crm.write("User", "Id,Name", "0055g00000Ka00QAAR,Ana Soler")
    crm.write("accounts", "account_id,OwnerId", "A1,0055g00000Ka00Q", "A2,0055g00000Kb00Q", "A3,")
    prepared = crm.prepare(accounts={"lookup": OWNER})
    assert crm.values("accounts", "owner") == ["Ana Soler", None, None]
    assert not any("User.csv" in warning or "ownerid" in warning for warning in prepared.warnings)


def test_a_name_is_made_of_several_columns(crm: Crm) -> None:
    crm.write("User", "Id,FirstName,LastName", "U1,Ana, Soler ", "U2,,Price", "U3,,")
    crm.write("accounts", "account_id,OwnerId", "A1,U1", "A2,U2", "A3,U3")
    take = ["FirstName", "LastName"]
    crm.prepare(accounts={"lookup": {"owner": OWNER["owner"] | {"take": take}}})
    assert crm.values("accounts", "owner") == ["Ana Soler", "Price", None]
    refusal = crm.refusal(accounts={"lookup": {"owner": OWNER["owner"] | {"take": [*take, "Title"]}}})
    assert "User.csv has no column 'Title'" in refusal


def test_a_changed_lookup_file_makes_the_run_new(crm: Crm) -> None:
    members(crm, "T1,P1,2024-05-01,call")
    settings = {"columns": COLUMNS, "lookup": BY_CONTACT}
    contacts(crm, "P1,A1,x")
    before = crm.prepare(interactions=settings).digests
    contacts(crm, "P1,A2,x")
    after = crm.prepare(interactions=settings).digests
    assert before["interactions"] != after["interactions"]
    assert before["accounts"] == after["accounts"]


def test_a_lookup_file_that_changes_while_it_is_read_refuses(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    members(crm, "T1,P1,2024-05-01,call")
    file = contacts(crm, "P1,A1,x")

    def read_and_touch(source: Source) -> RawTable:
        raw = reader.read_source(source)
        file.write_bytes(file.read_bytes() + b"P2,A2,y\n")
        return raw

    monkeypatch.setattr(staging, "read_source", read_and_touch)
    refusal = crm.refusal(interactions={"columns": COLUMNS, "lookup": BY_CONTACT})
    assert "Contact.csv: changed while it was read" in refusal


def test_one_file_is_read_once_for_several_parts(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    monkeypatch.setattr(
        lookups, "read_source", lambda source: [read.append(source.label), reader.read_source(source)][1]
    )
    members(crm, "T1,P1,2024-05-01,call", "T2,P1,2024-05-01,mail")
    contacts(crm, "P1,A1,x")
    parts = [{"where": {"Kind": ["call"]}}, {"where": {"Kind": ["mail"]}}]
    crm.prepare(
        interactions={"path": "tables/interactions.csv", "columns": COLUMNS, "lookup": BY_CONTACT, "parts": parts}
    )
    assert crm.values("interactions", "account_id") == ["A1", "A1"]
    assert read == ["Contact.csv"]


def test_what_is_found_may_hold_several_ids(crm: Crm) -> None:
    contacts(crm, "P1,A1;A2,x")
    members(crm, "T1,P1,2024-05-01,call")
    split = {"account_id": {"by": ";", "take": "each"}}
    crm.prepare(interactions={"columns": COLUMNS, "lookup": BY_CONTACT, "split": split})
    assert crm.values("interactions", "account_id") == ["A1", "A2"]


def test_rows_of_a_lookup_file_that_are_torn_are_counted(crm: Crm) -> None:
    contacts(crm, "P1,A1,x", "P2")
    members(crm, "T1,P1,2024-05-01,call")
    prepared = crm.prepare(interactions={"columns": COLUMNS, "lookup": BY_CONTACT})
    assert "Contact.csv: 1 row cannot be cut into cells, and nothing is found there." in prepared.warnings


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"in": "tables/Contacts.csv"}, "lookup.account_id in: there is no file tables/Contacts.csv"),
        ({"in": "contacts"}, "lookup.account_id in: there is no file for contacts"),
        ({"by": "Contact"}, "lookup.account_id.by: interactions.csv has no column 'contact'."),
        ({"match": "Idd"}, "lookup.account_id match: Contact.csv has no column 'Idd'. Fix: the nearest is 'id'"),
        ({"take": "Account"}, "lookup.account_id take: Contact.csv has no column 'Account'"),
        (
            {"in": "accounts"},
            "accounts.csv has no column that [sources.accounts] reads as 'Id'",
        ),
    ],
)
def test_a_lookup_that_leads_nowhere_is_refused(crm: Crm, change: dict[str, str], said: str) -> None:
    contacts(crm, "P1,A1,x")
    members(crm, "T1,P1,2024-05-01,call")
    lookup = {"account_id": BY_CONTACT["account_id"] | change}
    refusal = crm.refusal(interactions={"columns": COLUMNS, "lookup": lookup})
    assert said in refusal


def test_a_column_has_one_origin(crm: Crm) -> None:
    members(crm, "T1,P1,2024-05-01,call")
    with pytest.raises(ValueError, match="columns and lookup both give account_id"):
        crm.prepare(interactions={"columns": {"account_id": "X"}, "lookup": BY_CONTACT})


def test_an_empty_lookup_file_finds_nothing(crm: Crm) -> None:
    contacts(crm)
    members(crm, "T1,P1,2024-05-01,call")
    crm.prepare(interactions={"columns": COLUMNS, "lookup": BY_CONTACT})
    assert crm.reasons("interactions") == {2: "unknown_account"}
