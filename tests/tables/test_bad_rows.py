"""Rows whose id, account or times are at fault. Each test is named after its row of the bad-input table."""

import pytest

from tables.crm import Crm

pytestmark = pytest.mark.usefixtures("each_path")

AT = "2024-05-01T10:00:00Z"


def test_row_28_empty_account_id(crm: Crm) -> None:
    crm.interactions(f"I1,,{AT},call", f"I2,A1,{AT},call", f"I3, ,{AT},call", f",A1,{AT},call")
    counts = crm.prepare().counts["interactions"]
    assert (counts.rows_in, counts.accepted, counts.quarantined) == (4, 1, 3)
    assert crm.reasons("interactions") == dict.fromkeys((2, 4, 5), "missing_required")
    assert [row["column"] for row in crm.quarantined("interactions")] == ["account_id", "account_id", "interaction_id"]


def test_row_29_exact_duplicate(crm: Crm) -> None:
    crm.interactions(f"I1,A1,{AT},call", f"I2,A2,{AT},call", f"I1,A1,{AT},call", "I1,A1,2024-05-01T12:00:00+02:00,call")
    counts = crm.prepare().counts["interactions"]
    assert (counts.accepted, counts.deduplicated, counts.quarantined) == (2, 2, 0)
    assert crm.values("interactions", "interaction_id") == ["I1", "I2"]


def test_row_30_newest_recorded_wins(crm: Crm) -> None:
    header = "interaction_id,account_id,occurred_at,recorded_at,kind"
    crm.write(
        "interactions",
        header,
        f"I1,A1,{AT},2024-05-02T00:00:00Z,call",
        f"I1,A1,{AT},2024-05-03T00:00:00Z,visit",
        f"I1,A1,{AT},,letter",
    )
    crm.prepare()
    assert crm.values("interactions", "kind") == ["visit"]
    assert crm.reasons("interactions") == {2: "older_version", 4: "older_version"}


def test_row_30_tie_quarantines_both(crm: Crm) -> None:
    crm.interactions(f"I1,A1,{AT},call", f"I1,A1,{AT},visit", "I1,A1,2024-04-01T10:00:00Z,letter", f"I2,A2,{AT},call")
    crm.prepare()
    assert crm.values("interactions", "interaction_id") == ["I2"]
    reasons = {2: "conflicting_versions", 3: "conflicting_versions", 4: "older_version"}
    assert crm.reasons("interactions") == reasons


def test_row_30_answered_ask_is_newer_than_the_open_one(crm: Crm) -> None:
    header = "ask_id,account_id,level,asked_at,response,responded_at"
    crm.write("asks", header, f"K1,A1,2,{AT},,", f"K1,A1,2,{AT},accepted,2024-05-04T10:00:00Z")
    crm.prepare()
    assert crm.values("asks", "response") == ["accepted"]
    assert crm.reasons("asks") == {2: "older_version"}


def test_row_31_short_salesforce_id(crm: Crm) -> None:
    crm.write("accounts", "account_id", "0014000000HfJHg", "A1")
    crm.interactions(f"I1,0014000000HfJHgAAN,{AT},call", f"I2,0014000000HfJHg,{AT},call", f"I3,A1,{AT},call")
    counts = crm.prepare().counts["interactions"]
    assert counts.accepted == 3
    assert crm.values("interactions", "account_id") == ["0014000000HfJHgAAN", "0014000000HfJHgAAN", "A1"]


def test_row_32_bad_checksum(crm: Crm) -> None:
    crm.write("accounts", "account_id", "0014000000HfJHgAAX", "0014000000HfJHgAAN")
    crm.prepare()
    assert crm.reasons("accounts") == {2: "bad_id_checksum"}


def test_row_33_ids_that_differ_by_case(crm: Crm) -> None:
    crm.write("accounts", "account_id", "ab", "AB")
    assert crm.prepare().counts["accounts"].accepted == 2


def test_row_34_id_in_scientific_notation(crm: Crm) -> None:
    crm.interactions(f"1.23E+11,A1,{AT},call", f"I2,A1,{AT},call")
    crm.prepare()
    assert crm.reasons("interactions") == {2: "scientific_id"}


