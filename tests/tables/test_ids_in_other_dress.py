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
    assert "may have lost digits" in message
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


ASK = "ask_id,account_id,contact_id,level,asked_at"


def asks_of(*contacts: str) -> list[str]:
    return [f"K{n},A{n},{contact},1,2024-05-01T10:00:00Z" for n, contact in enumerate(contacts, 1)]


def test_contacts_in_another_case_are_the_same(crm: Crm) -> None:
    crm.write("contacts", "contact_id,account_id", "p1,A1", "p2,A2", "Ñu,A3")
    crm.write("asks", ASK, *asks_of("P1", "p2", "ñU", "", "P9"))
    (warning,) = crm.prepare().warnings
    assert warning == "asks contact_id: 2 ids differ from those in contacts in case alone; they count as the same."
    assert crm.values("asks", "contact_id") == ["p1", "p2", "Ñu", None, "P9"]


@pytest.mark.parametrize(
    ("contacts", "elsewhere"),
    [(["ana b", "ANA B"], "Ana B"), (["0035g00000KD03QAAT"], "0035g00000kd03q")],
)
def test_contacts_that_only_case_tells_apart_are_told(crm: Crm, contacts: list[str], elsewhere: str) -> None:
    crm.write("contacts", "contact_id,account_id", *(f"{one},A1" for one in contacts))
    crm.write("asks", ASK, *asks_of(elsewhere))
    (warning,) = crm.prepare().warnings
    assert warning.startswith("asks contact_id: 1 ids lost the case that tells them from others")
    assert "CASESAFEID" in warning
    assert not {*crm.values("asks", "contact_id")} & {*contacts}


def test_accounts_in_15_characters_without_their_case_are_told(crm: Crm) -> None:
    crm.write("accounts", "account_id", "0014000000HfJHgAAN", "0014000000HfJHhAAN")
    crm.write("interactions", HEADER, *rows(["0014000000hfjhg", "0014000000hfjhh"]))
    message = crm.refusal(refuse_quarantined=0.05)
    assert "15 characters, whose upper and lower case was lost" in message


def test_long_ids_of_salesforce_in_capitals_get_their_case_back(crm: Crm) -> None:
    crm.write("accounts", "account_id", "0014000000HfJHgAAN", "001B000000HFJHGBAN", "A1")
    crm.write("interactions", HEADER, *rows(["0014000000HFJHGAAN", "A1"]))
    crm.prepare()
    assert crm.values("interactions", "account_id") == ["0014000000HfJHgAAN", "A1"]
    assert crm.reasons("accounts") == {3: "bad_id_checksum"}, "its check says that a digit is a capital"
