"""The account of a row that may be a "no": by its id, by another spelling, or by nobody's."""

import pandas as pd
import pytest

from advocate_score.protection.matching import Contacts, Match, ids_by_form
from protection.rows import accounts_of, contacts_of


@pytest.mark.parametrize(
    ("given", "match", "found"),
    [
        (None, Match.NOT_A_CLIENT, ()),
        ("", Match.NOT_A_CLIENT, ()),
        ("C005", Match.EXACT, ("C005",)),
        ("c005", Match.LENIENT, ("C005",)),
        ("7001.0", Match.LENIENT, ("7001",)),
        ("tWin", Match.LENIENT, ("TWIN", "twin")),
        ("old", Match.EXACT, ("C005",)),
        ("OLD", Match.LENIENT, ("C005",)),
        ("worn", Match.EXACT, ("C005",)),
        ("round", Match.UNMATCHED, ()),
        ("nowhere", Match.UNMATCHED, ()),
        ("Gone", Match.NOT_A_CLIENT, ()),
        ("GONE", Match.NOT_A_CLIENT, ()),
        ("Z9", Match.UNMATCHED, ()),
    ],
)
def test_an_id_leads_to_its_accounts(given: str | None, match: Match, found: tuple[str, ...]) -> None:
    merged = {"old": "C005", "worn": "c005", "round": None, "nowhere": "X1"}
    accounts = accounts_of("C005", "7001", "TWIN", "twin", merged=merged, left_out=["Gone"])
    assert accounts.find(given) == (match, found)


def test_a_spelling_of_a_client_and_of_a_merged_account_protects_both() -> None:
    accounts = accounts_of("K1", "new", merged={"k1": "new"})
    assert accounts.find(" K1") == (Match.LENIENT, ("K1", "new"))
    assert accounts.find("k1") == (Match.EXACT, ("new",))


def test_a_merge_that_ends_in_several_spellings_leads_to_the_first() -> None:
    accounts = accounts_of("End", "END", "other", merged={"old": "end"})
    assert accounts.find("old") == (Match.EXACT, ("END",))


def test_pieces_of_text_lead_to_every_client_among_them() -> None:
    accounts = accounts_of("C005", "C006", "C007")
    assert accounts.among(["c005", "denied", "C007", ""]) == {"C005", "C007"}


@pytest.mark.parametrize(
    ("given", "found"),
    [(None, ()), ("", ()), ("P1", ("P1",)), ("p1", ("P1",)), ("pX", ("PX", "px")), ("P9", ())],
)
def test_a_contact_is_found_by_its_id_or_by_another_spelling(given: str | None, found: tuple[str, ...]) -> None:
    contacts = contacts_of({"P1": "a", "px": "a", "PX": "b"})
    assert contacts.find(given) == found
    assert contacts.accounts(given) == {account for contact in found for account in contacts.accounts_of[contact]}


def test_a_contact_of_several_accounts_protects_each() -> None:
    contacts = Contacts(pd.Series(["P1", "P1"]), pd.Series(["a", "b"]))
    assert contacts.accounts("P1") == {"a", "b"}


def test_ids_without_a_form_meet_nobody() -> None:
    assert ids_by_form(["A", "a", "\u200b", "b"]) == {"a": {"A", "a"}, "b": {"b"}}