def test_row_35_leading_zeros_are_kept(crm: Crm) -> None:
    crm.write("accounts", "account_id", "00012", "12")
    crm.interactions(f"007,00012,{AT},call")
    crm.prepare()
    assert crm.values("accounts", "account_id") == ["00012", "12"]
    assert crm.values("interactions", "interaction_id") == ["007"]


def test_row_36_unknown_account(crm: Crm) -> None:
    crm.interactions(f"I1,A1,{AT},call", f"I2,A99,{AT},call")
    crm.prepare()
    assert crm.reasons("interactions") == {3: "unknown_account"}
    assert crm.quarantined("interactions")[0]["column"] == "account_id"


def test_row_36_account_that_is_itself_in_quarantine(crm: Crm) -> None:
    crm.write("accounts", "account_id,created_at", "A1,2024-01-01T00:00:00Z", "A2,never")
    crm.interactions(f"I1,A1,{AT},call", f"I2,A2,{AT},call")
    crm.prepare()
    assert crm.reasons("interactions") == {3: "unknown_account"}


def test_row_37_merged_account_leads_to_the_survivor(crm: Crm) -> None:
    crm.write("accounts", "account_id,merged_into", "A1,A2", "A2,A3", "A3,", "A4,A4")
    crm.interactions(f"I1,A1,{AT},call", f"I2,A2,{AT},call", f"I3,A3,{AT},call", f"I4,A4,{AT},call")
    counts = crm.prepare().counts
    assert crm.values("interactions", "account_id") == ["A3", "A3", "A3", "A4"]
    assert crm.values("accounts", "account_id") == ["A3", "A4"]
    assert (counts["accounts"].accepted, counts["accounts"].deduplicated) == (2, 2)


def test_row_37_survivor_that_is_not_there(crm: Crm) -> None:
    crm.write("accounts", "account_id,merged_into", "A1,A9", "A2,")
    crm.prepare()
    assert crm.reasons("accounts") == {2: "unknown_survivor"}


def test_row_38_merge_cycle(crm: Crm) -> None:
    crm.write("accounts", "account_id,merged_into", "A1,A2", "A2,A1", "A3,A1", "A4,")
    crm.interactions(f"I1,A1,{AT},call", f"I4,A4,{AT},call")
    crm.prepare()
    assert crm.reasons("accounts") == dict.fromkeys((2, 3, 4), "merge_cycle")
    assert crm.reasons("interactions") == {2: "unknown_account"}


def test_row_39_history_of_a_deleted_account_is_kept(crm: Crm) -> None:
    crm.write("accounts", "account_id,status", "A1,deleted", "A2,active")
    crm.interactions(f"I1,A1,{AT},call")
    assert crm.prepare().counts["interactions"].accepted == 1
    assert crm.values("accounts", "status") == ["deleted", "active"]


def test_row_40_zero_width_characters_in_an_id(crm: Crm) -> None:
    crm.interactions(f"I1,A\u200b1\ufeff,{AT},call", f"I2,\u200b,{AT},call")
    crm.prepare()
    assert crm.values("interactions", "account_id") == ["A1"]
    assert crm.reasons("interactions") == {3: "missing_required"}


@pytest.mark.parametrize("naive", ["2024-05-01T10:00:00", "2024-05-01", "2024-05-01 10:00"])
def test_row_41_naive_time_without_a_zone(crm: Crm, naive: str) -> None:
    crm.interactions(f"I1,A1,{AT},call", f"I2,A1,{naive},call")
    message = crm.refusal(time_zone=None)
    assert "interactions.csv row 3 occurred_at: has a time without an offset" in message
    assert "time_zone" in message
    assert crm.prepare(time_zone="Europe/Madrid").counts["interactions"].accepted == 2


