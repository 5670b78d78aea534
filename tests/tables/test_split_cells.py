"""Several ids in one cell: the first is taken, or there is a row for each."""

import numpy as np
import pyarrow as pa
import pytest

from advocate_score.tables import derived_rows
from tables.crm import Crm

EACH = {"split": {"account_id": {"by": ";", "take": "each"}}}
FIRST = {"split": {"account_id": ";"}}


def of_accounts(crm: Crm) -> dict[object, list[object]]:
    """Account → its interactions."""
    frame = crm.frames["interactions"]
    return frame.groupby("account_id")["interaction_id"].apply(sorted).to_dict()  # type: ignore[return-value]


def test_the_first_of_several_is_taken(crm: Crm) -> None:
    crm.interactions("T1,A1; A2,2024-05-01,call", "T2,;A3;,2024-05-02,call", "T3,A4,2024-05-03,call")
    prepared = crm.prepare(interactions=FIRST)
    assert crm.values("interactions", "account_id") == ["A1", "A3", "A4"]
    assert prepared.counts["interactions"].rows_in == 3


def test_there_is_a_row_for_each(crm: Crm) -> None:
    crm.interactions(
        "T1,A1; A2;A1,2024-05-01,call",
        "T2,A2,2024-05-02,call",
        "T3,A9999;A3,2024-05-02,call",
        "T1,A1,2024-05-01,call",
        "T4,;,2024-05-03,call",
    )
    prepared = crm.prepare(interactions=EACH)
    assert of_accounts(crm) == {"A1": ["T1"], "A2": ["T1", "T2"], "A3": ["T3"]}
    counts = prepared.counts["interactions"]
    assert (counts.rows_in, counts.accepted, counts.deduplicated, counts.quarantined) == (7, 4, 1, 2)
    assert crm.reasons("interactions") == {4: "unknown_account", 6: "missing_required"}


def test_versions_are_told_apart_by_id_and_account(crm: Crm) -> None:
    crm.interactions("T1,A1;A2,2024-05-01,call", "T1,A1,2024-05-02,meeting")
    crm.prepare(interactions=EACH)
    frame = crm.frames["interactions"]
    assert frame.set_index("account_id")["kind"].to_dict() == {"A1": "meeting", "A2": "call"}


def test_the_quarantine_shows_the_cell_as_the_export_has_it(crm: Crm) -> None:
    crm.interactions("T1,A1;A2,2024-13-01,call")
    crm.prepare(interactions=EACH)
    assert [row["source.account_id"] for row in crm.quarantined("interactions")] == ["A1;A2", "A1;A2"]
    assert {row["row"] for row in crm.quarantined("interactions")} == {"2"}


def test_a_contact_may_have_several_accounts(crm: Crm) -> None:
    crm.write("contacts", "contact_id,account_id,objected_at", "P1,A1;A2,yes", "P2,A2,")
    crm.prepare(contacts=EACH)
    assert sorted(crm.values("contacts", "account_id"), key=str) == ["A1", "A2", "A2"]


def test_a_cell_of_a_thousand_ids_is_the_id_of_no_account(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_rows, "_MOST_PIECES", 2)
    crm.interactions("T1,A1;A2;A3,2024-05-01,call")
    crm.prepare(interactions=EACH)
    assert crm.reasons("interactions") == {2: "unknown_account"}


@pytest.mark.parametrize(
    ("table", "split", "said"),
    [
        ("interactions", {"kind": ";"}, "interactions has no column of ids of that name"),
        ("interactions", {"interaction_id": ";"}, "interactions has one interaction_id a row"),
        ("interactions", {"contact_id": {"by": ";", "take": "each"}}, 'take = "each" is for account_id'),
        ("accounts", {"merged_into": ";"}, "accounts has one merged_into a row"),
        ("asks", {"account_id": {"by": ";", "take": "each"}}, "in tables other than asks"),
    ],
)
def test_what_cannot_be_split_is_refused(crm: Crm, table: str, split: dict[str, object], said: str) -> None:
    crm.interactions("T1,A1,2024-05-01,call")
    crm.write("asks", "ask_id,account_id,level,asked_at,response", "K1,A1,1,2024-05-01,")
    assert said in crm.refusal(**{table: {"split": split}})


@pytest.mark.parametrize("take", ["first", "each"])
def test_without_a_mark_nothing_is_copied(take: str) -> None:
    cells = pa.table({"account_id": ["A1", None]})
    how = derived_rows.Splitting(by=";", take=take)  # type: ignore[arg-type]
    derived, further = derived_rows.Derivation({"account_id": how}).derive(cells, np.arange(2))
    assert derived.cells is cells
    assert not further
