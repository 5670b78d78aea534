"""Rows of erased accounts leave every table, are counted, and are written nowhere."""

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.schema import TABLES
from advocate_score.sources.base import BrokenRow
from advocate_score.tables.erasure import (
    FILE,
    KEY,
    Tombstones,
    ids_in,
    normalise_id,
    read_tombstones,
    texts_without_erased,
    with_merged,
)
from advocate_score.tables.quarantine import quarantine_without
from goals import sized
from tables.crm import Crm

SHORT, LONG = "001D000000IRFma", "001D000000IRFmaIAH"


def bury(crm: Crm, *accounts: str) -> Tombstones:
    stones = Tombstones(bytes(32)).with_accounts(accounts)
    (crm.folder / KEY).write_text(bytes(32).hex())
    (crm.folder / FILE).write_text(stones.as_text())
    return stones


def text_of(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.csv"))


def test_rows_of_an_erased_account_are_counted_and_written_nowhere(crm: Crm) -> None:
    bury(crm, "A2")
    good, bad, broken = "i1,A2,2025-01-01,x", "i2,A2,soon,x", "i3,A2"
    crm.interactions(good, bad, broken, "i4,A1,2025-01-01,x", "i5,A1,soon,x", "i6,Nadie,2025-01-01,x", good)
    prepared = crm.prepare()
    counts = prepared.counts["interactions"]
    assert counts.rows_in == counts.accepted + counts.deduplicated + counts.quarantined == 7
    assert (counts.accepted, counts.deduplicated) == (1, 1)
    assert prepared.quality["interactions"]["reasons"] == {
        "erased account_id": 2,
        "short_row": 1,
        "not_a_time occurred_at": 1,
        "unknown_account account_id": 1,
    }
    assert prepared.quality["accounts"]["reasons"] == {"erased account_id": 1}
    assert set(prepared.quarantine) == {"interactions"}
    assert "A2" not in crm.values("accounts", "account_id")
    assert "A2" not in text_of(crm.folder / "quarantine")


def test_erased_rows_do_not_refuse_the_run(crm: Crm) -> None:
    bury(crm, *(f"A{number}" for number in range(1, 20)))
    prepared = crm.prepare(refuse_quarantined=0.05, warn_quarantined=0.01)
    assert prepared.counts["accounts"].quarantined == 19
    assert not prepared.warnings


def test_where_all_are_erased_there_is_nobody_left(crm: Crm) -> None:
    bury(crm, *(f"A{number}" for number in range(1, 31)))
    assert "no row that can be used" in crm.refusal()


def test_an_account_merged_later_into_an_erased_one_leaves_as_well(crm: Crm) -> None:
    bury(crm, "A2")
    crm.write("accounts", "account_id,merged_into", "A1,", "A2,", "A3,A2", "A4,A3", "A5,A1")
    crm.interactions("i1,A3,2025-01-01,x", "i2,A4,2025-01-01,x", "i3,A5,2025-01-01,x", "i4,A4,soon,x")
    prepared = crm.prepare()
    assert crm.values("accounts", "account_id") == ["A1"]
    assert crm.values("interactions", "account_id") == ["A1"]
    assert prepared.quality["accounts"]["reasons"] == {"erased account_id": 3}
    assert "A3" not in text_of(crm.folder / "quarantine")


def test_who_was_erased_stays_so_when_the_export_calls_it_merged(crm: Crm) -> None:
    """The survivor was not erased, and stays."""
    bury(crm, "A2")
    crm.write("accounts", "account_id,merged_into", "A1,", "A2,A1")
    crm.interactions("i1,A2,2025-01-01,x", "i2,A1,2025-01-01,x")
    crm.prepare()
    assert crm.values("accounts", "account_id") == ["A1"]
    assert crm.values("interactions", "interaction_id") == ["i2"]


@pytest.mark.parametrize("written", [SHORT, LONG, f" {LONG}", f"{SHORT}\u200b"])
def test_ids_of_15_and_of_18_characters_are_one(crm: Crm, written: str) -> None:
    assert normalise_id(written) == LONG
    bury(crm, LONG)
    crm.write("accounts", "account_id", "A1", written)
    crm.interactions(f"i1,{written},2025-01-01,x", f"i2,{written},soon,x")
    prepared = crm.prepare()
    assert crm.values("accounts", "account_id") == ["A1"]
    assert prepared.counts["interactions"].quarantined == 2
    assert prepared.quarantine == {}


def test_what_cannot_be_an_id_is_none() -> None:
    assert normalise_id("1.23E+11") is None
    assert normalise_id("  ") is None
    assert ids_in('x;"A2",1.23E+11|A3') == {"x", "A2", "A3"}


def test_without_tombstones_nothing_is_erased() -> None:
    accounts = pd.DataFrame({"account_id": ["A1"], "merged_into": [None]})
    assert with_merged(accounts, Tombstones()) == []
    assert "A1" not in Tombstones()
    with pytest.raises(ValueError, match="key"):
        Tombstones().digest("A1")


def test_a_tombstone_names_nobody(crm: Crm) -> None:
    stones = bury(crm, "A2")
    assert "A2" in stones
    assert "A2" not in (crm.folder / FILE).read_text()
    assert stones.digest("A2") != Tombstones(b"x" * 32).digest("A2")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (FILE, None, "is lost: it says who was erased"),
        (KEY, None, "is lost: without it erased accounts would come back"),
        (KEY, "78" * 32, "is another one: without it erased accounts would come back"),
        (KEY, "78" * 31, "is not a key of this program"),
        (KEY, "no key", "is not a key of this program"),
    ],
)
def test_a_lost_part_refuses_the_run(crm: Crm, name: str, content: str | None, problem: str) -> None:
    bury(crm, "A2")
    (crm.folder / name).unlink()
    if content is not None:
        (crm.folder / name).write_text(content)
    told = crm.refusal()
    assert f"{crm.folder / name}" in told
    assert problem in told
    assert "restore it from a backup" in told


