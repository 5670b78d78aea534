"""The data cut holds against dates that stand alone, and against what is planned."""

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from advocate_score.config import Settings
from advocate_score.engine.open import open_engine
from advocate_score.errors import InputError
from advocate_score.tables.ingest import PreparedTables, prepare
from tables.crm import DEFAULTS, Crm

HEADER = "interaction_id,account_id,occurred_at,kind"
LAST = "2024-06-28"
ROWS = [
    f"I{n},A{n % 30 + 1},{day},call" for n, day in enumerate(pd.date_range("2024-02-01", LAST).strftime("%Y-%m-%d"))
]


def cut(prepared: PreparedTables) -> str:
    assert prepared.data_cut is not None
    return prepared.data_cut.date().isoformat()


@pytest.mark.parametrize("day", ["2205-02-28", "2025-06-28", "2024-08-15"])
def test_a_date_that_stands_alone_does_not_move_it(crm: Crm, day: str) -> None:
    crm.write("interactions", HEADER, *ROWS, f"X,A1,{day},call")
    prepared = crm.prepare()
    assert cut(prepared) == LAST
    assert crm.reasons("interactions") == {len(ROWS) + 2: "after_data_cut"}
    assert any(f"interactions occurred_at: 1 time (row {len(ROWS) + 2})" in warning for warning in prepared.warnings)


@pytest.mark.parametrize(("day", "counts"), [("2024-07-01", True), ("2024-07-02", False), ("2024-07-20", False)])
def test_a_single_row_after_the_longest_gap_of_a_year_does_not_move_it(crm: Crm, day: str, counts: bool) -> None:
    crm.write("interactions", HEADER, *ROWS, f"X,A1,{day},call")
    assert cut(crm.prepare()) == (day if counts else LAST)
    crm.write("interactions", HEADER, *ROWS, f"X,A1,{day},call", f"Y,A2,{day},call")
    assert cut(crm.prepare()) == day, "two rows of a day are news"
    crm.write("interactions", HEADER, *ROWS[:-40], ROWS[-1], f"X,A1,{day},call")
    assert cut(crm.prepare()) == day, "gaps of that length are usual"


def test_a_late_date_that_another_table_supports_counts(crm: Crm) -> None:
    crm.write("interactions", HEADER, *ROWS, "X,A1,2024-08-15,call")
    crm.write("surveys", "survey_id,account_id,answered_at,nps", "S1,A1,2024-08-01,9", "S2,A2,2024-08-02,9")
    assert cut(crm.prepare()) == "2024-08-15"


def test_a_quiet_month_before_a_busy_one_is_no_gap_to_cut_at(crm: Crm) -> None:
    later = [f"Y{n},A{n},2024-08-{n:02d},call" for n in range(1, 20)]
    crm.write("interactions", HEADER, *ROWS, *later)
    assert cut(crm.prepare()) == "2024-08-19"


def test_in_a_handful_of_rows_no_date_is_called_wrong(crm: Crm) -> None:
    crm.write("interactions", HEADER, "I1,A1,2024-01-01,call", "I2,A1,2024-05-01,call")
    assert cut(crm.prepare()) == "2024-05-01"


def test_rows_after_the_clock_are_named(crm: Crm, tmp_path: Path) -> None:
    meetings = [f"M{n},A{n},2024-07-{n:02d},meeting" for n in range(5, 25)]
    crm.write("interactions", HEADER, *ROWS, *meetings)
    settings = Settings(folder=crm.folder, sources=DEFAULTS, outputs={"quarantine": "quarantine"})
    (tmp_path / "planned").mkdir()
    with open_engine(settings.engine, tmp_path / "planned" / "spill") as engine:
        prepared = prepare(settings, engine, tmp_path / "planned", now=datetime(2024, 6, 29))
    first = len(ROWS) + 2
    named = ", ".join(f"row {row}" for row in range(first, first + 5))
    assert prepared.after_clock == (f"interactions occurred_at: 20 times ({named}, …)",)


STRICT = DEFAULTS | {"refuse_quarantined": 0.05}
SURVEYS = [f"S{n},A{n},2024-06-{n:02d},9" for n in range(1, 25)]


def test_one_date_in_the_future_refuses_no_small_table(crm: Crm) -> None:
    crm.write("interactions", HEADER, *ROWS)
    crm.write("surveys", "survey_id,account_id,answered_at,nps", *SURVEYS[:8], "X,A1,2204-06-01,9")
    crm.prepare(**STRICT)
    assert crm.reasons("surveys") == {10: "after_data_cut"}


@pytest.mark.parametrize("wrong", [4, 12])
def test_planned_rows_refuse_no_table_of_which_they_are_not_the_most(crm: Crm, tmp_path: Path, wrong: int) -> None:
    crm.write("interactions", HEADER, *(f"{number}{row}" for number in range(20) for row in ROWS))
    planned = [f"P{n},A{n},2024-09-{n:02d},9" for n in range(1, wrong + 1)]
    crm.write("surveys", "survey_id,account_id,answered_at,nps", *SURVEYS[:10], *planned)
    settings = Settings(folder=crm.folder, sources=STRICT, outputs={"quarantine": "quarantine"})
    (tmp_path / "planned").mkdir()
    with open_engine(settings.engine, tmp_path / "planned" / "spill") as engine:
        if wrong < len(SURVEYS[:10]):
            counts = prepare(settings, engine, tmp_path / "planned", now=datetime(2024, 6, 29)).counts["surveys"]
            assert (counts.accepted, counts.quarantined) == (10, wrong)
        else:
            with pytest.raises(InputError, match="surveys: 12 of 22 rows"):
                prepare(settings, engine, tmp_path / "planned", now=datetime(2024, 6, 29))


def test_the_column_of_a_wrong_time_is_named(crm: Crm) -> None:
    crm.write("interactions", HEADER, *ROWS)
    crm.write("cases", "case_id,account_id,opened_at,closed_at", "C1,A1,2024-05-01,2204-05-02", "C2,A2,2024-05-01,")
    assert any("cases closed_at: 1 time (row 2)" in warning for warning in crm.prepare().warnings)
