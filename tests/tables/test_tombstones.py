"""Rows of erased accounts leave every table, are counted, and are written nowhere."""

from pathlib import Path

import pandas as pd
import pytest

from advocate_score.tables.tombstones import FILE, KEY, Tombstones, ids_in, normalised, with_merged
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
    assert normalised(written) == LONG
    bury(crm, LONG)
    crm.write("accounts", "account_id", "A1", written)
    crm.interactions(f"i1,{written},2025-01-01,x", f"i2,{written},soon,x")
    prepared = crm.prepare()
    assert crm.values("accounts", "account_id") == ["A1"]
    assert prepared.counts["interactions"].quarantined == 2
    assert prepared.quarantine == {}


def test_what_cannot_be_an_id_is_none() -> None:
    assert normalised("1.23E+11") is None
    assert normalised("  ") is None
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
        (KEY, "78" * 31, "is no key of this program's"),
        (KEY, "no key", "is no key of this program's"),
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
