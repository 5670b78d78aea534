"""The same client's id as other programs write it: one form for all, and messages that say how two sets differ."""

from collections.abc import Sequence

import pytest

from tables.crm import Crm

HEADER = "interaction_id,account_id,occurred_at,kind"


def rows(ids: Sequence[str]) -> list[str]:
    return [f"I{n},{identifier},2024-05-01T10:00:00Z,call" for n, identifier in enumerate(ids)]


GUID = "3F2504E0-4F89-11D3-9A0C-0305E82C3301"


@pytest.mark.parametrize(
    ("account", "elsewhere"),
    [
        ("7001", "7001.0"),
        ("n\u0303u", "\u00f1u"),
        ("\u00f1u", "n\u0303u"),
        (GUID, "{" + GUID.lower() + "}"),
        (GUID.lower(), GUID),
        ("00042", "'00042"),
        ("Acme  S.A.", "ACME S.A."),
        ("cust-7", " Cust-7 "),
    ],
)
def test_one_id_in_two_dresses_is_one_account(crm: Crm, account: str, elsewhere: str) -> None:
    crm.write("accounts", "account_id", account, "other")
    crm.write("interactions", HEADER, *rows([elsewhere, account]))
    assert crm.prepare().counts["interactions"].accepted == 2
    assert len(set(crm.values("interactions", "account_id"))) == 1
    assert set(crm.values("interactions", "account_id")) <= set(crm.values("accounts", "account_id"))


def test_case_is_kept_where_two_accounts_differ_in_it_alone(crm: Crm) -> None:
    crm.write("accounts", "account_id", "ab", "AB", "cd")
    crm.write("interactions", HEADER, *rows(["Ab", "ab", "AB", "CD"]))
    crm.prepare()
    assert crm.values("interactions", "account_id") == ["ab", "AB", "cd"]
    assert crm.reasons("interactions") == {2: "unknown_account"}


def test_a_respelled_id_of_a_merged_account_is_the_survivors(crm: Crm) -> None:
    crm.write("accounts", "account_id,merged_into", "old-1,new-1", "new-1,")
    crm.write("interactions", HEADER, *rows(["OLD-1"]))
    crm.prepare()
    assert crm.values("interactions", "account_id") == ["new-1"]


def test_ids_that_lost_digits_are_refused(crm: Crm) -> None:
    crm.write("accounts", "account_id", *(f"1.614780580000{n}E13" for n in range(9)))
    message = crm.refusal(refuse_quarantined=0.05)
    assert "scientific_id (account_id)" in message
    assert "may have lost digits" in message


def test_codes_that_look_a_little_like_exponents_are_ids(crm: Crm) -> None:
    crm.write("accounts", "account_id", "12E4", "1E5", "E7", "3e2")
    assert crm.prepare().counts["accounts"].accepted == 4


@pytest.mark.parametrize(
    ("accounts", "elsewhere", "hint"),
    [
        (["00123", "00124"], ["123", "124"], "[sources.interactions] id_width.account_id = 5"),
        (["123", "124"], ["00123", "00124"], "[sources.accounts] id_width.account_id = 5"),
        (["Peña", "Muñiz"], ["Pena", "Muniz"], "accents"),
        (["001A000001Lmno1", "001A000001Lmno2"], ["003A000001Lmno3", "003A000001Lmno4"], "Salesforce contacts"),
    ],
)
def test_a_refusal_says_how_the_ids_differ(crm: Crm, accounts: list[str], elsewhere: list[str], hint: str) -> None:
    crm.write("accounts", "account_id", *accounts)
    crm.write("interactions", HEADER, *rows(elsewhere))
    assert hint in crm.refusal(refuse_quarantined=0.05)


def test_names_in_place_of_ids_are_told(crm: Crm) -> None:
    crm.write("accounts", "account_id,account_name", "A1,Acme Corp", "A2,Beta Ltd")
    crm.write("interactions", HEADER, *rows(["ACME Corp", "Beta Ltd"]))
    message = crm.refusal(refuse_quarantined=0.05)
    assert "names of accounts" in message
    assert 'lookup.account_id = { in = "accounts", match = "account_name" }' in message