def in_each_table(crm: Crm, account: str) -> None:
    crm.write("accounts", "account_id", "A1", f'"{account}"')
    crm.interactions(f'i1,"{account}",2025-01-01,x', f'i2,"{account}",soon,x', f'i3,"{account}"', "i4,A1,2025-01-01,x")


@pytest.mark.parametrize(
    "written", ["peñón sur", "Pen\u0303o\u0301n Sur", "PEÑÓN  SUR", "Peñón\u200b Sur", "'Peñón Sur'"]
)
def test_an_erased_account_does_not_return_in_another_spelling(crm: Crm, written: str) -> None:
    bury(crm, "Peñón Sur")
    in_each_table(crm, written)
    prepared = crm.prepare()
    assert crm.values("accounts", "account_id") == ["A1"]
    assert prepared.quality["interactions"]["reasons"] == {"erased account_id": 2, "short_row": 1}
    assert [row["source.text"] for row in crm.quarantined("interactions")] == [""]


def test_whom_only_spelling_tells_from_another_client_is_known_by_its_very_id() -> None:
    stones = Tombstones(bytes(32)).with_accounts(["A1"], alike=["a1"])
    assert "A1" in stones
    assert "a1" not in stones
    assert "a1" in stones.with_accounts(["a1"])


def test_a_list_of_an_earlier_release_keeps_working(crm: Crm) -> None:
    stones = bury(crm, "A2")
    digests = sorted(stones.accounts)
    (crm.folder / FILE).write_text(f'{{"key": "{stones.fingerprint}", "accounts": ["{digests[0]}"]}}')
    in_each_table(crm, "A2")
    crm.prepare()
    assert crm.values("accounts", "account_id") == ["A1"]
    assert [row["source.text"] for row in crm.quarantined("interactions")] == [""]
    kept = read_tombstones(crm.folder).with_accounts(["A3"])
    assert "a2" not in kept
    assert kept.in_text("x,A2")
    assert not kept.with_accounts(["A2"]).older
    assert "a2" in kept.with_accounts(["A2"])


