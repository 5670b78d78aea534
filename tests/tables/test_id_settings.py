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
