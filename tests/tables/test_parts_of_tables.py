"""A table read from several files, from rows that are chosen, and with values that the export does not have."""

from collections.abc import Callable

import pytest

from advocate_score.config import Sources
from tables.crm import Crm

CALLS = "Id,AccountId,When,Status"
TASKS = {
    "path": "tables/Task.csv",
    "columns": {"interaction_id": "Id", "account_id": "AccountId", "occurred_at": "When"},
    "constants": {"kind": "call"},
    "where": {"Status": ["Completed", "Closed"]},
}
EVENTS = {
    "path": "tables/Event.csv",
    "delimiter": ";",
    "columns": {"interaction_id": "EventId", "account_id": "WhatId", "occurred_at": "Start"},
    "constants": {"kind": "meeting"},
}


def task(crm: Crm, *rows: str) -> None:
    crm.write("Task", CALLS, *rows)


def event(crm: Crm, *rows: str) -> None:
    crm.write("Event", "EventId;WhatId;Start;Type", *rows)


def test_parts_are_read_one_after_the_other_each_in_its_own_form(crm: Crm) -> None:
    task(crm, "T1,A1,2024-05-01,Completed", "T2,A2,2024-05-02,Open", "T3,A3,2024-05-03, completed ")
    event(crm, "E1;A1;2024-05-04;Dinner", "E2;A2;2024-05-05;")
    prepared = crm.prepare(interactions={"parts": [TASKS, EVENTS]})
    found = crm.frames["interactions"].set_index("interaction_id")
    assert found["kind"].to_dict() == {"T1": "call", "T3": "call", "E1": "meeting", "E2": "meeting"}
    assert found["type"].dropna().to_dict() == {"E1": "Dinner"}, "an export's own column, of one part alone"
    counts = prepared.counts["interactions"]
    assert (counts.rows_in, counts.accepted, counts.left_out) == (4, 4, 1)
    assert prepared.quality["interactions"]["left_out"] == 1
    assert {"kind", "status", "type"} <= prepared.present["interactions"]


def test_the_same_row_number_in_two_files_is_two_rows(crm: Crm) -> None:
    task(crm, "T1,A1,2024-05-01,Completed", "T2,A9999,2024-05-02,Completed", "T3,A1,2024-13-03,Completed")
    event(crm, "E1;A1;2024-05-04;", "E2;A2;2024-13-05;", "E3;A9999;2024-05-05;", "T1;A1;2024-05-01;", "E9")
    prepared = crm.prepare(interactions={"parts": [TASKS, EVENTS]})
    set_aside = {(row["file"], row["row"]): row["reason_code"] for row in crm.quarantined("interactions")}
    assert set_aside == {
        ("Task.csv", "2"): "conflicting_versions",
        ("Task.csv", "3"): "unknown_account",
        ("Task.csv", "4"): "not_a_time",
        ("Event.csv", "3"): "not_a_time",
        ("Event.csv", "4"): "unknown_account",
        ("Event.csv", "5"): "conflicting_versions",
        ("Event.csv", "6"): "short_row",
    }
    counts = prepared.counts["interactions"]
    assert (counts.rows_in, counts.accepted, counts.quarantined) == (8, 1, 7)


def test_one_file_serves_several_parts(crm: Crm) -> None:
    """What stands above the parts holds for each of them."""
    crm.write("Opportunity", "Id,AccountId,Closed,IsWon", "O1,A1,2024-05-01,true", "O2,A2,2024-05-02,false")
    parts = [
        {"where": {"IsWon": ["TRUE"]}, "constants": {"kind": "renewal"}},
        {"where": {"IsWon": ["false"]}, "constants": {"kind": "non_renewal"}},
    ]
    columns = {"renewal_id": "Id", "account_id": "AccountId", "occurred_at": "Closed"}
    prepared = crm.prepare(renewals={"path": "tables/Opportunity.csv", "columns": columns, "parts": parts})
    assert crm.frames["renewals"].set_index("renewal_id")["kind"].to_dict() == {"O1": "renewal", "O2": "non_renewal"}
    assert prepared.counts["renewals"].left_out == 2


def test_a_part_may_have_a_constant_for_what_the_others_have_a_column_for(crm: Crm) -> None:
    crm.write("calls", "interaction_id,account_id,occurred_at,Type", "I1,A1,2024-05-01,phone")
    crm.write("mails", "interaction_id,account_id,occurred_at", "I2,A1,2024-05-01")
    parts = [{"path": "tables/calls.csv"}, {"path": "tables/mails.csv", "constants": {"kind": "mail"}}]
    crm.prepare(interactions={"columns": {"kind": "Type"}, "values": {"kind": {"phone": "call"}}, "parts": parts})
    assert sorted(crm.frames["interactions"]["kind"]) == ["call", "mail"]


