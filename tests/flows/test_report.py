"""The report and the workbook of whole nights: two languages, what moved since the last night, the model's proof."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from flows.conftest import AS_OF, Run
from publication.test_report import data_of, rows_of

BEFORE = "2025-12-15"
ALL = ("--set", 'outputs.formats=["csv", "parquet", "html", "xlsx"]')


@pytest.fixture(scope="module")
def two_nights(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same firm with an earlier night before its own; not to be changed."""
    from advocate_score.flows.project import Silent, open_project
    from advocate_score.flows.score import score_and_publish

    folder = Path(shutil.copytree(published, tmp_path_factory.mktemp("nights") / "firm"))
    shutil.rmtree(folder / "publications")
    for as_of in (BEFORE, AS_OF):
        project = open_project(folder / "advocate.toml", [ALL[1]], Silent())
        score_and_publish(project, as_of, backfill=False, replace=False, force=True, reason="two weeks apart")
    return folder


def night(firm: Path) -> Path:
    return firm / "publications" / AS_OF


def page(firm: Path) -> bytes:
    return (night(firm) / "report.html").read_bytes()


def test_the_page_lists_whom_the_lists_list_in_both_languages(two_nights: Path) -> None:
    listed = pd.read_csv(night(two_nights) / "candidates.csv", dtype=str, keep_default_na=False)
    rows = rows_of(page(two_nights))
    shown = rows["candidates"]
    assert [(row["account_id"], str(row["level"]), str(row["rank"])) for row in shown] == list(
        zip(listed["account_id"], listed["level"], listed["rank"], strict=True)
    )
    assert [row["reason_1_en"] for row in shown] == listed["reason_1"].tolist()
    told = [row for row in shown if row["reason_1_en"]]
    assert len(told) > 0.8 * len(shown)
    assert sum(row["reason_1_en"] != row["reason_1_es"] for row in told) > 0.99 * len(told)
    plan = pd.read_csv(night(two_nights) / "ask_plan.csv", dtype=str)
    assert {(row["account_id"], str(row["level"])) for row in rows["plan"]} == set(
        zip(plan["account_id"], plan["level"], strict=True)
    )


def test_spanish_lists_say_what_the_page_says_in_spanish(two_nights: Path, tmp_path: Path, run: Run) -> None:
    spanish = Path(shutil.copytree(two_nights, tmp_path / "spanish", symlinks=True))
    force = ("--replace", "--force", "--reason", "two weeks apart")
    done = run(spanish, "score", "--as-of", AS_OF, "--set", "outputs.language=es", *ALL, *force)
    assert done.code == 0, done.err
    assert rows_of(page(spanish)) == rows_of(page(two_nights))
    listed = pd.read_csv(night(spanish) / "candidates.csv", dtype=str, keep_default_na=False)
    shown = rows_of(page(spanish))
    moments = {row["account_id"]: row["moment_es"] for row in shown["accounts"]}
    assert [moments[account] for account in listed["account_id"]] == listed["moment"].tolist()
    assert [row["reason_1_es"] for row in shown["candidates"]] == listed["reason_1"].tolist()


def test_a_planned_client_has_reasons_on_a_list_or_not(two_nights: Path, tmp_path: Path, run: Run) -> None:
    short = Path(shutil.copytree(two_nights, tmp_path / "short", symlinks=True))
    force = ("--replace", "--force", "--reason", "shorter lists")
    done = run(short, "score", "--as-of", AS_OF, "--set", "outputs.list_size=2", *ALL, *force)
    assert done.code == 0, done.err
    rows, long = rows_of(page(short)), rows_of(page(two_nights))
    listed = {(row["account_id"], row["level"]) for row in rows["candidates"]}
    assert any((row["account_id"], row["level"]) not in listed for row in rows["plan"])
    reasons = ["reason_1_en", "reason_2_en", "reason_3_en", "reason_1_es"]
    of_long = {(row["account_id"], row["level"]): [row[name] for name in reasons] for row in long["candidates"]}
    assert [[row[name] for name in reasons] for row in rows["plan"]] == [
        of_long[row["account_id"], row["level"]] for row in rows["plan"]
    ]


def test_who_moved_is_who_stands_on_one_list_and_not_on_the_other(two_nights: Path) -> None:
    lists = [set_of(two_nights / "publications" / day / "candidates.csv") for day in (BEFORE, AS_OF)]
    moves = rows_of(page(two_nights))["moves"]
    found: dict[str, set[tuple[str, int]]] = {"came": set(), "left": set()}
    for row in moves:
        found[row["kind"]].add((row["account_id"], row["level"]))
    assert found == {"came": lists[1] - lists[0], "left": lists[0] - lists[1]}
    assert found["came"] | found["left"]
    assert data_of(page(two_nights))["hold"]["compared_with"] == BEFORE


def set_of(file: Path) -> set[tuple[str, int]]:
    listed = pd.read_csv(file, dtype={"account_id": str})
    return set(zip(listed["account_id"], listed["level"], strict=True))


def test_the_first_night_has_nobody_to_compare_with(two_nights: Path) -> None:
    first = (two_nights / "publications" / BEFORE / "report.html").read_bytes()
    assert (rows_of(first)["moves"], data_of(first)["hold"]["compared_with"]) == ([], None)


def test_the_proof_of_the_promoted_model_stays_with_it(two_nights: Path) -> None:
    record = json.loads((two_nights / "champion.json").read_text(encoding="utf-8"))
    proof: dict[str, Any] = data_of(page(two_nights))["proof"]
    assert proof == record["promotions"][-1]["proof"]
    assert sum(one["n"] for one in proof["calibration"]["pooled"]) == proof["asks"]
    for one in (*proof["calibration"]["pooled"], *proof["lift"]):
        assert one["low"] <= one.get("observed", one.get("lift")) <= one["high"]


def test_what_was_set_aside_is_counted_by_rule(two_nights: Path) -> None:
    told = data_of(page(two_nights))
    apart = {table: sum(reasons.values()) for table, reasons in told["quarantine"].items()}
    rows = told["manifest"]["rows"]
    assert apart == {table: counts["quarantined"] for table, counts in rows.items() if counts["quarantined"]}


def test_the_scorecard_has_no_proof(firm: Path, run: Run) -> None:
    run(firm, "score", "--as-of", AS_OF)
    assert data_of(page(firm))["proof"] == {}


def test_an_erased_account_stands_neither_in_the_page_nor_in_the_workbook(
    two_nights: Path, tmp_path: Path, run: Run
) -> None:
    firm = Path(shutil.copytree(two_nights, tmp_path / "firm", symlinks=True))
    account = rows_of(page(firm))["candidates"][0]["account_id"]
    told = run(firm, "erase", account).result
    assert told["left_out"] == {}
    named = {row.get("account_id") for rows in rows_of(page(firm)).values() for row in rows}
    assert named
    assert account not in named
    book = CalamineWorkbook.from_path(night(firm) / "candidates.xlsx")
    cells = {str(cell) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for cell in row}
    assert account not in cells
    counts = json.loads((night(firm) / "manifest.json").read_text(encoding="utf-8"))["counts"]
    assert data_of(page(firm))["counts"] == counts
