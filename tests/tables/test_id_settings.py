"""Ids as the settings of a source make them: filled up with zeros, or made of the row."""

import pytest

from tables.crm import Crm


def test_ids_of_digits_are_filled_up_with_the_zeros_that_they_lost(crm: Crm) -> None:
    crm.write("accounts", "account_id", "00123", "04567", "A1")
    crm.interactions("T1,123,2024-05-01,call", "T2,4567.0,2024-05-02,call", "T3,A1,2024-05-03,call")
    prepared = crm.prepare(interactions={"id_width": {"account_id": 5}})
    assert crm.values("interactions", "account_id") == ["00123", "04567", "A1"]
    assert "'account_id leading zeros added': 2" in str(prepared.quality["interactions"]["normalised"])


def test_longer_ids_keep_their_digits(crm: Crm) -> None:
    crm.write("accounts", "account_id", "123456", "7")
    crm.prepare(accounts={"id_width": {"account_id": 1}})
    assert crm.values("accounts", "account_id") == ["123456", "7"]


@pytest.mark.parametrize("null_id", ["000000000000000AAA", "000000000000000"])
def test_the_null_id_of_salesforce_is_no_id(crm: Crm, null_id: str) -> None:
    crm.write("interactions", "interaction_id,account_id,contact_id,occurred_at,kind", f"T1,A1,{null_id},2024-05-01,x")
    crm.prepare()
    assert crm.values("interactions", "contact_id") == [None]


def test_a_condition_that_an_id_is_given_leaves_out_null_ids(crm: Crm) -> None:
    crm.interactions("T1,A1,2024-05-01,call", "T2,000000000000000AAA,2024-05-01,call", "T3,,2024-05-01,call")
    prepared = crm.prepare(interactions={"where": {"account_id": {"not_empty": True}}})
    assert prepared.counts["interactions"].left_out == 2
    assert crm.values("interactions", "account_id") == ["A1"]


def test_a_width_is_of_a_column_of_ids(crm: Crm) -> None:
    crm.interactions("T1,A1,2024-05-01,call")
    refusal = crm.refusal(interactions={"id_width": {"kind": 5}})
    assert "[sources.interactions] id_width.kind" in refusal
    assert "its ids are interaction_id, account_id, contact_id" in refusal


NO_ID = "Account,When,Kind,Subject"
OF_ROW = {"id": "row", "columns": {"account_id": "Account", "occurred_at": "When", "kind": "Kind"}}


def test_ids_are_made_of_the_rows_content(crm: Crm) -> None:
    rows = ["A1,2024-05-01,call,Hello", "A1,2024-05-01,call,Bye", "A2,2024-05-02,call,", "A1,2024-05-01,call,Hello"]
    crm.write("interactions", NO_ID, *rows)
    prepared = crm.prepare(interactions=OF_ROW)
    counts = prepared.counts["interactions"]
    assert (counts.rows_in, counts.accepted, counts.deduplicated) == (4, 3, 1)
    ids = crm.frames["interactions"].set_index("subject")["interaction_id"].to_dict()
    crm.write("interactions", "Kind,New,Subject,When,Account", "call,,Bye,2024-05-01,A1", "call,, Hello ,2024-05-01,A1")
    crm.prepare(interactions=OF_ROW)
    again = crm.frames["interactions"].set_index("subject")["interaction_id"].to_dict()
    assert again == {"Hello": ids["Hello"], "Bye": ids["Bye"]}, "the order of rows and columns does not matter"


def test_cells_do_not_run_into_each_other(crm: Crm) -> None:
    crm.write("interactions", "Account,When,Kind,a,ab", "A1,2024-05-01,call,bc,", "A1,2024-05-01,call,,c")
    crm.prepare(interactions=OF_ROW)
    assert len(set(crm.values("interactions", "interaction_id"))) == 2


def test_a_row_that_says_no_keeps_its_say_under_an_id_of_its_content(crm: Crm) -> None:
    crm.write("permissions", "Client,Status", "A1,denied", "A1,denied")
    prepared = crm.prepare(permissions={"id": "row", "columns": {"account_id": "Client"}})
    assert prepared.counts["permissions"].accepted == 1
    assert crm.values("permissions", "status") == ["denied"]


@pytest.mark.parametrize(
    ("table", "settings", "said"),
    [
        ("interactions", OF_ROW | {"constants": {"interaction_id": "x"}}, "interaction_id is also read from a column"),
        ("accounts", {"id": "row"}, "rows of accounts need an id that other tables know"),
    ],
)
def test_an_id_made_of_the_row_is_refused(crm: Crm, table: str, settings: dict[str, object], said: str) -> None:
    crm.write("interactions", NO_ID, "A1,2024-05-01,call,")
    assert said in crm.refusal(**{"interactions": OF_ROW, table: settings})