def test_row_42_mixed_offsets(crm: Crm) -> None:
    times = ("2024-05-01T10:00:00Z", "2024-05-01T12:00:00+02:00", "2024-05-01 05:30:00-0430", "2024-05-01T10:00")
    crm.interactions(*(f"I{number},A1,{time},call" for number, time in enumerate(times)))
    crm.prepare()
    assert {str(value) for value in crm.values("interactions", "occurred_at")} == {"2024-05-01 10:00:00"}


def test_row_43_gap_and_fold_of_daylight_saving(crm: Crm) -> None:
    times = ("2024-03-31T02:30:00", "2024-10-27T02:30:00", "2024-07-01T02:30:00", "2024-10-27T02:30:00+01:00")
    crm.interactions(*(f"I{number},A1,{time},call" for number, time in enumerate(times)))
    prepared = crm.prepare(time_zone="Europe/Madrid")
    assert crm.reasons("interactions") == {2: "time_in_dst_gap"}
    assert [str(value) for value in crm.values("interactions", "occurred_at")] == [
        "2024-10-27 00:30:00",
        "2024-07-01 00:30:00",
        "2024-10-27 01:30:00",
    ]
    assert any("1 time occurs twice" in warning for warning in prepared.warnings)


def test_row_43_bare_date_whose_midnight_is_skipped(crm: Crm) -> None:
    crm.interactions("I1,A1,2018-11-04,call")
    crm.prepare(time_zone="America/Sao_Paulo")
    assert str(crm.values("interactions", "occurred_at")[0]) == "2018-11-04 03:00:00"


def test_row_44_day_and_month_that_cannot_be_told_apart(crm: Crm) -> None:
    crm.interactions("I1,A1,03/04/2025,call")
    assert "date_format" in crm.refusal()
    crm.prepare(date_format="%d/%m/%Y")
    assert str(crm.values("interactions", "occurred_at")[0]) == "2025-04-03 00:00:00"


def test_date_format_that_is_none(crm: Crm) -> None:
    crm.interactions("I1,A1,03/04/2025,call")
    assert "[sources] date_format: is not a format of dates" in crm.refusal(date_format="%Q")


def test_date_format_with_a_clock_and_an_offset(crm: Crm) -> None:
    crm.interactions("I1,A1,03.04.2025 10:30 +0200,call", "I2,A1,2025-04-03,call")
    crm.prepare(date_format="%d.%m.%Y %H:%M %z", time_zone=None)
    assert [str(value) for value in crm.values("interactions", "occurred_at")] == ["2025-04-03 08:30:00"]
    assert crm.reasons("interactions") == {3: "not_a_time"}


@pytest.mark.parametrize(
    "time", ["2025-02-30", "2023-02-29T10:00:00Z", "2024-04-31", "2024-05-01T24:10:00Z", "2024-05", "soon", "20240501"]
)
def test_row_45_time_that_does_not_exist(crm: Crm, time: str) -> None:
    crm.interactions(f"I1,A1,{time},call", "I2,A1,2024-02-29,call")
    crm.prepare()
    assert crm.reasons("interactions") == {2: "not_a_time"}


def test_row_46_spreadsheet_serial_as_a_date(crm: Crm) -> None:
    crm.interactions("I1,A1,45306,call", f"I2,A1,{AT},call")
    crm.prepare()
    assert crm.reasons("interactions") == {2: "spreadsheet_serial"}


def test_row_47_sentinels_are_unknown(crm: Crm) -> None:
    sentinels = ("1900-01-01", "9999-12-31", "0001-01-01T00:00:00Z", "0000-00-00", "9999-12-31T23:59:59.999999999Z")
    crm.write(
        "accounts", "account_id,created_at", *(f"A{n},{text}" for n, text in enumerate(sentinels)), "A9,2020-01-01"
    )
    prepared = crm.prepare()
    assert prepared.counts["accounts"].accepted == 6
    assert [value is None for value in crm.values("accounts", "created_at")] == [True] * 5 + [False]
    assert prepared.quality["accounts"]["normalised"] == {"created_at sentinel date to unknown": 5}


def test_row_47_sentinel_needs_no_zone(crm: Crm) -> None:
    crm.write("accounts", "account_id,created_at", "A1,9999-12-31", "A2,2020-01-01T00:00:00Z")
    assert crm.prepare(time_zone=None).counts["accounts"].accepted == 2