@pytest.mark.parametrize(
    ("erased", "text"),
    [
        ("Acme: Sur", 'x,"Acme: Sur",n'),
        ("Acme, Sur", "x,acme, sur,n"),
        ('Ac"me"', 'x,"Ac""me""",n'),
        ("Acme\nSur", 'x,"Acme\nSur",n'),
        ("Peñón", '{"id": "Pe\\u00f1\\u00f3n"'),
        ("Peñón", "x,Pe\\xf1\\xf3n"),
        ("Acme\nSur", '{"id": "Acme\\nSur"'),
        ("00042", "x,42.0,n"),
        ("42", "x,00042"),
        ("16147805800001", "x,1.6147805800001E+13,n"),
        (LONG, f"x,{SHORT}"),
        ("🦄🦄", "x,🦄🦄,n"),
        ("x" * 200, f"a,{'x' * 200}"),
        ("--", "whatever it says"),
    ],
)
def test_an_id_is_found_in_a_row_that_cannot_be_cut(erased: str, text: str) -> None:
    assert Tombstones(bytes(32)).with_accounts([erased]).in_text(text)


@pytest.mark.parametrize("text", ["x,A23,n", "x,BA2", "x,A,3", "", "\\"])
def test_other_ids_in_such_a_row_are_not_taken_for_it(text: str) -> None:
    assert not Tombstones(bytes(32)).with_accounts(["A2"]).in_text(text)


def test_rows_that_name_an_erased_account_elsewhere_keep_their_reason_alone(crm: Crm) -> None:
    stones = Tombstones(bytes(32)).with_accounts(["A2", "Acme, Sur"], contact_ids=["K7"])
    bury(crm)
    (crm.folder / FILE).write_text(stones.as_text())
    rows = ["K7,,Ana,soon,", "K1,A1,Eva,soon,A2", "K2,A1,Eva,soon,A3", "K3,Acme, Sur,Ana,", "K4,A1,Eva,soon,"]
    crm.write("contacts", "contact_id,account_id,contact_name,created_at,parent", *rows)
    crm.prepare()
    kept = {int(row["row"]): row["source.contact_name"] for row in crm.quarantined("contacts")}
    assert kept == {2: "", 3: "", 4: "Eva", 5: "", 6: "Eva"}
    assert "K7" not in text_of(crm.folder / "quarantine")


def test_rows_torn_by_line_breaks_lose_their_text_together() -> None:
    stones = Tombstones(bytes(32)).with_accounts(["Acme\nSur\n7"])
    torn = ["x,Acme", "Sur", "7,Ana", "Canaria"]
    rows = [BrokenRow(row, "short_row", text) for row, text in enumerate([*torn, *"abcdef"])]
    apart = BrokenRow(90, "short_row", "Acme")
    assert texts_without_erased([*rows, apart], stones) == [*[""] * 5, *"bcdef", "Acme"]
    assert texts_without_erased(rows, Tombstones()) == [row.text for row in rows]


@pytest.mark.goal("G14")
def test_a_large_quarantine_is_looked_through_in_linear_time(measured: Callable[[str], None]) -> None:
    stones = Tombstones(bytes(32)).with_accounts([f"Acme {number}: Sur" for number in range(500)])
    rows = [BrokenRow(n, "short_row", f'i{n},A{n:07},2025-01-03,"Reunión {n}, a.{n}@b.example') for n in range(100_000)]
    start = time.process_time()
    assert all(texts_without_erased(rows, stones))
    took = time.process_time() - start
    assert took < 10
    header = "row,id,reason_code,rule,column,message,source.interaction_id,source.account_id,source.kind,source.text\n"
    cut = (f"{n},I{n},not_a_time,r,occurred_at,m,I{n},A{n:07},Reunión {n},\n" for n in range(sized(20_000, 100_000)))
    rest = quarantine_without((header + "".join(cut)).encode(), TABLES["interactions"], stones)
    assert rest.rows == 0
    assert time.process_time() - start < 10 + took
    measured(f"100,000 rows that could not be cut, 500 erased: looked through in {took:.1f} s")