def test_rows_of_accounts_that_are_left_out_are_left_out_too(crm: Crm) -> None:
    """Prospects are no fault, even where the other tables cannot tell them; accounts that nobody knows still are."""
    crm.write("Account", "Id,Type", "A1,Customer", "A2,Prospect", "A2,Customer")
    crm.write("Prospect", "Id,Type", "P1,Prospect", "P1,Prospect", ",Prospect")
    parts = [{"path": "tables/Account.csv"}, {"path": "tables/Prospect.csv"}]
    task(crm, "T1,A1,2024-05-01,", "T2,P1,2024-05-02,", "T3, P1 ,2024-05-02,", "T3,P1,2024-05-03,", "T4,X,2024-05-02,")
    prepared = crm.prepare(
        accounts={"columns": {"account_id": "Id"}, "where": {"Type": ["customer"]}, "parts": parts},
        interactions={key: value for key, value in TASKS.items() if key != "where"},
    )
    assert crm.frames["interactions"]["interaction_id"].tolist() == ["T1"]
    assert crm.reasons("interactions") == {6: "unknown_account"}
    counts = prepared.counts["interactions"]
    assert (counts.rows_in, counts.accepted, counts.quarantined, counts.left_out) == (2, 1, 1, 3)
    assert (prepared.counts["accounts"].rows_in, prepared.counts["accounts"].left_out) == (2, 4)


def test_a_client_in_one_row_is_no_prospect_by_another(crm: Crm) -> None:
    crm.write("Account", "Id,Type", "A1,Prospect", "A1,Customer")
    task(crm, "T1,A1,2024-05-01,Closed")
    crm.prepare(
        accounts={"path": "tables/Account.csv", "columns": {"account_id": "Id"}, "where": {"Type": ["customer"]}},
        interactions=TASKS,
    )
    assert crm.frames["interactions"]["interaction_id"].tolist() == ["T1"]


def test_an_empty_cell_can_be_asked_for(crm: Crm) -> None:
    task(crm, "T1,A1,2024-05-01,", "T2,A1,2024-05-02,Completed")
    crm.prepare(interactions=TASKS | {"where": {"Status": [""]}})
    assert crm.frames["interactions"]["interaction_id"].tolist() == ["T1"]


def test_a_digest_is_of_all_parts(crm: Crm) -> None:
    def digest() -> str:
        return crm.prepare(interactions={"parts": [TASKS, EVENTS]}).digests["interactions"]

    task(crm, "T1,A1,2024-05-01,Completed")
    event(crm, "E1;A1;2024-05-04;")
    first, again = digest(), digest()
    event(crm, "E1;A1;2024-05-05;")
    assert first == again != digest()


def test_a_condition_that_takes_no_row_is_told(crm: Crm) -> None:
    task(crm, "T1,A1,2024-05-01,Done")
    event(crm, "E1;A1;2024-05-04;")
    prepared = crm.prepare(interactions={"parts": [TASKS, EVENTS]})
    assert "Task.csv: [[sources.interactions.parts]] no. 1 where takes none of its rows." in prepared.warnings
    alone = [one for one in crm.prepare(interactions=TASKS).warnings if one.startswith("Task.csv")]
    assert alone == ["Task.csv: [sources.interactions] where takes none of its rows."]
    refusal = crm.refusal(accounts={"where": {"account_id": ["B1"]}})
    assert refusal.startswith("accounts.csv: has no row that `where` takes. Fix: compare [sources.accounts] where")


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"path": "tables/Call.csv"}, "[[sources.interactions.parts]] no. 2 path: there is no file tables/Call.csv."),
        ({"path": None}, "[[sources.interactions.parts]] no. 2: names no file to read."),
        ({"where": {"State": ["x"]}}, "[[sources.interactions.parts]] no. 2 where.state: Event.csv has no column"),
        ({"constants": {}}, "Event.csv: the required column 'kind' is missing."),
        ({"constants": {"kind": "x", "type": "y"}}, "Event.csv: has a column 'type', while"),
        ({"columns": {"kind": "Sort"}, "constants": {}}, "no. 2 columns.kind: Event.csv has no column 'sort'."),
        ({"sheet": "x", "format": "xlsx"}, "Event.csv: is not a whole XLSX file."),
    ],
)
def test_what_is_wrong_with_a_part_is_told_of_it(crm: Crm, part: dict[str, object], said: str) -> None:
    task(crm, "T1,A1,2024-05-01,Completed")
    event(crm, "E1;A1;2024-05-04;")
    assert said in crm.refusal(interactions={"parts": [TASKS, EVENTS | part]})


def test_a_file_that_is_exported_while_another_is_read_refuses_the_run(
    crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    from advocate_score.tables import staging

    def written_meanwhile(*given: object) -> Callable[..., object]:
        task(crm, "T1,A1,2024-05-01,Completed", "T2,A1,2024-05-02,Completed")
        return whole(*given)

    whole = staging._accept_rows
    monkeypatch.setattr(staging, "_accept_rows", written_meanwhile)
    task(crm, "T1,A1,2024-05-01,Completed")
    event(crm, "E1;A1;2024-05-04;")
    assert "Task.csv: changed while it was read." in crm.refusal(interactions={"parts": [TASKS, EVENTS]})


def test_columns_and_constants_cannot_both_give_a_column() -> None:
    with pytest.raises(ValueError, match="columns and constants both give kind"):
        Sources(interactions={"columns": {"kind": "Type"}, "constants": {"kind": "call"}})