def test_row_47_sentinel_where_a_time_is_required(crm: Crm) -> None:
    crm.interactions("I1,A1,1900-01-01,call", f"I2,A1,{AT},call")
    crm.prepare()
    assert crm.reasons("interactions") == {2: "missing_required"}


def test_row_48_event_after_the_data_cut(crm: Crm) -> None:
    header = "interaction_id,account_id,occurred_at,recorded_at,kind"
    known = (f"I{number},A1,{AT},{AT},call" for number in range(9))
    crm.write("interactions", header, *known, "I98,A1,2024-05-02T09:00:00Z,,call", "I99,A1,2099-01-01T00:00:00Z,,call")
    crm.write("cases", "case_id,account_id,opened_at,closed_at", f"C1,A1,{AT},2099-01-01", f"C2,A1,{AT},")
    crm.write("renewals", "renewal_id,account_id,occurred_at,kind,due_at", f"R1,A1,{AT},renewal,2099-01-01")
    prepared = crm.prepare()
    assert crm.reasons("interactions") == {12: "after_data_cut"}
    assert crm.reasons("cases") == {2: "after_data_cut"}
    assert prepared.counts["renewals"].accepted == 1
    assert str(prepared.data_cut) == "2024-05-01 10:00:00"


def test_row_49_end_before_start(crm: Crm) -> None:
    crm.write(
        "permissions",
        "permission_id,account_id,valid_from,valid_to",
        "P1,A1,2024-05-02,2024-05-01",
        "P2,A1,2024-05-01,2024-05-01",
        "P3,A1,2024-05-01,",
    )
    crm.write("cases", "case_id,account_id,opened_at,closed_at", f"C1,A1,{AT},2024-04-01", f"C2,A1,{AT},2024-05-01")
    crm.prepare()
    assert crm.reasons("permissions") == {2: "ended_before_start"}
    assert crm.reasons("cases") == {2: "ended_before_start"}


def test_row_50_answer_before_the_ask(crm: Crm) -> None:
    crm.write(
        "asks",
        "ask_id,account_id,level,asked_at,response,responded_at,completed_at",
        f"K1,A1,1,{AT},accepted,2024-04-30T10:00:00Z,",
        f"K2,A1,1,{AT},accepted,2024-05-01,",
        f"K3,A1,1,{AT},accepted,2024-05-03,2024-04-01",
        f"K4,A1,1,{AT},,,",
    )
    crm.prepare()
    assert crm.reasons("asks") == {2: "answered_before_asked", 4: "answered_before_asked"}
    assert str(crm.values("asks", "responded_at")[0]) == "2024-05-01 10:00:00"


def test_recorded_before_it_happened(crm: Crm) -> None:
    header = "interaction_id,account_id,occurred_at,recorded_at,kind"
    crm.write(
        "interactions",
        header,
        f"I1,A1,{AT},2024-05-01T09:59:59Z,call",
        f"I2,A1,{AT},2024-05-01,call",
        f"I3,A1,{AT},2024-04-30,call",
        f"I4,A1,{AT},{AT},call",
    )
    prepared = crm.prepare()
    assert crm.reasons("interactions") == {2: "recorded_before_occurred", 4: "recorded_before_occurred"}
    assert {str(value) for value in crm.values("interactions", "recorded_at")} == {"2024-05-01 10:00:00"}
    assert "recorded_at bare date raised to the time of day" in str(prepared.quality["interactions"]["normalised"])


def test_bare_date_is_of_the_day_in_the_zone_it_was_written_in(crm: Crm) -> None:
    header = "interaction_id,account_id,occurred_at,recorded_at,kind"
    crm.write(
        "interactions",
        header,
        "I1,A1,2024-05-01T23:30:00Z,2024-05-02,call",
        "I2,A1,2024-05-01T23:30:00Z,2024-05-01,call",
    )
    crm.prepare(time_zone="Europe/Madrid")
    assert crm.reasons("interactions") == {3: "recorded_before_occurred"}
